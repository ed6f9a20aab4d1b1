"""The door: one message, a status other than 0, no traceback."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from pipeline.base.console import UserError, command, plural, track


@pytest.mark.parametrize(
    ("error", "words", "status"),
    [
        (UserError("params.yaml: run.seeds: 0"), "train: params.yaml: run.seeds: 0", 1),
        (OSError(errno.ENOSPC, "no space", "data/x"), "the disk is full while writing data/x", 1),
        (FileNotFoundError(errno.ENOENT, "no", "data/raw/clips.csv"), "train: data/raw/clips.csv does not exist", 1),
        (KeyboardInterrupt(), "`make reproduce` resumes", 130),
    ],
)
def test_what_the_user_can_mend_is_one_message(
    error: BaseException, words: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        command("train")(main)()
    assert caught.value.code == status
    text = capsys.readouterr().err
    assert words in text and text.count("\n") == 1


def test_a_fault_of_the_program_is_not_hidden() -> None:
    def main() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command("train")(main)()


def test_track_speaks_at_every_quarter_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(8), "clips", 8)) == list(range(8))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["clips: 2 of 8", "clips: 4 of 8", "clips: 6 of 8", "clips: 8 of 8"]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "work as its owner, or in a checkout of your own"),
        (errno.EROFS, "make it writable"),
        (errno.EMFILE, "allow more open files (`ulimit -n 1024`)"),
        (errno.ENOTDIR, "make it possible"),
    ],
)
def test_whatever_the_system_refuses_is_one_line(number: int, remedy: str, capsys: pytest.CaptureFixture[str]) -> None:
    @command("train")
    def main() -> None:
        raise OSError(number, os.strerror(number), "data/x")

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"train: data/x: {os.strerror(number)}; {remedy}, and run the command again\n"


SPEAK = "from pipeline.base.console import say; [say('us_lstm · 한글 ' + 'x' * 100) for _ in range(3000)]; "
SPEAK += "import sys; sys.stderr.write('to the end')"


def test_output_without_the_letters_is_still_readable() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    words = [sys.executable, "-c", SPEAK]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("us_lstm ? ?? x") and done.stderr == "to the end"


def test_a_reader_that_is_gone_stops_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", SPEAK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == "to the end" and process.wait() == 0
    process.stderr.close()


def test_a_count_agrees_with_its_noun() -> None:
    assert [plural(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
    assert plural(2, "run directory", "run directories") == "2 run directories"


CLOSING = """
import atexit, signal
from pipeline.base.console import command

@command("closing")
def main():
    atexit.register(lambda: (print("closes", flush=True), signal.pause()))

main()
"""


def test_a_program_that_is_closing_is_interrupted_without_a_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CLOSING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "closes\n"
    process.send_signal(signal.SIGINT)
    _, noise = process.communicate(timeout=30)
    assert process.returncode != 0 and noise == ""
