"""The data of the sound families: how clips become sequences, and the built-in sample."""

from typing import Annotated

from pydantic import Field, model_validator

from pipeline.spec.group import Group, Name, Positive, Protocol

CLIP_MS = 4000  # the longest clip of UrbanSound8K
Bands = Annotated[int, Field(ge=0, le=4096)]
SHORTEST_MS = 1000  # the shortest that the documents' loader takes; it does not pad


class View(Group):
    """One way to turn a clip into a sequence of FFT or mel bands; hop and window are in milliseconds."""

    hop_ms: Annotated[int, Field(gt=0, le=CLIP_MS)]
    window_ms: Annotated[int, Field(gt=0, le=CLIP_MS)]
    protocol: Protocol = "as_written"
    mel: Bands = 0  # number of mel bands, in dB; 0: FFT bands, as many as `sounds` says
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0  # playback speed; changes pitch and tempo

    @model_validator(mode="after")
    def _mel_is_corrected(self) -> "View":
        if self.mel and self.protocol == "as_written":
            raise ValueError(f"mel: {self.mel} is not what the documents measured; write protocol: corrected")
        if self.speed != 1 and self.protocol == "as_written":
            raise ValueError(f"speed: {self.speed} is not what the documents measured; write protocol: corrected")
        return self

    @model_validator(mode="after")
    def _window_fits_the_clip(self) -> "View":
        if self.protocol == "as_written" and self.window_ms > SHORTEST_MS:
            raise ValueError(
                f"window_ms: {self.window_ms} is longer than the shortest clip that as_written accepts "
                f"({SHORTEST_MS} ms); write {SHORTEST_MS} or less"
            )
        return self


class Sample(Group):
    """The built-in sample: folds x 10 classes x recordings x slices, each of `seconds`."""

    folds: Annotated[int, Field(ge=2, le=10)] = 3
    recordings: Annotated[int, Field(gt=0, le=100)] = 3
    slices: Annotated[int, Field(gt=0, le=100)] = 2
    seconds: Annotated[float, Field(ge=1, le=4)] = 4.0


class Sounds(Group):
    """The data of the family `sounds`. `clips`: how many the documents had, and the most that as_written takes."""

    bands: Annotated[int, Field(gt=0, le=4096)] = 100
    rate: Annotated[int, Field(ge=8000, le=192_000)] = 22050  # of the corrected views; as_written takes 44,100 Hz only
    clips: Positive = 2552
    sample: Sample = Sample()
    views: dict[Name, View]

    @model_validator(mode="after")
    def _bands_fit(self) -> "Sounds":
        for name, view in self.views.items():
            if view.mel:
                continue
            bins = 44100 * view.window_ms // 1000 // 2 if view.protocol == "as_written" else self.bins(view)
            if bins < self.bands:
                raise ValueError(
                    f"views.{name}: a window of {view.window_ms} ms has {bins} frequencies, "
                    f"too few for {self.bands} bands; take a longer window_ms or fewer bands"
                )
        return self

    def bands_of(self, view: View) -> int:
        return view.mel or self.bands

    def bins(self, view: View) -> int:
        """Count the frequencies of a corrected view."""
        return self.rate * view.window_ms // 1000 // 2 + 1
