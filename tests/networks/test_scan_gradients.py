"""Which loops add up the gradients of weights step by step. That both ways equal Keras: `test_layers`."""

from typing import Any

import numpy as np
import pytest

from pipeline.networks.loops import Loop, Weights
from pipeline.networks.projection import Projection

pytestmark = pytest.mark.usefixtures("tensorflow")

ROWS, UNITS = 32, 32
GATES = 4 * UNITS
STEPS = 2**18 // (ROWS * GATES)  # just as many as make a loop large


def loop_of(
    timesteps: int = STEPS, batch: int = ROWS, masks: int = 0, gain: Any = None, features: int = 3, **weights: Any
) -> Loop:
    inputs = np.zeros((timesteps, batch, features), np.float32)
    projection = Projection(
        inputs, np.zeros((features, GATES), np.float32), None, gain, UNITS, [np.ones((batch, features))] * masks
    )
    cell: Any = None
    return Loop(
        cell, projection, Weights(np.zeros((UNITS, GATES)), **weights), [], None, [np.zeros((batch, UNITS))], False
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"masks": 1}, True),
        ({"timesteps": STEPS - 1}, False),
        ({"batch": ROWS - 1, "timesteps": 2 * STEPS}, False),
        ({"masks": 4}, False),
        ({"gain": 1}, False),
        ({"features": 8 * ROWS - UNITS}, True),
        ({"features": 8 * ROWS - UNITS + 1}, False),
        ({"peepholes": 1}, False),
    ],
)
def test_a_loop_is_large_by_its_rows_and_numbers(given: dict[str, Any], expected: bool) -> None:
    from pipeline.networks.scan_gradients import large

    assert large(loop_of(**given)) is expected


def test_a_loop_of_unknown_size_is_not_large() -> None:
    import keras

    from pipeline.networks.scan_gradients import large

    loop = loop_of()
    unknown = keras.KerasTensor((None, None, 3))
    assert not large(loop._replace(projection=loop.projection._replace(inputs=unknown)))
