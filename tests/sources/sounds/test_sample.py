"""The built-in sample is laid out as UrbanSound8K is, and the same params give the same bytes."""

import csv
from collections import defaultdict

import numpy as np
import pytest
import soundfile

from pipeline.sources.sounds import sample
from pipeline.sources.sounds.metadata import CLASSES, COLUMNS, read
from pipeline.spec.sounds import Sample

SMALL = Sample(folds=2, recordings=2, slices=2, seconds=1.0)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return the folder of a small sample."""
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, SMALL)
    return folder


def test_every_row_has_its_file(root):
    rows = read(root / "metadata" / "UrbanSound8K.csv")
    files = {f"{path.parent.name}/{path.name}" for path in root.rglob("*.wav")}
    assert files == {f"fold{row.fold}/{row.name}" for row in rows}
    assert len(rows) == 2 * 10 * 2 * 2
    for row in rows:
        assert row.name.split("-")[:2] == [str(row.recording), str(row.class_id)]


def test_a_recording_is_in_one_fold_and_one_class(root):
    places = defaultdict(set)
    for row in read(root / "metadata" / "UrbanSound8K.csv"):
        places[row.recording].add((row.fold, row.class_id))
    assert len(places) == 2 * 10 * 2
    assert all(len(place) == 1 for place in places.values())


def test_the_columns_are_the_official_ones(root):
    with (root / "metadata" / "UrbanSound8K.csv").open(newline="") as stream:
        assert tuple(next(csv.reader(stream))) == COLUMNS


def test_the_sound_is_44100_hz_16_bit_and_audible(root):
    channels = set()
    for path in root.rglob("*.wav"):
        wave, rate = soundfile.read(path, dtype="int16", always_2d=True)
        assert (rate, soundfile.info(path).subtype, len(wave)) == (44100, "PCM_16", 44100)
        assert 0.15 * sample.PEAK < np.abs(wave.astype(int)).max() <= sample.PEAK
        channels.add(wave.shape[1])
    assert channels == {1, 2}


def test_the_same_params_give_the_same_bytes(root, tmp_path):
    sample.write(tmp_path, SMALL)
    for path in sorted(root.rglob("*.*")):
        assert path.read_bytes() == (tmp_path / path.relative_to(root)).read_bytes()


def test_no_two_clips_are_the_same(root):
    assert len({path.read_bytes() for path in root.rglob("*.wav")}) == 80


def features(one):
    """Return the mean log spectrum of a clip in 40 bands."""
    wave = sample.synthesise(one, 44100)
    wave = wave[:, 0] if wave.ndim == 2 else wave
    bands = np.abs(np.fft.rfft(wave.reshape(-1, 441)))[:, :200].reshape(-1, 40, 5).mean(2)
    level = np.log(bands + 1).mean(0)
    return level - level.mean()


def test_classes_can_be_told_apart_over_folds_but_not_at_once():
    """The nearest class of the first fold names a class of the second: well above chance, well below perfect."""
    slices = sample.plan(Sample(folds=2, recordings=5, slices=1, seconds=1.0))
    seen = np.array([features(one) for one in slices])
    fold, class_id = np.array([(one.fold, one.class_id) for one in slices]).T
    centres = np.array([seen[(fold == 1) & (class_id == c)].mean(0) for c in range(len(CLASSES))])
    nearest = ((seen[fold == 2][:, None] - centres) ** 2).sum(2).argmin(1)
    assert 0.2 < (nearest == class_id[fold == 2]).mean() < 0.9
