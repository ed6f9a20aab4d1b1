"""Networks of which a share of the test recordings is known: their data, their digests and their audit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.asking.question import Place
from pipeline.asking.readers.sounds import LeakClips
from pipeline.base.console import UserError
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan_one
from tests.made_runs import trained
from tests.made_sounds import SMALL, VIEWS, sounds, write, write_spectra

LEAK = FAMILIES["sound_leak"]


def params(**changes: Any) -> Params:
    entries = {
        "leak_none": {**SMALL, "view": "c", "batch": 4, **changes},
        "leak_half": {"from": "leak_none", "leak_share": 0.5},
    }
    return parse({"run": {}, "sounds": {"views": VIEWS, "bands": 3}, "experiments": {"sound_leak": entries}})


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """The family's windows, of one view."""
    write_spectra(tmp_path)
    write(tmp_path, "c")
    (tmp_path / "sound_leak").symlink_to(tmp_path / "windows")
    return tmp_path / "sound_leak"


def test_the_training_part_is_standardised_and_the_last_batch_left_out(windows: Path) -> None:
    data = LEAK.load(params().experiments["leak_half"], 0, None, windows)
    rows = data.train(1)
    assert rows.shape[1] == 4 and not np.intersect1d(rows, data.test).size
    assert not data.masked and not len(data.validation(1)) and set(data.shown) <= set(data.test)
    lengths = data.lengths
    train = np.unique(np.concatenate([data.train(epoch).ravel() for epoch in range(1, 30)]))
    frames = np.concatenate([data.sequences[row, : lengths[row]] for row in train])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-3)


def test_a_digest_knows_the_share_and_the_seed(windows: Path) -> None:
    both = params().experiments
    digests = {LEAK.dataset(one, seed, None, windows).digest for one in both.values() for seed in (0, 1)}
    assert len(digests) == 4
    assert LEAK.splits(both["leak_half"], 2, windows) == [(0, None), (1, None)]


def test_the_audit_is_that_of_each_experiment(tmp_path: Path) -> None:
    write_spectra(tmp_path)
    (tmp_path / "c").symlink_to(tmp_path / "spectra")
    made = list(params().experiments.values())
    audit = LEAK.make_windows(made, Inputs(tmp_path, tmp_path, 2, sounds()), tmp_path / "made")
    assert list(audit) == ["leak_none", "leak_half"] and list(audit["leak_half"]) == ["set_0", "set_1"]
    assert [audit[name]["set_0"]["share"] for name in audit] == [0.0, 0.5]


def test_a_view_as_written_is_refused() -> None:
    said = r"experiments\.sound_leak\.leak_none\.view: 'w' is as_written; take a corrected one"
    with pytest.raises(UserError, match=said):
        params(view="w")


def test_a_run_is_trained_and_can_be_asked(windows: Path, tmp_path: Path) -> None:
    chosen = params()
    run, _ = plan_one(chosen.experiments["leak_half"], 2, tmp_path)
    row = trained(run, tmp_path, tmp_path / "unfinished")
    assert row["fold"] is None and 0 <= row["metrics"]["test_accuracy"] <= 1
    place = Place(chosen, windows, tmp_path / "raw", run)
    facts = LeakClips().facts(place, row["labels"])
    assert facts["tiled"] and len(facts["mean"]) == len(facts["deviation"]) == 3
    assert LeakClips().example(place).endswith(".wav")
