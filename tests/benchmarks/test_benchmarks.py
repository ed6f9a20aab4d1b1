"""The benchmark: equal losses first, a wrong peer refused, the figures of a row. No time is asserted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import compare
from benchmarks.peers import Peer, process
from benchmarks.peers.__main__ import Service
from benchmarks.peers.textbook import Textbook, loss_and_gradients
from benchmarks.peers.turns import LEAST, SECONDS, check, first_losses, warm_up
from benchmarks.work import WORKS, Data, Work, data_of
from pipeline.base.console import UserError
from pipeline.base.files import read_json

LSTM, GRU = Work("lstm", 3, 4, 2, 3), Work("gru", 3, 4, 2, 3)
BOTH = pytest.mark.parametrize("work", [LSTM, GRU], ids=["lstm", "gru"])


class Here:
    """A peer in this process, with its commands as its own process would have them."""

    def __init__(self, name: str, peer: Peer) -> None:
        self.name, self._service = name, Service(peer)

    def prepare(self, work: Work) -> None:
        self._service({"work": asdict(work)})

    def arrange(self, first: int, steps: int) -> None:
        self._service({"first": first, "steps": steps})

    def train(self) -> dict[str, float]:
        return self._service({})


def textbook(work: Work) -> list[float]:
    return first_losses(Here("numpy", Textbook()), work)


def test_every_process_makes_the_same_data() -> None:
    one, other = data_of(GRU), data_of(GRU)
    assert all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True))
    assert np.array_equal(one.sequences, other.sequences) and np.array_equal(one.order, other.order)
    assert one.sequences.dtype == np.float32 and one.weights[2].shape == (2, 9)
    assert data_of(LSTM).weights[2].tolist() == [0] * 3 + [1] * 3 + [0] * 6
    assert np.array_equal(one.rows(18, 4), one.order[[18, 19, 0, 1]])
    assert [work.name for work in WORKS][-2:] == ["400x100x10", "240x14x128"]


@BOTH
def test_the_textbooks_gradients_are_the_slopes_of_its_loss(work: Work) -> None:
    data = data_of(work)
    weights = [weight.astype(np.float64) for weight in data.weights]
    inputs = data.sequences[:3].astype(np.float64), data.targets[:3]
    _, gradients = loss_and_gradients(work.cell, weights, *inputs)
    for weight, gradient in zip(weights, gradients, strict=True):
        for place in np.ndindex(weight.shape):
            sides, kept = [], weight[place]
            for moved in (kept + 1e-5, kept - 1e-5):
                weight[place] = moved
                sides.append(loss_and_gradients(work.cell, weights, *inputs)[0])
            weight[place] = kept
            assert (sides[0] - sides[1]) / 2e-5 == pytest.approx(gradient[place], abs=1e-8)


@BOTH
@pytest.mark.usefixtures("tensorflow")
def test_our_losses_and_those_of_keras_are_the_textbooks(work: Work) -> None:
    from benchmarks.peers.keras_fit import KerasFit
    from benchmarks.peers.ours import Ours

    peers: dict[str, Peer] = {"ours": Ours(), "keras fit": KerasFit()}
    for name, peer in peers.items():
        check(work, name, textbook(work), first_losses(Here(name, peer), work))


@pytest.mark.usefixtures("tensorflow")
def test_keras_jit_is_compiled_by_xla_and_right() -> None:
    from benchmarks.peers.keras_jit import KerasJit

    peer, data = KerasJit(), data_of(LSTM)
    peer.prepare(data)
    peer.arrange(data.rows(0, 5))
    assert peer.train() == pytest.approx(np.mean(textbook(LSTM)[:5]), abs=1e-5)
    assert peer._model.jit_compile is True and peer._model.steps_per_execution == 5


@pytest.mark.parametrize("name", ["pytorch", "jax"])
def test_the_peers_of_the_other_environment_are_right(name: str) -> None:
    if not process.VENV.is_dir():
        pytest.skip(f"no {process.VENV.name}: `make bench` makes it")
    with process.started(name) as peer:
        for work in (LSTM, GRU):
            check(work, name, textbook(work), first_losses(peer, work))


def test_a_peer_in_a_process_of_its_own() -> None:
    with process.started("numpy") as peer:
        assert first_losses(peer, LSTM) == textbook(LSTM)
        assert set(peer.train()) == {"cpu", "wall", "loss"}


def test_a_peer_that_ends_says_why() -> None:
    with process.started("nobody") as peer, pytest.raises(UserError, match="nobody ended with status 1: KeyError"):
        peer.prepare(LSTM)
        peer.train()


def test_what_a_library_prints_is_not_taken_for_an_answer() -> None:
    code = "from benchmarks.peers.__main__ import _own_output as own; out = own(); print('noise'); out.write('answer')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=process.ROOT)
    assert done.stdout == "answer" and "noise" in done.stderr


def test_a_peer_without_its_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(process, "VENV", tmp_path / "none")
    assert process.python_of("numpy") == sys.executable
    with pytest.raises(UserError, match="the peer jax has no environment; `make bench`"):
        process.python_of("jax")


class Wrong(Textbook):
    """Begins elsewhere."""

    def prepare(self, data: Data) -> None:
        super().prepare(data)
        self.weights[0] *= np.float32(1.01)


@BOTH
def test_a_peer_that_trains_otherwise_is_refused(work: Work) -> None:
    right, wrong = textbook(work), first_losses(Here("wrong", Wrong()), work)
    check(work, "right", right, [loss + 9e-6 for loss in right])
    with pytest.raises(UserError, match=rf"{work.cell} 4x2x3: the loss of wrong at step 1 is 2.\d+, ours is 2.\d+"):
        check(work, "wrong", right, wrong)
    with pytest.raises(UserError, match="over steps 6 to 25"):
        check(work, "wrong", right, [*right[:5], right[5] + 2e-5])
    with pytest.raises(UserError, match="at step 3 is nan"):
        check(work, "wrong", right, [*right[:2], float("nan"), *right[3:]])


class Timed:
    """A member whose call costs `call` seconds and whose step costs `step` seconds."""

    def __init__(self, name: str, call: float, step: float, heard: list[str]) -> None:
        self.name, self.call, self.step, self.heard = name, call, step, heard

    def prepare(self, work: Work) -> None:
        self.heard.clear()

    def arrange(self, first: int, steps: int) -> None:
        self.steps = steps

    def train(self) -> dict[str, float]:
        self.heard.append(self.name)
        wall = self.call + self.steps * self.step
        return {"cpu": 2 * wall, "wall": wall, "loss": 1.0}


def test_a_call_has_many_steps_and_lasts() -> None:
    for call, step in ((0.05, 0.001), (0.0, 0.1), (0.05, 0.00001)):
        member = Timed("keras fit", call, step, [])
        member.arrange(5, 20)
        steps = warm_up(member)
        assert steps == member.steps >= LEAST["keras fit"]
        assert call + steps * step >= 0.8 * SECONDS["keras fit"]


def test_ours_and_a_peer_alternate_and_the_ratio_is_theirs_by_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[str] = []

    @contextmanager
    def started(name: str) -> Iterator[Timed]:
        yield Timed(name, 0.0, {"ours": 0.05, "numpy": 0.1}[name], heard)

    monkeypatch.setattr(compare, "started", started)
    (row,) = compare.compare([WORKS[1]], ["numpy"], repeats=3)
    assert heard[-6:] == ["ours", "numpy"] * 3
    assert (row["work"], row["peer"], row["runs"]) == ("50x10x10", "numpy", 3)
    assert row["ratio"] == pytest.approx(2) and row["theirs_ms"] == pytest.approx(200)
    assert row["ours_wall_ms"] == pytest.approx(50) and row["ours_min_ms"] == pytest.approx(100)
    assert "bench: 50x10x10, numpy: 200.000 ms a step, ours 100.000, ratio 2.00" in capsys.readouterr().out


def times(*cpu: float) -> list[dict[str, float]]:
    return [{"cpu": value, "wall": value + 1} for value in cpu]


def test_a_row_has_the_median_and_the_range() -> None:
    row = compare.row_of("10x10x10", "jax", times(3, 1, 2), times(5, 4, 9))
    assert row == {
        **{"work": "10x10x10", "peer": "jax", "runs": 3, "ratio": 2.5},
        **{"ours_ms": 2, "ours_min_ms": 1, "ours_max_ms": 3, "ours_wall_ms": 3},
        **{"theirs_ms": 5, "theirs_min_ms": 4, "theirs_max_ms": 9, "theirs_wall_ms": 6},
    }


def test_the_table_and_the_goals_that_are_missed() -> None:
    one = compare.row_of("50x10x10", "keras fit", times(1), times(12.5))
    two = compare.row_of("50x10x10", "pytorch", times(1), times(2.25))
    three = compare.row_of("50x100x10", "pytorch", times(2), times(1))
    assert compare.table([one, two, three]).splitlines() == [
        "| work | ours, ms | keras fit | pytorch |",
        "|---|---:|---:|---:|",
        "| 50x10x10 | 1.000 | 12.50 | 2.25 |",
        "| 50x100x10 | 2.000 |  | 0.50 |",
    ]
    assert compare.missed([one]) == []
    assert compare.missed([one, two, three]) == [
        "pytorch at 50x10x10: the ratio is 2.25, aimed at is 2.4",
        "pytorch at 50x100x10: the ratio is 0.50, aimed at is 1",
    ]


@pytest.mark.parametrize(("words", "written"), [([], True), (["features"], False)])
def test_a_whole_run_writes_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], written: bool
) -> None:
    from benchmarks import __main__ as bench

    row = {"work": "a clip", "peer": "another", "ours_ms": 1.0, "theirs_ms": 2.0, "ratio": 2.0, "runs": 5}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "SECTIONS", {"features": lambda repeats: [row]})
    monkeypatch.setattr("sys.argv", ["bench", *words])
    bench.main()
    assert "a clip | another: 1.00 | 2.00 ms, ratio 2.00" in capsys.readouterr().out
    assert bench.REPORT.exists() == written and (not written or read_json(bench.REPORT) == [row])
