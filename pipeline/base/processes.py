"""Whether the process that began something is still alive. Its name has host, id and start time, as ids are reused."""

import os
import socket

import psutil


def this_process() -> str:
    """Name this process, such as `here:4711:1764.25`."""
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def lives(name: str) -> bool | None:
    """Check whether a process is alive; None if it is on another host, which cannot be seen from here."""
    host, pid, start = name.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == start
    except psutil.NoSuchProcess:
        return False
