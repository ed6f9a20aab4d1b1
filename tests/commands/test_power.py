"""`make power`: one line, or what there is to ask for."""

import json

import pytest

from pipeline.base.console import UserError
from pipeline.commands import power
from pipeline.judging.scores import tables
from tests.made_results import runs, swept


def test_one_line_for_a_pair(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/results.json").write_text(json.dumps(swept()), encoding="utf-8")
    for name, value in {"BOARD": "digits", "A": "lstm, bidirectional", "B": "rnn"}.items():
        monkeypatch.setenv(name, value)
    power.main()
    assert capsys.readouterr().out.startswith(
        "digits: about 5 seeds would tell lstm, bidirectional from rnn if the difference is as seen (difference 0.1"
    )


def test_a_line_for_each_data_set():
    found = power.answers(tables([*swept(), *swept(data="the sample")]), "digits", "lstm", "gru")
    assert [line.partition("): ")[0] for line in found] == ["digits (all of digits", "digits (the sample"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("", "lstm", "gru"), "BOARD='' is not a board of reports/results.json; boards: digits, sounds"),
        (("digits", "lstm", "grru"), "B='grru' is not an entry of the board digits; entries: lstm; gru; "),
        (("digits", "", "gru"), "A='' is not an entry"),
        (("digits", "gru", "gru"), "A and B are both 'gru'"),
    ],
)
def test_what_there_is_not_names_what_there_is(asked, words):
    with pytest.raises(UserError, match="make power BOARD=digits A=lstm B=gru") as error:
        power.answers(tables(swept(("digits", "sounds"))), *asked)
    assert words in str(error.value)


def test_without_a_board_the_sweep_is_the_remedy():
    with pytest.raises(UserError, match="none yet; `make sweep` trains them"):
        power.answers(tables(runs(("am_64",))), "digits", "lstm", "gru")


def test_too_few_runs():
    with pytest.raises(UserError, match="lstm and gru have fewer than 5 runs in common"):
        power.answers(tables(swept(seeds=2)), "digits", "lstm", "gru")
