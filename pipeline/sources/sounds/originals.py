"""UrbanSound8K itself: fetched once by soundata's address, verified by its checksums, and only then unpacked.

soundata 1.0.1 does not include the index of clips: it is a second file, fetched and verified in the same way.
"""

import logging
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.base.console import UserError
from pipeline.sources.fetch import fetch
from pipeline.sources.meter import meter
from pipeline.sources.plain_files import is_trouble_of_the_disk, load_json, told
from pipeline.sources.untar import Budget, Member, extract

TOP = "UrbanSound8K"
AGAIN = "remove it and try again"


@dataclass(frozen=True)
class Remote:
    """A file to fetch: its address, its md5 and its name on disk."""

    url: str
    md5: str
    name: str


@dataclass(frozen=True)
class Published:
    """What soundata publishes: the archive, and the index with an md5 for every clip."""

    archive: Remote
    index: Remote


@contextmanager
def _logging_kept() -> Iterator[None]:
    # Importing soundata configures the root logger, which would then show the messages of every library.
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def published() -> Published:
    """Look up what soundata publishes for UrbanSound8K, version 1.0."""
    with _logging_kept():
        from soundata.datasets import urbansound8k
    archive = urbansound8k.REMOTES["all"]
    index = urbansound8k.INDEXES["1.0"].remote
    return Published(
        Remote(archive.url, archive.checksum, archive.filename),
        Remote(index.url, index.checksum, index.filename),
    )


def provide(root: Path, downloads: Path, source: Published | None = None, **how: float) -> dict[str, str]:
    """Fetch the archive to `downloads`, unpack it to `root` and return the published md5 of every clip name.

    `how` is passed on to `fetch`. Downloaded files stay in `downloads`, so that a second run needs no network.
    """
    source = source or published()
    index, archive = (
        fetch(remote.url, remote.md5, downloads / remote.name, **how)  # type: ignore[arg-type]
        for remote in (source.index, source.archive)
    )
    md5 = checksums(index)
    unpack(archive, root)
    return md5


def checksums(index: Path) -> dict[str, str]:
    """Read the md5 of every clip name from soundata's index. Raises UserError if it has another structure."""
    try:
        clips = load_json(index, AGAIN)["clips"]
        return {PurePosixPath(path).name: str(md5) for path, md5 in (clip["audio"] for clip in clips.values())}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{index} is not a soundata index; {AGAIN}") from None


def unpack(archive: Path, root: Path) -> None:
    """Unpack what is below UrbanSound8K/ in the archive to `root`; members that would leave it are refused."""
    label, size = f"unpack {archive.name}", archive.stat().st_size
    try:
        with (
            archive.open("rb") as packed,
            tarfile.open(fileobj=packed, mode="r|gz", tarinfo=Member) as tar,
            meter(label, size) as show,
        ):
            budget = Budget()
            for member in tar:
                budget.spend(member)
                extract(tar, member, root, TOP)
                show(packed.tell())
    except Exception as error:  # tarfile and zlib raise a dozen kinds for damaged bytes
        if is_trouble_of_the_disk(error):
            raise
        raise UserError(f"{archive} cannot be unpacked: {told(error)}; {AGAIN}") from None
