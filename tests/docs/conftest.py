"""A copy of the project with the worked examples of docs/, and one training of all that they ask for."""

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import apply, blocks, change, lay_out, run

EXAMPLES = ("digits_gru_drop", "sweep_digits_gru_softsign", "digits_leaky", "parity_lstm", "tides_gru")
JUDGED = "digits_rnn"  # by the document, so it is trained as long as in params.yaml, with ten seeds
_QUICK = {"epochs": 2, "labels": {"seeds": 1}}
_FEW = {
    "run": {"experiments": [*EXAMPLES, JUDGED], "seeds": 10, "minutes": 0, "originals": ["tides"]},
    "experiments": {
        "digits": {"digits_gru_drop": _QUICK, "digits_leaky": _QUICK},
        "parity": {"parity_lstm": _QUICK},
        "tides": {"tides_gru": _QUICK},
    },
    "sweep": {"seeds": 1, "boards": {"digits": {"epochs": 2}}},
}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with every block on experiments, and the document of one claim."""
    folder = lay_out(tmp_path_factory.mktemp("docs"))
    for block in (*blocks("add-an-experiment.md"), blocks("add-a-document.md")[0]):
        apply(block, folder)
    return folder


@pytest.fixture(scope="session")
def trained(checkout: Path, migrated_store: Path) -> Path:
    """The same after its stages, the examples with few epochs and one seed."""
    shutil.copytree(migrated_store, checkout / "mlruns")
    change(checkout / "params.yaml", _FEW)
    for family in ("digits", "tides"):
        run(checkout, "python", "-m", "pipeline.stages.originals", family, REPRISE_MIRROR="mirror")
    for family in ("digits", "parity", "tides"):
        run(checkout, "python", "-m", "pipeline.stages.windows", family)
    run(checkout, "python", "-m", "pipeline.stages.train")
    return checkout
