"""What the networks for city sounds heard: clips that they got right and wrong, to listen to and to see.

As written, the window of 10 ms hears nothing below 4.1 kHz: the slice of its spectrum begins at bin 41 instead of 0
(`features.signals.as_written_bands`). The picture of a clip shows what is lost.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from matplotlib.figure import Figure

from pipeline.base.charts import as_svg
from pipeline.base.grounds import BLUE, WHITE
from pipeline.features.signals import AS_WRITTEN_RATE, samples_of, windows_of
from pipeline.judging.measures import KINDS, Row
from pipeline.report.ogg import steady
from pipeline.report.svg import as_address

FAMILY = "sounds"
EACH = 3  # right and wrong ones
_WINDOW, _HOP = 1024, 512  # samples of the picture's spectrogram
_FLOOR = -80  # dB below the loudest
_STEP = 2.5  # dB between two colours of the picture
_BINS = 2  # of the spectrum in one row of the picture
_COLUMNS = 500  # of the waveform

Entry = dict[str, Any]
Encode = Callable[[Path], bytes]


def deaf_below(window_ms: int, bands: int) -> int:
    """Compute where the hearing of the documents' code begins, in Hz."""
    n_fft = samples_of(window_ms, AS_WRITTEN_RATE)
    return (n_fft - 2 * bands * (n_fft // (2 * bands))) * AS_WRITTEN_RATE // n_fft


def chosen(rows: Sequence[Row], each: int = EACH) -> list[Entry]:
    """Choose examples of the as-written protocol on the best data there is: right ones, then wrong ones.

    The surest first, and no class or clip twice among the right or among the wrong.
    """
    mine = [row for row in rows if row["family"] == FAMILY and row["protocol"] == "as_written"]
    best = min((KINDS.index(row["data_kind"]) for row in mine), default=0)
    found = [
        {**example, "experiment": row["experiment"], "seed": row["seed"], "data": row["data"]}
        for row in mine
        if KINDS.index(row["data_kind"]) == best
        for example in row.get("examples") or []
        if example.get("clip") and example.get("probability") is not None
    ]
    ranked = sorted(found, key=lambda one: (-one["probability"], one["experiment"], one["seed"], one["clip"]))
    right = [one for one in ranked if one["truth"] == one["estimate"]]
    wrong = [one for one in ranked if one["truth"] != one["estimate"]]
    return [*_distinct(right, each), *_distinct(wrong, each)]


def _distinct(examples: Sequence[Entry], most: int) -> list[Entry]:
    found: dict[str, Entry] = {}
    for example in examples:
        found.setdefault(example["truth"], example)
    return list(found.values())[:most]


def listen(rows: Sequence[Row], clips: Path, encode: Encode, deaf: int) -> list[Entry]:
    """Add sound and picture to the chosen examples; one whose clip is not there or cannot be read is left out.

    `encode`: a clip as Ogg, as the tracker does it. `deaf`: the lowest frequency of the short window, in Hz.
    """
    return list(_heard(chosen(rows), clips, encode, deaf))


def _heard(examples: Sequence[Entry], clips: Path, encode: Encode, deaf: int) -> Iterator[Entry]:
    for example in examples:
        path = clips / example["clip"]
        if not path.is_file():
            continue
        try:
            signal, rate = read(path)
            sound, picture = steady(encode(path)), as_address(as_svg(drawn(signal, rate, deaf)))
        except Exception:  # noqa: S112  a clip of others may have any fault, and the page is about the networks
            continue
        yield {
            **example,
            "right": example["truth"] == example["estimate"],
            "sound": f"data:audio/ogg;base64,{b64encode(sound).decode()}",
            "picture": picture,
        }


def read(path: Path) -> tuple[np.ndarray, int]:
    """Read the first channel of a clip, which is what the documents' code took, in -1 to 1."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples[:, 0], rate


def drawn(signal: np.ndarray, rate: int, deaf: int) -> Figure:
    """Draw a clip as waveform and spectrogram, with what is below `deaf` Hz hatched."""
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    wave, spectrum = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    seconds = len(signal) / rate
    parts = [part for part in np.array_split(signal, _COLUMNS) if len(part)]
    low, high = ([end(part) for part in parts] for end in (np.min, np.max))
    wave.fill_between(np.linspace(0, seconds, len(parts)), low, high, color=BLUE, linewidth=0.4)
    wave.set_ylabel("amplitude\n(of full scale)", fontsize=8)
    wave.set_ylim(-1, 1)
    ends = (0, seconds, 0, rate / 2000)
    spectrum.imshow(
        levels(signal),
        origin="lower",
        aspect="auto",
        cmap="magma",
        extent=ends,
        vmin=_FLOOR,
        vmax=0,
        interpolation="none",
    )
    spectrum.axhspan(0, deaf / 1000, facecolor=WHITE, alpha=0.3, linewidth=0)
    spectrum.axhspan(0, deaf / 1000, facecolor="none", hatch="///", edgecolor=WHITE, linewidth=0)
    spectrum.axhline(deaf / 1000, color=WHITE, linewidth=1.2)
    note = f"hatched: below {deaf / 1000:.1f} kHz, not heard as written, 10 ms"
    spectrum.set_title(note, fontsize=8, loc="left")
    spectrum.set_xlabel("time (s)", fontsize=8)
    spectrum.set_ylabel("frequency (kHz)", fontsize=8)
    for axes in (wave, spectrum):
        axes.tick_params(labelsize=8)
    return figure


def levels(signal: np.ndarray) -> np.ndarray:
    """Compute a spectrogram in dB below the loudest, (bins, frames), in few steps so that its picture is small."""
    power = np.abs(np.fft.rfft(windows_of(signal.astype(np.float64), _WINDOW, _HOP) * np.hanning(_WINDOW), axis=1))
    power = power[:, :-1].reshape(len(power), -1, _BINS).max(axis=2)
    level = 20 * np.log10(np.maximum(power / max(power.max(), 1e-9), 10 ** (_FLOOR / 20)))
    rounded: np.ndarray = np.round(level.T / _STEP) * _STEP
    return rounded


def by_outcome(heard: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Group what was heard into right and wrong, for the page; empty if nothing was."""
    groups = {"Right": [one for one in heard if one["right"]], "Wrong": [one for one in heard if not one["right"]]}
    return list(groups.items()) if heard else []
