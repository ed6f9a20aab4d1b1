"""How the CPU time and the memory of the stage `spectra` grow with the number of clips.

Each size runs `make_view` in its own process, with as many workers as cores, on clips of 4 s that are hard links to 24
files. Its figures include everything from the start of the interpreter. At 24 clips most of that is start-up, so the
rows `linear from` would hide a growing cost; the last rows compare the cost of each further clip, where start-up
cancels out.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import pandas as pd

from benchmarks.features import BANDS, RATE, SOURCE_RATE, write_clip
from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.base.seal import seal
from pipeline.spec.sounds import Sounds, View
from pipeline.stages.spectra import make_view

ROOT = Path(__file__).resolve().parents[1]
VIEW = View(hop_ms=10, window_ms=100, protocol="corrected")
CLIPS = 24
SECONDS = 4.0

Usage = dict[str, float]  # cpu_ms, wall_ms, peak_mb


def write_raw(raw: Path, clips: int) -> None:
    """Write audio/fold1 with `clips` names for at most 24 distinct files, clips.csv, and a card."""
    folder = raw / "audio" / "fold1"
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.wav" for number in range(clips)]
    for number, path in enumerate(paths):
        if number < CLIPS:
            write_clip(path, seconds=SECONDS, seed=number)
        else:
            path.hardlink_to(paths[number % CLIPS])
    table = {
        "name": [path.name for path in paths],
        "fold": 1,
        "rate": SOURCE_RATE,
        "frames": int(SECONDS * SOURCE_RATE),
    }
    pd.DataFrame(table).to_csv(raw / "clips.csv", index=False)
    write_json(raw / "card.json", {"data": "made clips"})
    seal(raw)


def _peak_mb() -> float:
    """Measure the peak memory of this process or one of its workers, whichever is larger, in MB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    status = Path("/proc/self/status")
    if not status.exists():
        return max(worker, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
    # ru_maxrss of this process would start from what its parent held
    return max(worker, next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) / 1024)


def run_stage(raw: Path) -> None:
    """Make the view `raw`/out, and write CPU time and memory of this process and its workers to `raw`/usage.json."""
    make_view("growth", VIEW, Sounds(bands=BANDS, rate=RATE, views={}), raw, raw / "out")
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    write_json(raw / "usage.json", {"cpu_ms": cpu * 1000, "peak_mb": _peak_mb()})


def measure_clips(clips: int) -> Usage:
    """Measure the stage on `clips` clips. Raises UserError if it fails."""
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        write_raw(raw, clips)
        words = [sys.executable, "-m", "benchmarks.growth", str(raw)]
        start = perf_counter()
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        wall = (perf_counter() - start) * 1000
        if done.returncode:
            raise UserError(f"spectra of {clips} clips failed: {(done.stderr.splitlines() or ['no reason given'])[-1]}")
        return {**read_json(raw / "usage.json"), "wall_ms": wall}


def _row(work: str, peer: str, ours_ms: float, theirs_ms: float, usages: Sequence[Usage]) -> dict[str, object]:
    peak, ratio = max(usage["peak_mb"] for usage in usages), theirs_ms / ours_ms
    row = {"work": work, "peer": peer, "ours_ms": ours_ms, "theirs_ms": theirs_ms, "ratio": ratio}
    return {**row, "runs": len(usages), "peak_mb": peak}


def _each(name: str, clips: int, usages: Sequence[Usage]) -> float:
    return median(usage[name] for usage in usages) / clips


def whole_rows(found: dict[int, list[Usage]]) -> list[dict[str, object]]:
    """Compare each size with the smallest: CPU and wall ms per clip, peak memory; a ratio of 1 is linear growth."""
    (least, theirs), *others = found.items()
    rows = []
    for clips, ours in others:
        cpu = _each("cpu_ms", clips, ours), _each("cpu_ms", least, theirs)
        walls = {"ours_wall_ms": _each("wall_ms", clips, ours), "theirs_wall_ms": _each("wall_ms", least, theirs)}
        peak = {"theirs_peak_mb": max(usage["peak_mb"] for usage in theirs)}
        rows.append({**_row(f"spectra of {clips} clips", f"linear from {least} clips", *cpu, ours), **walls, **peak})
    return rows


def further_rows(found: dict[int, list[Usage]]) -> list[dict[str, object]]:
    """Compare each step with the first: CPU ms per further clip, without start-up; a ratio of 1 is linear growth."""
    rows: list[dict[str, object]] = []
    costs: list[tuple[str, float]] = []
    for (few, before), (many, after) in pairwise(found.items()):
        gains = [y["cpu_ms"] - x["cpu_ms"] for x, y in zip(before, after, strict=True)]
        costs.append((f"each further clip, {few} to {many}", median(gains) / (many - few)))
        if len(costs) > 1:
            (peer, theirs), (work, ours) = costs[0], costs[-1]
            rows.append(_row(work, peer, ours, theirs, after))
    return rows


def clips_growth(factors: Sequence[int] = (1, 10, 100), repeats: int = 3) -> list[dict[str, object]]:
    """Measure the rows for 24 clips times each factor, ascending; the sizes take turns. Raises UserError."""
    sizes = [CLIPS * factor for factor in factors]
    found: dict[int, list[Usage]] = {clips: [] for clips in sizes}
    for clips in sizes * repeats:
        found[clips].append(measure_clips(clips))
    return [*whole_rows(found), *further_rows(found)]


if __name__ == "__main__":
    run_stage(Path(sys.argv[1]))
