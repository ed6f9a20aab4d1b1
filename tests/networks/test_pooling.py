"""What of all steps is read out: masked steps have no part in it."""

import numpy as np
import pytest

from pipeline.networks.build import build
from pipeline.networks.pooling import MeanMaxPooling, MeanStdPooling
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
STEPS = vectors(6, 3)
LENGTHS = np.array([6, 1, 3, 5, 2])
MASK = np.arange(6)[None] < LENGTHS[:, None]


def test_mean_and_maximum_are_of_what_is_not_masked() -> None:
    found = MeanMaxPooling()(STEPS, mask=MASK).numpy()
    expected = [np.concatenate([row[:n].mean(0), row[:n].max(0)]) for row, n in zip(STEPS, LENGTHS, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    whole = np.concatenate([STEPS.mean(1), STEPS.max(1)], axis=1)
    np.testing.assert_allclose(MeanMaxPooling()(STEPS).numpy(), whole, rtol=1e-5)


def test_mean_and_deviation_are_of_what_is_not_masked() -> None:
    found = MeanStdPooling()(STEPS, mask=MASK).numpy()
    expected = [np.concatenate([row[:n].mean(0), row[:n].std(0)]) for row, n in zip(STEPS, LENGTHS, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("variant", ["lstm", "min_gru"])
def test_a_network_that_is_pooled_hears_no_padding(variant: str) -> None:
    chosen = experiment(variant, readout={"pooling": "mean_max", "input_statistics": True}, bidirectional=True)
    model = build(chosen, data(STEPS, masked=True), 3, None, 0)
    behind = np.where(MASK[:, :, None], STEPS, 7.0).astype(np.float32)
    lengths = LENGTHS.astype(np.int32)
    np.testing.assert_allclose(model([behind, lengths]).numpy(), model([STEPS, lengths]).numpy(), rtol=1e-5)
