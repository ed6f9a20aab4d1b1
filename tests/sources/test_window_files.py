"""Windows on disk: whole, and with a digest of each part."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.base.files import digest
from pipeline.sources.window_files import read_manifest, read_windows, windows_digest, write_windows


def test_what_is_written_is_read_and_known_by_its_digest(tmp_path: Path) -> None:
    parts = [(f"seed_{seed}", {"rows": np.full((2, 3), seed)}) for seed in (0, 1)]
    write_windows(tmp_path / "w", parts, {"data": "x"})
    assert read_windows(tmp_path / "w", "seed_1")["rows"].tolist() == [[1] * 3] * 2
    assert windows_digest(tmp_path / "w", "seed_1") == digest(tmp_path / "w" / "seed_1.npz")
    manifest = read_manifest(tmp_path / "w")
    assert manifest["data"] == "x" and manifest["shapes"] == {"rows": [2, 3]}
    assert windows_digest(tmp_path / "w", "seed_0") != windows_digest(tmp_path / "w", "seed_1")


def test_what_fails_on_the_way_leaves_the_old_windows(tmp_path: Path) -> None:
    write_windows(tmp_path / "w", [("a", {"rows": np.zeros(1)})], {})

    def broken() -> object:
        yield "b", {"rows": np.ones(1)}
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write_windows(tmp_path / "w", broken(), {})  # type: ignore[arg-type]
    assert [path.name for path in sorted((tmp_path / "w").iterdir())] == ["a.npz", "manifest.json", "sha256.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["w"]
