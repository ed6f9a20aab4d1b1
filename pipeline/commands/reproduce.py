"""`make reproduce`: write the choice into params.yaml, then let DVC run every stage that is not up to date."""

import os
import subprocess
import sys

from pipeline.base.console import UserError, command, leave, plural, say
from pipeline.base.layout import REPORTS
from pipeline.commands.choice import asked, write_choice
from pipeline.params import PARAMS, Params, load

PAGE = REPORTS / "index.html"


def summary(params: Params) -> str:
    """Summarise what is about to run, in one line."""
    data = "on originals (or a mirror of them)" if params.run.originals else "sounds from the built-in sample"
    return f"{plural(len(params.chosen()), 'experiment')}, {plural(params.run.seeds, 'seed')}, {data}"


def repro(*targets: str) -> int:
    """Run `dvc repro` and return its exit status. After Ctrl-C, wait until its stage has ended."""
    process = subprocess.Popen([sys.executable, "-m", "dvc", "repro", *targets])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the stage and DVC receive the signal too, and end on their own


@command("reproduce")
def main() -> None:
    """Reproduce what ALL, ORIGINALS, SWEEP and SEEDS ask for, or else what params.yaml says."""
    load()
    for change in write_choice(PARAMS, asked(os.environ)):
        say(f"reproduce: {change}")
    say(f"reproduce: {summary(load())}")
    status = repro()
    if status:
        leave("reproduce", "not finished; see the message above, then `make reproduce` continues from there", status)
    if not PAGE.is_file():
        raise UserError(f"{PAGE} is missing; run `dvc repro -f -s report`")
    say(f"reproduce: done; open {PAGE}")


if __name__ == "__main__":
    main()
