"""Runs as the train stage writes them, made up around the figures of the documents."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.judging.claims import document_points, load_claims
from pipeline.judging.kinds import Document

CLAIMS = Path(__file__).resolve().parents[1] / "claims"
SOUNDS = ("air_conditioner", "car_horn", "children_playing", "dog_bark", "drilling")
LENGTHS = {"am_64": 10, "us_basic_10_10": 110, "us_lstm_10_10": 110, "us_state_10_10": 110}
STRINGS = ("zk4/b-(uzh+3)/1*n/3)-(66)", "1803-q1of*6/260+12-(7)", "9/e1i*1*0/0x9-n*fie*xxk")
MARKS = {"us_basic_10_10": 0.34, "us_lstm_10_10": 0.32, "us_state_10_10": 0.36}
SCORES = {
    "am_64": 0.9,
    "us_basic_10_10": 0.37,
    "us_lstm_10_10": 0.48,
    "us_state_10_10": 0.58,
    "us_basic_10_100": 0.59,
    "us_lstm_10_100": 0.72,
    "us_state_10_100": 0.76,
}
PARAMETERS = {"am_64": 27713, "basic": 2630, "lstm": 9890, "state": 9890}


def run(experiment: str, seed: int, kind: str = "document", **changes: Any) -> dict[str, Any]:
    """One run of an experiment near the documents' figures."""
    noise = np.random.default_rng([seed, *experiment.encode()])
    epochs = LENGTHS.get(experiment, 100)
    seconds = np.cumsum(np.full(epochs, 1.0 if "basic" in experiment else 3.0))
    score = SCORES.get(experiment, 0.5) + noise.normal(0, 0.02)
    metrics = {"test_accuracy": score, "test_seconds": 0.2, "train_seconds": seconds[-1]}
    if epochs == 110:
        mark = MARKS[experiment] + noise.normal(0, 0.02)
        metrics |= {"test_accuracy@10": mark, "test_seconds@10": 0.2, "train_seconds@10": seconds[9]}
    automata = experiment == "am_64"
    labels = ["잘못된 패턴", "올바른 패턴"] if automata else list(SOUNDS)
    row = {
        "run_key": f"{experiment}-{seed}",
        "experiment": experiment,
        "family": "automata" if automata else "sounds",
        "variant": experiment,
        "protocol": "as_written",
        "seed": seed,
        "fold": None,
        "data": {"document": data_set(experiment), "sample": "sample"}.get(
            kind, "part of UrbanSound8K: 365 of 2552 clips"
        ),
        "data_kind": kind,
        "test_size": 385,
        "epochs": epochs,
        "metric": "test_accuracy",
        "metrics": {name: float(value) for name, value in metrics.items()},
        "facts": {},
        "curves": {},
        "pairs": None,
        "history": history(experiment, epochs, score, seconds, noise),
        "parameters": PARAMETERS.get(experiment) or PARAMETERS.get(experiment.split("_")[1]),
        "confusion": noise.integers(0, 30, (len(labels), len(labels))).tolist(),
        "labels": labels,
        "examples": examples(automata, seed),
        "mlflow_run_id": None,
    }
    return row | changes


@cache
def documents() -> list[Document]:
    """The documents, read once."""
    return load_claims(CLAIMS)


@cache
def data_set(experiment: str) -> str:
    """The data set of the first document that has the experiment; a made name for any other."""
    parts = [part for document in documents() for part in document.data.values()]
    return next((part.data_set for part in parts if experiment in part.experiments), "the 2552 clips")


@cache
def known_points(experiment: str) -> list[tuple[str, int, float]]:
    """The documents' points, read once."""
    return document_points(documents(), experiment)


def history(experiment: str, epochs: int, score: float, seconds: np.ndarray, noise: np.random.Generator) -> dict:
    """Curves that run through the documents' points, and on to the final score."""
    points = known_points(experiment)
    curves: dict[str, list[float | None]] = {}
    for metric, start, end in (("loss", 2.2, 0.8), ("accuracy", 0.1, score), ("val_accuracy", 0.1, score)):
        known = [(epoch, value) for name, epoch, value in points if name == metric] or [(epochs, end)]
        xs, ys = zip((0, start), *known, strict=True)
        curve = np.interp(np.arange(1, epochs + 1), xs, ys) + noise.normal(0, 0.015, epochs)
        curves[metric] = curve.tolist()
    return {**curves, "seconds": seconds.tolist()}


