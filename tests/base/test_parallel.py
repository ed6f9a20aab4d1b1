"""Work over the cores: in order, few results ahead of the reader, a dead worker is an error."""

import hashlib
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import UserError, say
from pipeline.base.parallel import ordered

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from tests.base import test_parallel
from pipeline.base.console import command, say, track
from pipeline.base.parallel import ordered

@command("program")
def main():
    say("begun")
    for number, _ in enumerate(track(ordered(getattr(test_parallel, sys.argv[1]), range(400), workers=2), "work", 400)):
        if number == 119 and "leave" in sys.argv:
            raise KeyboardInterrupt

if __name__ == "__main__":
    main()
"""


def quick_then_endless(number: int) -> str:
    """Be quick with the first 120, and need hours for the rest."""
    if number == 120:
        say("endless")
    return hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 5 if number < 120 else 10**9).hex()


def half_a_result(number: int) -> str:
    """Send half of the result, and never the rest."""

    def send(pipe: Any, content: bytes) -> None:
        os.write(pipe.fileno(), content[: len(content) // 2])
        say("half")
        signal.pause()

    Connection._send = send  # type: ignore[attr-defined]
    return "a result"


def square(n: int) -> int:
    return n * n


def fail_at_three(n: int) -> int:
    if n == 3:
        raise UserError("clip 3 is bad")
    return n


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_results_come_in_order() -> None:
    assert list(ordered(square, range(20), workers=2)) == [n * n for n in range(20)]


def test_few_items_are_taken_ahead_of_the_reader() -> None:
    taken = []

    def items() -> object:
        for n in range(100):
            taken.append(n)
            yield n

    results = ordered(square, items(), workers=2)  # type: ignore[arg-type]
    assert next(results) == 0
    assert len(taken) == 8
    results.close()  # type: ignore[attr-defined]


def test_an_error_of_an_item_reaches_the_caller() -> None:
    with pytest.raises(UserError, match="clip 3 is bad"):
        list(ordered(fail_at_three, range(6), workers=2))


def test_a_killed_worker_is_said_in_one_line() -> None:
    with pytest.raises(UserError, match="was killed"):
        list(ordered(die, range(2), workers=2))


def test_one_worker_is_this_process() -> None:
    assert list(ordered(lambda n: n + 1, range(3), workers=1)) == [1, 2, 3]


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    (folder / "program.py").write_text(PROGRAM)
    return subprocess.Popen(
        [sys.executable, str(folder / "program.py"), *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def expect_one_message(process: "subprocess.Popen[str]") -> None:
    try:
        _, noise = process.communicate(timeout=20)  # every process of the group holds these pipes
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 130
    assert noise.startswith("program: interrupted") and len(noise.splitlines()) == 1


@pytest.mark.parametrize(
    ("work", "line"),
    [
        ("quick_then_endless", "begun"),
        ("quick_then_endless", "work: 100 of 400"),
        ("quick_then_endless", "endless"),
        ("half_a_result", "half"),
    ],
)
def test_an_interrupt_ends_all_processes_with_one_message(tmp_path: Path, work: str, line: str) -> None:
    process = start(tmp_path, work)
    assert process.stdout
    while process.stdout.readline().strip() != line:
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    expect_one_message(process)


def test_a_reader_that_leaves_ends_all_processes_too(tmp_path: Path) -> None:
    expect_one_message(start(tmp_path, "quick_then_endless", "leave"))
