"""Small file systems of their own, where one may be mounted."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Mount = Callable[[Path, str], None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount an empty file system of a size on a folder; skips where that is not allowed."""
    mounted: list[Path] = []

    def small(folder: Path, size: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        try:
            subprocess.run(words, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting a small file system is not allowed here")
        mounted.append(folder)

    yield small
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # the database may still be open
