"""Progress in bytes: a bar on a terminal, a line every tenth in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.base.console import say

MEGA = 1_000_000


@contextmanager
def meter(label: str, total: int | None, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the number of bytes so far; `total` in bytes, None if unknown."""
    if sys.stdout.isatty():
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns) as bar:
            task = bar.add_task(label, total=total, completed=done)
            yield lambda count: bar.update(task, completed=count)
        return
    yield _lines(label, total, done)


def _lines(label: str, total: int | None, done: int) -> Callable[[int], None]:
    shown = done * 10 // total if total else 0

    def show(count: int) -> None:
        nonlocal shown
        if total and count * 10 // total > shown:
            shown = count * 10 // total
            say(f"{label}: {count / MEGA:.1f} of {total / MEGA:.1f} MB")

    return show
