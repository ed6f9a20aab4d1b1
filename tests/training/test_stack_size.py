"""The lanes of a stack: a power of two that the batch decides, and not how many runs there are."""

import pytest

from pipeline.training.stack_size import LEAST, lanes_of
from tests.made_networks import experiment


@pytest.mark.parametrize(
    ("batch", "lanes"), [(1, 64), (10, 64), (16, 64), (17, 32), (32, 32), (64, 16), (128, 8), (512, 2), (4096, 2)]
)
def test_a_gpu_gets_about_a_thousand_rows(batch: int, lanes: int) -> None:
    assert lanes_of(experiment("lstm", batch=batch), gpu=True) == lanes


def test_a_cpu_has_the_least_that_a_stack_can_have() -> None:
    assert lanes_of(experiment("lstm", batch=10), gpu=False) == LEAST == 2
