"""Damaged params.yaml: success or one typed error that names the file, in bounded time, whatever was changed."""

import io
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.base.console import UserError
from pipeline.commands.choice import write_choice
from pipeline.params import Params, load
from tests.checkouts import MORE
from tests.poison import rounds, typed

some = settings(
    max_examples=2,
    phases=(Phase.generate,),  # a seed does not shrink
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
HUGE = 16**5000 - 1  # Python refuses to write it in decimals
NUMBERS: list[Any] = [0, -1, 1, 2**31, 2**63, 2**64, 10**30, HUGE, -HUGE]
NUMBERS += [0.0, -0.0, 0.5, 1e-320, 1e308, float("nan"), float("inf"), float("-inf")]
TEXTS = [
    "",
    " ",
    "~",
    "null",
    "yes",
    "lstm",
    "from",
    "../x",
    "/etc/passwd",
    "x" * 5000,
    "한글",
    "\u202e",
    "\x85",
    "{{7*7}}",
]
TEXTS += ["!!python/name:os.system", "${x}", "\ufeff", "a\nb", "%s", "{0.__class__}", "\U0001f4a9"]
SCALARS: list[Any] = [None, True, False, b"\0\xff", *NUMBERS, *TEXTS]
PLACES = ("top", "run", "sounds", "sweep", "automata", "sounds entries", "sound_recipes", "digits", "reviews")


VALUES = YAML(typ="safe", pure=True).load(MORE)


def part(found: Any, place: str) -> Any:
    """One of PLACES in params."""
    if place == "top":
        return found
    name = place.removesuffix(" entries")
    return found[place] if place in ("run", "sounds", "sweep") else found["experiments"][name]


def holders(found: Any) -> Iterator[tuple[Any, Any]]:
    """Every (collection, key or index) below a value."""
    for key, value in list(found.items() if isinstance(found, dict) else enumerate(found)):
        yield found, key
        if isinstance(value, dict | list):
            yield from holders(value)


def deep(depth: int, random: Random) -> Any:
    found: Any = random.choice(SCALARS)
    for _ in range(depth):
        found = [found] if random.random() < 0.5 else {"from": found}
    return found


def retype(holder: Any, key: Any, random: Random) -> None:
    holder[key] = random.choice([[], {}, [[]], {"a": 1}, {1: 2}, [None], {"from": "x"}, *SCALARS])


def number(holder: Any, key: Any, random: Random) -> None:
    holder[key] = random.choice(NUMBERS)


def text(holder: Any, key: Any, random: Random) -> None:
    holder[key] = random.choice(TEXTS)


def nest(holder: Any, key: Any, random: Random) -> None:
    holder[key] = deep(random.choice((3, 30, 150)), random)


def rename(holder: Any, key: Any, random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice(["seeds", "unitz", "variants", "grid", "name", "family", *SCALARS])] = holder.pop(key)


def drop(holder: Any, key: Any, random: Random) -> None:
    del holder[key]


def share(holder: Any, key: Any, random: Random) -> None:
    """The same object in two places: an anchor and an alias."""
    if isinstance(holder, dict):
        holder["again"] = holder[random.choice(list(holder))]


def circle(holder: Any, key: Any, random: Random) -> None:
    """An alias of the collection that it stands in."""
    holder[key] = holder


CHANGES: dict[str, Callable[[Any, Any, Random], None]] = {
    one.__name__: one for one in (retype, number, text, nest, rename, drop, share, circle)
}


def outcome(path: Path, content: bytes) -> None:
    """Read params in bounded time: they are valid, or one message of a line or two names the file."""
    path.write_bytes(content)
    found = typed(lambda: load(path), UserError)
    if isinstance(found, Params):
        typed(lambda: write_choice(path, {"seeds": 5}), UserError)
        return
    message = str(found)
    assert message.startswith(str(path)) and message.count("\n") <= 1, message


def written(found: Any) -> bytes:
    stream = io.BytesIO()
    YAML(typ="safe", pure=True).dump(found, stream)
    return stream.getvalue()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("change", CHANGES)
@some
@given(seed=st.integers(0, 2**32), times=st.sampled_from([1, 1, 2, 5]))
def test_changed_values(tmp_path_factory, change, place, seed, times):
    random, found = Random(seed), deepcopy(VALUES)  # noqa: S311
    for _ in range(times):
        among = list(holders(part(found, place)))
        if among:
            CHANGES[change](*random.choice(among), random)
        if change == "circle":  # to walk through it again would never end
            break
    try:
        content = written(found)
    except (ValueError, RecursionError):  # not everything can be written as YAML
        return
    outcome(tmp_path_factory.mktemp("params") / "params.yaml", content)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes(tmp_path: Path, seed: int) -> None:
    for content in rounds(MORE.encode(), seed, 3):
        outcome(tmp_path / "params.yaml", content)
