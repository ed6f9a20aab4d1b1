"""A mirror is taken as it is, clip by clip; what it lacks is named."""

import tarfile
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.sources import mirror
from pipeline.sources.sounds.clips import Clip
from pipeline.sources.sounds.inspection import Job, take
from pipeline.sources.sounds.metadata import Row
from pipeline.sources.untar import extract

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "mirror"


def test_no_mirror_is_named(monkeypatch):
    monkeypatch.setenv(mirror.VARIABLE, " ")
    assert mirror.folder() is None
    monkeypatch.setenv(mirror.VARIABLE, "/somewhere")
    assert mirror.folder() == Path("/somewhere")


def test_a_mirror_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*nowhere\.\n"):
        mirror.find(tmp_path / "nowhere")


def test_a_mirror_without_metadata_or_audio(tmp_path):
    with pytest.raises(UserError, match=r"there is no file .*UrbanSound8K\.csv"):
        mirror.find(tmp_path)
    (tmp_path / "UrbanSound8K" / "metadata").mkdir(parents=True)
    (tmp_path / "UrbanSound8K" / "metadata" / "UrbanSound8K.csv").touch()
    with pytest.raises(UserError, match=r"there is no folder .*audio"):
        mirror.find(tmp_path)
    (tmp_path / "UrbanSound8K" / "audio").mkdir()
    assert mirror.find(tmp_path) == tmp_path / "UrbanSound8K"


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there: no real clips to try")
def test_none_of_the_real_clips_is_rejected(tmp_path):
    with tarfile.open(REAL / "urbansound8k" / "original-wav-sample.tar.xz") as archive:
        for member in archive:
            extract(archive, member, tmp_path / "in")
    paths = sorted((tmp_path / "in").rglob("*.wav"))
    results = [take(Job(Row(path.name, 1, 0, 0), path, tmp_path / path.name)) for path in paths]
    assert len(results) == 45
    assert [result for result in results if not isinstance(result, Clip)] == []
    assert {"PCM_U8", "PCM_16", "PCM_24", "FLOAT", "MS_ADPCM"} == {result.subtype for result in results}
