"""Windows of texts: each vocabulary and length once, and what is held out."""

from pathlib import Path

import numpy as np

from pipeline.sources.texts.texts import Texts
from pipeline.sources.texts.windows import PART, hold_out, write_texts
from pipeline.sources.window_files import read_manifest, read_windows


def texts(*rows: list[int]) -> Texts:
    lengths = np.array([len(row) for row in rows], np.int32)
    labels = np.arange(len(rows), dtype=np.int32)
    return Texts(np.concatenate([np.array(row, np.int32) for row in rows]), lengths, labels)


def test_the_windows_of_a_vocabulary_and_length_are_written_once(tmp_path: Path) -> None:
    short, long = (5, 2), (9, 4)
    write_texts([short, long, short], [texts([1, 8, 4]), texts([1, 3])], {"data": "x"}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["5x2", "9x4"]
    arrays = read_windows(tmp_path / "5x2", PART)
    assert arrays["sequences"].tolist() == [[2, 4], [1, 3]]  # 8 is outside the vocabulary
    assert arrays["targets"].tolist() == [0, 0]
    assert read_windows(tmp_path / "9x4", PART)["sequences"].tolist() == [[0, 1, 8, 4], [0, 0, 1, 3]]
    assert read_manifest(tmp_path / "9x4")["shapes"] == {"sequences": [2, 4], "targets": [2]}


def test_the_last_fifth_is_held_out_or_one_that_a_seed_draws() -> None:
    rows = np.arange(20, dtype=np.int32)
    train, held_out = hold_out(rows, 5, None)
    assert train.tolist() == list(range(16)) and held_out.tolist() == list(range(16, 20))
    drawn, out = hold_out(rows, 5, 1)
    assert sorted([*drawn, *out]) == rows.tolist() and out.tolist() != held_out.tolist()
    assert out.tolist() == hold_out(rows, 5, 1)[1].tolist() and out.dtype == np.int32
