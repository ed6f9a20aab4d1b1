"""Parse the training logs that the claims quote verbatim, figure by figure.

A line `Epoch 2: cost=2.120, accuracy=0.240/0.180 (10/10 secs)` gives the mean loss of the epoch, accuracy on the
training part / on the validation part, seconds since the last line / since the start.
"""

import re
from dataclasses import dataclass

_EPOCH = re.compile(r"Epoch (\d+): cost=([\d.]+), accuracy=([\d.]+)/([\d.]+) \((\d+)/(\d+) secs\)")
_ENDED = re.compile(r"Model (\S+) train ended in (\d+) secs:")
_TEST = re.compile(r"Model (\S+) test report: accuracy = ([\d.]+), \((\d+) secs\)")


@dataclass(frozen=True)
class Figure:
    """One figure of a log: `name` has the document's epoch number, `metric` that of the whole training; `claimed` is as
    printed."""

    name: str
    metric: str
    claimed: str
    line: str
    meaning: str


def figures(text: str, experiment: str, after: int, epochs: int, final: bool) -> list[Figure]:
    """Parse a log of `epochs` epochs that began after `after` epochs of the same network.

    `final`: the network was not trained further. Raises ValueError if the log is incomplete.
    """
    lines = list(_EPOCH.finditer(text))
    ended, test = _ENDED.search(text), _TEST.search(text)
    if not lines or ended is None or test is None:
        raise ValueError("the log needs lines `Epoch n: ...`, `train ended in ...` and `test report: ...`")
    if int(lines[-1][1]) != epochs:
        raise ValueError(f"the log ends at epoch {lines[-1][1]}, but `epochs` is {epochs}")
    if {ended[1], test[1]} != {experiment}:
        raise ValueError(f"the log is of {ended[1]}, but `experiment` is {experiment}")
    found, before = [], 0
    for line in lines:
        found += _epoch_figures(line, before, after)
        before = int(line[1])
    return found + _end_figures(ended, test, after, after + epochs, final)


def _epoch_figures(line: re.Match[str], before: int, after: int) -> list[Figure]:
    printed = int(line[1])
    ours = after + printed
    parts = [
        ("loss", f"loss@{ours}", line[2], f"mean loss of epoch {printed}"),
        ("accuracy", f"accuracy@{ours}", line[3], f"accuracy on the training part in epoch {printed}"),
        ("val_accuracy", f"val_accuracy@{ours}", line[4], f"accuracy on the validation part after epoch {printed}"),
        ("block_seconds", f"seconds@{after + before}..{ours}", line[5], f"seconds of epochs {before + 1} to {printed}"),
        ("total_seconds", f"seconds@{after}..{ours}", line[6], f"seconds of epochs 1 to {printed}"),
    ]
    return [Figure(f"{name}@{printed}", metric, claimed, line[0], what) for name, metric, claimed, what in parts]


def _end_figures(ended: re.Match[str], test: re.Match[str], after: int, last: int, final: bool) -> list[Figure]:
    mark = "" if final else f"@{last}"
    seconds = f"train_seconds@{after}..{last}" if after else f"train_seconds{mark}"
    return [
        Figure("train_seconds", seconds, ended[2], ended[0], "seconds of the whole training"),
        Figure("test_accuracy", f"test_accuracy{mark}", test[2], test[0], "accuracy on the test part"),
        Figure("test_seconds", f"test_seconds{mark}", test[3], test[0], "seconds of the test"),
    ]
