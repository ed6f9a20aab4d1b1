"""`make ask`: an answer in lines, a picture beside the reports, and one message for whatever cannot be asked."""

from pathlib import Path

import pytest

from pipeline.asking.question import Answer
from pipeline.asking.readers import READERS
from pipeline.base.console import UserError
from pipeline.commands import ask
from pipeline.params import Params
from pipeline.tracking.tracker import Tracker
from tests.conftest import strings_params

Checkout = tuple[Tracker, Params]


def test_the_answer_is_printed_and_drawn(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    ask.answer_one(checkout[1], "am_a", "a+b*(c")
    said = capsys.readouterr().out
    assert "answers" in said and "%  valid" in said and "%  invalid" in said
    assert "the grammar: invalid" in said and "reports/ask/am_a.svg shows" in said
    picture = Path("reports/ask/am_a.svg").read_text(encoding="utf-8")
    assert "lstm: forget gate" in picture and "the answer if it ended here" in picture


def test_without_an_input_an_example_is_asked(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    ask.answer_one(checkout[1], "am_a", "")
    assert "ask: no INPUT, so an example: a+b*(c" in capsys.readouterr().out


def test_a_wrong_input_is_one_message_with_an_example(checkout: Checkout) -> None:
    with pytest.raises(UserError, match=r"INPUT: 'B' is not a symbol.*\n.*EXPERIMENT=am_a INPUT='a\+b\*\(c'"):
        ask.answer_one(checkout[1], "am_a", "a+B")
    assert not Path("reports").exists()


def test_a_file_is_read_where_inputs_are_files(tmp_path: Path) -> None:
    (tmp_path / "pixels").write_text("1 2 3")
    assert ask.taken(READERS["digits"], str(tmp_path / "pixels")) == "1 2 3"
    assert ask.taken(READERS["automata"], str(tmp_path / "pixels")) == str(tmp_path / "pixels")
    for name in ("1 2 3", "x" * 5000, "a\0b", str(tmp_path)):
        assert ask.taken(READERS["digits"], name) == name


def test_the_most_probable_classes_come_first() -> None:
    chances = {f"class {place}": place / 21 for place in range(7)}
    lines = ask.told(Answer("class 6", chances))
    assert len(lines) == 5 and lines[0] == "  28.6%  class 6"
    assert ask.told(Answer("0.25", value=0.25)) == ["0.25"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "name an experiment; usage"),
        ("am_c", "'am_c' is not an experiment"),
        ("am_b", "`make reproduce` trains it"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_loaded(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ask, "load", strings_params)
    monkeypatch.setenv("EXPERIMENT", name)
    with pytest.raises(SystemExit) as ended:
        ask.main()
    assert ended.value.code == 1 and why in capsys.readouterr().err
