"""Registers the best network of each family in MLflow, at the end of `make reproduce`: docs/ask.md.

Where neither the results nor the code that packs them have changed since the last time, nothing is looked up.
"""

from pathlib import Path

from pipeline.base.console import command, say
from pipeline.base.layout import MLRUNS, RESULTS
from pipeline.commands.last_time import LastTime
from pipeline.commands.standing import has_store
from pipeline.params import Params, load

DONE = "champions"  # in the folder of the store: what was registered last
_CODE = "pipeline/asking/champions.py"


def register_champions(params: Params, root: Path = MLRUNS, results: Path = RESULTS) -> None:
    """Register the champions whose results are new, and say which."""
    if not (has_store(root) and results.exists()):
        return
    last = LastTime(root / DONE, _CODE, results)
    if last.was_the_same():
        return
    from pipeline.asking.champions import register_all
    from pipeline.tracking.store import readable_errors
    from pipeline.tracking.tracker import Tracker

    with readable_errors(root):
        done = register_all(Tracker(root), params)
    last.is_now()
    if done:
        say(f"champions: the best networks are registered in MLflow: {', '.join(done)}")


@command("champions")
def main() -> None:
    """Register what is new."""
    register_champions(load())


if __name__ == "__main__":
    main()
