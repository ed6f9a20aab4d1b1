"""One member of a comparison, ours or a peer: are its losses right, how long must it train, how long does it take."""

import math
from collections.abc import Sequence
from typing import Protocol

from benchmarks.work import Work
from pipeline.base.console import UserError

CHECKED, TOLERANCE = 5, 1e-5  # the first losses, and how far they may be apart
PROBE = 20  # batches of the first longer call; its mean loss is checked too
# The least batches in a call, and the least seconds. A call to fit costs some 50 ms of its own; many steps hide that.
LEAST, SECONDS = {"keras fit": 200, "keras jit": 200}, {"keras fit": 2.0, "keras jit": 1.0}
LEAST_OF_OTHERS, SECONDS_OF_OTHERS = PROBE, 0.4


class Member(Protocol):
    """Ours or a peer, as `peers.process.Process` is."""

    name: str

    def prepare(self, work: Work) -> None:
        """Begin a work from its initial weights."""

    def arrange(self, first: int, steps: int) -> None:
        """Make ready to train on `steps` batches from the batch `first` on."""

    def train(self) -> dict[str, float]:
        """Train on them; returns `cpu` and `wall` seconds and the mean `loss` of a step."""


def first_losses(member: Member, work: Work) -> list[float]:
    """Return the losses of the first 5 steps, a call each, and the mean of the next 20, in one call, in nats."""
    member.prepare(work)
    losses = []
    for first, steps in [(step, 1) for step in range(CHECKED)] + [(CHECKED, PROBE)]:
        member.arrange(first, steps)
        losses.append(member.train()["loss"])
    return losses


def check(work: Work, peer: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Raise UserError if the losses of a peer are not ours."""
    for place, (our, their) in enumerate(zip(ours, theirs, strict=True), 1):
        if not abs(our - their) <= TOLERANCE:  # so that not-a-number fails too
            steps = f"at step {place}" if place <= CHECKED else f"over steps {CHECKED + 1} to {CHECKED + PROBE}"
            raise UserError(f"{work.cell} {work.name}: the loss of {peer} {steps} is {their:.7f}, ours is {our:.7f}")


def warm_up(member: Member) -> int:
    """Let a member train so many batches in a call that it lasts long enough; returns how many."""
    seconds, least = SECONDS.get(member.name, SECONDS_OF_OTHERS), LEAST.get(member.name, LEAST_OF_OTHERS)
    steps, lasted = PROBE, member.train()["wall"]
    while steps < least or lasted < 0.8 * seconds:
        steps = max(least, math.ceil(steps * seconds / lasted))
        member.arrange(CHECKED, steps)
        member.train()  # compiles
        lasted = member.train()["wall"]
    return steps


def measure(member: Member, steps: int) -> dict[str, float]:
    """Return the CPU and wall time of a step, ms, of a call that trains `steps` batches."""
    took = member.train()
    return {clock: took[clock] * 1000 / steps for clock in ("cpu", "wall")}
