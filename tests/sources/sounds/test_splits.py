"""Splits: the documents' shuffle of clips, and folds where no recording stands on two sides."""

import numpy as np
import pandas as pd
import pytest
from numpy.random import RandomState

from pipeline.base.console import UserError
from pipeline.sources.sounds.leakage import leakage
from pipeline.sources.sounds.splits import as_written_split, fold_split, statistics_of


def clips() -> pd.DataFrame:
    """Three folds of 20 recordings with 3 clips each."""
    recordings = np.repeat(np.arange(60), 3)
    return pd.DataFrame({"recording": recordings, "fold": recordings // 20 + 1})


def test_the_documents_sizes() -> None:
    split = as_written_split(4100, 2552, RandomState(1))
    assert [len(split[part]) for part in ("train", "validation", "test")] == [2040, 127, 385]
    assert len({*split["train"], *split["validation"], *split["test"]}) == 2552


def test_the_split_is_one_legacy_shuffle() -> None:
    rows = np.arange(50)
    RandomState(4).shuffle(rows)
    split = as_written_split(50, 2552, RandomState(4))
    assert [*split["train"], *split["validation"], *split["test"]] == rows.tolist()


@pytest.mark.parametrize("count", [0, 5, 19])
def test_too_few_clips_say_how_many(count: int) -> None:
    with pytest.raises(UserError, match=f"{count} clips are too few"):
        as_written_split(count, 2552, RandomState(1))
    assert as_written_split(20, 2552, RandomState(1))["validation"]


@pytest.mark.parametrize("fold", [1, 2, 3])
def test_folds_share_no_recording(fold: int) -> None:
    frame = clips()
    split = fold_split(frame, fold)
    sides = [set(frame["recording"].iloc[split[part]]) for part in ("train", "validation", "test")]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    assert sum(len(split[part]) for part in split) == len(frame)
    assert set(frame["fold"].iloc[split["test"]]) == {fold}
    assert leakage(frame["recording"].to_numpy(), np.array(split["train"]), np.array(split["test"]))["share"] == 0


def test_a_recording_that_the_folds_split_is_left_out_of_training() -> None:
    frame = clips()
    frame.loc[5, "fold"] = 2  # one clip of recording 1, whose others stay in fold 1
    split = fold_split(frame, 2)
    assert 5 in split["test"]
    assert not {3, 4} & {*split["train"], *split["validation"]}


def test_a_single_fold_is_too_few() -> None:
    with pytest.raises(UserError, match="leaves no clip for train"):
        fold_split(clips().query("fold == 1"), 1)


def test_statistics_look_at_the_given_rows_and_not_at_padding() -> None:
    random = np.random.default_rng(0)
    sequences = random.normal(3, 2, (5, 7, 4))
    lengths = np.array([7, 3, 5, 7, 1])
    sequences[4] = 1e9
    frames = np.concatenate([sequences[row, : lengths[row]] for row in (0, 1, 2)])
    found = statistics_of(sequences, lengths, [0, 1, 2])
    np.testing.assert_allclose(found["mean"], frames.mean(axis=0))
    np.testing.assert_allclose(found["deviation"], frames.std(axis=0))
