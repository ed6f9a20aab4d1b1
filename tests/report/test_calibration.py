"""The calibration of the judge, as the page and the terminal show it."""

from pipeline.judging.calibration import calibrate
from pipeline.report.calibration import calibration
from tests.made_results import runs


def test_without_planted_claims_there_is_none():
    assert calibration({}) is None
    assert calibration(calibrate([])) is None
    assert calibration(calibrate(runs(("am_64",), 5))) is None


def test_every_share_has_its_interval_and_how_many_were_planted():
    found = calibrate(runs(("am_64",), 8))
    shown = calibration(found)
    assert shown is not None
    rows = dict(shown["rows"])
    true = found["figures"]["true"]
    assert rows["true figures called wrong"] == (
        f"{true['share']:.1%} of {true['planted']} ({true['low']:.1%} to {true['high']:.1%})"
    )
    assert rows["true orderings called refuted"] == "–"  # there is one network, and so no ordering


def test_sizes_are_in_margins():
    shown = calibration(calibrate(runs(("am_64",), 8)))
    assert shown is not None
    names = [name for name, *_ in shown["sizes"]]
    assert names == ["0 to 0.5 margins", "0.5 to 1 margins", "1 to 2 margins", "2 to 4 margins", "over 4 margins"]
    assert {name for name, *_ in shown["kinds"]} == {"other epochs", "shuffled labels"}
    assert all(share == "–" or share.endswith("%") for *_, share in shown["sizes"])
