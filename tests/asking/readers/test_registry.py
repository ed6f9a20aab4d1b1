"""Every family of the documents has a reader; a new one may be without."""

from pipeline.asking.readers import READERS
from pipeline.experiments.registry import FAMILIES

OURS = ["automata", "sounds", "sound_recipes", "reviews", "newswire", "melody", "climate", "product", "digits"]


def test_every_family_can_be_asked() -> None:
    assert set(READERS) <= set(FAMILIES) and set(OURS) <= set(READERS)
    assert all(reader.form for reader in READERS.values())
