"""`make reproduce`: write the choice into params.yaml, then let DVC run every stage that is not up to date."""

import os
import subprocess
import sys
import time
from pathlib import Path

from pipeline.base.console import UserError, command, leave, plural, say
from pipeline.base.layout import REPORTS, require_plain
from pipeline.base.locks import hold
from pipeline.base.processes import at_work
from pipeline.commands.champions import register_champions
from pipeline.commands.choice import asked, write_choice
from pipeline.commands.dvc_status import dvc_at_work
from pipeline.commands.verdicts import tag_verdicts
from pipeline.commands.verify import repair_data
from pipeline.params import PARAMS, Params, load

PAGE = REPORTS / "index.html"
STAGES = tuple(f"pipeline.stages.{name}" for name in ("download", "originals", "spectra", "windows", "train"))
INTERRUPTED = 130


def summary(params: Params) -> str:
    """Summarise what is about to run, in one line."""
    data = "on originals (or a mirror of them)" if params.run.originals else "sounds from the built-in sample"
    return f"{plural(len(params.chosen()), 'experiment')}, {plural(params.run.seeds, 'seed')}, {data}"


def repro(*targets: str) -> int:
    """Run `dvc repro` and return its exit status. After Ctrl-C, wait until its stage has ended; then it is 130."""
    process = subprocess.Popen([sys.executable, "-m", "dvc", "repro", *targets])
    interrupted = False
    while True:
        try:
            status = process.wait()
            return INTERRUPTED if interrupted and status else status
        except KeyboardInterrupt:
            interrupted = True  # the stage and DVC receive the signal too, and end on their own


def wait_for_stages() -> None:
    """Wait for stages that still run in this checkout: those of a DVC that was killed, or of one run by hand."""
    said: set[int] = set()
    while found := at_work(Path.cwd(), STAGES):
        for pid in found.keys() - said:
            say(f"reproduce: {found[pid]} is at work in this checkout; this one waits")
        said |= found.keys()
        time.sleep(1)


def run_stages() -> int:
    """Let DVC run the stages. If one fails over damaged files, remove these and run them once more.

    While another DVC is at work, which may be why this one failed, what it is writing would look damaged.
    """
    status = repro()
    if status in (0, INTERRUPTED):
        return status
    if dvc_at_work():
        say("reproduce: another DVC is running in this checkout, so damage is not looked for")
        return status
    damaged = repair_data()
    for line in damaged:
        say(f"reproduce: {line}; removed, and made again")
    return repro() if damaged else status


@command("reproduce")
def main() -> None:
    """Reproduce what ALL, ORIGINALS, SWEEP and SEEDS ask for, or else what params.yaml says."""
    load()
    require_plain(Path.cwd())
    with hold("make reproduce"):
        wait_for_stages()
        for change in write_choice(PARAMS, asked(os.environ)):
            say(f"reproduce: {change}")
        say(f"reproduce: {summary(load())}")
        status = run_stages()
    if status:
        leave("reproduce", "not finished; see the message above, then `make reproduce` continues from there", status)
    if not PAGE.is_file():
        raise UserError(f"{PAGE} is missing; run `dvc repro -f -s report`")
    register_champions(load())
    tag_verdicts()
    say(f"reproduce: done; open {PAGE}")


if __name__ == "__main__":
    main()
