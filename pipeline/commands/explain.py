"""`make explain`: would DVC make the data again, which runs would train, and why, before anything runs.

Prints one line for the data, one per experiment, a total, and what is not chosen. Writes nothing; runs are judged by
the existing windows.
"""

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.console import UserError, command, plural, say
from pipeline.base.layout import CLAIMS, MLRUNS, RESULTS, WINDOWS
from pipeline.commands.choice import asked
from pipeline.commands.dvc_status import ask_dvc, listed, passes_over_train
from pipeline.commands.left_out import left_out
from pipeline.commands.standing import FIRST, TRAINED, UP_TO_DATE, Past, finished_before, standings, why
from pipeline.experiments.registry import FAMILIES
from pipeline.judging.claims import load_claims
from pipeline.judging.measures import read_results
from pipeline.judging.seeds import asked_for
from pipeline.params import PARAMS, Params, load
from pipeline.running.costs import alike, chooser, left_to_the_machine, read, trains
from pipeline.running.plan import plan_one
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import TENSORFLOW, Run


@dataclass(frozen=True)
class Verdict:
    """Whether and why one run would train. `trains` is None if that is not known before its windows are made."""

    seed: int
    fold: int | None
    why: str
    trains: bool | None = True
    windows: bool = True


def ranges(numbers: Iterable[int], what: str) -> str:
    """Format numbers as ranges: `seeds 0 to 2, 5 and 7` for 0, 1, 2, 5, 7."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    words = [word for one in found for word in (map(str, one) if len(one) < 3 else [f"{one[0]} to {one[-1]}"])]
    return f"{what}{'' if words == [str(found[0][0])] else 's'} {listed(words)}"


def place(some: Sequence[Verdict], of: Sequence[Verdict]) -> str:
    """Name the seeds of `some` of an experiment's runs, and the folds unless all; empty if `some` are all its runs."""
    if len(some) == len(of):
        return ""
    seeds: dict[frozenset[int | None], list[int]] = {}
    for seed in dict.fromkeys(one.seed for one in some):
        seeds.setdefault(frozenset(one.fold for one in some if one.seed == seed), []).append(seed)
    said = []
    for folds, numbers in seeds.items():
        some_folds = [fold for fold in folds if fold is not None] if folds != {one.fold for one in of} else []
        said.append(ranges(numbers, "seed") + (f" {ranges(some_folds, 'fold')}" if some_folds else ""))
    return ", ".join(said) + ": "


def to_train(verdicts: Iterable[Verdict]) -> str:
    """Count the runs that train: `2 to train` or `none to train`."""
    return f"{sum(one.trains is True for one in verdicts) or 'none'} to train"


def counted(verdicts: Sequence[Verdict]) -> str:
    """Count the runs: `1 run` or `3 runs`."""
    return plural(len(verdicts), "run")


