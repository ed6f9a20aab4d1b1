"""What runs on the same data share."""

from dataclasses import replace

import pytest

from pipeline.spec.data import batched
from tests.made_networks import data, vectors


def test_runs_share_as_much_as_the_test_part_is_of_what_they_learn_from() -> None:
    made = data(vectors(2, 1, 10))
    some = replace(made, train=lambda epoch: batched(made.test[:8], 5), test=made.test[8:])
    assert some.overlap == pytest.approx(2 / 8)
    assert replace(some, pool=16).overlap == pytest.approx(2 / 16)
    assert replace(some, pool=4).overlap == some.overlap


def test_runs_share_nothing_that_counts_if_their_rows_are_their_own_or_all_are_measured_on_the_same() -> None:
    made = data(vectors(2, 1, 10))
    assert replace(made, fresh=True).overlap == replace(made, fixed_test=True).overlap == 0
