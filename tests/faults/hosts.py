"""Hosts that are network namespaces: each with its own addresses, name, home and checkout, on one machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def why_not() -> str:
    """Return why no namespace can be made here, or an empty text."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        return "network namespaces need root, iproute2 and util-linux"
    done = subprocess.run(["ip", "netns", "add", "reprise_try"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", "reprise_try"], capture_output=True, check=False)
    return f"ip netns add: {done.stderr.strip()}" if done.returncode else ""


class Host:
    """A host with a home, in which its checkout is too. What runs there ends with it."""

    def __init__(self, name: str, home: Path) -> None:
        self.name, self.home, self.checkout = name, home, home / "reprise"
        self.space = f"reprise_{name}_{os.getpid()}"
        self.checkout.mkdir(parents=True)
        _ip("netns", "add", self.space)
        _ip("-n", self.space, "link", "set", "lo", "up")

    def _line(self, words: tuple[str, ...]) -> list[str]:
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name]
        return ["ip", "netns", "exec", self.space, *named, sys.executable, *words]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        left = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
        return {**left, "PATH": PATH, "HOME": str(self.home), "PYTHONPATH": str(self.checkout), **more}

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start Python with these words in the checkout; what it says goes to a file in the home."""
        with (self.home / f"{words[1].rpartition('.')[2]}.log").open("ab") as log:
            own = self._environment(environment)
            return subprocess.Popen(self._line(words), cwd=self.checkout, env=own, stdout=log, stderr=log)

    def run(self, *words: str, **environment: str) -> str:
        """Run Python with these words to its end, and return what it says."""
        own = self._environment(environment)
        line = self._line(words)
        return subprocess.run(line, cwd=self.checkout, env=own, check=True, capture_output=True, text=True).stdout

    def end(self) -> None:
        """Kill all that runs there, and remove it."""
        found = subprocess.run(["ip", "netns", "pids", self.space], capture_output=True, text=True, check=True).stdout
        if found.split():
            subprocess.run(["kill", "-9", *found.split()], check=False, capture_output=True)
        _ip("netns", "del", self.space)


def connect(server: Host, other: Host, subnet: int) -> str:
    """Lay a line between two hosts, and return the address of the server on it."""
    ends = [f"rp{subnet}s{os.getpid() % 10000}", f"rp{subnet}o{os.getpid() % 10000}"]
    _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    for host, end, last in ((server, ends[0], 1), (other, ends[1], 2)):
        _ip("link", "set", end, "netns", host.space)
        _ip("-n", host.space, "addr", "add", f"10.77.{subnet}.{last}/24", "dev", end)
        _ip("-n", host.space, "link", "set", end, "up")
    return f"10.77.{subnet}.1"


@contextmanager
def hosts(folder: Path, *names: str) -> Iterator[list[Host]]:
    """Make hosts for the body."""
    made: list[Host] = []
    try:
        for name in names:
            made.append(Host(name, folder / name))  # what is made ends even if the next one fails
        yield made
    finally:
        for host in made:
            host.end()
