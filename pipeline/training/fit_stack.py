"""A stack of runs from initial weights to metrics, side by side: each has its own epochs, and stops by itself."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.training.fit import (
    Keep,
    Outcome,
    Report,
    due,
    record_epoch,
    record_test,
    trained_figures,
    unfinished,
    validation_figures,
)
from pipeline.training.stack import Place, Stack


@dataclass
class Member:
    """A run of a stack: its data, its outcome so far, and whom to tell of an epoch."""

    experiment: Experiment
    data: Data
    outcome: Outcome
    report: Report
    keep: Keep

    @property
    def going_on(self) -> bool:
        """Whether it has epochs left."""
        return unfinished(self.outcome, self.experiment)


def _none(member: Member) -> np.ndarray:
    return np.zeros((0, member.experiment.batch), np.int32)


def _measure_test(stack: Stack, members: Sequence[Member], wanted: Sequence[bool], mark: str = "") -> None:
    if not any(wanted):
        return
    start, nothing = time.perf_counter(), np.zeros(0, np.int32)
    pairs = zip(members, wanted, strict=True)
    outputs = stack.predict([member.data.test if asked else nothing for member, asked in pairs])
    seconds = (time.perf_counter() - start) / sum(wanted)
    for member, asked, found in zip(members, wanted, outputs, strict=True):
        if asked:
            record_test(member.outcome, member.experiment, member.data, found, seconds, mark)


def _train_epoch(stack: Stack, members: Sequence[Member]) -> None:
    """Train the next epoch of every member that goes on; each is charged an equal share of the seconds."""
    start, cpu, active = time.perf_counter(), time.process_time(), [member.going_on for member in members]
    nothing = np.zeros(0, np.int32)
    epochs = [member.outcome.epoch + 1 for member in members]
    each = list(zip(members, active, epochs, strict=True))
    rows = [member.data.train(epoch) if goes else _none(member) for member, goes, epoch in each]
    shown = [member.data.validation(epoch) if goes else nothing for member, goes, epoch in each]
    trained, outputs = stack.train_epoch(rows), stack.predict(shown)
    share = sum(active)
    seconds = (time.perf_counter() - start) / share, (time.process_time() - cpu) / share
    for place, (member, goes, epoch) in enumerate(each):
        if goes:
            figures = trained_figures(*trained[place], rows[place])
            figures |= validation_figures(member.experiment, member.data, shown[place], outputs[place])
            state = Place(stack, place).state
            member.report(epoch, record_epoch(member.outcome, member.experiment, figures, *seconds, state))
    _measure_due(stack, members, active)
    for member, goes in zip(members, active, strict=True):
        if goes:
            member.keep(member.outcome)


def _measure_due(stack: Stack, members: Sequence[Member], active: Sequence[bool]) -> None:
    """Measure the test part of those for which it is due after this epoch; resumed runs may be at another one."""
    pairs = zip(members, active, strict=True)
    marks = [f"@{one.outcome.epoch}" if goes and due(one.outcome, one.experiment) else "" for one, goes in pairs]
    for mark in sorted({mark for mark in marks if mark}):
        _measure_test(stack, members, [one == mark for one in marks], mark)


def _warm_up(stack: Stack, members: Sequence[Member]) -> None:
    batches = max(len(member.data.train(1)) for member in members)
    parts = (part for one in members for part in (one.data.validation(1), one.data.test, one.data.shown))
    stack.warm_up(members[0].experiment.batch, batches, max(map(len, parts)))


def fit_stack(stack: Stack, members: Sequence[Member]) -> None:
    """Train the runs of a stack that has begun to their ends, or from where their outcomes stand.

    What is measured, and when, is that of `fit.fit`.
    """
    _warm_up(stack, members)
    while any(member.going_on for member in members):
        _train_epoch(stack, members)
    for place, member in enumerate(members):
        if member.outcome.best.epoch:
            stack.restore(place, member.outcome.best.state)
            member.outcome.metrics["best_epoch"] = member.outcome.best.epoch
        stack.settle(place)
    _measure_test(stack, members, [True] * len(members))
    for member, shown in zip(members, stack.predict([member.data.shown for member in members]), strict=True):
        member.outcome.shown = shown
