"""What stands before a network of log-mel clips: blocks by their statistics, steps taken together, one scale."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft

from pipeline.experiments import Convolution
from pipeline.networks.mfcc import Segments, hearing_front
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
CLIPS = vectors(12, 16, rows=6) * 10 - 40


def test_a_block_is_what_its_cepstra_come_to() -> None:
    found = Segments(5, 4)(CLIPS).numpy()
    cepstra = scipy.fft.dct(CLIPS, axis=2, norm="ortho")[:, :, :4]
    block = cepstra[:, :5]
    change = np.abs(np.diff(cepstra[:, :6], axis=1))
    expected = [block.mean(1), np.sqrt(block.var(1) + 1e-3), change.mean(1), block.max(1)]
    assert found.shape == (6, 2, 16)
    np.testing.assert_allclose(found[:, 0], np.concatenate(expected, axis=1), rtol=1e-3, atol=1e-3)


def test_bands_are_standardised_by_the_rows_that_train() -> None:
    clips = np.concatenate([CLIPS, CLIPS + 100])
    mine = replace(data(clips), train=lambda epoch: np.array([[0, 1, 2], [3, 4, -1]], np.int32))
    (scale,) = hearing_front(experiment("gru", convolutions=[Convolution(filters=2)]), mine)
    out = scale(clips[:5]).numpy()
    np.testing.assert_allclose(out.mean(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(out.std(axis=(0, 1)), 1, atol=1e-2)
    assert len(scale.trainable_weights) == 0


def test_blocks_have_the_scale_of_their_batch_and_learn_none() -> None:
    _, blocks, scale = hearing_front(experiment("gru", segment=4, cepstra=8), data(CLIPS))
    out = scale(blocks(CLIPS), training=True).numpy()
    np.testing.assert_allclose(out.mean(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(out.std(axis=(0, 1)), 1, atol=1e-2)
    assert isinstance(blocks, Segments) and len(scale.trainable_weights) == 0


def test_steps_taken_together_are_their_mean() -> None:
    asked = experiment("gru", together=3, convolutions=[Convolution(filters=2)])
    together, _ = hearing_front(asked, data(CLIPS))
    np.testing.assert_allclose(together(CLIPS), CLIPS.reshape(6, 4, 3, 16).mean(axis=2), rtol=1e-5)
