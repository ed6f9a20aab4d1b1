"""Whatever lies in a mirror, each row and each file ends up in one of the tables, with a reason."""

import csv
import os

import numpy as np
import pytest
import soundfile

from pipeline.base.console import UserError
from pipeline.sources.sounds.collection import Origin, collect
from pipeline.sources.sounds.metadata import COLUMNS


@pytest.fixture
def root(tmp_path):
    """Return a mirror's folder UrbanSound8K with six rows, the first of them with a clip."""
    root = tmp_path / "mirror" / "UrbanSound8K"
    (root / "metadata").mkdir(parents=True)
    (root / "audio" / "fold1").mkdir(parents=True)
    rows = [f"{number}-3-0-0.wav,{number},0,1,1,1,3,dog_bark" for number in range(100, 106)]
    (root / "metadata" / "UrbanSound8K.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    soundfile.write(root / "audio" / "fold1" / "100-3-0-0.wav", np.zeros(441), 44100)
    return root


def rejected(root, out):
    """Return {name: reason} of rejected.csv."""
    out.mkdir()
    card = collect(Origin("mirror", root, ours=False), out)
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as stream:
        reasons = {row["name"]: row["reason"] for row in csv.DictReader(stream)}
    assert len(reasons) == card["missing"] + card["rejected"]
    return reasons


def test_what_is_no_file_of_the_mirror_is_rejected_and_nothing_hangs(root, tmp_path):
    fold = root / "audio" / "fold1"
    os.mkfifo(fold / "101-3-0-0.wav")
    (fold / "102-3-0-0.wav").symlink_to("/dev/zero")
    (fold / "103-3-0-0.wav").symlink_to("103-3-0-0.wav")
    (fold / "104-3-0-0.wav").symlink_to("/etc/passwd")
    (fold / "loop").symlink_to("..")
    found = rejected(root, tmp_path / "out")
    assert found == {
        "101-3-0-0.wav": "is not a plain file",
        "102-3-0-0.wav": "a link that leads out of the mirror, or nowhere",
        "103-3-0-0.wav": "a link that leads out of the mirror, or nowhere",
        "104-3-0-0.wav": "a link that leads out of the mirror, or nowhere",
        "105-3-0-0.wav": "missing",
    }
    assert [path.name for path in (tmp_path / "out" / "audio" / "fold1").iterdir()] == ["100-3-0-0.wav"]


def test_a_link_inside_the_mirror_is_followed(root, tmp_path):
    store = root.parent / "store"
    store.mkdir()
    soundfile.write(store / "a.wav", np.zeros(441), 44100)
    (root / "audio" / "fold1" / "101-3-0-0.wav").symlink_to("../../../store/a.wav")
    assert "101-3-0-0.wav" not in rejected(root, tmp_path / "out")


def test_a_mirror_whose_folders_are_links(root, tmp_path):
    mirror = tmp_path / "linked"
    mirror.mkdir()
    (mirror / "UrbanSound8K").symlink_to(root)
    assert set(rejected(mirror / "UrbanSound8K", tmp_path / "out").values()) == {"missing"}


def test_names_that_are_no_text_and_hidden_files(root, tmp_path):
    fold = root / "audio" / "fold1"
    (fold / os.fsdecode(b"caf\xe9.wav")).write_bytes(b"x")
    (fold / "._100-3-0-0.wav").write_bytes(b"\0\5\x16\7")
    (fold / "a\nb.wav").write_bytes(b"x")
    found = rejected(root, tmp_path / "out")
    assert found["caf\\udce9.wav"] == found["a\nb.wav"] == "no row in the metadata"
    assert "._100-3-0-0.wav" not in found


def test_metadata_from_elsewhere(root, tmp_path):
    path = root / "metadata" / "UrbanSound8K.csv"
    path.rename(tmp_path / "elsewhere.csv")
    path.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(UserError, match=r"UrbanSound8K\.csv is a link that leads out of .*mirror; copy the file there"):
        rejected(root, tmp_path / "out")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UserError, match=r"UrbanSound8K\.csv is missing; the archive is not that of UrbanSound8K"):
        collect(Origin("mirror", root, ours=False), tmp_path / "out")
