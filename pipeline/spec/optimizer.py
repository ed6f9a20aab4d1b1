"""How weights are updated. Names are those of Keras."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.spec.group import Fraction, Group, NonNegative


class Optimizer(Group):
    """An optimizer and its options."""

    name: Literal["adam", "textbook_adam", "rmsprop", "keras2_rmsprop", "adagrad", "nesterov", "sgd"] = "adam"
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 0.001
    schedule: Literal["constant", "cosine"] = "constant"  # cosine: a warm-up, then down to 0 at the last epoch
    weight_decay: NonNegative = 0.0  # decoupled from the gradient (AdamW)
    global_clipnorm: NonNegative = 0.0  # 0: none
    ema_momentum: Fraction = 0.0  # of the moving average of the weights, which is what is measured; 0: none
