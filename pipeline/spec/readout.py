"""What stands behind the recurrent layers."""

from typing import Literal

from pipeline.spec.group import Count, Fraction, Group


class ReadOut(Group):
    """The layers between the recurrent ones and the output layer."""

    pooling: Literal["last", "mean_max"] = "last"  # of the steps: the last one, or mean and maximum
    input_statistics: bool = False  # mean and deviation of what the recurrent layers read, beside their own output
    dense_units: Count = 0  # of a dense ReLU layer; 0: none
    dropout: Fraction = 0.0  # before the output layer
