"""Only plain files of a bounded size are read."""

import os

import pytest

from pipeline.base.console import UserError
from pipeline.sources.plain_files import fault, leads_out, load_json, read_bytes


def test_a_plain_file(tmp_path):
    (tmp_path / "a").write_bytes(b"{}")
    assert fault(tmp_path / "a", 2) is None and read_bytes(tmp_path / "a", 2, "") == b"{}"
    assert load_json(tmp_path / "a", "") == {}
    assert fault(tmp_path / "a", 1) == "has 2 bytes, at most 1 are read"


def test_what_is_none(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("fifo", "zero", "."):
        assert fault(tmp_path / name) == "is not a plain file"
    assert fault(tmp_path / "loop") == "cannot be read (Too many levels of symbolic links)"
    assert fault(tmp_path / "none") == "cannot be read (No such file or directory)"
    assert str(fault(tmp_path / "a\0b")).startswith("cannot be read (")
    with pytest.raises(UserError, match=r"fifo is not a plain file;\nmend it"):
        read_bytes(tmp_path / "fifo", 10, "mend it")


def test_links(tmp_path):
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "in" / "a").touch()
    (tmp_path / "b").touch()
    (root / "good").symlink_to("in/a")
    (root / "bad").symlink_to("../b")
    (root / "loop").symlink_to("loop")
    assert not leads_out(root / "good", root) and not leads_out(root / "bad", root, tmp_path)
    assert leads_out(root / "bad", root) and leads_out(root / "loop", root) and leads_out(root / "none", root)


def test_json_that_is_none(tmp_path):
    for content in (b"[" * 100_000, b"{", b"\xff", b"9" * 5000):
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(UserError, match=r"a is not JSON .*;\nmend it"):
            load_json(tmp_path / "a", "mend it")
