"""Notes become windows; a network with state hears all of them, another only the last."""

import numpy as np
import pytest

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers.melody import Notes
from pipeline.sources.generated.song import as_features

FACTS = {"labels": ["c4"], "window": 4, "features": 2, "state": False}


def test_without_state_only_the_last_window_counts() -> None:
    question = Notes().read("c8, g8 e8 e4 f8", FACTS)
    assert question.steps == ["g8", "e8", "e4", "f8"]
    np.testing.assert_allclose(question.sequences, [[as_features(note, 2) for note in question.steps]])


def test_with_state_every_window_is_heard_in_order() -> None:
    question = Notes().read("c8 g8 e8 e4 f8", FACTS | {"state": True})
    assert question.sequences.shape == (2, 4, 2)
    np.testing.assert_allclose(question.sequences[0, 0], as_features("c8", 2))


@pytest.mark.parametrize(("text", "why"), [("g8 e8", "2 notes, expected 4"), ("g8 e8 e4 h8", "'h8' is not a note")])
def test_too_few_or_unknown_notes_are_refused(text: str, why: str) -> None:
    with pytest.raises(WrongInputError, match=why):
        Notes().read(text, FACTS)
