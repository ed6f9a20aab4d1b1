"""What the families that read texts share: windows by vocabulary and length, and a network over words."""

import pytest

from pipeline.experiments.texts import TextExperiment, TextFamily
from tests import made_networks


class Made(TextFamily[TextExperiment]):
    name = "made"
    title = "Made up"
    experiment = TextExperiment


def experiment(**changes: object) -> TextExperiment:
    values = {"name": "film", "family": "made", "document": "002", "variant": "lstm", "units": 4, "epochs": 1}
    return TextExperiment.model_validate({**values, "vocabulary": 9, "timesteps": 5, **changes})


def test_experiments_that_read_in_the_same_way_share_their_windows() -> None:
    assert experiment().size == (9, 5)
    assert Made().folder(experiment()) == Made().folder(experiment(units=7)) == "9x5"
    assert Made().folder(experiment(timesteps=6)) == "9x6"


def test_texts_must_be_fetched() -> None:
    assert experiment().needs_original


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize(("frontend", "shape"), [({"embedding_dim": 3}, (9, 3)), ({}, (9, 16))])
def test_a_network_knows_every_word_of_the_vocabulary(frontend: dict[str, int], shape: tuple[int, int]) -> None:
    data = made_networks.data(made_networks.ids(5, 4))
    model = Made().network(experiment(frontend=frontend), data, 0)
    assert model.get_weights()[0].shape == shape
