"""Fuzz one of our own parsers with atheris, guided by coverage: `python -m tests.faults.fuzz PARSER SECONDS`.

A parser takes any bytes and gives a result or its own kind of error. Anything else ends the process with a status.
"""

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipeline"]):
    from pipeline.base.console import UserError
    from pipeline.base.yaml_files import read_yaml
    from pipeline.judging.expressions import holds
    from pipeline.judging.logs import figures
    from pipeline.judging.printed import Printed, parse_metric, parse_term
    from pipeline.sources.generated.song import read_notes
    from pipeline.sources.images.idx import read_idx
    from pipeline.sources.sounds import containers
    from pipeline.sources.sounds.metadata import read as read_metadata
    from pipeline.sources.texts.word_index import read_words

FOLDER = Path(tempfile.mkdtemp())


def of_file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Make a parser of bytes of one that reads a file."""

    def parse(data: bytes) -> object:
        path = FOLDER / "input"
        path.write_bytes(data)
        return read(path)

    return parse


def of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """Make a parser of bytes of one that reads text."""
    return lambda data: read(data.decode("utf-8", "replace"))


def claim(text: str) -> object:
    """Read a text as all that a claim may hold."""
    with contextlib.suppress(ValueError):
        Printed.parse(text)
    with contextlib.suppress(ValueError):
        parse_term(text)
    with contextlib.suppress(ValueError):
        figures(text, "a", 0, 1, final=True)
    return parse_metric(text)


CONTAINERS = (
    containers.of_riff,
    containers.of_rf64,
    containers.of_w64,
    containers.of_iff,
    containers.of_caf,
    containers.of_au,
    containers.of_nist,
)


def container(data: bytes) -> object:
    """Read bytes as every container of sounds."""
    return [read(memoryview(data)) for read in CONTAINERS]


PARSERS: dict[str, Callable[[bytes], object]] = {
    "idx": of_file(lambda path: read_idx(path, 3, "make it again")),
    "words": of_file(read_words),
    "metadata": of_file(read_metadata),
    "yaml": of_file(read_yaml),
    "containers": container,
    "notes": of_text(lambda text: read_notes(text, 4)),
    "claims": of_text(claim),
    "expressions": of_text(lambda text: holds(text, {"a": "1", "b": "text"})),
}


def main(name: str, seconds: int) -> None:
    """Feed the parser for so many seconds."""

    def once(data: bytes) -> None:
        with contextlib.suppress(UserError, ValueError):
            PARSERS[name](data)

    options = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=4096", "-timeout=10", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={FOLDER}/"], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
