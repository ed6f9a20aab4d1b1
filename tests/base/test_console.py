"""The door: one message, a status other than 0, no traceback."""

import errno

import pytest

from pipeline.base.console import UserError, command, track


@pytest.mark.parametrize(
    ("error", "words", "status"),
    [
        (UserError("params.yaml: run.seeds: 0"), "train: params.yaml: run.seeds: 0", 1),
        (OSError(errno.ENOSPC, "no space", "data/x"), "the disk is full while writing data/x", 1),
        (FileNotFoundError(errno.ENOENT, "no", "data/raw/clips.csv"), "train: data/raw/clips.csv is not there", 1),
        (KeyboardInterrupt(), "`make reproduce` goes on", 130),
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
