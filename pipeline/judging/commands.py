"""Commands for the reader to copy, that would run what has not been run."""

from pipeline.judging.kinds import Document


def originals_of(document: Document, experiments: list[str]) -> list[str]:
    """List the families whose data must be fetched for the experiments."""
    found = [document.part(experiment).originals for experiment in experiments]
    return list(dict.fromkeys(family for family in found if family))


def run_all(document: Document, experiments: list[str]) -> str:
    """Format the commands that run the experiments: with all others, or alone."""
    fetched = originals_of(document, experiments)
    alone = f"dvc exp run -S 'run.experiments=[{','.join(experiments)}]'"
    alone += f" -S 'run.originals=[{','.join(fetched)}]'" if fetched else ""
    return f"`make reproduce ALL=1{' ORIGINALS=1' if fetched else ''}`, or alone `{alone}`"


def run_more_seeds(document: Document, experiments: list[str], seeds: int) -> str:
    """Format the command that runs the experiments again with `seeds` seeds."""
    fetched = originals_of(document, experiments)
    return f"`make reproduce ALL=1{' ORIGINALS=1' if fetched else ''} SEEDS={seeds}`"


ON_ORIGINALS = "`make reproduce ORIGINALS=1` runs the originals, with `ALL=1` those of every experiment"
