"""The parts of each recurrent cell, from which weights, sizes, layer names and options follow.

The eight LSTMs that take one thing out of the vanilla LSTM, or add one to it, are those of Greff et al. 2017, "LSTM: A
Search Space Odyssey" (`networks/peephole_lstm.py` has the equations).
"""

from typing import NamedTuple


class CellSpec(NamedTuple):
    """The parts of a recurrent cell.

    gates: a letter for each block of columns of the kernel, in order, the candidate included; peepholes: the gates that
    see c; coupled: f = 1 - i; linear: "g" or "h" where the candidate or the output has no activation; between: the
    gates see the gates of the previous step; biases: the number per gate; recurrent: the gates see h; drawn: the
    documents' own draw of initial weights is defined for it.
    """

    layer: str
    gates: str
    peepholes: str = ""
    coupled: bool = False
    linear: str = ""
    between: bool = False
    biases: int = 1
    recurrent: bool = True
    drawn: bool = False

    @property
    def forgets(self) -> bool:
        """Whether an open gate keeps the old state, and has its own bias."""
        return "f" in self.gates and self.layer != "mgu"  # the f of an `mgu` lets the new in


PEEPHOLE_LSTMS = {
    "lstm_peephole": CellSpec("lstm", "ifgo", "ifo"),
    "lstm_nig": CellSpec("lstm", "fgo", "fo"),
    "lstm_nfg": CellSpec("lstm", "igo", "io"),
    "lstm_nog": CellSpec("lstm", "ifg", "if"),
    "lstm_niaf": CellSpec("lstm", "ifgo", "ifo", linear="g"),
    "lstm_noaf": CellSpec("lstm", "ifgo", "ifo", linear="h"),
    "lstm_cifg": CellSpec("lstm", "igo", "io", coupled=True),
    "lstm_fgr": CellSpec("lstm", "ifgo", "ifo", between=True),
}

CELLS = {
    "relu_rnn": CellSpec("simple_rnn", "h", drawn=True),
    "rnn": CellSpec("simple_rnn", "h", drawn=True),
    "lstm": CellSpec("lstm", "ifgo", drawn=True),
    "lstm_state": CellSpec("lstm", "ifgo", drawn=True),
    **PEEPHOLE_LSTMS,
    "gru": CellSpec("gru", "zrn", biases=2, drawn=True),
    "gru_before": CellSpec("gru", "zrn", drawn=True),
    "mgu": CellSpec("mgu", "fn"),
    "min_gru": CellSpec("min_gru", "zn", recurrent=False),
    "min_lstm": CellSpec("min_lstm", "fin", recurrent=False),
}

CONSTANT, LAST_VALUE = BASELINES = "constant", "last_value"  # the latter only where a family builds it
FOREST = "forest"  # not a network: see `training/forest.py`
VARIANTS = (*CELLS, "mlp", "cnn", *BASELINES, FOREST)


def layer_name(variant: str, bidirectional: bool, place: int) -> str:
    """Name the recurrent layer at a place (1, 2, ...) as Keras would: "lstm", "lstm_2"."""
    kind = "bidirectional" if bidirectional else CELLS[variant].layer
    return kind if place == 1 else f"{kind}_{place}"
