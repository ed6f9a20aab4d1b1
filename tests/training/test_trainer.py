"""The trainer: one compilation serves runs of equal programs, and no run is changed by those before it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.running.plan import plan
from pipeline.spec.data import Data, DatasetInfo
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import Run
from pipeline.training import trainer as trainers
from pipeline.training.checkpoints import Checkpoint
from pipeline.training.fit import Outcome
from pipeline.training.trainer import Loaded, StackTrainer, Trainer
from tests.made_networks import data, experiment, ids, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")

Windows = tuple[Params, Path]
Weights = list[np.ndarray]
ROWS = 20


def train(trainer: Trainer, params: Params, windows: Path, place: int) -> tuple[Weights, Outcome]:
    """Train one of the planned runs."""
    run = plan(params, windows)[place]
    family = FAMILIES[run.experiment.family]
    loaded = family.load(run.experiment, run.seed, run.fold, windows / family.name)
    model = family.network(run.experiment, loaded, run.seed)
    trained, outcome = trainer.train(run, loaded, model, lambda epoch, figures: None)
    return trained.get_weights(), outcome


def run_of(chosen: Experiment, seed: int = 0) -> Run:
    return Run(chosen, seed, None, DatasetInfo("made", "sample", "0" * 64), "key")


def begun(trainer: Trainer, chosen: Experiment, some: Data, seed: int = 0) -> Any:
    """Return the program of a run that begins."""
    from pipeline.networks.build import build

    features = int(some.sequences.max()) + 1 if some.symbols else some.sequences.shape[-1]
    return trainer.begin(run_of(chosen, seed), some, build(chosen, some, features, None, seed))


def table(*offsets: int) -> Data:
    """Return windows on one long table of ROWS rows, which are at these offsets behind their first row."""
    rows = np.arange(5, dtype=np.int32)
    return replace(
        data(vectors(ROWS, 2, 1)[0]),
        lengths=np.full(ROWS, len(offsets), np.int32),
        targets=np.zeros(ROWS, np.int32),
        train=lambda epoch: rows[None],
        test=rows,
        offsets=np.array(offsets, np.int32),
    )


def test_the_same_bits_alone_and_after_other_runs(strings_windows: Windows) -> None:
    warm = Trainer()
    train(warm, *strings_windows, 0)
    after_another, outcome = train(warm, *strings_windows, 1)
    alone, same = train(Trainer(), *strings_windows, 1)
    assert all(np.array_equal(a, b) for a, b in zip(after_another, alone, strict=True))
    assert outcome.history["loss"] == same.history["loss"]
    assert outcome.history["loss"] != train(warm, *strings_windows, 0)[1].history["loss"]


def test_one_compilation_serves_all_seeds(strings_windows: Windows) -> None:
    trainer = Trainer()
    train(trainer, *strings_windows, 0)
    first = trainer._compiled
    train(trainer, *strings_windows, 1)
    assert trainer._compiled is first and first is not None
    assert first._epoch.experimental_get_tracing_count() == 1
    assert first._predict.experimental_get_tracing_count() == 1
    train(trainer, *strings_windows, 2)  # another variant
    assert trainer._compiled is not first


@pytest.mark.parametrize(
    "options",
    [
        {"name": "other", "document": "003", "labels": {"quick": True}},
        {"epochs": 7, "patience": 2, "eval_epochs": [1]},
        {"protocol": "corrected"},
    ],
)
def test_what_is_not_compiled_in_asks_for_no_other_program(options: dict[str, Any]) -> None:
    trainer, some = Trainer(), data(vectors(3, 2))
    first = begun(trainer, experiment("lstm", batch=5), some)
    assert begun(trainer, experiment("lstm", **{"batch": 5, **options}), some, seed=1) is first


@pytest.mark.parametrize(
    "options",
    [
        {"units": 3},
        {"batch": 4},
        {"recurrent": {"recurrent_activation": "hard_sigmoid"}},
        {"readout": {"dense_units": 2}},
        {"optimizer": {"learning_rate": 0.01}},
        {"label_smoothing": 0.1},
        {"augmentation": {"mixup": 0.2}},
    ],
)
def test_what_is_compiled_in_asks_for_another(options: dict[str, Any]) -> None:
    trainer, some = Trainer(), data(vectors(3, 2))
    first = begun(trainer, experiment("lstm", batch=5), some)
    assert begun(trainer, experiment("lstm", **{"batch": 5, **options}), some) is not first


SOME: dict[str, Callable[[], Data]] = {
    "vectors": lambda: data(vectors(4, 3)),
    "more rows": lambda: data(vectors(4, 3, rows=6)),
    "more steps": lambda: data(vectors(5, 3)),
    "more features": lambda: data(vectors(4, 2)),
    "more classes": lambda: data(vectors(4, 3), outputs=4),
    "padded": lambda: data(vectors(4, 3), masked=True),
    "ids": lambda: data(ids(4, 3)),
}


@pytest.mark.parametrize("kind", [name for name in SOME if name != "vectors"])
def test_data_of_another_shape_asks_for_another(kind: str) -> None:
    trainer, chosen = Trainer(), experiment("lstm", batch=5)
    first = begun(trainer, chosen, SOME["vectors"]())
    assert begun(trainer, chosen, SOME["vectors"](), seed=1) is first
    assert begun(trainer, chosen, SOME[kind]()) is not first


@pytest.mark.parametrize("options", [{}, {"frontend": {"embedding_dim": 2}}])
def test_more_words_ask_for_another(options: dict[str, Any]) -> None:
    trainer, chosen = Trainer(), experiment("lstm", batch=5, **options)
    few, many = data(ids(4, 3)), data(ids(4, 9))
    first = begun(trainer, chosen, few)
    assert begun(trainer, chosen, few) is first
    assert begun(trainer, chosen, many) is not first


def test_another_family_asks_for_another() -> None:
    trainer, some = Trainer(), data(vectors(4, 3))
    first = begun(trainer, experiment("lstm", batch=5), some)
    assert begun(trainer, experiment("lstm", batch=5, family="other"), some) is not first


def test_a_schedule_over_the_updates_is_compiled_in_and_a_constant_rate_is_not() -> None:
    trainer, some = Trainer(), data(vectors(4, 3))
    cosine = {"optimizer": {"schedule": "cosine"}}
    first = begun(trainer, experiment("lstm", epochs=2, **cosine), some)
    assert begun(trainer, experiment("lstm", epochs=2, **cosine), some) is first
    assert begun(trainer, experiment("lstm", epochs=3, **cosine), some) is not first


def test_windows_that_lie_elsewhere_in_a_table_have_a_program_of_their_own() -> None:
    trainer, chosen = Trainer(), experiment("lstm", batch=5)
    first = begun(trainer, chosen, table(0, 6, 12))
    assert begun(trainer, chosen, table(0, 6, 12)) is first
    rows = np.arange(5, dtype=np.int32)
    expected = {}
    for offsets in ((0, 6, 12), (1, 7, 13)):
        compiled = begun(trainer, chosen, table(*offsets))
        seen = table(*offsets).sequences[rows[:, None] + np.array(offsets)]
        expected[offsets] = compiled.model([seen]).numpy()
        np.testing.assert_allclose(compiled.predict(rows), expected[offsets], atol=1e-5)
    assert compiled is not first
    assert not np.allclose(expected[0, 6, 12], expected[1, 7, 13])


def test_the_two_protocols_of_the_climate_have_windows_of_one_length_that_lie_elsewhere() -> None:
    from pipeline.sources.climate.windows import offsets

    as_written, corrected = offsets("as_written"), offsets("corrected")
    assert as_written.shape == corrected.shape and not np.array_equal(as_written, corrected)


def test_a_run_goes_on_from_its_checkpoint_to_the_bit(strings_windows: Windows) -> None:
    params, windows = strings_windows
    run = plan(params, windows)[0]
    family = FAMILIES["automata"]
    loaded = family.load(run.experiment, 0, None, windows / "automata")
    kept: list[Checkpoint] = []
    heard: list[int] = []

    def resumed(history: dict[str, Any]) -> None:
        heard.append(len(history["loss"]))

    def keep(compiled: Any) -> Callable[[Outcome], None]:
        def now(outcome: Outcome) -> None:
            history = {name: list(values) for name, values in outcome.history.items()}
            kept.append(replace(outcome, history=history).checkpoint(compiled.state(), "id"))

        return now

    def trained(checkpoint: Checkpoint | None) -> tuple[Weights, Outcome]:
        model = family.network(run.experiment, loaded, 0)
        found, outcome = Trainer().train(run, loaded, model, lambda *_: None, checkpoint, resumed, keep)
        return found.get_weights(), outcome

    whole, outcome = trained(None)
    assert [one.epoch for one in kept] == [1, 2, 3] and heard == []
    again, same = trained(kept[0])
    assert heard == [1] and [one.epoch for one in kept[3:]] == [2, 3]
    assert all(np.array_equal(a, b) for a, b in zip(whole, again, strict=True))
    assert same.history["loss"] == outcome.history["loss"]


def test_a_stack_that_had_to_shrink_serves_no_other_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two experiments with one program: the lanes of the second are its own, whatever the first had to give up."""
    monkeypatch.setitem(sys.modules, "pipeline.training.stack", SimpleNamespace(Stack=lambda setup, lanes: [lanes]))
    monkeypatch.setattr(trainers, "_setup", lambda *given: None)
    monkeypatch.setattr(trainers, "lanes_of", lambda chosen, gpu: 8)
    some, stacks = data(vectors(ROWS, 2, 1)[0]), StackTrainer()

    def stack_for(name: str) -> Any:
        run = run_of(experiment("lstm", name=name))
        model = SimpleNamespace(variables=[])
        return stacks._stack_for([Loaded(run, some, model, lambda epoch, figures: None)])

    first = stack_for("long")
    assert first == [8] and stack_for("short") is first
    assert stacks.shrink(experiment("lstm", name="long")) == 4
    assert [stack_for(name) for name in ("long", "short", "long")] == [[4], [8], [4]]
