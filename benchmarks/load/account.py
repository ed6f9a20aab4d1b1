"""What a load test counts: what is lost or doubled, and what a training costs beside itself. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def astray(what: str, asked: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return a sentence for each thing that was asked for and is not there once, and for each that nobody asked for."""
    wanted, there = set(asked), Counter(found)
    lost = [f"{what} of {name} is lost" for name in sorted(wanted - set(there))]
    doubled = [f"{what} of {name} is there {many} times" for name, many in sorted(there.items()) if many > 1]
    return lost + doubled + [f"{what} of {name} was not asked for" for name in sorted(set(there) - wanted)]


def not_all(what: str, states: Mapping[str, str], wanted: str) -> list[str]:
    """Return a sentence for each name whose state is not the one wanted."""
    return [f"{what} of {name} is {state}" for name, state in sorted(states.items()) if state != wanted]


def points_astray(name: str, wanted: Iterable[Any], found: Iterable[Any]) -> list[str]:
    """Return a sentence if a run does not hold each of its points once."""
    expected, there = Counter(wanted), Counter(found)
    lost, more = (expected - there).total(), (there - expected).total()
    return [f"{name}: {lost} points are lost, {more} are doubled or wrong"] if lost or more else []


def overhead(wall: float, workers: int, training: float, trainings: int) -> float:
    """Return the seconds a training that a worker spent on something else than its epochs.

    The workers were there for `wall` seconds, and of these the epochs took `training` in all.
    """
    return (wall * workers - training) / trainings
