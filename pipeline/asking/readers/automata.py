"""A string of the automaton's alphabet: is it a valid expression?"""

import numpy as np

from pipeline.asking.question import Facts, Place, Question, Reader, WrongInputError
from pipeline.sources.generated.strings import ALPHABET, LONGEST, parses

LABELS = ["invalid", "valid"]


class Strings(Reader):
    """Reads one symbol a step."""

    form = f"a string of at most {LONGEST} of the symbols {ALPHABET}"

    def facts(self, place: Place, labels: list[str]) -> dict[str, object]:
        """The labels of the document, in English."""
        return {"labels": LABELS}

    def example(self, place: Place) -> str:
        """An open bracket is never closed."""
        return "a+b*(c"

    def read(self, text: str, facts: Facts) -> Question:
        """Encode the symbols; the end is padded as in training, and never read."""
        if not text:
            raise WrongInputError("an empty string")
        foreign = [symbol for symbol in text if symbol not in ALPHABET]
        if foreign:
            raise WrongInputError(f"'{foreign[0]}' is not a symbol of the alphabet {ALPHABET}")
        if len(text) > LONGEST:
            raise WrongInputError(f"{len(text)} symbols, at most {LONGEST} are read")
        row = np.zeros((1, LONGEST), np.int32)
        row[0, : len(text)] = [ALPHABET.index(symbol) for symbol in text]
        return Question(row, np.array([len(text)], np.int32), list(text))

    def known(self, text: str) -> str:
        """The grammar decides."""
        return f"the grammar: {LABELS[parses(text)]}"
