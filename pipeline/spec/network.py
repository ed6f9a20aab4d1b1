"""What a network is built from, and which of its options can be combined."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from pipeline.spec.cells import CELLS, FOREST, VARIANTS
from pipeline.spec.frontend import FrontEnd
from pipeline.spec.group import Group, Rule, Width, first_broken
from pipeline.spec.readout import ReadOut
from pipeline.spec.recurrent import Recurrent


class Network(Group):
    """Everything that determines the layers of a network and their initial weights, except the data and the seed."""

    variant: str
    units: Width
    layers: Annotated[int, Field(gt=0, le=64)] = 1  # recurrent layers, stacked
    bidirectional: bool = False
    fan_in_init: bool = False  # uniform initial weights up to 1 / sqrt(fan in), as in PyTorch, instead of Keras'
    frontend: FrontEnd = FrontEnd()
    recurrent: Recurrent = Recurrent()
    readout: ReadOut = ReadOut()

    @field_validator("variant")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in VARIANTS:
            raise ValueError(f"'{name}' is not a variant; known: {', '.join(VARIANTS)}")
        return name

    @model_validator(mode="after")
    def _goes_together(self) -> "Network":
        fault = first_broken(RULES, n=self)
        if fault:
            raise ValueError(fault)
        return self

    @property
    def stateful(self) -> bool:
        """Whether a row starts from the state of the row before."""
        return self.recurrent.stateful

    @property
    def is_recurrent(self) -> bool:
        """Whether it has recurrent layers."""
        return self.variant in CELLS

    @property
    def drawable(self) -> bool:
        """Whether the documents' draw of initial weights is defined for it: one recurrent layer and its read-out."""
        front, readout = (group.model_copy(update={"dropout": 0.0}) for group in (self.frontend, self.readout))
        plain = front == FrontEnd() and readout == ReadOut() and not self.recurrent.layer_norm  # dropout has no weights
        return plain and self.is_recurrent and CELLS[self.variant].drawn and self.layers == 1 and not self.bidirectional


def _unused(n: Network) -> list[str]:
    """List the options set for recurrent layers where there are none."""
    if n.is_recurrent:
        return []
    return n.changed("layers", "bidirectional", "recurrent") + n.readout.changed("pooling", "input_statistics")


def _unseen(n: Network) -> list[str]:
    """List the options set for h where no gate sees it."""
    sees = not n.is_recurrent or CELLS[n.variant].recurrent
    return [] if sees else n.recurrent.changed("recurrent_dropout", "activation")


RULES = (
    Rule("variant", lambda n: bool(_unused(n)), "'{n.variant}' has no recurrent layer; leave out layers, "
         "bidirectional, recurrent, readout.pooling and readout.input_statistics"),
    Rule("frontend.mfcc", lambda n: n.frontend.mfcc is not None and not n.frontend.mfcc.steps and n.variant != FOREST,
         "steps: 0 is one block per clip, which '{n.variant}' cannot read as a sequence; set steps"),
    Rule("frontend.conv2d", lambda n: n.frontend.mfcc is not None and bool(n.frontend.conv2d),
         "a convolution needs neighbouring bands that are similar, and MFCCs are not; leave out mfcc or conv2d"),
    Rule("frontend.average_steps", lambda n: n.frontend.average_steps > 1 and not n.frontend.conv2d,
         "{n.frontend.average_steps} needs conv2d; write some, or leave it out"),
    Rule("frontend.pool_size", lambda n: n.frontend.pool_size > 1 and not n.frontend.filters,
         "{n.frontend.pool_size} needs a convolution; write filters, or leave pool_size out"),
    Rule("frontend.filters", lambda n: n.variant == "cnn" and not n.frontend.filters,
         "'cnn' needs a convolution; write 1 or more"),
    Rule("readout.pooling", lambda n: n.variant == "lstm_state" and n.readout.pooling != "last",
         "'lstm_state' outputs its last state; take 'lstm', or write last"),
    Rule("units", lambda n: n.is_recurrent and not n.units,
         "'{n.variant}' needs a recurrent layer; write 1 or more"),
    Rule("recurrent.layer_norm", lambda n: n.recurrent.layer_norm and n.units == 1,
         "with one unit, layer_norm always gives 0; write 2 units or more"),
    Rule("recurrent.forget_bias",
         lambda n: n.is_recurrent and not CELLS[n.variant].forgets and bool(n.recurrent.changed("forget_bias")),
         "'{n.variant}' has no forget gate; leave it out"),
    Rule("recurrent", lambda n: bool(_unseen(n)),
         "no gate of '{n.variant}' sees h, so it has no activation and no recurrent_dropout; leave them out"),
    Rule("recurrent.recurrent_activation",
         lambda n: n.variant == "min_lstm" and n.recurrent.recurrent_activation == "hard_sigmoid",
         "hard gates can both be 0, and 'min_lstm' divides by their sum; write sigmoid"),
    Rule("recurrent.merge_mode", lambda n: not n.bidirectional and n.recurrent.merge_mode != "concat",
         "'{n.recurrent.merge_mode}' is for two directions; write bidirectional: true"),
    Rule("bidirectional", lambda n: n.bidirectional and n.variant == "lstm_state",
         "'lstm_state' reads in one direction only; take 'lstm'"),
    Rule("recurrent.state", lambda n: n.bidirectional and n.recurrent.stateful,
         "a backward layer ends at the start of the row and has no state to carry over; write none"),
)  # fmt: skip
