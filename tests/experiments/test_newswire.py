"""Reuters newswires: the document validates on its test part, the corrected protocol does not."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan
from pipeline.sources.texts.texts import Newswire, Texts, write_newswire
from tests.made_runs import make_windows, trained

NEWSWIRE = FAMILIES["newswire"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Params, Path]:
    mlp = {"document": "002", "variant": "mlp", "vocabulary": 9, "timesteps": 5, "frontend": {"embedding_dim": 3}}
    mlp |= {"units": 0, "readout": {"dense_units": 4}, "epochs": 1, "batch": 8}
    cnn = {"from": "mlp", "variant": "cnn", "frontend": {"filters": 3}, "readout": {"dropout": 0.2}}
    experiments = {"mlp": mlp, "cnn": cnn, "mlp_corrected": {"from": "mlp", "protocol": "corrected"}}
    run = {"seeds": 1, "experiments": "all", "originals": True}
    params = parse({"run": run, "sounds": {"views": {}}, "experiments": {"newswire": experiments}})
    folder = tmp_path_factory.mktemp("newswire")
    raw = folder / "raw"
    raw.mkdir()
    random = np.random.default_rng(0)
    ids = random.integers(4, 12, 200).astype(np.int32)
    wires = Texts(ids, np.full(50, 4, np.int32), random.integers(0, 3, 50).astype(np.int32))
    words = {f"word{number}": number for number in range(1, 12)}
    write_newswire(raw, Newswire(wires, words, ["grain", "gold", "tin"], {"family": "newswire", "data": "Reuters"}))
    make_windows(params, "newswire", folder, raw)
    return params, folder


def test_as_written_the_test_part_validates(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = NEWSWIRE.load(params.experiments["mlp"], 0, None, folder / "newswire")
    assert (data.train(1) >= 0).sum() == 40
    assert data.validation(1).tolist() == data.test.tolist() == list(range(40, 50))
    assert data.labels == ["grain", "gold", "tin"] and data.outputs == 3
    assert data.overlap == 0


def test_corrected_a_tenth_of_the_training_part_does(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = NEWSWIRE.load(params.experiments["mlp_corrected"], 0, None, folder / "newswire")
    assert len(data.validation(1)) == 4 and not set(data.validation(1)) & set(data.test)
    assert set(data.validation(1)) | set(data.train(1).ravel()) - {-1} == set(range(40))


@pytest.mark.usefixtures("tensorflow")
def test_networks_without_recurrence_train_too(made: tuple[Params, Path], tmp_path: Path) -> None:
    params, folder = made
    for run in plan(params, folder)[:2]:
        row = trained(run, folder, tmp_path)
        assert row["facts"] == {"wires": "50", "topics": "3"}
        assert np.sum(row["confusion"]) == 10 and row["history"]["val_loss"][0] is not None
