"""Film reviews and newswires: English text, as the ids of its words."""

import re
from typing import Any, ClassVar

import numpy as np

from pipeline.asking.question import Facts, Place, Question, Reader, WrongInputError
from pipeline.sources.texts.texts import OFFSET, START, UNKNOWN, as_matrix
from pipeline.sources.texts.word_index import read_words

_WORDS = re.compile(r"[a-z0-9']+")
_LONGEST = 1_000_000  # letters


class Texts(Reader):
    """Reads one word a step, the last ones of the text."""

    of_files = True
    shown: ClassVar[str]  # a text to try

    def facts(self, place: Place, labels: list[str]) -> dict[str, Any]:
        """The words that the network knows, by their ids."""
        experiment: Any = place.run.experiment
        words = read_words(place.raw / "words.json")
        known = {word: number + OFFSET for word, number in words.items() if number + OFFSET < experiment.vocabulary}
        size = {"vocabulary": experiment.vocabulary, "timesteps": experiment.timesteps}
        return {"labels": labels, "words": known, **size}

    def example(self, place: Place) -> str:
        """A few words."""
        return self.shown

    def read(self, text: str, facts: Facts) -> Question:
        """Look up the words; of a long text the last ones count, and a short one is padded in front."""
        if len(text) > _LONGEST:
            raise WrongInputError(f"{len(text)} letters, at most {_LONGEST} are read")
        words = _WORDS.findall(text.lower())
        ids = [facts["words"].get(word, UNKNOWN) for word in words]
        if not any(number != UNKNOWN for number in ids):
            raise WrongInputError("none of its words is known; write English text")
        given = np.array([START, *ids], np.int32)
        row = as_matrix(given, np.array([len(given)]), facts["vocabulary"], facts["timesteps"])
        names = ["(start)", *(w if n != UNKNOWN else "?" for w, n in zip(words, ids, strict=True))][-row.shape[1] :]
        first = row.shape[1] - len(names)
        return Question(row, np.array([row.shape[1]], np.int32), [""] * first + names, first=first)


class Reviews(Texts):
    """Does a review praise the film?"""

    form = "a film review in English, or a file of one"
    shown = "a wonderful film with great acting and a story that moved me, one of the best i have seen"

    def facts(self, place: Place, labels: list[str]) -> dict[str, Any]:
        """The labels of the document, in English."""
        return super().facts(place, ["negative", "positive"])

    def validates(self, experiment: Any) -> bool:
        """One of the document's networks validates on the test part."""
        return bool(experiment.validates_on != "test")


class Newswires(Texts):
    """Which topic is a newswire about?"""

    form = "a newswire in English, or a file of one"
    shown = "oil prices rose today as opec ministers met to discuss crude production and quotas for the next quarter"

    def validates(self, experiment: Any) -> bool:
        """As written, the test part validates."""
        return bool(experiment.protocol == "corrected")