def examples(automata: bool, seed: int) -> list[dict[str, Any]]:
    """Three examples; only seed 0 draws the strings of the document."""
    if not automata:
        return [
            {"text": "siren: wrong(jackhammer)", "truth": "jackhammer", "estimate": "siren", "probability": 0.4}
        ] * 3
    truths, chances = ("잘못된 패턴", "올바른 패턴", "잘못된 패턴"), (0.93, 0.89, 0.0)
    return [
        {
            "text": f"{text if seed == 0 else text[::-1]}: {truth} => 합격추정({chance:.2f}) : O",
            "truth": truth,
            "estimate": "올바른 패턴",
            "probability": chance,
        }
        for text, truth, chance in zip(STRINGS, truths, chances, strict=True)
    ]


def runs(experiments: Sequence[str], seeds: int = 5, kind: str = "document") -> list[dict[str, Any]]:
    """Runs of several experiments, seeds 0 to seeds - 1."""
    return [run(name, seed, kind) for name in experiments for seed in range(seeds)]


def traced(rows: Sequence[dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    """The same runs, with where they come from, begun a minute apart."""
    known = {"git_commit": "c0ffee", "data_digest": "d" * 64, "machine": "Linux, 2 cores"}
    dates = [f"2026-11-26T09:{place:02}:00+00:00" for place in range(len(rows))]
    return [row | {"provenance": known | {"date": date} | changes} for row, date in zip(rows, dates, strict=True)]


def bare(experiment: str, seed: int, kind: str = "document", **changes: Any) -> dict[str, Any]:
    """One run that has measured nothing but what `changes` say."""
    nothing = {"metrics": {}, "history": {}, "facts": {}, "examples": [], "parameters": None, "confusion": None}
    return run(experiment, seed, kind, **(nothing | changes))


def corrected(experiment: str, seeds: int = 3, folds: int = 3, kind: str = "sample") -> list[dict[str, Any]]:
    """Runs of the corrected protocol, one a seed and test fold."""
    return [
        run(experiment, seed, kind, protocol="corrected", fold=fold)
        for seed in range(seeds)
        for fold in range(1, folds + 1)
    ]


GRID = {
    "lstm": 0.90,
    "gru": 0.90,
    "lstm, bidirectional": 0.93,
    "rnn": 0.80,
    "mlp": 0.70,
    "random weights": 0.40,
    "majority": 0.10,
}


def swept(
    boards: Sequence[str] = ("digits",), seeds: int = 5, folds: int = 0, grid: dict[str, float] = GRID, **changes: Any
) -> list[dict[str, Any]]:
    """Runs of a sweep: every entry of a grid, {entry: about what it scores}, on every board and seed (and fold)."""
    return [
        line(board, entry, seed, fold, score) | changes
        for board in boards
        for entry, score in grid.items()
        for fold in (range(1, folds + 1) if folds else [None])
        for seed in range(seeds)
    ]


def line(board: str, entry: str, seed: int, fold: int | None, score: float) -> dict[str, Any]:
    """One run of an entry on a board near a score; the constant baseline has it exactly."""
    noise = np.random.default_rng([seed, fold or 0, *f"{board}: {entry}".encode()])
    lazy = entry == "majority"
    value = score + (0.0 if lazy else noise.normal(0, 0.01))
    return bare(
        f"sweep_{board}_{entry}",
        seed,
        board=board,
        entry=entry,
        family=board,
        variant="constant" if lazy else entry.split(",")[0],
        protocol="corrected",
        fold=fold,
        data=f"all of {board}",
        overlap=0.0,
        baseline=entry in ("random weights", "majority"),
        parameters=0 if lazy else 9890,
        metrics={"test_accuracy": float(value), "train_cpu_seconds": 12.5, "train_seconds": 8.0},
    )
