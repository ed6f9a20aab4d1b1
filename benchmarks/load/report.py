"""Format the figures of a load test as lines, tables and rows. Pure functions."""

from collections.abc import Sequence
from typing import Any

from benchmarks.load.account import overhead
from benchmarks.load.trainings import Load, Side

Row = dict[str, Any]


def store_row(work: str, alone: float | None, seconds: float, faults: Sequence[str]) -> Row:
    """Build the row of many processes on one store: their seconds, and those of one process alone on its share."""
    return {"work": work, "seconds": seconds, **({"alone_s": alone} if alone else {}), "faults": list(faults)}


def store_line(row: Row) -> str:
    """Format a row of a store as one line."""
    beside = f", one alone {row['alone_s']:.2f} s" if "alone_s" in row else ""
    return f"{row['work']}: {row['seconds']:.2f} s{beside}; {len(row['faults'])} faults"


def side_row(side: Side, workers: int) -> Row:
    """Compute the cost per training on one side: seconds of wall time, CPU, epochs, and worker overhead."""
    many = len(side.rows) or 1
    return {
        "wall_s": side.wall,
        "wall_each_s": side.wall / many,
        "cpu_each_s": side.cpu / many,
        "epochs_each_s": side.training / many,
        "overhead_each_s": overhead(side.wall, workers, side.training, many),
    }


def load_row(load: Load, trainings: int, workers: int, cores: int) -> Row:
    """Build the row of the trainings; the plain stage has one worker per core. Ratios are theirs / ours."""
    ours, theirs = side_row(load.served, workers), side_row(load.plain, cores)
    return {
        "work": f"{trainings} trainings, {workers} workers on {cores} cores",
        "services": {**ours, "flow_run_s": load.flow_run},
        "plain stage": theirs,
        "ratio": theirs["wall_s"] / ours["wall_s"],
        "cpu_ratio": theirs["cpu_each_s"] / ours["cpu_each_s"],
        "peak_mb": dict(sorted(load.memory.peaks.items())),
        "at_a_time": dict(load.memory.most),
        "all_mb": load.memory.all_mb,
        "faults": load.faults,
    }


def load_table(row: Row) -> str:
    """Format the row of the trainings as two Markdown tables."""
    ours, theirs = row["services"], row["plain stage"]
    lines = [f"| {row['work']} | services | plain stage |", "|---|---:|---:|"]
    shown = {
        "wall_s": "wall, s",
        "wall_each_s": "wall a training, s",
        "cpu_each_s": "CPU a training, s",
        "epochs_each_s": "its epochs, s",
        "overhead_each_s": "a worker's time a training beside its epochs, s",
    }
    lines += [f"| {text} | {ours[name]:.2f} | {theirs[name]:.2f} |" for name, text in shown.items()]
    lines += [f"| a flow run from its start to its end, s | {ours['flow_run_s']:.2f} | |", ""]
    lines += ["| process | at a time, at most | peak of one, MB |", "|---|---:|---:|"]
    lines += [f"| {kind} | {row['at_a_time'][kind]} | {peak:.0f} |" for kind, peak in row["peak_mb"].items()]
    lines += [f"| all together, shared pages counted in each | | {row['all_mb']:.0f} |"]
    return "\n".join(lines)
