"""The page of the leaderboard: every entry, what failed, what was not tested, and nothing fetched from elsewhere."""

import json
import re
from html import unescape

import pytest

from pipeline.base.console import UserError
from pipeline.judging.leaderboard import leaderboard
from pipeline.report.leaderboard import picture, read_leaderboard, render_leaderboard
from tests.made_results import GRID, swept
from tests.report.scripts import without_scripts


def page(rows):
    return render_leaderboard(json.loads(json.dumps(leaderboard(rows))))


@pytest.fixture(scope="module")
def full():
    return page(swept(("digits", "sounds")))


def cells(text, entry):
    """The cells of an entry's first row."""
    row = next(row for row in re.findall("<tr>(.*?)</tr>", text, re.S) if f'<td class="entry">{entry}' in row)
    return [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.S)]


def test_every_entry_stands_on_every_board(full):
    for entry in GRID:
        assert len(re.findall(f'<td class="entry">{entry} ?<', full)) == 3, entry  # two boards, and both together
    assert full.count("learns nothing</span></td>") == 6
    assert "test_accuracy, higher is better · 21 pairs tested" in full


def test_the_cells_of_an_entry(full):
    rank, entry, letters, mean, _, interval, p, better, seeds, parameters, seconds = cells(full, "rnn")
    assert (rank, entry, letters.strip(), seeds, parameters, seconds) == ("4", "rnn", "c", "5", "9,890", "12.5")
    assert 0.78 < float(mean) < 0.82
    low, high = map(float, interval.split(" to "))
    assert low < float(mean) < high
    assert (p, better) == ("&lt; 0.001", "0.00 (0.00 to 0.36)")


def test_letters_stand_below_each_other(full):
    assert cells(full, "lstm, bidirectional")[2] == "a     "
    assert cells(full, "majority")[2] == "     f"


def test_what_learns_nothing_does_not_stretch_the_picture(full):
    assert full.count('<path d="M1 1') == 4  # an arrow to the left for each
    low, high = map(float, re.findall(r'<th class="picture">(.*?) to (.*?)</th>', full)[0])
    assert 0.6 < low < high < 0.96


def test_the_first_two_and_all_boards(full):
    assert "To tell the first two apart: about" in full and "one of 21 tests" in full
    assert "The 7 entries that stand on all of 2 boards" in full
    assert full.count("data:image/svg+xml,") == 3  # cost on each board, and the ranks over both
    assert cells(full[full.index('id="across"') :], "majority")[1:] == ["7.0", "0.000"]


def test_one_board_has_no_picture_over_boards():
    text = page(swept())
    assert 'id="across"' not in text
    assert "#across" not in text


def test_what_failed_is_said():
    rows = swept()
    for row in rows:
        if row["entry"] == "gru" and row["seed"] < 2:
            row["metrics"]["test_accuracy"] = None
    text = page(rows)
    assert "2 of 5 runs failed" in text
    assert "2 runs ended without a finite number" in text
    assert "ended without" not in page(swept())


def test_what_was_not_tested_is_said():
    keep = {"rnn": range(4), "gru": range(6), "mlp": range(2, 8)}
    text = page([row for row in swept(seeds=8) if row["seed"] in keep.get(row["entry"], range(8))])
    assert "without letters: rnn." in text
    assert "say nothing of the two: gru and mlp." in text


def test_folds_and_overlap_are_said():
    text = page(swept(folds=2, overlap=0.125))
    assert cells(text, "rnn")[8] == "5 × 2 folds"
    assert "test part by training part: 0.125" in text


def test_without_a_scale_there_is_no_scaled_score():
    text = page([row for row in swept(("digits", "sounds")) if row["entry"] != "majority"])
    assert "there is no scale on digits, sounds" in text


def test_small_figures_keep_their_digits():
    rows = swept(grid={"lstm": 0.9, "gru": 0.9}, metric="test_mse")
    for row in rows:
        row["metrics"] = {"test_mse": row["metrics"]["test_accuracy"] / 1000}
    assert re.fullmatch(r"0\.000\d{3,4}", cells(page(rows), "gru")[3])


def test_no_board_says_the_command():
    text = page([])
    assert "<code>make sweep</code>" in text
    assert "<table" not in text


def test_what_comes_from_outside_is_escaped_and_nothing_is_fetched(full):
    text = without_scripts(page(swept(grid={"<script>alert(1)</script>": 0.9, "lstm": 0.5})))
    assert "<script" not in text
    assert "<script>alert(1)</script>" in unescape(text)
    for address in re.findall(r'(?:src|href)="(.*?)"', full):
        assert address.startswith(("data:", "#")) or address == "index.html", address
    for anchor in re.findall(r'href="#(.*?)"', full):
        assert f'id="{anchor}"' in full


def test_the_picture_from_end_to_end():
    def at(mean, low=None, high=None):
        return picture({"mean": mean, "low": low, "high": high}, (0.5, 0.9))

    assert at(0.7, 0.6, 0.9) == {"low": 25.0, "dot": 50.0, "high": 100.0, "aside": ""}
    assert at(0.7) == {"low": 50.0, "dot": 50.0, "high": 50.0, "aside": ""}
    assert (at(0.1, 0.1, 0.1)["aside"], at(0.95, 0.8, 1.0)["aside"]) == ("left", "right")
    assert at(None) is None
    assert picture({"mean": 0.5, "low": 0.5, "high": 0.5}, (0.5, 0.5))["dot"] == 0


@pytest.mark.parametrize(
    ("text", "words"), [("[", "is not JSON"), ("[]", "expected boards and across"), ("{}", "expected")]
)
def test_what_is_no_leaderboard_is_refused(tmp_path, text, words):
    (tmp_path / "leaderboard.json").write_text(text)
    with pytest.raises(UserError, match=words):
        read_leaderboard(tmp_path / "leaderboard.json")
