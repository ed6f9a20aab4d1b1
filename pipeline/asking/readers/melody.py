"""Notes of a song: which comes next?"""

from typing import Any

import numpy as np

from pipeline.asking.question import Facts, Place, Question, Reader, WrongInputError
from pipeline.sources.generated.song import CODES, as_features


class Notes(Reader):
    """Reads one note a step, and all notes but the last few only to carry the state of a network that has one."""

    form = f"four notes or more, of {' '.join(CODES)}"

    def facts(self, place: Place, labels: list[str]) -> dict[str, object]:
        """The window of notes, and how a note is encoded."""
        song: Any = place.run.experiment
        return {"labels": labels, "window": song.window, "features": song.features, "state": song.stateful}

    def example(self, place: Place) -> str:
        """The song's own beginning."""
        song: Any = place.run.experiment
        return " ".join(song.notes[: song.window])

    def read(self, text: str, facts: Facts) -> Question:
        """Make a window of each few notes in a row; without state only the last one counts."""
        notes, window, features = text.replace(",", " ").split(), facts["window"], facts["features"]
        unknown = [note for note in notes if note not in CODES]
        if unknown:
            raise WrongInputError(f"'{unknown[0][:20]}' is not a note; known: {' '.join(CODES)}")
        if not window <= len(notes) <= 1000:
            raise WrongInputError(f"{len(notes)} notes, expected {window} to 1000")
        encoded = np.array([as_features(note, features) for note in notes], np.float32)
        first = 0 if facts["state"] else len(notes) - window
        rows = np.stack([encoded[start : start + window] for start in range(first, len(notes) - window + 1)])
        names = ["code"] if features == 1 else ["pitch", "an eighth"]
        return Question(rows, np.full(len(rows), window, np.int32), notes[-window:], rows[-1], names)
