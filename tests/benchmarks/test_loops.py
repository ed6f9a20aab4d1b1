"""The loops of the documents beside ours: equal first, a side that does something else refused. No time is asserted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.random import RandomState

from benchmarks.loops import climate, measure, melody, strings
from benchmarks.loops.plain_strings import plain_strings
from benchmarks.loops.sides import OURS, PLAIN, Loop, Make, started
from pipeline.base.console import UserError
from pipeline.sources.climate.windows import DELAY, STEP, TEMPERATURE

SMALL = climate.Size(rows=4000, units=3, batch=4, steps=3)
UNITS = 32


@pytest.fixture(scope="module")
def song_losses(tensorflow: None) -> list[float]:
    return melody.ours(UNITS).train(3)


def test_the_document_and_we_learn_the_song_alike(song_losses: list[float]) -> None:
    theirs = melody.document(UNITS).train(3)
    assert theirs[0] > theirs[2] > 0
    measure.check("the song", song_losses, theirs)


def test_a_state_that_is_not_set_to_zero_between_the_epochs_is_found(song_losses: list[float]) -> None:
    wrong = melody.Document(UNITS)
    wrong._recurrent = type("Kept", (), {"reset_state": lambda self: None})()
    theirs = wrong.train(2)
    measure.check("the song", song_losses[:1], theirs[:1])
    with pytest.raises(UserError, match=r"the song: the loss of the document's code in epoch 2 is 2\.\d+, ours 2\."):
        measure.check("the song", song_losses[:2], theirs)


@pytest.mark.usefixtures("tensorflow")
def test_the_document_and_we_learn_the_weather_alike() -> None:
    theirs = climate.document(SMALL).train(3)
    measure.check("the weather", climate.ours(SMALL).train(3), theirs)
    assert len(set(theirs)) == 3


def test_the_generator_gives_the_windows_that_ours_gathers() -> None:
    data, table = climate._data(SMALL), climate.made_table(SMALL)
    drawn = climate.batches(table, RandomState(1), SMALL)
    for rows in data.train(1):
        samples, temperatures = next(drawn)
        assert samples.shape == (4, 240, 14) and samples.dtype == np.float64
        np.testing.assert_array_equal(samples.astype(np.float32), data.sequences[rows[:, None] + data.offsets])
        np.testing.assert_array_equal(temperatures.astype(np.float32), data.targets[rows])
        np.testing.assert_array_equal(samples[:, -1], table[rows - STEP])  # an hour old
        np.testing.assert_array_equal(temperatures, table[rows + DELAY, TEMPERATURE])
    assert not np.array_equal(data.train(1), data.train(2))
    assert np.array_equal(data.train(1), data.train(1 + climate.DRAWN))


def test_losses_that_differ_are_refused() -> None:
    measure.check("work", [1.0, 2.0], [1.00009, 1.9999])
    for wrong in ([1.0, 2.001], [1.0, float("nan")]):
        with pytest.raises(UserError, match="work: the loss of the document's code in epoch 2 is "):
            measure.check("work", [1.0, 2.0], wrong)


def test_the_plain_strings_are_ours_and_others_are_refused() -> None:
    strings.check(count=60)
    with pytest.raises(UserError, match=r"string 2 of seed 1234 is .+; the plain generator draws a"):
        strings.check(lambda random, count: [*plain_strings(random, 2), "a"], 3)
    with pytest.raises(UserError, match="5 strings of seed 1234 leave the random generator elsewhere"):
        strings.check(lambda random, count: plain_strings(random, count + 1)[:-1], 5)


class Fake:
    """A side whose epoch takes so many seconds of the CPU."""

    def __init__(self, name: str, seconds: float, losses: list[float], heard: list[str]) -> None:
        self.name, self.seconds, self.found, self.heard = name, seconds, losses, heard

    def losses(self, epochs: int) -> list[float]:
        return self.found[:epochs]

    def times(self, epochs: int, parts: int) -> dict[str, float]:
        self.heard.append(f"{self.name} {epochs}")
        return {"cpu": self.seconds * 1000 / parts, "wall": self.seconds * 2000 / parts}


def fakes(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> list[str]:
    """Let the sides be fakes; the document's has these losses. Returns what is heard of them."""
    heard: list[str] = []

    @contextmanager
    def made(name: str, make: Make, environment: dict[str, str]) -> Iterator[Any]:
        if environment is OURS:
            yield Fake("ours", 1.0, [3.0, 2.0, 1.0], heard)
        else:
            yield Fake("theirs", 4.0, losses, heard)

    monkeypatch.setattr(measure, "started", made)
    return heard


TIMES = {f"{side}{name}_ms" for side in ("ours", "theirs") for name in ("", "_min", "_max", "_wall")}


def test_the_row_of_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = fakes(monkeypatch, [3.0, 2.0, 1.0])
    row = measure.train(measure.TRAININGS[-1], repeats=3)
    assert heard == ["ours 2", "theirs 2"] * 3
    assert set(row) == TIMES | {"work", "peer", "runs", "ratio"}
    assert (row["work"], row["peer"], row["runs"]) == ("jena_gru, a step", "generator, keras fit", 3)
    assert row["ratio"] == 4 and row["ours_ms"] == 20 and row["theirs_wall_ms"] == 160


def test_a_training_that_differs_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = fakes(monkeypatch, [3.0, 2.0, 1.1])
    with pytest.raises(UserError, match=r"jena_gru, a step: the loss of the document's code in epoch 3 is 1\.1000000"):
        measure.train(measure.TRAININGS[-1], repeats=3)
    assert heard == []


def test_the_row_of_the_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    took = strings.times(lambda random, count: drawn.append(count), 7)
    assert drawn == [7] and set(took) == {"cpu", "wall"}
    monkeypatch.setattr(strings, "check", lambda: drawn.append(0))
    found = {plain_strings: {"cpu": 600.0, "wall": 700.0}, strings.generate: {"cpu": 20.0, "wall": 30.0}}
    monkeypatch.setattr(strings, "times", found.__getitem__)
    row = measure.draw(repeats=2)
    assert drawn[1:] == [0] and set(row) == TIMES | {"work", "peer", "runs", "ratio"}
    assert row["ratio"] == 30 and row["runs"] == 2


def test_every_work_has_a_goal_and_what_misses_it_is_said() -> None:
    works = [*dict.fromkeys(training.work for training in measure.TRAININGS), measure.STRINGS[0]]
    assert list(measure.GOALS) == works
    rows = [{"work": work, "peer": "another", "ratio": 20.0} for work in works]
    assert measure.missed(rows) == ["song_state, an epoch beside another: the ratio is 20.00, aimed at is 60"]


class Told:
    """A loop that tells of its process."""

    def train(self, epochs: int) -> list[float]:
        if epochs == 7:
            raise ValueError("no seven")
        if epochs == 9:
            os._exit(3)
        return [float(os.environ.get("XLA_FLAGS") == flags) for flags in (None, PLAIN["XLA_FLAGS"])]


def told() -> Loop:
    return Told()


def test_each_side_has_its_own_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--of_the_parent")
    with started("ours", told, OURS) as ours, started("theirs", told, PLAIN) as theirs:
        assert ours.losses(1) == [1, 0] and theirs.losses(1) == [0, 1]
        assert set(ours.times(2, 5)) == {"cpu", "wall"}
        with pytest.raises(UserError, match=r"^ours ended: ValueError: no seven$"):
            ours.losses(7)
        with pytest.raises(UserError, match=r"^theirs ended: status 3$"):
            theirs.losses(9)
        with pytest.raises(UserError, match="theirs ended"):
            theirs.losses(1)
