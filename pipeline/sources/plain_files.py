"""Reads small files that others wrote: plain files only, inside their folder, and of bounded size and depth.

A mirror may hold anything: a FIFO or a device would never end, a link may lead elsewhere, a few bytes of JSON may be
nested deeper than Python's stack.
"""

import errno
import json
import stat
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError

MEGA = 1_000_000
JSON_BYTES = 64 * MEGA  # the largest that is read, IMDB's word index, has 1.6


_TROUBLES = (
    *(errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO),
    *(errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE),
)


def fault(path: Path, at_most: int | None = None) -> str | None:
    """Find why a file cannot be read as a plain file of at most so many bytes, or None."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # missing, a loop of links, a NUL in the name
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"
    if not stat.S_ISREG(found.st_mode):
        return "is not a plain file"
    if at_most is not None and found.st_size > at_most:
        return f"has {found.st_size:,} bytes, at most {at_most:,} are read"
    return None


def leads_out(path: Path, *roots: Path) -> bool:
    """Check whether a path, its links followed, lies in none of the resolved folders, or nowhere."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # missing, or a loop of links
        return True
    return not any(target.is_relative_to(root) for root in roots)


def is_trouble_of_the_disk(error: Exception) -> bool:
    """Check whether an error is the machine's; damaged archives seek to nowhere or name impossible paths instead."""
    return isinstance(error, OSError) and error.errno in _TROUBLES


def told(error: Exception) -> str:
    """Put an error into a few words of one line; some libraries print whole headers."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:197]}..."


def read_bytes(path: Path, at_most: int, remedy: str) -> bytes:
    """Read a whole file. Raises UserError, ending with the remedy, if it is not a plain file or too large."""
    why = fault(path, at_most)
    if why:
        raise UserError(f"{path} {why};\n{remedy}")
    try:
        return path.read_bytes()
    except PermissionError:
        raise UserError(f"{path} cannot be read (Permission denied);\n{remedy}") from None


def load_json(path: Path, remedy: str) -> Any:
    """Load a JSON file. Raises UserError, ending with the remedy, if it is not JSON or nested too deeply."""
    try:
        return json.loads(read_bytes(path, JSON_BYTES, remedy))
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        raise UserError(f"{path} is not JSON ({error});\n{remedy}") from None
    except RecursionError:
        raise UserError(f"{path} is not JSON that can be read (it is nested too deeply);\n{remedy}") from None
