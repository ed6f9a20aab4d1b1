"""A recording: which of ten city sounds is it? A server gets the file's bytes, base64."""

import base64
import binascii
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from pipeline.asking.question import Facts, Place, Question, Reader, WrongInputError
from pipeline.experiments.sound_leak import split_of
from pipeline.features.signals import admits_as_written
from pipeline.sources.plain_files import read_bytes, told
from pipeline.sources.sounds import reading
from pipeline.sources.sounds.splits import statistics_of
from pipeline.sources.window_files import read_manifest
from pipeline.spec.sounds import Sounds
from pipeline.stages.spectra import bands_of_file

_LARGEST = 20_000_000  # bytes: four seconds are read
_SECONDS = 60


class Clips(Reader):
    """Reads one window of a clip a step."""

    form = "a sound file (wav, flac, ogg, mp3), or its bytes in base64"
    of_files = True

    def facts(self, place: Place, labels: list[str]) -> dict[str, Any]:
        """The view, how long a clip is, and with what a split standardises."""
        experiment: Any = place.run.experiment
        windows, params = place.windows / experiment.view, place.params.sounds
        split = self.split(place)
        scaled = experiment.family != "sound_recipes"
        scaling: dict[str, Any] = {name: split[name] for name in ("mean", "deviation") if name in split and scaled}
        view = Sounds(**{**params.model_dump(), "views": {"asked": params.views[experiment.view]}})
        timesteps = read_manifest(windows)["shape"][1]
        return {
            "labels": labels,
            "sounds": view.model_dump(),
            "timesteps": timesteps,
            "tiled": experiment.family != "sounds",
            **scaling,
        }

    def example(self, place: Place) -> str:
        """The first clip of the test part."""
        experiment: Any = place.run.experiment
        windows = place.windows / experiment.view
        first = self.split(place)["test"][0]
        return str(place.raw / "audio" / reading.read_names(windows)[first])

    def split(self, place: Place) -> dict[str, Any]:
        """The parts of a run, and with what it standardises."""
        experiment: Any = place.run.experiment
        return reading.read_split(place.windows / experiment.view, place.run.seed, place.run.fold)

    def taken(self, path: Path) -> str:
        """Encode the bytes of a file."""
        return base64.b64encode(read_bytes(path, _LARGEST, "take a shorter recording")).decode()

    def read(self, text: str, facts: Facts) -> Question:
        """Compute the bands of the clip's beginning, scaled as in training."""
        sounds = Sounds.model_validate(facts["sounds"])
        bands = _bands(_decoded(text), sounds)[: facts["timesteps"]]
        row = np.zeros((1, facts["timesteps"], bands.shape[1]), np.float32)
        row[0, : len(bands)] = bands
        lengths = np.array([len(bands)], np.int32)
        if "mean" in facts:
            reading.standardize(row, lengths, dict(facts))
        row = reading.tile(row, lengths, row.shape[1]) if facts["tiled"] else row
        hop = sounds.views["asked"].hop_ms / 1000
        steps = [f"{step * hop:.2f} s" for step in range(len(bands))]
        return Question(row, lengths, steps, row[0, : len(bands)])


class LeakClips(Clips):
    """The same of a split with a leak, which is drawn and not on disk."""

    def split(self, place: Place) -> dict[str, Any]:
        """Drawn anew, and its training part measured."""
        experiment: Any = place.run.experiment
        windows = place.windows / experiment.view
        train, test = split_of(experiment, place.run.seed, windows)
        sequences, lengths = (reading.read_array(windows, name) for name in ("sequences", "lengths"))
        return {"test": test.tolist(), **statistics_of(sequences, lengths, train.tolist())}


def _decoded(text: str) -> bytes:
    if len(text) > 2 * _LARGEST:
        raise WrongInputError(f"{len(text)} letters, at most {2 * _LARGEST} are read")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise WrongInputError("neither a sound file that exists, nor the bytes of one in base64") from None


def _bands(content: bytes, sounds: Sounds) -> np.ndarray:
    """Compute the bands of a sound file, (timesteps, bands). Raises WrongInputError."""
    view = sounds.views["asked"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip"
        path.write_bytes(content)
        try:
            about = soundfile.info(path)
            if not 0 < about.duration <= _SECONDS:
                raise WrongInputError(f"it has {about.duration:.2f} s; expected more than 0, at most {_SECONDS}")
            about_it = about.format, about.subtype, about.samplerate, about.channels, about.frames
            fault = admits_as_written(*about_it) if view.protocol == "as_written" else ""
            if fault:
                raise WrongInputError(fault)
            return bands_of_file(view, sounds, path)
        except (soundfile.SoundFileError, ValueError, OSError) as error:
            raise WrongInputError(
                f"not a sound file that can be read ({getattr(error, 'error_string', told(error))})"
            ) from None
