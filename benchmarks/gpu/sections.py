"""What is measured: whether a stack changes bits, milliseconds an update, and the run that is the goal."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.gpu.report import Report, error
from benchmarks.gpu.works import BEFORE, GOAL, GRUS, IMDB, RELU, WAYS, WORKS, Stack, Work, tiny


class Sizes(NamedTuple):
    """How much is done; the kernels are interpreted if that is little."""

    stacks: tuple[int, ...] = (1, 16, 64, 256, 1024)
    largest: int = 64  # of the exact stacks and of the goal
    epochs: int = 100
    updates: int = 29
    threads: int = 8  # that compile
    small: bool = False


SMALL = Sizes(stacks=(2,), largest=3, epochs=2, updates=2, threads=1, small=True)


def _compiled(report: Report, stacks: Sequence[tuple[dict[str, Any], Any]], threads: int) -> Iterator[tuple[Any, ...]]:
    """Compile stacks side by side and yield them in order with the seconds each took, as long as there is time.

    Compiling in other threads disturbs what is measured, so all is compiled first.
    """

    def timed(stack: Stack) -> float:
        began = time.perf_counter()
        stack.compile()
        return time.perf_counter() - began

    pool, made = ThreadPoolExecutor(threads), []
    try:
        for label, make in stacks:
            if report.left() < 0:
                break
            stack = make()
            made.append((label, stack, pool.submit(timed, stack.lower())))
        for label, stack, seconds in made:
            try:
                yield label, stack, seconds.result(max(report.left(), 0))
            except Exception as problem:  # one program that does not compile, or is late, costs only its own figures
                report.add(**label, error=error(problem))
    finally:
        pool.shutdown(cancel_futures=True)


def _bits(values: Any, place: int) -> list[np.ndarray]:
    return [np.asarray(leaf)[place] for leaf in values[0]]


def _difference(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    """Find the largest difference; 0.0 means the same bits."""
    if all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True)):
        return 0.0
    return max(float(np.abs(a.astype(float) - b).max()) for a, b in zip(one, other, strict=True))


def _groups(size: int) -> dict[str, list[int]]:
    """List the seeds in the lanes of stacks of one size: those of the seed 0 and 1 alone are filled up with copies."""
    others = [100 + n for n in range(size - 2)]
    return {
        "alone": [0] * size,
        "another alone": [1] * size,
        "in order": [*range(size)],
        "in reverse": [*range(size)][::-1],
        "among others": [*others, 1, 0],
    }


def _compare(stack: Stack) -> dict[str, Any]:
    """Train all groups twice, and compare the networks of the first two seeds."""
    ends: dict[str, dict[int, list[np.ndarray]]] = {}
    same = True
    for name, seeds in _groups(stack.size).items():
        given = stack.data(), stack.order(seeds)
        once, again = (stack.train(stack.begin(seeds), *given)[0] for _ in range(2))
        ends[name] = {seed: _bits(once, seeds.index(seed)) for seed in (0, 1) if seed in seeds}
        same = same and all(_difference(_bits(again, seeds.index(s)), bits) == 0.0 for s, bits in ends[name].items())
    alone = {**ends.pop("alone"), **ends.pop("another alone")}
    found = {name: max(_difference(some[seed], alone[seed]) for seed in alone) for name, some in ends.items()}
    return {"differences_to_alone": found, "twice_the_same": same}


def exactness(report: Report, sizes: Sizes) -> None:
    """Compare the weights of networks beside others, in a stack of one size, with those alone, and with the same again.

    A stack of another size is another program, whose sums may have another order (`pipeline.training.stack_size`).
    """
    jobs = [(work, "kernel") for work in (GOAL, RELU, GRUS, BEFORE)] + [(GOAL, "scan")]
    jobs = [(tiny(GOAL), "kernel")] if sizes.small else jobs
    made = [
        (
            {"work": work.name, "stack": sizes.largest, "way": way},
            partial(Stack, work, sizes.largest, way, sizes.updates, sizes.small),
        )
        for work, way in jobs
    ]
    for label, stack, _ in _compiled(report, made, sizes.threads):
        report.add(**label, updates=sizes.updates, **_compare(stack))


def _times(report: Report, label: dict[str, Any], stack: Stack, seconds: float) -> None:
    """Time three calls after a first one."""
    seeds: Any = range(stack.size)
    values, data, order, times = stack.begin(seeds), stack.data(), stack.order(seeds), []
    for _ in range(4):
        began = time.perf_counter()
        values, losses = stack.train(values, data, order)
        times.append((time.perf_counter() - began) * 1000 / stack.updates)
    figures = {"ms": round(median(times[1:]), 4), "least_ms": round(min(times[1:]), 4)}
    report.add(**label, **figures, compile_s=round(seconds, 1), finite=bool(np.isfinite(losses).all()))


def updates(report: Report, sizes: Sizes) -> None:
    """Time an update of stacks, with the kernel and with the scan."""
    for work in [tiny(GOAL)] if sizes.small else [*WORKS, IMDB]:
        made = [
            ({"work": work.name, "stack": size, "way": way}, _stack_of(work, size, way, sizes.small))
            for size in sizes.stacks
            for way in WAYS
        ]
        for label, stack, seconds in _compiled(report, made, sizes.threads):
            if report.out_of_time():
                return
            try:
                _times(report, label, stack, seconds)
            except Exception as problem:  # above all, too little memory
                report.add(**label, error=error(problem))


def _stack_of(work: Work, size: int, way: str, small: bool) -> Any:
    count = 2 if small else 40 if way == "kernel" and size < 256 else 10
    return partial(Stack, work, size, way, count, small)


def goal(report: Report, sizes: Sizes) -> None:
    """Train seeds of the documents' LSTM on urban sound for all epochs, and fetch the losses of each.

    With the kernel of a whole sequence, and without.
    """
    work = tiny(GOAL) if sizes.small else GOAL
    size, options = sizes.largest, (sizes.updates, sizes.small)
    made = [({"work": work.name, "seeds": size, "way": way}, partial(Stack, work, size, way, *options)) for way in WAYS]
    for label, stack, seconds in _compiled(report, made, sizes.threads):
        seeds, data = range(stack.size), stack.data()
        orders = [stack.order(seeds, epoch) for epoch in range(sizes.epochs)]
        stack.train(stack.begin(seeds), data, orders[0])
        values, losses, began = stack.begin(seeds), [], time.perf_counter()
        for order in orders:
            values, found = stack.train(values, data, order)
            losses.append(float(np.asarray(found).mean()))
            if report.out_of_time():
                return
        wall = round(time.perf_counter() - began, 3)
        report.add(**label, epochs=sizes.epochs, updates=sizes.updates, wall_s=wall, compile_s=round(seconds, 1))
        report.add(**label, first_loss=losses[0], last_loss=losses[-1])
