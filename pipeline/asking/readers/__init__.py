"""The readers of the families by name."""

from collections.abc import Mapping

from pipeline.asking.question import Reader
from pipeline.asking.readers.automata import Strings
from pipeline.asking.readers.climate import Weather
from pipeline.asking.readers.digits import Images
from pipeline.asking.readers.melody import Notes
from pipeline.asking.readers.product import Pairs
from pipeline.asking.readers.sounds import Clips, LeakClips
from pipeline.asking.readers.texts import Newswires, Reviews

READERS: Mapping[str, Reader] = {
    "automata": Strings(),
    "sounds": Clips(),
    "sound_recipes": Clips(),
    "sound_leak": LeakClips(),
    "reviews": Reviews(),
    "newswire": Newswires(),
    "melody": Notes(),
    "climate": Weather(),
    "product": Pairs(),
    "digits": Images(),
}
