"""One member of a comparison, ours or a peer: check its losses, find how long it must train, time it."""

import math
from collections.abc import Sequence
from typing import Protocol

from benchmarks.work import Work
from pipeline.base.console import UserError

CHECKED, TOLERANCE = 5, 1e-5  # the number of first losses, and how far apart they may be
PROBE = 20  # batches of the first longer call; its mean loss is checked too
# The fewest batches and seconds per call. A call of fit costs about 50 ms in itself; many steps hide that.
LEAST, SECONDS = {"keras fit": 200, "keras jit": 200}, {"keras fit": 2.0, "keras jit": 1.0}
LEAST_OF_OTHERS, SECONDS_OF_OTHERS = PROBE, 0.4


class Member(Protocol):
    """Ours or a peer, such as `peers.process.Process`."""

    name: str

    def prepare(self, work: Work) -> None:
        """Start a work from its initial weights."""

    def arrange(self, first: int, steps: int) -> None:
        """Prepare to train on `steps` batches, starting at batch `first`."""

    def train(self) -> dict[str, float]:
        """Train on them. Returns `cpu` and `wall` seconds, and the mean `loss` of the steps."""


def first_losses(member: Member, work: Work) -> list[float]:
    """Measure the losses of the first 5 steps, one call each, and the mean of the next 20, in one call, in nats."""
    member.prepare(work)
    losses = []
    for first, steps in [(step, 1) for step in range(CHECKED)] + [(CHECKED, PROBE)]:
        member.arrange(first, steps)
        losses.append(member.train()["loss"])
    return losses


def check(work: Work, peer: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Raise UserError if the losses of a peer differ from ours."""
    for place, (our, their) in enumerate(zip(ours, theirs, strict=True), 1):
        if not abs(our - their) <= TOLERANCE:  # so that NaN fails too
            steps = f"at step {place}" if place <= CHECKED else f"over steps {CHECKED + 1} to {CHECKED + PROBE}"
            raise UserError(f"{work.cell} {work.name}: the loss of {peer} {steps} is {their:.7f}, ours is {our:.7f}")


def warm_up(member: Member) -> int:
    """Find the number of batches with which a call lasts long enough, training on the way."""
    seconds, least = SECONDS.get(member.name, SECONDS_OF_OTHERS), LEAST.get(member.name, LEAST_OF_OTHERS)
    steps, lasted = PROBE, member.train()["wall"]
    while steps < least or lasted < 0.8 * seconds:
        steps = max(least, math.ceil(steps * seconds / lasted))
        member.arrange(CHECKED, steps)
        member.train()  # compiles
        lasted = member.train()["wall"]
    return steps


def measure(member: Member, steps: int) -> dict[str, float]:
    """Measure the CPU and wall time of a step, ms, in a call that trains `steps` batches."""
    took = member.train()
    return {clock: took[clock] * 1000 / steps for clock in ("cpu", "wall")}
