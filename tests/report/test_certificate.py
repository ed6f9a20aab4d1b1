"""The certificate says what was checked, on which data, what came out, and how to repeat it."""

import pytest

from pipeline.report.certificate import certificate, summary, table
from tests.made_results import run, runs, traced
from tests.report.made_account import account


def test_the_summary_counts_verdicts() -> None:
    assert summary(account()) == "4 claims of 5 documents: 3 reproduced, 1 cannot tell."


@pytest.mark.parametrize(
    "line",
    [
        f"# Certificate {account().id}",
        "| 002 | Intermediate deep learning, RNN, LSTM and GRU | 2 |",
        f"| automata strings | document | automata | 3 | `{'d' * 16}…` |",
        "| run | cannot tell | 1 |",
        "| not stated | reproduced | 1 |",
        "* runs: 3, begun 2026-11-26T09:00:00+00:00 to 2026-11-26T09:02:00+00:00",
        "* commit: c0ffee",
        "* machine: Linux, 2 cores",
        "1. Check out the commit in a fresh clone: `git checkout c0ffee`. Where files differed from it, "
        "`runs.csv` names those that are known.",
    ],
)
def test_it_says(line: str) -> None:
    assert line in certificate(account()).splitlines()


def test_what_is_not_known_is_said() -> None:
    lines = certificate(account(runs(("am_64",), 2))).splitlines()
    assert {"* runs: 2, begun not stated", "* commit: not stated", "* machine: not stated"} <= set(lines)
    assert any("`git checkout COMMIT`, the one that `runs.csv` names for the run." in line for line in lines)
    assert "No run was made." in certificate(account([]))


def test_a_commit_with_other_changes_is_not_passed_off_as_the_code() -> None:
    text = certificate(account(traced(runs(("am_64",), 2), git_commit="c0ffee-dirty")))
    assert "* commit: c0ffee with changes that are not in it\n" in text and "git checkout c0ffee`" in text


def test_of_several_commits_the_file_of_runs_names_the_right_one() -> None:
    rows = [*traced(runs(("am_64",), 1)), *traced([run("am_64", 1)], git_commit="dec0de")]
    text = certificate(account(rows), "dvc exp run -S 'run.experiments=[am_64]' -S run.seeds=2")
    assert "`git checkout COMMIT`, the one that `runs.csv` names" in text
    assert "2. One experiment: `dvc exp run -S 'run.experiments=[am_64]' -S run.seeds=2`." in text
    assert "without ALL, ORIGINALS and SEEDS" in text and "One experiment" not in certificate(account(rows))


def test_runs_without_a_machine_are_counted() -> None:
    rows = [*traced(runs(("am_64",), 2)), *traced([run("am_64", 2)], machine=None)]
    assert "* machine: Linux, 2 cores (known for 2 of 3 runs)\n" in certificate(account(rows))


def test_one_moment_is_named_once() -> None:
    assert "* runs: 1, begun 2026-11-26T09:00:00+00:00\n" in certificate(account(traced(runs(("am_64",), 1))))


def test_many_digests_are_counted() -> None:
    rows = [row for seed in "abc" for row in traced(runs(("am_64",), 1), data_digest=seed * 64)]
    assert f"`{'a' * 16}…` and 2 more, in `results.json`" in certificate(account(rows))


def test_a_bar_does_not_end_a_cell() -> None:
    assert table(("a", "b"), [("x|y", 1)]) == "| a | b |\n| --- | --- |\n| x\\|y | 1 |"
