"""The accounts of a load test: what is lost or duplicated, and the overhead per training. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def astray(what: str, asked: Iterable[str], found: Iterable[str]) -> list[str]:
    """Write a sentence for each requested thing that does not exist exactly once, and each one not requested."""
    wanted, there = set(asked), Counter(found)
    lost = [f"{what} of {name} is lost" for name in sorted(wanted - set(there))]
    doubled = [f"{what} of {name} is there {many} times" for name, many in sorted(there.items()) if many > 1]
    return lost + doubled + [f"{what} of {name} was not asked for" for name in sorted(set(there) - wanted)]


def not_all(what: str, states: Mapping[str, str], wanted: str) -> list[str]:
    """Write a sentence for each name whose state is not `wanted`."""
    return [f"{what} of {name} is {state}" for name, state in sorted(states.items()) if state != wanted]


def points_astray(name: str, wanted: Iterable[Any], found: Iterable[Any]) -> list[str]:
    """Write a sentence if a run does not have each of its points exactly once."""
    expected, there = Counter(wanted), Counter(found)
    lost, more = (expected - there).total(), (there - expected).total()
    return [f"{name}: {lost} points are lost, {more} are doubled or wrong"] if lost or more else []


def overhead(wall: float, workers: int, training: float, trainings: int) -> float:
    """Compute the seconds per training that a worker spent on anything but epochs.

    `wall`: seconds that the workers ran. `training`: seconds that all epochs took in total.
    """
    return (wall * workers - training) / trainings
