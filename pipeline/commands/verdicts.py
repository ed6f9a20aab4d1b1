"""Shows the verdicts of each experiment's claims in MLflow, at the end of `make reproduce`: docs/services.md.

No stage does this, since a database that servers write to is no output of DVC. Where neither claims nor results have
changed since the last time, nothing is looked up.
"""

from pathlib import Path

from pipeline.base.console import command, plural, say
from pipeline.base.layout import MLRUNS, REPORTS, RESULTS
from pipeline.commands.last_time import LastTime
from pipeline.commands.standing import has_store
from pipeline.judging.measures import read_list, read_results

JUDGED = REPORTS / "claims.json"
DONE = "verdicts"  # in the folder of the store: what was shown last
_CODE = "pipeline/tracking/verdicts.py"


def tag_verdicts(root: Path = MLRUNS, claims: Path = JUDGED, results: Path = RESULTS) -> None:
    """Write the verdicts that are new into MLflow, and say how many."""
    if not (has_store(root) and claims.exists() and results.exists()):
        return
    last = LastTime(root / DONE, _CODE, claims, results)
    if last.was_the_same():
        return
    from pipeline.tracking.store import readable_errors
    from pipeline.tracking.tracker import Tracker
    from pipeline.tracking.verdicts import show_verdicts

    with readable_errors(root):
        changed = show_verdicts(Tracker(root), read_list(claims, "claims"), read_results(results))
    last.is_now()
    if changed:
        say(f"verdicts: MLflow shows the verdicts of {plural(changed, 'experiment')} that are new")


@command("verdicts")
def main() -> None:
    """Show what is new."""
    tag_verdicts()


if __name__ == "__main__":
    main()