def experiment_line(name: str, verdicts: Sequence[Verdict]) -> str:
    """Summarise one experiment in a line, with seeds and folds grouped by reason."""
    groups: dict[str, list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault(one.why, []).append(one)
    if list(groups) == [UP_TO_DATE]:
        return f"{name}: {counted(verdicts)}: {UP_TO_DATE}"
    said = "; ".join(place(some, verdicts) + text for text, some in groups.items() if text != UP_TO_DATE)
    if not any(one.windows for one in verdicts):  # nor is it known how many folds there will be
        return f"{name}: {said}"
    return f"{name}: {counted(verdicts)}, {to_train(verdicts)}: {said}"


def total_line(verdicts: Mapping[str, Sequence[Verdict]]) -> str:
    """Sum up all experiments in a line."""
    known = [one for some in verdicts.values() for one in some if any(each.windows for each in some)]
    without = [name for name, some in verdicts.items() if not any(one.windows for one in some)]
    said = [f"{counted(known)}, {to_train(known)}"] if known else []
    if without:
        said.append(f"the runs{f' of {listed(without)}' if known else ''} are counted once their windows are made")
    return "; ".join(said)


def planned(experiment: Experiment, seeds: int, windows: Path, engine: str = TENSORFLOW) -> list[Run]:
    """Plan the runs of one experiment, for as many of its seeds as have windows."""

    def lacks(seeds: int) -> bool:
        try:
            return not plan_one(experiment, seeds, windows, engine)
        except UserError:
            return True

    made = bisect_left(range(1, seeds + 1), True, key=lacks)
    return plan_one(experiment, made, windows, engine) if made else []


def unmade(seed: int, before: bool, broken: bool) -> Verdict:
    """Make the verdict on a seed without windows; `before`: it was trained before, on windows that are gone."""
    lack = "its windows cannot be read" if broken else "its windows are not made yet"
    if before:
        return Verdict(seed, None, f"{lack}, it may be up to date once they are", None, windows=False)
    return Verdict(seed, None, f"{FIRST}: {lack}", windows=False)


def judged(params: Params, experiment: Experiment, past: Sequence[Past], engine: str = TENSORFLOW) -> list[Verdict]:
    """Make the verdicts on all runs of one experiment."""
    seeds = params.seeds_of(experiment)
    runs = planned(experiment, seeds, WINDOWS, engine)
    reasons = [why(*pair) for pair in zip(runs, standings(runs, past, MLRUNS), strict=True)]
    verdicts = [
        Verdict(run.seed, run.fold, reason, reason not in (UP_TO_DATE, TRAINED))
        for run, reason in zip(runs, reasons, strict=True)
    ]
    folder = WINDOWS / experiment.family / FAMILIES[experiment.family].folder(experiment)
    before = {one.who[:2] for one in past}
    lacking = range(max((run.seed for run in runs), default=-1) + 1, seeds)
    broken = folder.exists() and not runs
    return [*verdicts, *(unmade(seed, (experiment.name, str(seed)) in before, broken) for seed in lacking)]


def _say_what_is_left_aside(params: Params) -> None:
    """Say which of ALL, ORIGINALS, SWEEP and SEEDS differ from params.yaml, which is not changed here."""
    for name, value in asked(os.environ).items():
        if getattr(params.run, name) != value:
            say(f"explain: {PARAMS}: run.{name} is {getattr(params.run, name)}; explaining that, not {value}")


def seeds_asked_for(params: Params) -> list[str]:
    """Say which experiments would get more seeds, by the results so far; nothing where there are none."""
    if not RESULTS.exists() or not params.run.most_seeds:
        return []
    granted = asked_for(params, load_claims(CLAIMS), read_results(RESULTS), params.run.minutes)
    if not granted:
        return [f"seeds: no claim is undecided that more could decide within run.minutes = {params.run.minutes:g}"]
    return [f"seeds: {wish.line}" for wish in granted]


def engines_chosen(params: Params) -> list[str]:
    """Say where experiments train on a machine that leaves the choice, and by which figures."""
    if not left_to_the_machine(params.run.engine):
        return []
    costs, choose = read(), chooser(params.run.engine)
    kinds: dict[str, list[Experiment]] = {}
    for one in params.chosen().values():
        kinds.setdefault(alike(one) if trains(one) else "", []).append(one)
    return [
        f"engine: {choose(some[0])} for {listed([one.name for one in some])}: "
        + (costs[kind].text if kind in costs else "not measured yet" if kind else "nothing to train")
        for kind, some in kinds.items()
    ]


@command("explain")
def main() -> None:
    """Say what `make reproduce` would do."""
    params = load()
    _say_what_is_left_aside(params)
    say(f"explain: data: {ask_dvc()}")
    past = finished_before(MLRUNS)
    engine = chooser(params.run.engine)
    verdicts = {name: judged(params, one, past, engine(one)) for name, one in params.chosen().items()}
    for name, some in verdicts.items():
        say(f"explain: {experiment_line(name, some)}")
    say(f"explain: {total_line(verdicts)}")
    for line in engines_chosen(params):
        say(f"explain: {line}")
    for line in left_out(params):
        say(f"explain: not chosen: {line}")
    for line in seeds_asked_for(params):
        say(f"explain: {line}")
    if any(one.trains and one.windows for some in verdicts.values() for one in some) and passes_over_train():
        say("explain: but DVC considers `train` up to date and would skip it; `dvc repro -f -s train` runs it")


if __name__ == "__main__":
    main()
