"""What every family has that says nothing else: windows of its own, a run a seed, no extras."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.experiments.family import Family
from pipeline.sources.window_files import write_windows
from pipeline.spec.experiment import Experiment
from pipeline.spec.sounds import Sounds
from pipeline.training.extras import Extras
from tests import made_networks


class FetchedExperiment(Experiment):
    @property
    def needs_original(self) -> bool:
        return True


class Made(Family[Experiment]):
    name = "made"
    title = "Made up"
    experiment = Experiment


class Keeping(Made):
    data = "others"
    keeps_probabilities = True


FAMILY = Made()


def test_its_originals_are_its_own_unless_it_says_whose() -> None:
    assert FAMILY.originals == "made" and Keeping().originals == "others"


def test_an_experiment_has_windows_and_a_run_for_each_seed(tmp_path: Path) -> None:
    experiment = made_networks.experiment("lstm")
    assert FAMILY.folder(experiment) == "made"
    assert list(FAMILY.splits(experiment, 3, tmp_path)) == [(0, None), (1, None), (2, None)]


def test_what_was_not_fetched_says_how(tmp_path: Path) -> None:
    experiment = FetchedExperiment(name="film", family="made", document="002", variant="rnn", units=2, epochs=1)
    with pytest.raises(UserError, match=r"^film: its originals are not fetched; ORIGINALS=1 \(run\.originals: true\)"):
        FAMILY.splits(experiment, 1, tmp_path)
    (tmp_path / "film").mkdir()
    assert FAMILY.splits(experiment, 1, tmp_path) == [(0, None)]


def test_a_run_has_the_data_that_its_manifest_names_and_the_digest_of_its_own_part(tmp_path: Path) -> None:
    parts = [(f"seed_{seed}", {"sequences": np.full((2, 3, 1), seed, np.float32)}) for seed in range(2)]
    write_windows(tmp_path / "made", parts, {"data": "made rows", "kind": "document"})
    one, other = (FAMILY.dataset(made_networks.experiment("lstm"), seed, None, tmp_path) for seed in range(2))
    assert (one.label, one.kind) == (other.label, other.kind) == ("made rows", "document")
    assert len(one.digest) == 64 and one.digest != other.digest


def test_an_ensemble_is_refused_where_no_probabilities_are_kept() -> None:
    sounds, experiment = Sounds(views={}), made_networks.experiment("lstm", labels={"ensemble": "both"})
    assert FAMILY.fault(experiment, sounds) == "labels.ensemble: runs of 'made' do not store probabilities; remove it"
    assert FAMILY.fault(made_networks.experiment("lstm"), sounds) is None
    assert Keeping().fault(experiment, sounds) is None


def test_an_example_is_the_estimate_and_the_truth_in_brackets() -> None:
    data = made_networks.data(made_networks.vectors(4, 2))
    assert FAMILY.example(data, 0, np.array([0.1, 0.2, 0.9])) == {
        **{"text": "class 2 (class 0)", "truth": "class 0", "estimate": "class 2"},
        "probability": None,
    }


@pytest.mark.usefixtures("tensorflow")
def test_its_network_reads_what_a_step_of_its_data_holds() -> None:
    experiment, data = made_networks.experiment("lstm"), made_networks.data(made_networks.vectors(4, 2))
    model = FAMILY.network(experiment, data, 0)
    assert model.get_weights()[0].shape == (2, 16) and model.get_weights()[-1].shape == (3,)


def test_a_run_measures_nothing_more_and_makes_no_sound() -> None:
    experiment, data = made_networks.experiment("lstm"), made_networks.data(made_networks.vectors(4, 2))
    assert FAMILY.extras(experiment, data, None, SimpleNamespace(), 0) == Extras()
    assert FAMILY.audio({"full-song list": "c4 d4"}) == {}
