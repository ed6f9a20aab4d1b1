"""What is done once is done again where a file or the code is another, and only there."""

from pathlib import Path

import pytest

from pipeline.base.files import write_json
from pipeline.commands import last_time
from pipeline.commands.last_time import LastTime, state_of

MODULE = "pipeline/tracking/view.py"


def test_the_same_is_known_and_another_file_or_another_code_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, kept = tmp_path / "a.json", tmp_path / "kept"
    write_json(file, [1])
    assert not LastTime(kept, MODULE, file).was_the_same()
    LastTime(kept, MODULE, file).is_now()
    assert LastTime(kept, MODULE, file).was_the_same()
    write_json(file, [2])
    assert not LastTime(kept, MODULE, file).was_the_same()
    write_json(file, [1])
    monkeypatch.setattr(last_time, "closure", lambda files, root: [*files, file])
    assert not LastTime(kept, MODULE, file).was_the_same()


def test_the_order_of_the_files_counts(tmp_path: Path) -> None:
    one, other = tmp_path / "a.json", tmp_path / "b.json"
    write_json(one, [1])
    write_json(other, [2])
    assert state_of(MODULE, one, other) != state_of(MODULE, other, one)
