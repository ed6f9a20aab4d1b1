"""Extracts members of a tar as files or folders; those that would leave their place are refused.

tarfile's own filter would do, but Python has it only since 3.11.4, and Debian 12 ships 3.11.2.
"""

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import Self

BYTES, MEMBERS = 20_000_000_000, 100_000  # of an archive; UrbanSound8K has 6.6 billion in 8,745
NAME_BYTES = 1 << 16  # of a member's name and its other attributes, which tarfile reads at once
_ATTRIBUTES = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME)


class Member(tarfile.TarInfo):
    """A member whose name is not longer than `NAME_BYTES`, for tarfile's argument `tarinfo`."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Parse a header. Raises TarError before a name of gigabytes would be read into memory."""
        member = super().frombuf(buf, encoding, errors)
        if member.type in (*_ATTRIBUTES, tarfile.GNUTYPE_LONGLINK) and member.size > NAME_BYTES:
            raise tarfile.ReadError(f"a member's attributes have {member.size:,} bytes")
        return member


class Budget:
    """Counts what an archive unpacks to."""

    def __init__(self, size: int = BYTES, members: int = MEMBERS) -> None:
        self.size, self.members = size, members

    def spend(self, member: tarfile.TarInfo) -> None:
        """Count a member. Raises TarError if an archive promises too much, before it is written."""
        self.size -= max(member.size, 0)
        self.members -= 1
        if self.size < 0 or self.members < 0:
            raise tarfile.ReadError("it unpacks to more bytes or files than UrbanSound8K has")


def extract(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path, top: str = "") -> None:
    """Write a member to its place below `root` if it lies below `top`. Raises TarError if it is refused."""
    path = _checked(member)
    if path == PurePosixPath(top) or not path.is_relative_to(top):
        return
    target = root / path.relative_to(top)
    if not target.resolve().is_relative_to(root.resolve()):  # through an existing link
        raise tarfile.TarError(f"'{member.name}' leads out of {root}")
    _write(tar, member, target)


def _checked(member: tarfile.TarInfo) -> PurePosixPath:
    path = PurePosixPath(member.name)
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise tarfile.TarError(f"'{member.name}' is a link, a device or a sparse file")
    if path.is_absolute() or ".." in path.parts:
        raise tarfile.TarError(f"'{member.name}' leads out of the archive")
    return path


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    content = tar.extractfile(member)
    if content is None:  # a folder
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(_rights(member.mode))
    os.utime(target, (member.mtime, member.mtime))


def _rights(mode: int) -> int:
    # The owner can read and write, nobody else can write, others can execute only if the owner can; no setuid.
    kept = 0o755 if mode & 0o100 else 0o644
    return mode & kept | 0o600
