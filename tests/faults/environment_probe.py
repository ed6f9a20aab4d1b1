"""Trains two small runs and prints what came of them: `python -m tests.faults.environment_probe FOLDER`."""

import json
import os
import sys
from pathlib import Path

from pipeline.base.console import command
from pipeline.commands import choice  # noqa: F401  a command: the environment is settled first
from pipeline.networks.runtime import check_environment
from pipeline.running.devices import Slot
from pipeline.running.plan import plan
from pipeline.running.pool import Pool
from tests.conftest import strings_params
from tests.made_runs import make_windows


def main(folder: Path) -> dict[str, str]:
    """Make windows and train one seed of each network. Returns the sha256 of the weights by run key."""
    check_environment()
    params = strings_params(seeds=1)
    make_windows(params, "automata", folder / "windows")
    pool = Pool([Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"})], folder / "windows", folder / "unfinished")
    events = {run.key: event for run, event in pool.run(plan(params, folder / "windows"))}
    pool.close()
    return {key: event.row["weights_sha256"] for key, event in events.items()}  # type: ignore[union-attr]


@command("probe")
def run() -> None:
    """Train, and print what came of it."""
    print(json.dumps(main(Path(sys.argv[1]))))  # noqa: T201


if __name__ == "__main__":
    os.umask(int(os.environ.get("PROBE_UMASK", "022"), 8))
    run()
