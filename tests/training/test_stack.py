"""A stack of runs on JAX: each ends with the bits that it has alone, stops by itself, and goes on from a checkpoint."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.spec.augmentation import Augmentation
from pipeline.spec.data import Data, shuffled
from pipeline.training.fit import Outcome
from tests.made_networks import experiment

ROWS, TIMESTEPS, FEATURES = 24, 5, 4
Arrays = list[np.ndarray]
CASES: dict[str, dict[str, Any]] = {
    "dropout, stopping": {
        "variant": "lstm",
        "epochs": 6,
        "patience": 1,
        "recurrent": {"dropout": 0.3, "recurrent_dropout": 0.3},
        "optimizer": {"learning_rate": 0.05},
        "masked": True,
    },
    "mixed, averaged": {
        "variant": "gru",
        "epochs": 3,
        "frontend": {"mfcc": {"coefficients": 3, "steps": 2}},
        "augmentation": {"mixup": 0.3, "gain": 3.0, "roll": True, "band_shift": 1, "equalizer": 2.0},
        "optimizer": {"ema_momentum": 0.9, "schedule": "cosine", "weight_decay": 0.05, "global_clipnorm": 1.0},
    },
    "a state that goes on": {"variant": "lstm", "epochs": 2, "batch": 1, "recurrent": {"state": "carry"}},
}


def case(name: str) -> tuple[Any, bool]:
    options = dict(CASES[name])
    masked = options.pop("masked", False)
    return experiment(**{"batch": 5, **options}), masked


def made(seed: int, batch: int, masked: bool) -> Data:
    """Make the data of a seed: its own rows, and more than one batch, the last one smaller."""
    random = np.random.default_rng([seed, 1])
    rows = np.arange(ROWS, dtype=np.int32)
    return Data(
        sequences=random.normal(0, 1, (ROWS, TIMESTEPS, FEATURES)).astype(np.float32),
        lengths=random.integers(1, TIMESTEPS + 1, ROWS).astype(np.int32),
        targets=random.integers(0, 3, ROWS).astype(np.int32),
        train=shuffled(rows[:16], batch, seed),
        validation=lambda epoch: rows[16:20],
        test=rows[20:],
        shown=rows[20:21],
        labels=["a", "b", "c"],
        masked=masked,
    )


def train(name: str, seeds: list[int], stop: int = 0, resume: Any = None) -> dict[int, tuple[Arrays, int, list[Any]]]:
    """Train the runs of some seeds in one stack: {seed: (state, epochs, losses)}.

    stop: end after so many epochs, and return checkpoints; resume: such checkpoints, of any of the seeds.
    """
    from pipeline.networks.model import make_model
    from pipeline.training.fit import new_outcome, outcome_of
    from pipeline.training.fit_stack import Member, fit_stack
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup
    from pipeline.training.stack import Place, Stack

    chosen, masked = case(name)
    if stop:
        chosen = chosen.model_copy(update={"epochs": stop})
    datas = [made(seed, chosen.batch, masked) for seed in seeds]
    models = [make_model(chosen, data, FEATURES, seed) for data, seed in zip(datas, seeds, strict=True)]
    carry, augmentation = chosen.recurrent.state == "carry", chosen.augmentation
    optimizer = make_optimizer(chosen.optimizer, 12)
    stack = Stack(Setup(models[0], optimizer, carry=carry, augmentation=augmentation or Augmentation()), lanes=4)
    stack.begin(models, [(data.sequences, data.lengths, data.targets) for data in datas], seeds)
    members, kept = [], {}

    def keep_of(seed: int, place: Any) -> Any:
        def keep(outcome: Outcome) -> None:
            kept[seed] = outcome.checkpoint(place.state(), "id")

        return keep

    for n, (seed, data) in enumerate(zip(seeds, datas, strict=True)):
        place, outcome = Place(stack, n), new_outcome(chosen)
        if resume and seed in resume:
            place.restore(resume[seed].arrays["state"])
            outcome = outcome_of(resume[seed])
        members.append(Member(chosen, data, outcome, lambda *_: None, keep_of(seed, place)))
    fit_stack(stack, members)
    if stop:
        return kept
    return {
        seed: (stack.state(n), member.outcome.epoch, member.outcome.history["loss"])
        for n, (seed, member) in enumerate(zip(seeds, members, strict=True))
    }


def same(one: Any, other: Any) -> bool:
    """Check that two runs ended with the same bits, after as many epochs."""
    states = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one[0], other[0], strict=True))
    return states and one[1:] == other[1:]


@pytest.fixture(scope="module", params=list(CASES))
def three(request: pytest.FixtureRequest, jax_process: ProcessPoolExecutor) -> tuple[str, Any]:
    """Three runs of a case, trained in one stack."""
    return request.param, jax_process.submit(train, request.param, [0, 1, 2]).result()


def test_a_run_in_a_stack_ends_as_alone(three: tuple[str, Any], jax_process: ProcessPoolExecutor) -> None:
    name, found = three
    alone = jax_process.submit(train, name, [1]).result()
    assert same(found[1], alone[1])
    assert not same(found[0], found[1])


def test_a_stack_goes_on_from_its_checkpoints_in_another_order(
    three: tuple[str, Any], jax_process: ProcessPoolExecutor
) -> None:
    name, found = three
    kept = jax_process.submit(train, name, [0, 1], 1).result()
    resumed = jax_process.submit(train, name, [2, 1, 0], 0, kept).result()
    assert all(same(resumed[seed], found[seed]) for seed in (0, 1, 2))


def test_each_stops_by_itself(jax_process: ProcessPoolExecutor) -> None:
    found = jax_process.submit(train, "dropout, stopping", [*range(6)]).result()
    assert len({epochs for _, epochs, _ in found.values()}) > 1


def programs(short: bool) -> tuple[list[int], int]:
    """Count the programs of a stack that validates, tests and shows parts of other lengths, and its lanes for batches.

    short: its epochs are shorter than the store.
    """
    from pipeline.networks.model import make_model
    from pipeline.training.fit import new_outcome
    from pipeline.training.fit_stack import Member, fit_stack
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup
    from pipeline.training.stack import Stack

    chosen, rows = experiment("lstm", batch=2, epochs=2), np.arange(200, dtype=np.int32) % ROWS
    data = replace(made(0, 2, False), validation=lambda epoch: rows[:70], test=rows[:130], shown=rows[:1])
    data = replace(data, train=shuffled(rows[:4], 2, 0)) if short else data
    stack = Stack(Setup(make_model(chosen, data, FEATURES, 0), make_optimizer(chosen.optimizer)))
    stack.begin([stack.model], [(data.sequences, data.lengths, data.targets)], [0])
    fit_stack(stack, [Member(chosen, data, new_outcome(chosen), lambda *_: None, lambda outcome: None)])
    program = stack._program
    return [len(program.epoch), len(program.predict)], stack._rooms["epoch"]


def test_one_program_serves_all_epochs_and_one_all_parts(jax_process: ProcessPoolExecutor) -> None:
    assert jax_process.submit(programs, False).result() == ([1, 1], 8)
    assert jax_process.submit(programs, True).result() == ([1, 1], 2)
