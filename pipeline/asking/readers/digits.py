"""An image of a digit as the brightness of its pixels, row by row."""

from typing import Any

import numpy as np

from pipeline.asking.question import Facts, Place, Question, Reader, WrongInputError, numbers
from pipeline.experiments.digits import parts
from pipeline.sources.window_files import read_windows

BRIGHTEST = {8: 16, 28: 255}  # of scikit-learn's digits and of MNIST, by their side


class Images(Reader):
    """Reads one row of pixels a step."""

    form = "the pixels of a digit, row by row: 64 numbers from 0 to 16 (MNIST: 784 from 0 to 255), or a file of them"
    of_files = True

    def facts(self, place: Place, labels: list[str]) -> dict[str, object]:
        """The side of an image tells its brightest pixel."""
        return {"labels": labels, "side": _windows(place)["sequences"].shape[1]}

    def example(self, place: Place) -> str:
        """The first image that the network was not trained on."""
        windows = _windows(place)
        _, _, test = parts(windows["training"], place.run.seed)
        images = windows["sequences"]
        pixels = np.rint(images[test[0]] * BRIGHTEST[images.shape[1]]).astype(int)
        return " / ".join(" ".join(map(str, row)) for row in pixels)

    def read(self, text: str, facts: Facts) -> Question:
        """Scale the pixels as in training, 0 to 1."""
        side = facts["side"]
        brightest = BRIGHTEST[side]
        pixels = np.array(numbers(text, "the brightness of a pixel"), np.float32)
        if len(pixels) != side * side:
            raise WrongInputError(f"{len(pixels)} pixels, expected {side} rows of {side}")
        if pixels.min() < 0 or pixels.max() > brightest:
            raise WrongInputError(f"a brightness of {pixels.min():g} to {pixels.max():g}, expected 0 to {brightest}")
        image = pixels.reshape(1, side, side) / np.float32(brightest)
        steps = [f"row {place}" for place in range(1, side + 1)]
        return Question(image, np.array([side], np.int32), steps, image[0])


def _windows(place: Place) -> dict[str, np.ndarray]:
    experiment: Any = place.run.experiment
    return read_windows(place.windows / experiment.images, "images")
