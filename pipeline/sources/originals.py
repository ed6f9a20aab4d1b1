"""The collectors of originals by family, into data/raw/FAMILY. The sounds have a stage of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.images.originals import collect_digits
from pipeline.sources.texts.originals import collect_newswire, collect_reviews


@dataclass(frozen=True)
class Originals:
    """`collect(out, mirror or None, downloads)` fills a directory and returns its card.

    With `shipped` some of the originals come with a library: these are always collected, and `collect` also takes
    `absent`, the reason why the others are not fetched.
    """

    collect: Callable[..., dict[str, Any]]
    shipped: bool = False


ORIGINALS: Mapping[str, Originals] = {
    "reviews": Originals(collect_reviews),
    "newswire": Originals(collect_newswire),
    "climate": Originals(collect_climate),
    "digits": Originals(collect_digits, shipped=True),
}
