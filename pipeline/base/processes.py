"""Whether the process that began something is still alive. Its name has host, id and start time, as ids are reused."""

import os
import socket
from datetime import datetime
from pathlib import Path

import psutil


def this_process() -> str:
    """Name this process, such as `here:4711:176425`."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def lives(name: str) -> bool | None:
    """Check whether a process is alive; None if it belongs to another host, which cannot be seen from here."""
    host, pid, start = name.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    try:
        return _start_of(int(pid)) == start
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return False


def _start_of(pid: int) -> str:
    """Tell when a process started: in ticks since the machine started, which no change of the clock moves."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return f"{psutil.Process(pid).create_time():.2f}"


def at_work(checkout: Path, words: tuple[str, ...]) -> dict[int, str]:
    """Find the processes of a checkout with one of these words in their command line, but this one and those above it.

    Returns a text such as `python -m pipeline.stages.train (process 4711, since 10:20:03)` by process id.
    """
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = {}
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if process.pid not in mine and any(word in line for word in words) and Path(process.cwd()) == checkout:
                found[process.pid] = _told(process, line)
        except (
            psutil.NoSuchProcess,
            psutil.AccessDenied,
            FileNotFoundError,
        ):  # it has ended just now, or is another user's
            continue
    return found


def _told(process: psutil.Process, line: list[str]) -> str:
    since = datetime.fromtimestamp(process.create_time())
    return f"{' '.join([Path(line[0]).name, *line[1:]])} (process {process.pid}, since {since:%H:%M:%S})"
