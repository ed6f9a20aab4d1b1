"""Numbers between 0 and 1, two of them marked: what is their product?"""

import numpy as np

from pipeline.asking.question import Answer, Facts, Place, Question, Reader, WrongInputError, numbers

MARK, TIMESTEPS, USUAL = "*", 100, 0.5


class Pairs(Reader):
    """Reads one (marker, value) a step. Before fewer numbers than in training stand unmarked means."""

    form = f"at most {TIMESTEPS} numbers from 0 to 1, two of them marked with {MARK}, or a file of them"
    of_files = True

    def example(self, place: Place) -> str:
        """Two halves make a quarter, with other numbers between."""
        return "0.5* 0.9 0.1 0.7 0.5*"

    def read(self, text: str, facts: Facts) -> Question:
        """Fill up in front: the network has learned rows of one length."""
        words = text.replace(",", " ").split()
        values = np.array(numbers(text.replace(MARK, " "), "a number"), np.float32)
        if len(values) != len(words) or sum(word.endswith(MARK) for word in words) != 2:
            raise WrongInputError(f"expected two numbers with a {MARK} behind them")
        if len(values) > TIMESTEPS or values.min() < 0 or values.max() > 1:
            raise WrongInputError(
                f"{len(values)} numbers from {values.min():g} to {values.max():g}; expected {self.form}"
            )
        row = np.zeros((1, TIMESTEPS, 2), np.float32)
        row[0, :, 1] = USUAL
        row[0, -len(values) :, 1] = values
        row[0, -len(values) :, 0] = [word.endswith(MARK) for word in words]
        steps, names, first = [str(n) for n in range(TIMESTEPS)], ["marker", "value"], TIMESTEPS - len(values)
        return Question(row, np.array([TIMESTEPS], np.int32), steps, row[0], names, first)

    def answer(self, outputs: np.ndarray, facts: Facts) -> Answer:
        """The estimate of the product."""
        return Answer(f"{outputs[0]:.3f}", value=float(outputs[0]))

    def known(self, text: str) -> str:
        """The product itself."""
        marked = [float(word.rstrip(MARK)) for word in text.replace(",", " ").split() if word.endswith(MARK)]
        return f"the product: {np.prod(marked):.3f}"
