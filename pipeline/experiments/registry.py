"""The families by name, in the order of the page."""

from collections.abc import Mapping
from typing import Any

from pipeline.experiments.automata import Automata
from pipeline.experiments.climate import Climate
from pipeline.experiments.digits import Digits
from pipeline.experiments.family import Family
from pipeline.experiments.melody import Melody
from pipeline.experiments.newswire import Newswire
from pipeline.experiments.product import Product
from pipeline.experiments.reviews import Reviews
from pipeline.experiments.sound_leak import SoundLeak
from pipeline.experiments.sound_recipes import SoundRecipes
from pipeline.experiments.sounds import UrbanSound

_ALL: tuple[Family[Any], ...] = (
    Automata(),
    UrbanSound(),
    SoundRecipes(),
    SoundLeak(),
    Reviews(),
    Newswire(),
    Melody(),
    Climate(),
    Product(),
    Digits(),
)
FAMILIES: Mapping[str, Family[Any]] = {family.name: family for family in _ALL}
