"""The stage download writes data/raw/sounds whole or not at all, and accounts for every clip."""

import csv
import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.base.console import UserError
from pipeline.sources.sounds import collection
from pipeline.sources.sounds.collection import Origin, collect
from pipeline.spec.run_options import RunOptions
from pipeline.spec.sounds import Sample
from pipeline.stages import download as stage
from tests.sources.sounds.test_originals import md5, published, server, sound  # noqa: F401  a fixture

HEAD = "slice_file_name,fsID,start,end,salience,fold,classID,class"
PARAMS = """
run: {experiments: [], seeds: 1, originals: %s}
sounds:
  sample: {folds: 2, recordings: 1, slices: 1, seconds: 1.0}
  views: {}
experiments: {}
"""


def write_clip(root: Path, fold: int, name: str, **how) -> Path:
    """Write 0.1 s of noise as a clip of a mirror."""
    path = root / "UrbanSound8K" / "audio" / f"fold{fold}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.random.default_rng(len(name)).uniform(-0.5, 0.5, 4410)
    soundfile.write(path, wave, 44100, subtype="PCM_16", **how)
    return path


def write_mirror(root: Path) -> Path:
    """Make a mirror: fold 1 whole, of fold 2 one clip usable, one missing, one truncated; and a stranger."""
    rows = ["1-3-0-0.wav,1,0.0,0.1,1,1,3,dog_bark", "2-8-0-0.wav,2,0.0,0.1,1,2,8,siren"]
    rows += ["3-8-0-0.wav,3,0.0,0.1,1,2,8,siren", "4-0-0-0.wav,4,0.0,0.1,1,2,0,air_conditioner"]
    write_clip(root, 1, "1-3-0-0.wav")
    write_clip(root, 2, "2-8-0-0.wav")
    cut = write_clip(root, 2, "4-0-0-0.wav")
    cut.write_bytes(cut.read_bytes()[:-10])
    write_clip(root, 5, "9-9-0-0.wav")
    (root / "UrbanSound8K" / "audio" / ".DS_Store").touch()
    (root / "UrbanSound8K" / "metadata").mkdir()
    (root / "UrbanSound8K" / "metadata" / "UrbanSound8K.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    return root


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a function that makes the working folder one of the project, on the originals or not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPRISE_MIRROR", raising=False)

    def make(originals: bool) -> Path:
        (tmp_path / "params.yaml").write_text(PARAMS % str(originals).lower())
        return tmp_path / "data" / "raw" / "sounds"

    return make


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a csv file."""
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_sample(place, capsys):
    out = place(originals=False)
    stage.main()
    line = "download: 20 clips from the sample, 0 missing, 0 unusable, folds 1 and 2 complete"
    assert capsys.readouterr().out.splitlines()[-1] == line
    card = json.loads((out / "card.json").read_text())
    assert (card["data"], card["source"], card["clips"], card["complete_folds"]) == ("sample", "sample", 20, [1, 2])
    assert card["classes"][:2] == ["air_conditioner", "car_horn"]
    assert sorted(path.name for path in out.iterdir()) == [
        "audio",
        "card.json",
        "clips.csv",
        "rejected.csv",
        "sha256.json",
    ]
    for row in table(out / "clips.csv"):
        path = out / "audio" / f"fold{row['fold']}" / row["name"]
        assert collection.CLASSES[int(row["class_id"])] == row["class"]
        assert soundfile.info(path).frames == int(row["frames"]) == 44100


def test_the_mirror(place, tmp_path, monkeypatch, capsys):
    out = place(originals=True)
    mirror = write_mirror(tmp_path / "mirror")
    before = {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    monkeypatch.setenv("REPRISE_MIRROR", str(mirror))
    stage.main()
    assert capsys.readouterr().out.splitlines()[-1] == (
        "download: 2 clips from the mirror, 1 missing, 2 unusable (data/raw/sounds/rejected.csv says why), "
        "fold 1 complete"
    )
    assert [tuple(row.values()) for row in table(out / "rejected.csv")] == [
        ("3-8-0-0.wav", "2", "missing"),
        ("4-0-0-0.wav", "2", "truncated: header promises 8864 bytes, file has 8854"),
        ("9-9-0-0.wav", "5", "no row in the metadata"),
    ]
    card = json.loads((out / "card.json").read_text())
    assert card["data"] == "part of UrbanSound8K" and (card["rows"], card["missing"], card["rejected"]) == (4, 1, 2)
    taken = {path.relative_to(out) for path in out.rglob("*.wav")}
    assert taken == {Path("audio/fold1/1-3-0-0.wav"), Path("audio/fold2/2-8-0-0.wav")}
    for path in taken:
        assert (out / path).read_bytes() == (mirror / "UrbanSound8K" / path).read_bytes()
    assert before == {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()}


def test_a_mirror_that_is_not_used_is_said(place, monkeypatch, capsys):
    place(originals=False)
    monkeypatch.setenv("REPRISE_MIRROR", "/nowhere")
    stage.main()
    said = "download: REPRISE_MIRROR is ignored: run.originals does not ask for sounds (ORIGINALS=1 does)"
    assert said in capsys.readouterr().out.splitlines()


def test_a_mirror_that_is_not_there(place, monkeypatch, capsys):
    out = place(originals=True)
    monkeypatch.setenv("REPRISE_MIRROR", "/nowhere")
    with pytest.raises(SystemExit, match="1"):
        stage.main()
    assert "REPRISE_MIRROR=/nowhere: there is no folder /nowhere" in capsys.readouterr().err
    assert not list(out.parent.iterdir())


def test_no_usable_clip(place, tmp_path, monkeypatch, capsys):
    place(originals=True)
    mirror = write_mirror(tmp_path / "mirror")
    shutil.rmtree(mirror / "UrbanSound8K" / "audio" / "fold1")
    (mirror / "UrbanSound8K" / "audio" / "fold2" / "2-8-0-0.wav").unlink()
    monkeypatch.setenv("REPRISE_MIRROR", str(mirror))
    with pytest.raises(SystemExit, match="1"):
        stage.main()
    assert "no usable clip of 4" in capsys.readouterr().err


def test_the_originals(place, tmp_path, server):  # noqa: F811
    out = place(originals=True)
    run, downloads = RunOptions(originals=True), tmp_path / "data" / "downloads"
    card = stage.download(run, Sample(), None, out, downloads, published(server))
    assert (card["source"], card["clips"], card["complete_folds"]) == ("originals", 1, [2])
    assert (out / "audio" / "fold2" / "100-3-0-0.wav").read_bytes() == sound()


def test_a_clip_of_another_checksum_is_rejected(tmp_path):
    mirror = write_mirror(tmp_path / "mirror")
    root = mirror / "UrbanSound8K"
    sums = {"1-3-0-0.wav": md5((root / "audio/fold1/1-3-0-0.wav").read_bytes()), "2-8-0-0.wav": "0" * 32}
    (tmp_path / "out").mkdir()
    card = collect(Origin("originals", root, ours=False, md5=sums), tmp_path / "out")
    reasons = {row["name"]: row["reason"] for row in table(tmp_path / "out" / "rejected.csv")}
    assert card["clips"] == 1
    assert reasons["2-8-0-0.wav"].startswith("checksum differs: expected md5 0000")
    assert reasons["4-0-0-0.wav"] == "not in soundata's index"


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "clip.wav"), 1, "the disk is full while writing clip.wav"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
@pytest.mark.parametrize("where", ["take", "write_clips", "write_json"])
def test_an_end_half_way_leaves_nothing(place, monkeypatch, capsys, error, status, said, where):
    out = place(originals=False)
    kept, calls = getattr(collection, where), []

    def breaks(*given):
        calls.append(given)
        if where != "take" or len(calls) == 7:
            raise error
        return kept(*given)

    with monkeypatch.context() as broken:
        broken.setattr(collection, where, breaks)
        with pytest.raises(SystemExit) as ended:
            stage.main()
    assert ended.value.code == status
    assert capsys.readouterr().err.startswith(f"download: {said}")
    assert not list(out.parent.iterdir())
    stage.main()
    assert json.loads((out / "card.json").read_text())["clips"] == 20


def test_a_failed_run_keeps_what_the_last_one_wrote(place, monkeypatch):
    out = place(originals=False)
    stage.main()
    before = (out / "clips.csv").read_bytes()
    monkeypatch.setattr(collection, "read", lambda path: (_ for _ in ()).throw(UserError("broken")))
    with pytest.raises(SystemExit):
        stage.main()
    assert (out / "clips.csv").read_bytes() == before
    assert len(list((out / "audio").rglob("*.wav"))) == 20


def test_all_cores_give_what_one_gives(tmp_path):
    root = write_mirror(tmp_path / "mirror") / "UrbanSound8K"
    for workers in (1, 2):
        (tmp_path / str(workers)).mkdir()
        collect(Origin("mirror", root, ours=False), tmp_path / str(workers), workers)
    for path in (tmp_path / "1").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes()


def test_the_processes_that_inspect_load_nothing_heavy():
    heavy = "{'pandas', 'pydantic', 'librosa', 'tensorflow', 'soundata', 'pooch', 'rich'}"
    program = f"import sys, pipeline.stages.download; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
