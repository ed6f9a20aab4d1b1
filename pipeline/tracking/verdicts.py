"""The verdicts of the claims about an experiment, as a tag of its parent run in MLflow: a column of its table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlflow.exceptions import MlflowException

from pipeline.judging.records import Record, counted
from pipeline.judging.verdicts import VERDICTS
from pipeline.tracking import experiments
from pipeline.tracking.tracker import PARENT, Tracker
from pipeline.tracking.view import VERDICT
from pipeline.training.rows import Row


def words(claims: Sequence[Record]) -> dict[str, str]:
    """Count the verdicts of each experiment, as in `12 reproduced, 3 cannot tell`; what repeats is left out."""
    found: dict[str, Counter[str]] = {}
    for claim in counted(claims):
        for name in filter(None, claim["experiment"].split(", ")):  # an ordering is about several
            found.setdefault(name, Counter())[claim["verdict"]] += 1
    return {name: ", ".join(f"{many[one]} {one}" for one in VERDICTS if many[one]) for name, many in found.items()}


def show_verdicts(tracker: Tracker, claims: Sequence[Record], rows: Iterable[Row]) -> int:
    """Tag the parent runs of the rows with the verdicts of their experiments. Return how many tags were changed.

    The tables in MLflow are offered with today's columns. Runs that another store has are left out.
    """
    verdicts = words(claims)
    one_each = {row["experiment"]: row for row in rows if row.get("mlflow_run_id")}
    for family, metric in {row["family"]: row["metric"] for row in one_each.values()}.items():
        experiments.offer_view(tracker.client, family, metric)
    return sum(_tag(tracker.client, row["mlflow_run_id"], verdicts.get(name, "")) for name, row in one_each.items())


def _tag(client: Any, child: str, verdict: str) -> bool:
    parent = _parent(client, child)
    if parent is None or parent.data.tags.get(VERDICT, "") == verdict:
        return False
    if verdict:
        client.set_tag(parent.info.run_id, VERDICT, verdict)
    else:
        client.delete_tag(parent.info.run_id, VERDICT)
    return True


def _parent(client: Any, child: str) -> Any:
    """Find the parent of a run; None if this store does not have it."""
    try:
        tags: Mapping[str, str] = client.get_run(child).data.tags
        return client.get_run(tags[PARENT]) if PARENT in tags else None
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
