"""The artifacts of a run and of an experiment: pictures, and examples with their sounds."""

import base64
import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.charts import confusion_matrix, estimates, learning_curve, more_curves
from pipeline.base.console import plural, say
from pipeline.base.files import write_json, write_text
from pipeline.judging.headline import figures
from pipeline.tracking.playable import as_ogg
from pipeline.training.ensembles import ensembles

Points = list[tuple[str, int, float]]


def _example(example: Mapping[str, Any], clips: Path, folder: Path) -> str:
    line = f"<p>{html.escape(example['text'])}</p>"
    clip = clips / example.get("clip", "")
    if not clip.is_file():  # strings have no clip; a clip may have been removed since
        return line
    try:
        sound = as_ogg(clip)
    except Exception as error:  # whatever is wrong with a clip, the run is trained and its figures are good
        say(f"examples: the sound of {clip} is left out ({' '.join(str(error).split()) or type(error).__name__})")
        return line
    (folder / f"{clip.stem}.ogg").write_bytes(sound)
    data = base64.b64encode(sound).decode()
    return f'{line}<audio controls src="data:audio/ogg;base64,{data}"></audio>'


def write_examples(examples: list[dict[str, Any]], clips: Path, folder: Path) -> None:
    """Write a page that shows the examples and plays their sounds, and each sound as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [_example(example, clips, folder) for example in examples]
    write_text(folder / "examples.html", "<!doctype html><meta charset='utf-8'>" + "\n".join(lines) + "\n")


def write_run(row: Mapping[str, Any], points: Points, clips: Path, folder: Path) -> None:
    """Write the artifacts of one run into a folder."""
    title = f"{row['experiment']}, seed {row['seed']}"
    if row["confusion"]:
        confusion_matrix(row["confusion"], row["labels"], title).savefig(folder / "confusion.png", dpi=100)
        write_json(folder / "confusion.json", {"labels": row["labels"], "counts": row["confusion"]})
    else:
        estimates(row["pairs"], title).savefig(folder / "estimates.png", dpi=100)
    learning_curve([dict(row)], points, title).savefig(folder / "learning_curve.png", dpi=100)
    if row["curves"]:
        more_curves([row["curves"]], title).savefig(folder / "curves.png", dpi=100)
    write_examples(row["examples"], clips, folder / "examples")


def write_experiment(rows: list[dict[str, Any]], points: Points, folder: Path) -> dict[str, float]:
    """Write the curve of all seeds into a folder, and compute mean, interval and deviation of the headline metric.

    The mean seconds of a training are there to be held against it.
    """
    learning_curve(rows, points, f"{rows[0]['experiment']}, {plural(len(rows), 'run')}").savefig(
        folder / "learning_curve.png", dpi=100
    )
    metric = rows[0]["metric"]
    values = [row["metrics"][metric] for row in rows if row["metrics"][metric] is not None]
    over = figures(rows)
    names = {"mean": metric, "low": f"{metric}_low", "high": f"{metric}_high", "seeds": "seeds"}
    seconds = float(np.mean([row["metrics"]["train_seconds"] for row in rows]))
    found = {"runs": float(len(rows)), "train_seconds": seconds} | {
        names[name]: float(value) for name, value in over.items()
    }
    combined = [row["metrics"][metric] for row in ensembles(rows)]
    found |= {f"{metric}_ensemble": float(np.mean(combined))} if combined else {}
    return found | ({f"{metric}_deviation": float(np.std(values, ddof=1))} if len(values) > 1 else {})
