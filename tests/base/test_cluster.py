"""Work on a Dask cluster, with a real scheduler and real workers: the same bytes, also when a worker is killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, closing
from functools import partial
from itertools import count
from pathlib import Path

import dask
import numpy as np
import pandas as pd
import pytest
import soundfile
from distributed import Client
from distributed.comm import CommClosedError
from threadpoolctl import threadpool_limits

from pipeline.base import cluster
from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.base.parallel import ordered
from pipeline.base.seal import seal
from pipeline.sources.sounds import collection
from pipeline.sources.sounds.collection import Origin, collect
from pipeline.spec.sounds import Sounds, View
from pipeline.stages import spectra
from pipeline.stages.spectra import make_view
from tests.cluster_work import bands_or_never, end_the_process, fail_at_three, product, square, wait_at_one
from tests.dask_cluster import ROOT, Cluster
from tests.stages.test_download import write_mirror

SOUNDS = Sounds(views={})
VIEW = View(hop_ms=10, window_ms=100, protocol="corrected")
CLIPS = 40
PROGRAM = """
from pipeline.base.parallel import ordered
from tests.cluster_work import square

def read(results):
    for _ in results:
        raise RuntimeError("the reader broke off")

if __name__ == "__main__":
    read(ordered(square, range(200)))  # Python keeps what nobody caught: the error holds `read`, and that the results
"""


Start = Callable[..., Cluster]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers for the tests that harm none of them."""
    with closing(Cluster(tmp_path_factory.mktemp("shared"), 2)) as made:
        made.wait_for(2)
        yield made


