"""A process is known again by host, id and start."""

import subprocess
import sys

from pipeline.base.processes import lives, this_process


def test_this_process_lives() -> None:
    assert lives(this_process()) is True


def test_a_process_that_has_ended_does_not() -> None:
    words = "from pipeline.base.processes import this_process; print(this_process())"
    ended = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert lives(ended.stdout.strip()) is False


def test_an_id_that_was_given_again_is_another_process() -> None:
    host, pid, start = this_process().rsplit(":", 2)
    assert lives(f"{host}:{pid}:{float(start) - 60:.2f}") is False


def test_of_another_host_nothing_is_known() -> None:
    _, pid, start = this_process().rsplit(":", 2)
    assert lives(f"elsewhere:{pid}:{start}") is None
