"""What a mirror lacks is named."""

import pytest

from pipeline.base.console import UserError
from pipeline.sources.mirror_files import mirrored


def test_what_is_there(tmp_path):
    (tmp_path / "imdb").mkdir()
    (tmp_path / "imdb" / "a").touch()
    (tmp_path / "imdb" / "b").touch()
    assert mirrored(tmp_path, "imdb", "b", "a") == [tmp_path / "imdb" / "b", tmp_path / "imdb" / "a"]


def test_no_mirror(tmp_path):
    with pytest.raises(UserError, match=r"^REPRISE_MIRROR=.*nowhere: there is no folder .*nowhere;\nput a whole copy"):
        mirrored(tmp_path / "nowhere", "imdb", "a")


def test_a_mirror_without_the_folder(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*imdb;\n.*unset REPRISE_MIRROR .*, or name in run\.orig"):
        mirrored(tmp_path, "imdb", "a")


def test_a_folder_without_the_file(tmp_path):
    (tmp_path / "imdb" / "b").mkdir(parents=True)
    with pytest.raises(UserError, match=r"there is no file .*imdb/b;\nput a whole copy"):
        mirrored(tmp_path, "imdb", "b")
