"""What a mirror lacks is named."""

import os

import pytest

from pipeline.base.console import UserError
from pipeline.sources.mirror_files import mirrored


def test_what_is_there(tmp_path):
    (tmp_path / "imdb").mkdir()
    (tmp_path / "imdb" / "a").touch()
    (tmp_path / "imdb" / "b").touch()
    assert mirrored(tmp_path, "imdb", "b", "a") == [tmp_path / "imdb" / "b", tmp_path / "imdb" / "a"]


def test_no_mirror(tmp_path):
    with pytest.raises(
        UserError, match=r"^REPRISE_MIRROR=.*nowhere: there is no folder .*nowhere;\nput a complete copy"
    ):
        mirrored(tmp_path / "nowhere", "imdb", "a")


def test_a_mirror_without_the_folder(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*imdb;\n.*unset REPRISE_MIRROR .*, or list in run\.orig"):
        mirrored(tmp_path, "imdb", "a")


def test_a_folder_without_the_file(tmp_path):
    (tmp_path / "imdb" / "b").mkdir(parents=True)
    with pytest.raises(UserError, match=r"there is no file .*imdb/b;\nput a complete copy"):
        mirrored(tmp_path, "imdb", "b")


def test_a_link_stays_in_the_mirror(tmp_path):
    (tmp_path / "imdb").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a").touch()
    (tmp_path / "imdb" / "a").symlink_to("../store/a")
    (tmp_path / "imdb" / "b").symlink_to("/etc/passwd")
    assert mirrored(tmp_path, "imdb", "a") == [tmp_path / "imdb" / "a"]
    with pytest.raises(UserError, match=r"imdb/b is a link that leads out of the mirror;\nput a complete copy"):
        mirrored(tmp_path, "imdb", "b")


def test_a_mirror_of_linked_folders(tmp_path):
    (tmp_path / "disk" / "imdb").mkdir(parents=True)
    (tmp_path / "disk" / "imdb" / "a").touch()
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "imdb").symlink_to(tmp_path / "disk" / "imdb")
    assert mirrored(tmp_path / "mirror", "imdb", "a")


def test_a_fifo_is_no_file(tmp_path):
    (tmp_path / "imdb").mkdir()
    os.mkfifo(tmp_path / "imdb" / "a")
    with pytest.raises(UserError, match=r"there is no file .*imdb/a"):
        mirrored(tmp_path, "imdb", "a")
