"""Small documents made up for the judge: one part of data, and claims of every kind about the networks a, b and c."""

from typing import Any

from pipeline.judging.kinds import KINDS, Document

SAID = {"quote": "q", "translation": "t"}
DATA = "the data of the document"


def claim(kind: str, name: str, **fields: Any) -> Any:
    """A claim of a kind."""
    return KINDS[kind].model_validate({"kind": kind, "id": name, **SAID, **fields})


def number(name: str, claimed: str, metric: str = "test_accuracy", experiment: str = "a", **fields: Any) -> Any:
    """A figure of network `a`, or of another."""
    return claim("number", name, experiment=experiment, metric=metric, claimed=claimed, **fields)


def ordering(name: str, *order: list[str], **fields: Any) -> Any:
    """A comparison of such chains."""
    return claim("comparison", name, order=list(order), **fields)


def document(*claims: Any, number: str = "9", epochs: int | None = None, **part: Any) -> Document:
    """A document with these claims on one part of data."""
    sizes = {"chance": 0.5, "train_size": 1000, "validation_size": 100, "test_size": 385}
    data = {"experiments": ["a", "b", "c"], "data_set": DATA, **sizes, **part}
    return Document.model_validate(
        {
            "document": number,
            "title": "T",
            "title_en": "T",
            "source": "S",
            "data": {"d": data},
            "epochs": dict.fromkeys("abc", epochs) if epochs else {},
            "claims": list(claims),
        }
    )


def rows(experiment: str, values: list[float], metric: str = "test_accuracy", **changes: Any) -> list[dict[str, Any]]:
    """Runs of an experiment, one a seed, which measured one metric."""
    return [
        {
            "run_key": f"{experiment}-{seed}",
            "experiment": experiment,
            "family": "automata",
            "protocol": "as_written",
            "seed": seed,
            "data": DATA,
            "data_kind": "document",
            "epochs": 10,
            "metric": metric,
            "metrics": {metric: value},
            "test_size": 385,
            **changes,
        }
        for seed, value in enumerate(values)
    ]
