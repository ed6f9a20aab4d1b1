"""Stage `spectra`: FFT or mel bands of every clip, in one directory of data/spectra per view.

A directory holds frames.npy (all frames of all clips, (frames, bands) float32), clips.csv (the clips of the download
with `start` and `timesteps` in frames.npy), rejected.csv (name and reason) and the card of the download.
"""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from pipeline.base.console import UserError, plural, say, track
from pipeline.base.layout import RAW, SPECTRA
from pipeline.base.parallel import ordered
from pipeline.base.seal import sealed_directory, verified
from pipeline.features.mel import log_mel
from pipeline.features.signals import (
    AS_WRITTEN_RATE,
    admits_as_written,
    as_written_bands,
    corrected_bands,
    count_frames,
    read_channel_0,
    read_mono,
    resampled_length,
    samples_of,
)
from pipeline.spec.sections import load_sounds
from pipeline.spec.sounds import Sounds, View
from pipeline.stages.snapshot import stage


def rate_of(view: View, sounds: Sounds) -> int:
    """Compute the rate in Hz at which a clip is read. Read at half of its view's rate, it plays twice as fast."""
    return AS_WRITTEN_RATE if view.protocol == "as_written" else round(sounds.rate / view.speed)


def bands_of(view: View, sounds: Sounds, path: Path) -> np.ndarray:
    """Compute the bands of one clip of data/raw/sounds, (timesteps, bands) float32.

    Raises DamagedError if the clip is not what was downloaded.
    """
    return bands_of_file(view, sounds, verified(path, path.parents[2]))


def bands_of_file(view: View, sounds: Sounds, path: Path) -> np.ndarray:
    """Compute the bands of a sound file."""
    as_written = view.protocol == "as_written"
    rate = AS_WRITTEN_RATE if as_written else sounds.rate
    signal = read_channel_0(path) if as_written else read_mono(path, rate_of(view, sounds))
    n_fft, hop_length = samples_of(view.window_ms, rate), samples_of(view.hop_ms, rate)
    if view.mel:
        return log_mel(signal, rate, n_fft, hop_length, view.mel)
    bands = as_written_bands if as_written else corrected_bands
    return bands(signal, n_fft, hop_length, sounds.bands).astype(np.float32, copy=False)


def timesteps_of(view: View, sounds: Sounds, frames: int, rate: int) -> int:
    """Compute how many timesteps a clip has in a view. `frames` and `rate` are those of the file."""
    target = AS_WRITTEN_RATE if view.protocol == "as_written" else sounds.rate
    length = resampled_length(frames, rate, rate_of(view, sounds))
    return count_frames(length, samples_of(view.window_ms, target), samples_of(view.hop_ms, target))


def paths_of(raw: Path, clips: pd.DataFrame) -> list[Path]:
    """List the path of each clip in the output of the download."""
    return [raw / "audio" / f"fold{fold}" / name for fold, name in zip(clips["fold"], clips["name"], strict=True)]


def _admit(view: View, clips: pd.DataFrame, raw: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the clips into those that the view takes, and name and reason of the others."""
    if view.protocol == "corrected":
        return clips, pd.DataFrame(columns=["name", "reason"])
    columns = zip(*(clips[name] for name in ("subtype", "rate", "channels", "frames")), strict=True)
    containers = (soundfile.info(path).format for path in paths_of(raw, clips))
    reasons = [admits_as_written(container, *clip) for container, clip in zip(containers, columns, strict=True)]
    taken = np.array([not reason for reason in reasons], bool)
    rejected = clips.loc[~taken, ["name"]].assign(reason=[reason for reason in reasons if reason])
    return clips[taken], rejected


def _place(view: View, sounds: Sounds, clips: pd.DataFrame) -> pd.DataFrame:
    """Add the columns `start` and `timesteps` to the clips."""
    timesteps = [timesteps_of(view, sounds, f, r) for f, r in zip(clips["frames"], clips["rate"], strict=True)]
    ends = np.cumsum(timesteps, dtype=np.int64)
    return clips.assign(start=ends - timesteps, timesteps=timesteps)


def write_frames(path: Path, frames: Iterator[np.ndarray], total: int, bands: int) -> None:
    """Write frames.npy clip by clip, so that only a few clips are in memory at a time."""
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (total, bands)})
        for clip in frames:
            stream.write(np.ascontiguousarray(clip).data)


def make_view(name: str, view: View, sounds: Sounds, raw: Path, out: Path) -> str:
    """Write the directory of one view, whole or not at all, and return a line that says what it holds."""
    clips, rejected = _admit(view, pd.read_csv(verified(raw / "clips.csv")), raw)
    if clips.empty:
        raise UserError(f"view {name}: no clip of {raw / 'clips.csv'} fits the protocol {view.protocol}")
    clips = _place(view, sounds, clips)
    total = int(clips["timesteps"].sum())
    paths = paths_of(raw, clips)
    with sealed_directory(out) as beside:
        results = track(ordered(partial(bands_of, view, sounds), paths), f"spectra {name}", len(paths))
        write_frames(beside / "frames.npy", results, total, sounds.bands_of(view))
        clips.to_csv(beside / "clips.csv", index=False)
        rejected.to_csv(beside / "rejected.csv", index=False)
        shutil.copyfile(verified(raw / "card.json"), beside / "card.json")
    held = f"{plural(len(clips), 'clip')}, {plural(total, 'timestep')}"
    return f"spectra: {name}: {held}; {len(rejected)} rejected by protocol {view.protocol}"


@stage("spectra")
def main() -> None:
    """Make every view of params.yaml."""
    sounds = load_sounds()
    for name, view in sounds.views.items():
        say(make_view(name, view, sounds, RAW / "sounds", SPECTRA / name))


if __name__ == "__main__":
    main()
