"""Stage `download`: the clips of UrbanSound8K or of the sample, verified one by one, to data/raw/sounds.

`python -m pipeline.stages.download` takes them from the sample (run.originals false), from soundata's address (true),
or from the folder that REPRISE_MIRROR names. Downloads stay in data/downloads for the next time.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.console import plural, say
from pipeline.base.layout import DOWNLOADS, RAW
from pipeline.base.seal import sealed_directory
from pipeline.sources import mirror
from pipeline.sources.sounds.collection import Origin, collect
from pipeline.stages.snapshot import stage

if TYPE_CHECKING:  # the processes that inspect clips import this module, so it must stay light
    from pipeline.sources.sounds.originals import Published
    from pipeline.spec.run_options import RunOptions
    from pipeline.spec.sounds import Sample

CLIPS = RAW / "sounds"


def download(
    run: "RunOptions",
    sample: "Sample",
    folder: Path | None = None,
    out: Path = CLIPS,
    downloads: Path = DOWNLOADS,
    published: "Published | None" = None,
) -> dict[str, Any]:
    """Fill the directory `out`, whole or not at all, and return its card; `folder` is a mirror. Raises UserError."""
    with sealed_directory(out) as beside:
        # Below `beside`, so that clips can be moved out of it and nothing is left if the stage ends early.
        unpacked = beside / "unpacked"
        source = choose(run, sample, folder, unpacked, downloads, published)
        card = collect(source, beside)
        discard(unpacked)
    return card


def choose(
    run: "RunOptions",
    sample: "Sample",
    folder: Path | None,
    unpacked: Path,
    downloads: Path,
    published: "Published | None",
) -> Origin:
    """Lay out the source that the params ask for: the sample, the mirror or the originals."""
    if not run.wants("sounds"):
        from pipeline.sources.sounds.sample import write

        write(unpacked, sample)
        return Origin("sample", unpacked)
    if folder is not None:
        return Origin("mirror", mirror.find(folder), ours=False)
    from pipeline.sources.sounds import originals

    return Origin("originals", unpacked, md5=originals.provide(unpacked, downloads, published))


def discard(folder: Path) -> None:
    """Remove what was unpacked but not taken: the metadata and the rejected files."""
    shutil.rmtree(folder, ignore_errors=True)


def summary(card: dict[str, Any], out: Path = CLIPS) -> str:
    """Summarise the card in one line."""
    where = {"sample": "the sample", "mirror": "the mirror", "originals": "UrbanSound8K"}[card["source"]]
    lost = card["missing"] + card["rejected"]
    why = f" ({out / 'rejected.csv'} says why)" if lost else ""
    return (
        f"download: {plural(card['clips'], 'clip')} from {where}, {card['missing']} missing, "
        f"{card['rejected']} unusable{why}, {complete(card['complete_folds'])} complete"
    )


def complete(folds: list[int]) -> str:
    """Format the complete folds: `no fold`, `fold 1` or `folds 1, 2 and 3`."""
    if not folds:
        return "no fold"
    if len(folds) == 1:
        return f"fold {folds[0]}"
    return f"folds {', '.join(map(str, folds[:-1]))} and {folds[-1]}"


@stage("download")
def main() -> None:
    """Run the stage on params.yaml and the environment."""
    from pipeline.spec.sections import load_run_options, load_sounds

    run, folder = load_run_options(), mirror.folder()
    if folder is not None and not run.wants("sounds"):
        say(f"download: {mirror.VARIABLE} is ignored: run.originals does not ask for sounds (ORIGINALS=1 does)")
    say(summary(download(run, load_sounds().sample, folder)))


if __name__ == "__main__":
    main()
