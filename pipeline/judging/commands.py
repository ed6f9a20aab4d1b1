"""The command that would do what was not done, for the reader to copy."""

from pipeline.judging.kinds import Document


def needs_originals(document: Document, experiments: list[str]) -> bool:
    """Say whether one of the experiments runs on data that must be fetched."""
    return any(document.part(experiment).originals for experiment in experiments)


def run_all(document: Document, experiments: list[str]) -> str:
    """Return the commands that run the experiments: with all others, or alone."""
    fetched = needs_originals(document, experiments)
    alone = f"dvc exp run -S 'run.experiments=[{','.join(experiments)}]'"
    everything = "make reproduce ALL=1" + (" ORIGINALS=1" if fetched else "")
    return f"`{everything}`, or alone `{alone}{' -S run.originals=true' if fetched else ''}`"


def run_more_seeds(document: Document, experiments: list[str], seeds: int) -> str:
    """Return the command that runs them again with more seeds."""
    fetched = needs_originals(document, experiments)
    return f"`make reproduce ALL=1{' ORIGINALS=1' if fetched else ''} SEEDS={seeds}`"


ON_ORIGINALS = "`make reproduce ORIGINALS=1` runs the originals, with `ALL=1` those of every experiment"
