"""From the words of a set of texts to the rows of keras.datasets: the same order, ids and marks.

Keras' imdb.load_data() and reuters.load_data() (3.15) do this to the files that they fetch; here it is done to the same
words from a mirror. The contents agree to the last bit; the tests compare them with Keras itself.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.sources.texts.texts import OFFSET, START, UNKNOWN, Texts

SEED = 113


def in_keras_order(parts: Sequence[Texts]) -> list[Texts]:
    """Arrange the parts as load_data() does, all words kept.

    One generator shuffles part after part; then each text begins with the start mark and every id grows by 3. Without
    num_words Keras sets it to the largest id of all parts, so the rarest word becomes unknown.
    """
    generator = np.random.RandomState(SEED)
    shuffled = [_shuffled(part, generator) for part in parts]
    rarest = max(int(part.ids.max()) for part in shuffled)
    return [Texts(np.where(part.ids < rarest, part.ids, UNKNOWN), part.lengths, part.labels) for part in shuffled]


def _shuffled(texts: Texts, generator: np.random.RandomState) -> Texts:
    order = np.arange(len(texts.lengths))
    generator.shuffle(order)
    rows = np.split(texts.ids + np.int32(OFFSET), np.cumsum(texts.lengths)[:-1])
    ids = np.concatenate([piece for row in order for piece in ([START], rows[row])], dtype=np.int32)
    return Texts(ids, texts.lengths[order] + np.int32(1), texts.labels[order])
