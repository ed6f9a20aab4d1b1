"""The order, the ids and the marks of keras.datasets; tests/originals holds them against Keras itself."""

import numpy as np

from pipeline.sources.texts.keras_order import in_keras_order
from tests.made_originals import TEST, TRAIN


def test_every_text_begins_with_the_mark_and_its_ids_grow_by_three():
    (found,) = in_keras_order([TRAIN.rows(0, 1)])
    assert found.ids.tolist() == [1, 4, 2, 5]  # the largest of all is not kept
    assert found.lengths.tolist() == [4] and found.labels.tolist() == [0]


def test_one_generator_goes_on_from_part_to_part():
    train, test = in_keras_order([TRAIN, TEST])
    generator = np.random.RandomState(113)
    for found, part in ((train, TRAIN), (test, TEST)):
        order = np.arange(len(part.labels))
        generator.shuffle(order)
        assert found.labels.tolist() == part.labels[order].tolist()
        assert found.lengths.tolist() == (part.lengths[order] + 1).tolist()


def test_the_texts_go_with_their_labels():
    train, _test = in_keras_order([TRAIN, TEST])
    texts = {tuple(train.rows(row, row + 1).ids.tolist()): train.labels[row] for row in range(4)}
    assert texts == {(1, 4, 8, 5): 0, (1, 2): 1, (1, 6, 6): 1, (1, 10, 7): 0}


def test_types():
    for part in in_keras_order([TRAIN, TEST]):
        assert {array.dtype for array in part.arrays().values()} == {np.dtype(np.int32)}
