"""Read and check claims/*.yaml: what each document claims, quoted, one claim per figure or sentence."""

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.base.console import UserError
from pipeline.base.yaml_files import read_yaml, shown
from pipeline.judging.expressions import holds
from pipeline.judging.findings import scale_for
from pipeline.judging.kinds import (
    KINDS,
    Claim,
    Comparison,
    Consistency,
    Document,
    Entry,
    Log,
    Number,
    Open,
    Ratio,
    experiments_of,
    other_of,
)
from pipeline.judging.logs import figures
from pipeline.judging.printed import Printed, parse_metric


def load_claims(folder: Path) -> list[Document]:
    """Read every claims file of a folder, in order. Raises UserError naming the file, the claim and the remedy."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise UserError(f"{folder} has no claims (*.yaml); run from the project's root folder")
    documents = [_load(path) for path in paths]
    names = [document.document for document in documents]
    for path, name in zip(paths, names, strict=True):
        if names.count(name) > 1:
            raise UserError(f"{path}: document '{name}' has two files; keep one")
    _check_repeats(documents)
    return documents


def _check_repeats(documents: list[Document]) -> None:
    """Raise UserError if a claim repeats one that does not exist."""
    claims = {f"{document.document}.{claim.id}": claim for document in documents for claim in document.claims}
    for name, claim in claims.items():
        if claim.repeats and claim.repeats not in claims:
            raise UserError(f"claim '{name}': repeats: '{claim.repeats}' is not a claim; correct its name")


def document_points(documents: list[Document], experiment: str) -> list[tuple[str, int, float]]:
    """Collect the points (metric, epoch, value) that the documents print for an experiment.

    Metrics are losses and accuracies (as fractions); epochs count from the experiment's first. Documents that print the
    same figure give one point.
    """
    points: dict[tuple[str, int, float], None] = {}
    for document in documents:
        for claim in document.claims:
            if isinstance(claim, Number) and claim.experiment == experiment:
                metric = parse_metric(claim.metric)
                epoch = metric.end or document.epochs.get(experiment)
                if epoch and metric.start is None and metric.name.endswith(("loss", "accuracy")):
                    points[(metric.name, epoch, float(claim.value))] = None
    return list(points)


def _load(path: Path) -> Document:
    values = read_yaml(path)
    if not isinstance(values, dict) or not isinstance(values.get("claims"), list):
        raise UserError(f"{path}: expected the keys document, title, title_en, source, data and claims (a list)")
    entries = [_entry(path, entry) for entry in values["claims"]]
    logged = _logged_epochs(entries)
    claims = [claim for entry in entries for claim in _expand(path, entry, logged)]
    try:
        document = Document.model_validate({**values, "epochs": logged, "claims": claims})
    except ValidationError as error:
        raise UserError(f"{path}: {_fault(error)}") from None
    _check(path, document)
    return document.model_copy(update={"epochs": {**_stated(document), **logged}})


def _stated(document: Document) -> dict[str, int]:
    """Collect how long the document says that it trained each experiment."""
    return {name: part.epochs for part in document.data.values() if part.epochs for name in part.experiments}


def _logged_epochs(entries: list[Entry]) -> dict[str, int]:
    """Find how many epochs each experiment was trained in total, from its logs."""
    epochs: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, Log):
            epochs[entry.experiment] = max(epochs.get(entry.experiment, 0), entry.after + entry.epochs)
    return epochs


def _entry(path: Path, entry: Any) -> Entry:
    values = entry if isinstance(entry, dict) else {}
    name, kind = values.get("id", "without id"), values.get("kind")
    where = f"{path}: claim {shown(name)}"
    if not isinstance(kind, str) or kind not in KINDS:
        raise UserError(f"{where}: kind: found {shown(kind)}; write one of {', '.join(KINDS)}")
    try:
        return KINDS[kind].model_validate(values)
    except ValidationError as error:
        raise UserError(f"{where}: {_fault(error)}") from None


def _fault(error: ValidationError) -> str:
    # Name an unknown key before a missing one: it is usually the missing one, misspelt.
    fault = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    key = ".".join(str(part)[:100] for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key}: unknown key; remove it or correct its name"
    if fault["type"] == "string_type":
        return f"{key}: found {shown(fault['input'])}; write it in quotes, as the document prints it"
    return f"{key}: {fault['msg'].lower()}".removeprefix(": ")


def _expand(path: Path, entry: Entry, epochs: dict[str, int]) -> list[Claim]:
    """Split a log into one claim per figure; any other entry stays as it is."""
    if not isinstance(entry, Log):
        return [entry]
    final = entry.after + entry.epochs == epochs[entry.experiment]
    try:
        found = figures(entry.quote, entry.experiment, entry.after, entry.epochs, final)
    except ValueError as error:
        raise UserError(f"{path}: claim '{entry.id}': {error}; correct the quote or the key") from None
    return [
        Number(
            kind="log",
            id=f"{entry.id}.{figure.name}",
            experiment=entry.experiment,
            metric=figure.metric,
            claimed=figure.claimed,
            quote=figure.line,
            translation=figure.meaning,
            repeats=f"{entry.repeats}.{figure.name}" if entry.repeats else "",
        )
        for figure in found
    ]


def _check(path: Path, document: Document) -> None:
    """Raise UserError for an id used twice, or a claim that could not be judged."""
    double = [name for name, count in Counter(claim.id for claim in document.claims).items() if count > 1]
    if double:
        raise UserError(f"{path}: claim '{double[0]}' is there twice; give one of them another id")
    for claim in document.claims:
        try:
            _check_claim(claim, document)
            other = other_of(claim)
            if other:
                _check_claim(other, document)
        except ValueError as error:
            raise UserError(f"{path}: claim '{claim.id}': {error}") from None


def _check_claim(claim: Claim, document: Document) -> None:
    """Raise ValueError for figures that are not numbers, experiments without data and accuracies without a size."""
    if isinstance(claim, Number | Ratio):
        Printed.parse(claim.claimed)
    if isinstance(claim, Number | Ratio | Comparison):
        scale_for(claim)
    if isinstance(claim, Consistency):
        holds(claim.holds, {name: quoted.value for name, quoted in claim.figures.items()})
    experiments = experiments_of(claim)
    if not experiments and not isinstance(claim, Open | Consistency):
        raise ValueError("it names no experiment; write at least one term as `experiment metric`")
    known = [name for part in document.data.values() for name in part.experiments]
    for experiment in experiments:
        if experiment not in known:
            raise ValueError(f"experiment '{experiment}' is not under `data`; add it there or correct the name")
    if isinstance(claim, Number) and parse_metric(claim.metric).name in ("test_accuracy", "val_accuracy", "accuracy"):
        part = document.part(claim.experiment)
        if part.chance is None or part.size(parse_metric(claim.metric).name) is None:
            raise ValueError(f"an accuracy needs `chance` and a size under `data`; add them for {claim.experiment}")
