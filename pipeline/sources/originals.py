"""What brings the originals of each family that has some, to data/raw/FAMILY. The sounds have a stage of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.images.originals import collect_digits
from pipeline.sources.texts.originals import collect_newswire, collect_reviews


@dataclass(frozen=True)
class Originals:
    """`collect(out, mirror or None, downloads)` fills a directory and returns its card.

    With `shipped` a library brings some of them: these are there whatever is asked for, and `collect` is told `absent`,
    why the others are not fetched.
    """

    collect: Callable[..., dict[str, Any]]
    shipped: bool = False


ORIGINALS: Mapping[str, Originals] = {
    "reviews": Originals(collect_reviews),
    "newswire": Originals(collect_newswire),
    "climate": Originals(collect_climate),
    "digits": Originals(collect_digits, shipped=True),
}
