"""What each recurrent variant is made of, for all that follows from it: weights, sizes, names, options. No TensorFlow.

The eight variants of the LSTM that leave one thing out of the vanilla one, or add one to it, are those of Greff et al.
2017, "LSTM: A Search Space Odyssey" (`odyssey` has the equations).
"""

from typing import NamedTuple


class Anatomy(NamedTuple):
    """The parts of a recurrent cell.

    gates: a letter for each block of columns of its kernel, in their order, a candidate among them; peepholes: those of
    the gates that hear c; coupled: whether f = 1 - i; linear: "g" or "h" where the candidate or the output has no
    activation; between: whether the gates hear those of the step before; biases of each gate; recurrent: whether h is
    heard; drawn: whether the documents' own draw of first weights has a meaning for it.
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
        """Say whether there is a gate that keeps the old state where it is open, with a bias of its own."""
        return "f" in self.gates and self.layer != "mgu"  # the f of an `mgu` takes the new


ODYSSEY = {
    "lstm_peephole": Anatomy("lstm", "ifgo", "ifo"),
    "lstm_nig": Anatomy("lstm", "fgo", "fo"),
    "lstm_nfg": Anatomy("lstm", "igo", "io"),
    "lstm_nog": Anatomy("lstm", "ifg", "if"),
    "lstm_niaf": Anatomy("lstm", "ifgo", "ifo", linear="g"),
    "lstm_noaf": Anatomy("lstm", "ifgo", "ifo", linear="h"),
    "lstm_cifg": Anatomy("lstm", "igo", "io", coupled=True),
    "lstm_fgr": Anatomy("lstm", "ifgo", "ifo", between=True),
}

ANATOMY = {
    "relu_rnn": Anatomy("simple_rnn", "h", drawn=True),
    "rnn": Anatomy("simple_rnn", "h", drawn=True),
    "lstm": Anatomy("lstm", "ifgo", drawn=True),
    "lstm_state": Anatomy("lstm", "ifgo", drawn=True),
    "lstm_np": Anatomy("lstm", "ifgo"),
    **ODYSSEY,
    "gru": Anatomy("gru", "zrn", biases=2, drawn=True),
    "gru_before": Anatomy("gru", "zrn", drawn=True),
    "mgu": Anatomy("mgu", "fn"),
    "min_gru": Anatomy("min_gru", "zn", recurrent=False),
    "min_lstm": Anatomy("min_lstm", "fin", recurrent=False),
}