@pytest.fixture
def two(shared: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Let the environment name the shared cluster."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", shared.address)
    return shared


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a cluster of this test alone that the environment names."""
    with ExitStack() as stack:

        def run(workers: int, **environment: str) -> Cluster:
            made = stack.enter_context(closing(Cluster(tmp_path, workers, **environment)))
            monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", made.address)
            return made

        yield run


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Small clips of different lengths, half of them at another rate."""
    random = np.random.default_rng(0)
    folder = tmp_path / "raw/audio/fold1"
    folder.mkdir(parents=True)
    rows = []
    for n in range(CLIPS):
        rate = (44100, 22050)[n % 2]
        samples = random.integers(-9999, 9999, (rate // 5 + 997 * n, 2)).astype(np.int16)
        soundfile.write(folder / f"{n}.wav", samples, rate, subtype="PCM_16")
        rows.append((f"{n}.wav", 1, rate, "PCM_16", 2, len(samples)))
    columns = ["name", "fold", "rate", "subtype", "channels", "frames"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "raw/clips.csv", index=False)
    write_json(tmp_path / "raw/card.json", {"data": "noise"})
    seal(tmp_path / "raw")
    return tmp_path / "raw"


@pytest.fixture
def here(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What this process makes of the clips, without Dask."""
    with monkeypatch.context() as context:
        context.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
        context.setattr("pipeline.base.parallel.cores", lambda: 1)
        make_view("v", VIEW, SOUNDS, raw, tmp_path / "here")
    return tmp_path / "here"


def expect_equal(one: Path, other: Path) -> None:
    assert len(pd.read_csv(one / "clips.csv")) == CLIPS
    for name in ("frames.npy", "clips.csv", "rejected.csv", "card.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_spectra_are_the_same_bytes_on_a_cluster(two: Cluster, here: Path, raw: Path, tmp_path: Path) -> None:
    before = two.executed()
    make_view("v", VIEW, SOUNDS, raw, tmp_path / "there")
    expect_equal(tmp_path / "there", here)
    done = [after - then for then, after in zip(before, two.executed(), strict=True)]
    assert sum(done) == 3 and len(done) == 2 and all(done)  # batches of 16


def test_a_worker_killed_in_the_middle_of_a_clip_changes_nothing(
    start: Start, here: Path, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = start(1, DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING="False")  # so that the victim keeps its share
    monkeypatch.setattr(cluster, "_BATCH", 4)
    said = tmp_path / "said"
    os.mkfifo(said)
    victim = at.add_worker(VICTIM=str(said))
    at.wait_for(2)
    reached: list[str] = []

    def kill() -> None:
        reached.append(said.read_text())  # waits until the victim is there
        victim.kill()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    monkeypatch.setattr(spectra, "bands_of", bands_or_never)
    make_view("v", VIEW, SOUNDS, raw, tmp_path / "there")
    killer.join(timeout=20)
    assert len(reached) == 1 and victim.wait(timeout=20) == -signal.SIGKILL
    expect_equal(tmp_path / "there", here)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_matrix_product_has_the_bits_that_it_has_here(two: Cluster, threads: int) -> None:
    with threadpool_limits(threads, user_api="blas"):
        assert list(ordered(product, range(4))) == [product(seed) for seed in range(4)]


def test_results_come_in_order_and_few_items_are_taken_ahead(two: Cluster) -> None:
    taken = []

    def items() -> Iterator[int]:
        for n in range(200):
            taken.append(n)
            yield n

    results = ordered(square, items())
    assert next(results) == 0
    assert len(taken) == 64
    assert list(results) == [n * n for n in range(1, 200)]


def test_what_has_not_begun_is_dropped_when_the_reader_leaves(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_BATCH", 1)
    monkeypatch.setattr(cluster, "_AHEAD", 4)
    at = start(1)
    at.wait_for(1)  # what was sent before has no order
    folder = tmp_path / "marks"
    folder.mkdir()
    os.mkfifo(folder / "gate")
    results = ordered(partial(wait_at_one, folder), range(9))
    next(results)
    with (folder / "gate").open("w"), Client(at.address, set_as_default=False) as client:  # item 1 has begun
        results.close()  # type: ignore[attr-defined]
        for _ in range(1000):
            held = client.run(lambda dask_worker: len(dask_worker.state.tasks))
            if set(held.values()) == {1}:
                break
    assert list(ordered(square, [2])) == [4]
    assert {path.name for path in folder.iterdir()} == {"gate", "0", "1"}


def test_what_goes_wrong_with_an_item_is_said_in_few_words(
    two: Cluster, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"^clip 3 is bad$"):
        list(ordered(fail_at_three, range(6)))

    (raw / "audio/fold1/7.wav").unlink()
    with pytest.raises(UserError, match=r"fold1/7\.wav: a Dask worker on .* \(No such file or directory\)") as missing:
        make_view("v", VIEW, SOUNDS, raw, tmp_path / "there")
    assert f" in {two.folder} " in str(missing.value) and len(str(missing.value).splitlines()) == 2
    assert not (tmp_path / "there").exists()

    (raw / "audio/fold1/7.wav").write_bytes(b"no sound")
    seal(raw)
    with pytest.raises(UserError, match=r"fold1/7\.wav: a Dask worker on .* \(Error opening .*[fF]ormat"):
        make_view("v", VIEW, SOUNDS, raw, tmp_path / "there")

    (tmp_path / "only_here.py").write_text("def same(n):\n    return n\n")
    monkeypatch.syspath_prepend(tmp_path)
    from only_here import same  # type: ignore[import-not-found]

    with pytest.raises(UserError, match=r"cannot import what it needs \(No module named 'only_here'\);\nstart each"):
        list(ordered(same, range(3)))


def test_what_befalls_a_cluster_is_said(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    at = start(1, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    with pytest.raises(UserError, match=r"^1 workers of the Dask cluster died while processing 7 to 8"):
        list(ordered(end_the_process, [7, 8]))

    with monkeypatch.context() as context:
        context.setattr(cluster, "_PATIENCE", 0.1)
        with pytest.raises(
            UserError, match=r"the scheduler has no worker;\nstart some .* or unset DASK_SCHEDULER_ADDR"
        ):
            list(ordered(square, range(3)))

    at.add_worker()
    with dask.config.set({"distributed.comm.timeouts.connect": "5s"}):  # so long it looks for a lost scheduler
        results = ordered(square, range(200))
        assert next(results) == 0
        at.scheduler.kill()
        with pytest.raises(UserError, match=f"={at.address}: the connection to the scheduler was lost;\ncheck that it"):
            list(results)
    with pytest.raises(UserError, match=f"={at.address}: no Dask scheduler answers .*;\nstart one .* or unset"):
        list(ordered(square, range(3)))


@pytest.mark.parametrize("error", [CancelledError(), CommClosedError("in <TCP>"), ConnectionResetError()])
def test_a_lost_connection_is_said_however_it_shows(error: Exception) -> None:
    lost = pytest.raises(UserError, match="the connection to the scheduler was lost")
    with lost, cluster.said_plainly("tcp://a:1", [0]):
        raise error


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("tcp://127.0.0.1:1", "refused"),
        ("127.0.0.1:1", "refused"),
        ("http://127.0.0.1:1", "unknown address scheme"),
        ("somewhere", "missing port"),
    ],
)
def test_a_scheduler_that_does_not_answer_is_said(address: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    with pytest.raises(
        UserError, match=f"^DASK_SCHEDULER_ADDRESS={address}: no Dask scheduler answers .*{why}"
    ) as said:
        list(ordered(square, range(3)))
    assert len(str(said.value).splitlines()) == 2


def test_a_missing_certificate_is_said(two: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", two.address.replace("tcp:", "tls:"))
    with pytest.raises(UserError, match=r"no Dask scheduler answers \(Dask's configuration names no certificate"):
        list(ordered(square, range(3)))


def test_a_missing_dask_is_said_with_the_way_to_bring_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match="Dask is not installed; run `make clean setup`, or unset DASK_SCHED"):
        list(ordered(square, range(3)))


def test_dask_itself_reads_the_variable() -> None:
    found = dask.config.collect_env({"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:1"})
    assert dask.config.get("scheduler-address", config=found) == "tcp://127.0.0.1:1"


def test_work_that_names_its_workers_stays_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "nowhere")
    assert list(ordered(square, range(4), workers=1)) == [0, 1, 4, 9]
    monkeypatch.setattr(collection, "FEW", 0)
    (tmp_path / "out").mkdir()
    root = write_mirror(tmp_path / "mirror") / "UrbanSound8K"
    assert collect(Origin("mirror", root, ours=False), tmp_path / "out")["clips"]


def test_a_reader_that_breaks_off_leaves_no_client_behind(two: Cluster, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stderr.endswith("RuntimeError: the reader broke off\n")


class Slow:
    """A client and a future at once, whose first waiting is in vain."""

    def __init__(self, workers: int) -> None:
        self._workers, self._waits = workers, count()

    def result(self, timeout: float) -> list[str]:
        if next(self._waits) == 0:
            raise TimeoutError
        return ["done"]

    def scheduler_info(self, **_: int) -> dict[str, int]:
        return {"n_workers": self._workers}


def test_slow_work_is_waited_for_as_long_as_there_is_a_worker() -> None:
    slow, alone = Slow(1), Slow(0)
    assert cluster.results_of(slow, "tcp://a:1", [0], slow) == ["done"]  # type: ignore[arg-type]
    with pytest.raises(UserError, match="DASK_SCHEDULER_ADDRESS=tcp://a:1: the scheduler has no worker"):
        cluster.results_of(alone, "tcp://a:1", [0], alone)  # type: ignore[arg-type]
