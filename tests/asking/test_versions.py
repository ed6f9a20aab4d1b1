"""Registered models: a file that is gone or another is found and named, and its version withdrawn; others stay."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.asking.champions import SEALED, register_all, registered, registry_of
from pipeline.asking.versions import fault_of, versions, withdraw_spoilt
from pipeline.base.seal import SEAL
from pipeline.params import Params
from pipeline.tracking.tracker import Tracker

Checkout = tuple[Tracker, Params]


@pytest.fixture
def champion(checkout: Checkout) -> Path:
    """The folder of a registered model."""
    register_all(*checkout)
    return Path(urlsplit(registered(checkout[0], "automata").source).path)


def test_models_as_they_were_logged_stay(checkout: Checkout, champion: Path) -> None:
    (champion / "registered_model_meta").write_text("MLflow writes it when it loads one by its name")
    (champion / "code/pipeline/__pycache__").mkdir()
    assert len(versions(checkout[0])) == 1 and withdraw_spoilt(checkout[0]) == []
    assert registered(checkout[0], "automata").version == 1


@pytest.mark.parametrize("name", ["MLmodel", "artifacts/model.keras", "code/pipeline/asking/served.py", SEAL])
@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_is_gone_or_another_is_named_and_the_model_registered_again(
    name: str, gone: bool, checkout: Checkout, champion: Path
) -> None:
    if gone:
        (champion / name).unlink()
    else:
        with (champion / name).open("ab") as file:
            file.write(b" ")
    assert withdraw_spoilt(checkout[0]) == [f"the model automata, version 1: {name}"]
    assert registered(checkout[0], "automata") is None and withdraw_spoilt(checkout[0]) == []
    assert register_all(*checkout) == ["automata (am_a)"] and withdraw_spoilt(checkout[0]) == []


def test_of_a_model_without_a_list_the_network_is_known(checkout: Checkout, champion: Path) -> None:
    registry_of(checkout[0]).delete_model_version_tag("automata", "1", SEALED)
    (champion / SEAL).unlink()
    assert fault_of(checkout[0], registered(checkout[0], "automata")) == ""
    with (champion / "artifacts/model.keras").open("ab") as file:
        file.write(b" ")
    assert fault_of(checkout[0], registered(checkout[0], "automata")) == "artifacts/model.keras"
    (champion / "MLmodel").unlink()
    assert fault_of(checkout[0], registered(checkout[0], "automata")) == "MLmodel"


def test_models_of_others_are_none_of_ours(checkout: Checkout) -> None:
    client = registry_of(checkout[0])
    client.create_registered_model("theirs")
    client.create_model_version("theirs", "file:///nowhere")
    assert versions(checkout[0]) == []
