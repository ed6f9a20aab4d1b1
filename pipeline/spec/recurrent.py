"""The options of the recurrent layers. Where Keras has the option, the name is that of Keras."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.spec.group import Count, Fraction, Group, NonNegative


class Recurrent(Group):
    """Options of every recurrent layer of a network."""

    activation: Literal["tanh", "softsign"] = "tanh"
    recurrent_activation: Literal["sigmoid", "hard_sigmoid"] = "sigmoid"  # hard: clip(0.2 x + 0.5, 0, 1), as in Keras 2
    forget_bias: Annotated[float, Field(ge=-100, le=100)] = 1.0
    merge_mode: Literal["concat", "sum"] = "concat"  # of the two directions
    layer_norm: bool = False  # of what the gates see, from the inputs and from the previous step
    state: Literal["none", "reset", "carry"] = "none"  # carried from row to row; reset: zeros before every epoch
    tbptt_steps: Count = 0  # truncated backpropagation through time; 0: the whole sequence
    l1: NonNegative = 0.0  # on both kernels
    l2: NonNegative = 0.0
    dropout: Fraction = 0.0  # of the inputs
    recurrent_dropout: Fraction = 0.0  # of h

    @property
    def stateful(self) -> bool:
        """Whether a row starts from the state of the row before."""
        return self.state != "none"
