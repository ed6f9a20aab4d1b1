"""Reading once what many share: the runs of a stack read the same files, which are large."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeVar

import numpy as np

T = TypeVar("T")


class Once(Protocol):
    """Calls a function that reads something, or knows what it has returned for the same arguments."""

    def __call__(self, read: Callable[..., T], *given: Hashable) -> T: ...


def anew(read: Callable[..., T], *given: Hashable) -> T:
    """Call the function."""
    return read(*given)


class Remembered:
    """Calls a function once for the same arguments, and returns what it then returned, for as long as this lives.

    Arrays are made read-only: a run that changed one would change those of the others.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def __call__(self, read: Callable[..., T], *given: Hashable) -> T:
        if (read, given) not in self._found:
            self._found[read, given] = read(*given)
            _protect(self._found[read, given])
        found: T = self._found[read, given]
        return found


def _protect(found: Any) -> None:
    parts: Iterable[Any] = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else [found]
    for part in parts:
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
