"""Sample the memory of the services while they work: the peak of each kind of process."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psutil

_EVERY = 1.0  # seconds between samples; the kernel keeps the peak of each process, so none is missed
_KINDS = (  # (part of the command line, kind of process), in the order of checking
    ("spawn_main", "training"),
    ("resource_tracker", "training's tracker"),
    ("_workspace_supervisor", "flow run's starter"),
    ("prefect.engine", "flow run"),
    ("worker start", "worker"),
    ("flows.worker", "worker"),
    ("flows.server", "Prefect server"),
    ("mlflow", "MLflow server"),
    ("flows.mlflow_server", "MLflow server"),
    ("supervisord", "supervisord"),
    ("flows.up", "make up"),
)


def kind_of(words: Sequence[str]) -> str:
    """Identify the kind of a process by its command line."""
    line = " ".join(words)
    return next((kind for word, kind in _KINDS if word in line), "other")


def _peak_mb(process: psutil.Process) -> float:
    """Read the peak memory of a process in MB; where the system does not keep it, the current memory."""
    try:
        with open(f"/proc/{process.pid}/status") as status:  # noqa: PTH123  thousands of times
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except FileNotFoundError:
        return float(process.memory_info().rss) / 2**20


class Memory:
    """By kind of process, the peak MB of one process and the most at a time; and the most MB of all together."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}
        self.most: Counter[str] = Counter()
        self.all_mb = 0.0

    def look(self, processes: Sequence[psutil.Process]) -> None:
        """Sample these processes."""
        here, all_mb = Counter[str](), 0.0
        for process in processes:
            try:
                kind, peak, now = kind_of(process.cmdline()), _peak_mb(process), process.memory_info().rss / 2**20
            except (psutil.Error, OSError, StopIteration):  # it is gone, or a zombie, which holds no memory
                continue
            here[kind] += 1
            all_mb += now
            self.peaks[kind] = max(peak, self.peaks.get(kind, 0.0))
        self.most |= here
        self.all_mb = max(self.all_mb, all_mb)


@contextmanager
def watched(tree: Callable[[], Sequence[psutil.Process]]) -> Iterator[Memory]:
    """Sample a tree of processes every _EVERY seconds during the body."""
    memory, over = Memory(), threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY):
            memory.look(tree())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Sum the CPU time of processes and of the children that they have reaped."""
    total = 0.0
    for process in processes:
        try:
            total += sum(process.cpu_times()[:4])
        except psutil.Error:
            continue
    return total
