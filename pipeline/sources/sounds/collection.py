"""From a folder laid out as UrbanSound8K to data/raw/sounds: every clip is copied or moved, verified and listed.

Every row of the metadata ends up in clips.csv or in rejected.csv; so does every file that no row names.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, track
from pipeline.base.files import write_json
from pipeline.base.parallel import cores, ordered
from pipeline.sources.plain_files import leads_out
from pipeline.sources.sounds.clips import Clip, Rejected, write_clips, write_rejected
from pipeline.sources.sounds.inspection import Job, take
from pipeline.sources.sounds.metadata import CLASSES, FOLDS, Row, read

ALL = 8732
FEW = 500  # with fewer clips, starting processes takes longer than the work
LICENCES = {
    "sample": "synthesised; no rights of others",
    "original": "CC BY-NC 3.0; Salamon, Jacoby, Bello: A Dataset and Taxonomy for Urban Sound Research, 2014",
}


@dataclass(frozen=True)
class Origin:
    """Where the clips are: kind is sample, originals or mirror; `ours` may be moved; `md5` by name if published."""

    kind: str
    root: Path
    ours: bool = True
    md5: dict[str, str] | None = None

    @property
    def metadata(self) -> Path:
        return self.root / "metadata" / "UrbanSound8K.csv"

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders, resolved, that no file may lead out of: the mirror, and what its own links stand for."""
        return tuple(path.resolve() for path in (self.root.parent, self.root, self.root / "audio"))

    def audio(self, row: Row) -> Path:
        return self.root / "audio" / f"fold{row.fold}" / row.name


def collect(source: Origin, out: Path, workers: int | None = None) -> dict[str, Any]:
    """Fill `out` with audio/, clips.csv, rejected.csv and card.json and return the card. Raises UserError."""
    if not source.metadata.is_file():
        raise UserError(f"{source.metadata} is missing; the archive is not that of UrbanSound8K")
    if leads_out(source.metadata, *source.roots):
        raise UserError(f"{source.metadata} is a link that leads out of {source.root.parent}; copy the file there")
    rows = read(source.metadata)
    unlisted = strangers(source.root / "audio", rows)
    present = [row for row in rows if os.path.lexists(source.audio(row))]
    missing = [Rejected(row.name, row.fold, "missing") for row in sorted(set(rows) - set(present), key=_place)]
    clips, rejected = _verified(source, present, out, workers)
    rejected += unlisted
    if not clips:
        reasons = Counter(one.reason.split(":")[0] for one in [*missing, *rejected])
        said = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
        raise UserError(f"{source.root}: no usable clip of {len(rows)} in {source.metadata} ({said})")
    write_clips(out / "clips.csv", clips)
    write_rejected(out / "rejected.csv", sorted([*rejected, *missing], key=_place))
    card = describe(source.kind, rows, clips, len(missing), len(rejected))
    write_json(out / "card.json", card)
    return card


def _place(one: Row | Rejected) -> tuple[int, str]:
    return one.fold, one.name


def _verified(source: Origin, present: list[Row], out: Path, workers: int | None) -> tuple[list[Clip], list[Rejected]]:
    for fold in {row.fold for row in present}:
        (out / "audio" / f"fold{fold}").mkdir(parents=True)
    known = [row for row in present if source.md5 is None or row.name in source.md5]
    roots = source.roots
    jobs = [_job(source, row, out, roots) for row in known]
    # With a number of workers it stays on this machine: a file that was moved cannot be moved again.
    taken = ordered(take, jobs, workers or (1 if len(jobs) < FEW else cores()))
    results = list(track(taken, "inspect the clips", len(jobs)))
    unknown = [Rejected(row.name, row.fold, "not in soundata's index") for row in set(present) - set(known)]
    clips = [one for one in results if isinstance(one, Clip)]
    return clips, unknown + [one for one in results if isinstance(one, Rejected)]


def _job(source: Origin, row: Row, out: Path, roots: tuple[Path, ...]) -> Job:
    target = out / "audio" / f"fold{row.fold}" / row.name
    md5 = source.md5[row.name] if source.md5 else None
    return Job(row, source.audio(row), target, source.ours, md5, roots)


def strangers(audio: Path, rows: Iterable[Row]) -> list[Rejected]:
    """List the files below audio/ that no row names; hidden ones, which file managers leave, do not count."""
    named = {(f"fold{row.fold}", row.name) for row in rows}
    folds = {f"fold{fold}": fold for fold in FOLDS}
    files = (path.relative_to(audio) for path in audio.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [
        Rejected(path.name, folds.get(str(path.parent), 0), "no row in the metadata")
        for path in files
        if (str(path.parent), path.name) not in named
    ]


def describe(kind: str, rows: list[Row], clips: list[Clip], missing: int, rejected: int) -> dict[str, Any]:
    """Build the card of a data set; a fold is complete if each of its rows has a usable clip."""
    wanted, usable = (Counter(one.fold for one in ones) for ones in (rows, clips))
    whole = "UrbanSound8K" if len(rows) == len(clips) == ALL else "part of UrbanSound8K"
    return {
        "data": "sample" if kind == "sample" else whole,
        "source": kind,
        "rows": len(rows),
        "clips": len(clips),
        "missing": missing,
        "rejected": rejected,
        "complete_folds": [fold for fold in sorted(wanted) if wanted[fold] == usable[fold]],
        "classes": list(CLASSES),
        "licence": LICENCES["sample" if kind == "sample" else "original"],
    }
