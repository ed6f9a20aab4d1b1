import io
import os
import tarfile
from pathlib import Path

import pytest

from pipeline.sources.untar import Budget, Member, extract


def unpacked(root: Path, *members: tarfile.TarInfo, top: str = "") -> Path:
    """Extract members, with content where they have a size, and return the folder."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as tar:
        for member in tar:
            extract(tar, member, root, top)
    return root


def member(name: str, **changed: object) -> tarfile.TarInfo:
    """Return a member of a tar, a file of three bytes if it is not changed."""
    info = tarfile.TarInfo(name)
    info.size = 3
    for key, value in changed.items():
        setattr(info, key, value)
    return info


def found(root: Path) -> dict[str, bytes | None]:
    """Return the content of every file below a folder; None for a folder."""
    return {path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes() for path in root.rglob("*")}


def test_files_and_folders_with_and_without_a_top(tmp_path):
    folder = member("top/empty", type=tarfile.DIRTYPE, size=0)
    members = (member("top", type=tarfile.DIRTYPE, size=0), folder, folder, member("./top/a/b"), member("topmost/c"))
    inside = {"empty": None, "a": None, "a/b": b"xxx"}
    assert found(unpacked(tmp_path / "below", *members, top="top")) == inside
    outside = {"top": None, "topmost": None, "topmost/c": b"xxx"}
    assert found(unpacked(tmp_path / "all", *members)) == {f"top/{name}": is_ for name, is_ in inside.items()} | outside


def test_a_file_in_the_place_of_the_top_is_left_out(tmp_path):
    assert not unpacked(tmp_path / "root", member("top"), top="top").exists()


@pytest.mark.parametrize(
    ("packed", "written"),
    [(0o644, 0o644), (0o755, 0o755), (0o7777, 0o755), (0o666, 0o644), (0o4711, 0o711), (0o011, 0o600), (0o000, 0o600)],
)
def test_rights(tmp_path, packed, written):
    old = os.umask(0o077)
    try:
        root = unpacked(tmp_path / "root", member("a", mode=packed))
    finally:
        os.umask(old)
    assert (root / "a").stat().st_mode & 0o7777 == written


def test_the_time_is_kept_and_the_owner_is_not(tmp_path):
    status = (unpacked(tmp_path, member("a", mtime=1_000_000_000, uid=12345, gid=12345)) / "a").stat()
    assert status.st_mtime == 1_000_000_000
    assert (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())


@pytest.mark.parametrize("path", ["link/evil", "evil"])
def test_a_link_that_was_there_before_leads_nowhere(tmp_path, path):
    (tmp_path / "root").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "root" / "evil").symlink_to(tmp_path / "out" / "evil")
    with pytest.raises(tarfile.TarError, match=f"'{path}' leads out of .*root"):
        unpacked(tmp_path / "root", member(path))
    assert not found(tmp_path / "out")


def test_a_root_that_is_itself_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    unpacked(tmp_path / "root", member("a/b"))
    assert found(tmp_path / "real") == {"a": None, "a/b": b"xxx"}


def test_a_file_that_was_there_before_is_written_anew(tmp_path):
    (tmp_path / "a").write_bytes(b"longer than before")
    assert found(unpacked(tmp_path, member("a"))) == {"a": b"xxx"}


def test_a_sparse_file_of_gigabytes_is_refused(tmp_path):
    sparse = member("a", type=tarfile.GNUTYPE_SPARSE, size=0)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(sparse)
    content = bytearray(stream.getvalue())
    content[386:410] = b"00000000000\x00" * 2
    content[483:495] = b"400000000000"  # 32 GiB
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    with tarfile.open(fileobj=io.BytesIO(content)) as tar, pytest.raises(tarfile.TarError, match="or a sparse file"):
        for one in tar:
            extract(tar, one, tmp_path)
    assert not found(tmp_path)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_name_of_gigabytes_is_refused_before_it_is_read(kind):
    head = member("a", type=kind, size=8 << 30).tobuf(tarfile.GNU_FORMAT)
    said = "a member's attributes have 8,589,934,592 bytes"
    with (
        pytest.raises(tarfile.TarError, match=said),
        tarfile.open(fileobj=io.BytesIO(head + bytes(1024)), mode="r|", tarinfo=Member),
    ):
        pass


def test_an_archive_that_unpacks_to_too_much_is_refused():
    budget = Budget(size=100, members=3)
    budget.spend(member("a", size=99))
    budget.spend(member("b", size=-5))
    with pytest.raises(tarfile.TarError, match="more bytes or files than UrbanSound8K has"):
        budget.spend(member("c", size=36 << 30))
    budget = Budget(size=100, members=3)
    for _one in range(3):
        budget.spend(member("d", size=0))
    with pytest.raises(tarfile.TarError, match="more bytes or files"):
        budget.spend(member("d", size=0))
