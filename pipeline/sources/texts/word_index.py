"""The two lists that come with a set of texts: every word with its id, 1 for the most frequent; topics by number."""

import json
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.sources.flat_arrays import MADE_AGAIN


def read_words(path: Path, remedy: str = MADE_AGAIN) -> dict[str, int]:
    """Read {word: id}. Raises UserError, ending with the remedy, unless every id from 1 on occurs once."""
    words = _read(path, remedy)
    if not isinstance(words, dict) or not all(type(number) is int for number in words.values()):
        raise UserError(f"{path} is not a word index, which gives every word a whole number;\n{remedy}")
    expected = set(range(1, len(words) + 1))
    if set(words.values()) != expected:
        wrong = min(set(words.values()) ^ expected)
        raise UserError(f"{path}: the id {wrong} stands in it twice, not at all or is not an id;\n{remedy}")
    return words


def read_topics(path: Path, remedy: str = MADE_AGAIN) -> list[str]:
    """Read the names of the topics. Raises UserError, ending with the remedy, unless it is a list of names."""
    topics = _read(path, remedy)
    if not isinstance(topics, list) or not topics or not all(isinstance(name, str) for name in topics):
        raise UserError(f"{path} is not a list of names of topics;\n{remedy}")
    return topics


def _read(path: Path, remedy: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:  # not UTF-8, or not JSON
        raise UserError(f"{path} is not JSON ({error});\n{remedy}") from None
