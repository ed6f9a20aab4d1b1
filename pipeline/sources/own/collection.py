"""From a listing to the clips that the stages take: audio/foldN/, clips.csv, rejected.csv, sources.csv and card.json.

They are what the stage `download` makes of UrbanSound8K, so every later stage works on them as it is.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, track
from pipeline.base.files import digest_of, read_json, write_json
from pipeline.base.parallel import cores, ordered
from pipeline.base.seal import sealed_directory
from pipeline.sources.own.about import About
from pipeline.sources.own.folds import folds_of
from pipeline.sources.own.listing import Listed
from pipeline.sources.own.pieces import Cut, Job, Piece, cut
from pipeline.sources.sounds.clips import Clip, Rejected, write_clips, write_rejected

FEW = 500  # with fewer files, starting processes takes longer than the work
NEITHER = "neither"  # the third answer where there are two classes
SOURCES = ("name", "source", "start", "licence")


def collect(listed: Sequence[Listed], about: About, out: Path) -> dict[str, Any]:
    """Fill the directory `out`, whole or not at all, unless it holds just this; return its card. Raises UserError."""
    state = made_from(listed, about)
    if (card := _card(out)) and card["made_from"] == state:
        return card
    with sealed_directory(out) as beside:
        cuts = distinct(_cuts(listed, about, beside))
        pieces = [piece for one in cuts for piece in one.pieces]
        _require_clips(pieces, cuts)
        folds = folds_of(pieces, about.folds)
        _place(beside, pieces, folds)
        rejected = [Rejected(one.listed.where, 0, one.reason) for one in cuts if one.reason]
        write_rejected(beside / "rejected.csv", rejected)
        card = {**describe(about, pieces, folds, cuts), "made_from": state}
        _write_tables(beside, pieces, folds, card["classes"])
        write_json(beside / "card.json", card)
    return card


def made_from(listed: Sequence[Listed], about: About) -> str:
    """Digest what the clips are made from: what is said about the files, their sizes and times of change."""
    stats = [(one.path.stat() if one.path.is_file() else None) for one in listed]
    files = [
        [str(one.path), one.label, one.fold, one.recording, one.licence, stat and [stat.st_size, stat.st_mtime_ns]]
        for one, stat in zip(listed, stats, strict=True)
    ]
    return digest_of([files, about.model_dump(mode="json")])


def _card(out: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read_json(out / "card.json")
        return found if "made_from" in found else {}
    except (OSError, ValueError):
        return {}


def _cuts(listed: Sequence[Listed], about: About, beside: Path) -> list[Cut]:
    (beside / "audio").mkdir()
    jobs = [Job(one, number, beside / "audio", about.longest) for number, one in enumerate(listed)]
    done = ordered(cut, jobs, 1 if len(jobs) < FEW else cores())
    return list(track(done, "read the sounds", len(jobs)))


def distinct(cuts: Sequence[Cut]) -> list[Cut]:
    """Leave out files with the samples of another; raises UserError if the two have different labels.

    Both of them, in training and in the test part, would be a leak.
    """
    first: dict[str, Cut] = {}
    found = []
    for one in cuts:
        same = first.setdefault(one.content, one) if one.content else one
        if same.listed.label != one.listed.label:
            raise UserError(
                f"'{one.listed.where}' is the same sound as '{same.listed.where}', with another label; remove one"
            )
        found.append(one if same is one else Cut(one.listed, reason=f"the same sound as {same.listed.where}"))
    return found


def _require_clips(pieces: Sequence[Piece], cuts: Sequence[Cut]) -> None:
    lost = [one for one in cuts if one.reason]
    if not pieces:
        first = lost[0]
        raise UserError(f"none of {len(cuts)} files can be used; '{first.listed.where}': {first.reason}")
    kept = {piece.label for piece in pieces}
    for one in lost:
        if one.listed.label not in kept:
            raise UserError(
                f"class '{one.listed.label}' has no usable file; '{one.listed.where}': {one.reason}; "
                "replace its files, or leave the class out"
            )


def _place(beside: Path, pieces: Sequence[Piece], folds: Sequence[int]) -> None:
    """Move every clip to the folder of its fold, and remove those of files that repeat another."""
    for fold in set(folds):
        (beside / "audio" / f"fold{fold}").mkdir()
    for piece, fold in zip(pieces, folds, strict=True):
        (beside / "audio" / piece.name).replace(beside / "audio" / f"fold{fold}" / piece.name)
    for left in (beside / "audio").glob("*.wav"):
        left.unlink()


def _write_tables(beside: Path, pieces: Sequence[Piece], folds: Sequence[int], classes: Sequence[str]) -> None:
    recordings = {name: number for number, name in enumerate(sorted({piece.recording for piece in pieces}))}
    clips = [
        Clip(
            name=piece.name,
            fold=fold,
            class_name=piece.label,
            class_id=classes.index(piece.label),
            recording=recordings[piece.recording],
            rate=piece.rate,
            subtype="PCM_16",
            channels=1,
            frames=piece.frames,
            sha256=piece.sha256,
        )
        for piece, fold in zip(pieces, folds, strict=True)
    ]
    write_clips(beside / "clips.csv", clips)
    with (beside / "sources.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(SOURCES)
        writer.writerows([getattr(piece, name) for name in SOURCES] for piece in pieces)


def describe(about: About, pieces: Sequence[Piece], folds: Sequence[int], cuts: Sequence[Cut]) -> dict[str, Any]:
    """Build the card. Its `data` can be the name of no document's data, so no claim is ever judged on it."""
    labels = sorted({piece.label for piece in pieces})
    counts = Counter(zip((piece.label for piece in pieces), folds, strict=True))
    return {
        "data": f"{about.name} (own sounds)",
        "source": "own",
        "rows": len(cuts),
        "clips": len(pieces),
        "missing": 0,
        "rejected": sum(bool(one.reason) for one in cuts),
        "complete_folds": sorted(set(folds)),
        "classes": labels if len(labels) > 2 else [*labels, NEITHER],
        "licence": about.licence,
        "name": about.name,
        "citation": about.citation,
        "longest": about.longest,
        "licences": dict(Counter(piece.licence for piece in pieces if piece.licence)),
        "folds_given": bool(pieces[0].fold),
        "recordings": len({piece.recording for piece in pieces}),
        "recordings_in_two_folds": _in_two_folds(pieces, folds),
        "silent": sum(one.silent for one in cuts),
        "unusable": [[one.listed.where, one.reason] for one in cuts if one.reason],
        "counts": {label: [counts[label, fold] for fold in sorted(set(folds))] for label in labels},
    }


def _in_two_folds(pieces: Sequence[Piece], folds: Sequence[int]) -> int:
    """Count the recordings that given folds divide; their clips outside the test fold are not trained on."""
    inside: dict[str, set[int]] = defaultdict(set)
    for piece, fold in zip(pieces, folds, strict=True):
        inside[piece.recording].add(fold)
    return sum(len(found) > 1 for found in inside.values())
