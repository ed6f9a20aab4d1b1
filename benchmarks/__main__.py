"""`make bench`: run every benchmark in turn, then write reports/benchmarks.json and the table of docs/speed.md."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.base.console import command, say
from pipeline.base.files import write_json, write_text

REPORT, TABLE = Path("reports/benchmarks.json"), Path("reports/benchmarks.md")
Rows = list[dict[str, Any]]


def _peers(repeats: int) -> Rows:
    from benchmarks.compare import compare, missed, table
    from benchmarks.work import WORKS

    rows = compare(WORKS, repeats=repeats)
    write_text(TABLE, table(rows) + "\n")
    say(table(rows))
    for sentence in missed(rows) or ["every goal is met"]:
        say(f"bench: {sentence}")
    return rows


def _training(repeats: int) -> Rows:
    from benchmarks import training

    return training.measure(repeats)


def _features(repeats: int) -> Rows:
    from benchmarks import features

    return features.measure(repeats)


def _growth(repeats: int) -> Rows:
    from benchmarks import growth

    return growth.clips_growth(repeats=min(repeats, 3))


def _loops(repeats: int) -> Rows:
    from benchmarks.loops.measure import measure, missed

    rows = measure(repeats)
    for sentence in missed(rows) or ["every goal of the loops is met"]:
        say(f"bench: {sentence}")
    return rows


def _gpu(repeats: int) -> Rows:
    """Measure in another process, where Keras has JAX; the figures, of another kind, are only printed."""
    subprocess.run([sys.executable, "-m", "benchmarks.gpu"], check=False)
    return []


SECTIONS: dict[str, Callable[[int], Rows]] = {
    "features": _features,
    "growth": _growth,
    "training": _training,
    "loops": _loops,
    "peers": _peers,
    "gpu": _gpu,
}


def line(row: dict[str, Any]) -> str:
    """Format a row as one line."""
    memory = f", at most {row['peak_mb']:.0f} MB" if "peak_mb" in row else ""
    times = f"{row['ours_ms']:.2f} | {row['theirs_ms']:.2f} ms, ratio {row['ratio']:.2f}"
    return f"bench: {row['work']} | {row['peer']}: {times}{memory}"


@command("bench")
def main() -> None:
    """Run the sections named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; all if none is named")
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    unknown = set(chosen.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    rows: Rows = []
    for name in chosen.sections or SECTIONS:
        found = SECTIONS[name](chosen.repeats)
        if name != "peers":
            for row in found:
                say(line(row))
        rows += found
    if not chosen.sections:
        write_json(REPORT, rows)
        say(f"bench: {REPORT} holds {len(rows)} rows")


if __name__ == "__main__":
    main()
