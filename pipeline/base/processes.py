"""Does the process that began something live? Its name says host, id and start, for an id may be given again."""

import os
import socket

import psutil


def this_process() -> str:
    """Return the name of this process, such as `here:4711:1764.25`."""
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def lives(name: str) -> bool | None:
    """Return whether a process lives; None if it is of another host, which cannot be seen from here."""
    host, pid, start = name.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == start
    except psutil.NoSuchProcess:
        return False
