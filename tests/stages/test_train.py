"""The stage `train` and its wish for more seeds: it trains, asks, trains those more, and stays within its budget."""

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.judging.seeds import Wish
from pipeline.stages import train
from tests.conftest import strings_params
from tests.made_documents import document, number, rows

PARAMS = strings_params(seeds=3, most_seeds=10)


class Machine:
    """A machine that trains at once; `asked` are the budgets that were left when seeds were asked for."""

    def __init__(self, *answers: list[Wish]) -> None:
        self.answers, self.asked, self.planned = list(answers), [], []

    def asked_for(self, params: Any, documents: Any, found: Any, minutes: float) -> list[Wish]:
        self.asked.append(minutes)
        return self.answers.pop(0) if self.answers else []

    def plan(self, params: Any, windows: Any, more: Any = None) -> list[dict[str, Any]]:
        self.planned.append(dict(more or {}))
        return [
            row
            for name in params.chosen()
            for row in rows(name, [0.70, 0.71, 0.69, 0.7, 0.7, 0.7][: max(3, (more or {}).get(name, 0))])
        ]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """Let the stage train on a machine."""

    def on(machine: Machine) -> Machine:
        monkeypatch.setattr(train, "plan", machine.plan)
        monkeypatch.setattr(train, "perform", lambda runs, *_: runs)
        monkeypatch.setattr(train, "MLRUNS", tmp_path / "mlruns")
        monkeypatch.setattr(train, "load_claims", lambda _: [document(number("one", "0.7"))])
        monkeypatch.setattr("pipeline.tracking.tracker.Tracker", lambda *_: SimpleNamespace())
        if machine.answers:
            monkeypatch.setattr(train, "asked_for", machine.asked_for)
        return machine

    return on


def test_what_is_granted_is_trained_and_counted_until_nothing_is_asked(stage: Any, capsys: Any) -> None:
    machine = stage(
        Machine(
            [Wish("am_a", 5, ("9.one",), 2.0)], [Wish("am_a", 6, ("9.one",), 1.0), Wish("am_b", 4, ("9.two",), 0.5)]
        )
    )
    found = train.train(PARAMS, minutes=6)
    assert machine.asked == [6, 4, 2.5]
    assert machine.planned == [{}, {"am_a": 5}, {"am_a": 6, "am_b": 4}]
    assert [row["experiment"] for row in found].count("am_a") == 6
    assert [row["experiment"] for row in found].count("am_b") == 4
    assert capsys.readouterr().out.splitlines() == [
        "train: am_a: 5 seeds could decide 9.one",
        "train: am_a: 6 seeds could decide 9.one",
        "train: am_b: 4 seeds could decide 9.two",
    ]


def test_without_minutes_no_seed_is_added(stage: Any, capsys: Any) -> None:
    machine = stage(Machine())
    assert len(train.train(PARAMS)) == 6
    assert machine.planned == [{}]
    assert capsys.readouterr().out == ""


def test_claims_of_other_experiments_add_no_seed(stage: Any) -> None:
    machine = stage(Machine())  # the document is about `a`, which the params do not have
    assert len(train.train(PARAMS, minutes=100)) == 6
    assert machine.planned == [{}]
