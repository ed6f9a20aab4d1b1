"""The layers after the recurrent ones."""

from typing import Literal

from pipeline.spec.group import Fraction, Group, Width


class ReadOut(Group):
    """Options of the layers between the recurrent ones and the output layer."""

    pooling: Literal["last", "mean_max"] = "last"  # over the steps: the last one, or mean and maximum
    input_statistics: bool = False  # add mean and deviation of the inputs of the recurrent layers
    dense_units: Width = 0  # of a dense ReLU layer; 0: none
    dropout: Fraction = 0.0  # before the output layer
