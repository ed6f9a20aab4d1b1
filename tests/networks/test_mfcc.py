"""What stands before a network of log-mel clips: blocks by their statistics, steps averaged, one scale."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft

from pipeline.networks.mfcc import MFCCStatistics, clip_layers
from pipeline.spec.frontend import MFCC, Conv2D, FrontEnd
from tests.made_networks import data, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
CLIPS = vectors(12, 16, rows=6) * 10 - 40


def test_a_block_is_the_statistics_of_its_mfccs() -> None:
    found = MFCCStatistics(5, 4)(CLIPS).numpy()
    mfcc = scipy.fft.dct(CLIPS, axis=2, norm="ortho")[:, :, :4]
    block = mfcc[:, :5]
    change = np.abs(np.diff(mfcc[:, :6], axis=1))
    expected = [block.mean(1), np.sqrt(block.var(1) + 1e-3), change.mean(1), block.max(1)]
    assert found.shape == (6, 2, 16)
    np.testing.assert_allclose(found[:, 0], np.concatenate(expected, axis=1), rtol=1e-3, atol=1e-3)


def test_bands_are_standardised_by_the_rows_that_train() -> None:
    clips = np.concatenate([CLIPS, CLIPS + 100])
    mine = replace(data(clips), train=lambda epoch: np.array([[0, 1, 2], [3, 4, -1]], np.int32))
    (scale,) = clip_layers(FrontEnd(conv2d=[Conv2D(filters=2)]), mine)
    out = scale(clips[:5]).numpy()
    np.testing.assert_allclose(out.mean(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(out.std(axis=(0, 1)), 1, atol=1e-2)
    assert len(scale.trainable_weights) == 0


def test_blocks_have_the_scale_of_their_batch_and_learn_none() -> None:
    _, blocks, scale = clip_layers(FrontEnd(mfcc=MFCC(steps=4, coefficients=8)), data(CLIPS))
    out = scale(blocks(CLIPS), training=True).numpy()
    np.testing.assert_allclose(out.mean(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(out.std(axis=(0, 1)), 1, atol=1e-2)
    assert isinstance(blocks, MFCCStatistics) and len(scale.trainable_weights) == 0


def test_steps_that_are_averaged_are_their_mean() -> None:
    front = FrontEnd(average_steps=3, conv2d=[Conv2D(filters=2)])
    average, _ = clip_layers(front, data(CLIPS))
    np.testing.assert_allclose(average(CLIPS), CLIPS.reshape(6, 4, 3, 16).mean(axis=2), rtol=1e-5)
