"""Five hundred trainings in one worker: memory and open files stay where they were after the first hundred."""

from pathlib import Path

import psutil
import pytest

from pipeline.params import parse
from pipeline.running.devices import Slot
from pipeline.running.events import Finished
from pipeline.running.plan import plan
from pipeline.running.pool import Pool
from tests.made_runs import make_windows

RUNS, SETTLED = 500, 100
ENTRY = {"document": "000", "variant": "lstm", "units": 4, "epochs": 2, "samples": 20, "test": 10, "validation": 10}


@pytest.mark.services
def test_memory_and_handles_do_not_grow(tmp_path: Path) -> None:
    run = {"seeds": RUNS, "experiments": ["am"]}
    params = parse({"run": run, "sounds": {"views": {}}, "experiments": {"automata": {"am": ENTRY}}})
    make_windows(params, "automata", tmp_path / "windows")
    pool = Pool([Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"})], tmp_path / "windows", tmp_path / "unfinished")
    worker = psutil.Process(pool._workers[0].process.pid)
    memory, handles = [], []
    for _, event in pool.run(plan(params, tmp_path / "windows")):
        if isinstance(event, Finished):
            memory.append(worker.memory_info().rss)
            handles.append(worker.num_fds())
    pool.close()
    assert len(memory) == RUNS and handles[-1] == handles[SETTLED]
    assert memory[-1] <= 1.05 * memory[SETTLED], (memory[SETTLED], memory[-1])
