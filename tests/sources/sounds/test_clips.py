"""The tables of clips, read again."""

import pandas as pd

from pipeline.sources.sounds.clips import CLIP_COLUMNS, REJECTED_COLUMNS, Clip, Rejected, write_clips, write_rejected


def test_the_table_of_clips_comes_back_as_it_was(tmp_path):
    clip = Clip("1-0-0-0.wav", 1, "air_conditioner", 0, 1, 44100, "PCM_16", 2, 7, "ab" * 32)
    write_clips(tmp_path / "clips.csv", [clip])
    table = pd.read_csv(tmp_path / "clips.csv")
    assert tuple(table.columns) == CLIP_COLUMNS
    assert [Clip(*row) for row in table.itertuples(index=False)] == [clip]


def test_the_table_of_what_was_rejected_says_why(tmp_path):
    rejected = [Rejected("1-0-0-0.wav", 1, "missing"), Rejected("2.wav", 0, 'a "reason", with a comma')]
    write_rejected(tmp_path / "rejected.csv", rejected)
    table = pd.read_csv(tmp_path / "rejected.csv")
    assert tuple(table.columns) == REJECTED_COLUMNS
    assert [Rejected(*row) for row in table.itertuples(index=False)] == rejected
