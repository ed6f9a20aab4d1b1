"""The two lists that come with a set of texts: every word with its id, 1 for the most frequent; topics by number."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.sources.flat_arrays import MADE_AGAIN
from pipeline.sources.plain_files import load_json


def read_words(path: Path, remedy: str = MADE_AGAIN) -> dict[str, int]:
    """Read {word: id}. Raises UserError, ending with the remedy, unless every id from 1 on occurs once."""
    words = load_json(path, remedy)
    if not isinstance(words, dict) or not all(type(number) is int for number in words.values()):
        raise UserError(f"{path} is not a word index, which gives every word a whole number;\n{remedy}")
    _expect_text(path, words, remedy)
    expected = set(range(1, len(words) + 1))
    if set(words.values()) != expected:
        wrong = min(set(words.values()) ^ expected)
        shown = wrong if abs(wrong) < 10**18 else "of more than 18 digits"
        raise UserError(f"{path}: the id {shown} is duplicated, missing or out of range;\n{remedy}")
    return words


def read_topics(path: Path, remedy: str = MADE_AGAIN) -> list[str]:
    """Read the names of the topics. Raises UserError, ending with the remedy, unless it is a list of names."""
    topics = load_json(path, remedy)
    if not isinstance(topics, list) or not topics or not all(isinstance(name, str) for name in topics):
        raise UserError(f"{path} is not a list of names of topics;\n{remedy}")
    _expect_text(path, topics, remedy)
    return topics


def _expect_text(path: Path, words: Iterable[str], remedy: str) -> None:
    try:
        "".join(words).encode("utf-8")
    except UnicodeEncodeError as error:  # JSON can hold half a character
        raise UserError(f"{path} has a word that is no text ({error.reason});\n{remedy}") from None
