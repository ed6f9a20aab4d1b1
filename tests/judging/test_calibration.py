"""The judge, judged on made runs whose truth is known: few true claims called wrong, large errors caught."""

import json

import numpy as np
import pytest

from pipeline.judging.calibration import _share, calibrate, error, stopped, verdict
from pipeline.judging.planted import Planted, Series
from tests.made_documents import rows

SHARES = ("share", "low", "high")


def curve(start: float, end: float, factor: float) -> list[float]:
    """A curve of 20 epochs from one figure to another, times a factor."""
    return list(factor * (end + (start - end) * np.exp(-np.arange(20) / 4)))


def family(seeds: int, networks: int = 5, labels: int = 10) -> list[dict]:
    """Runs of several networks of a family, each better than the one before, with seeds that differ a little."""
    random, found = np.random.default_rng([seeds, networks]), []
    for place in range(networks):
        logits = random.normal(0.2 + 0.5 * place, 0.04, seeds)
        hits = random.binomial(1000, 1 / (1 + np.exp(-logits)))
        for row in rows(f"network_{place}", list(hits / 1000), epochs=20, test_size=1000, labels=["x"] * labels):
            luck = float(np.exp(random.normal(0, 0.05)))
            row["history"] = {
                "loss": curve(2.3, 1.5 / (place + 1), luck),
                "val_loss": curve(2.3, 1.8 / (place + 1), luck),
            }
            found.append(row)
    return found


@pytest.fixture(scope="module")
def found():
    return calibrate(family(10))


def test_few_true_figures_are_called_wrong(found):
    for name in ("true", "stopped"):
        planted = found["figures"][name]
        assert planted["planted"] >= 300
        assert 0 < planted["share"] <= 0.07, name
        assert planted["low"] <= planted["share"] <= planted["high"]


def test_most_true_figures_are_called_reproduced(found):
    assert found["figures"]["confirmed"]["share"] > 0.6


def test_the_larger_the_error_the_more_are_caught(found):
    sizes = found["figures"]["false"]
    assert [(one["from"], one["to"]) for one in sizes] == [(0, 0.5), (0.5, 1), (1, 2), (2, 4), (4, None)]
    assert sizes[-1]["planted"] >= 100
    assert sizes[-1]["share"] > 0.9
    assert sizes[-1]["passed"] <= 0.01
    caught = [one["share"] for one in sizes if one["planted"]]
    assert caught == sorted(caught)


def test_every_kind_of_falsehood_is_counted_apart(found):
    kinds = {one["how"]: one for one in found["figures"]["kinds"]}
    assert set(kinds) == {"another network", "other epochs", "shuffled labels"}
    assert sum(one["planted"] for one in kinds.values()) == sum(one["planted"] for one in found["figures"]["false"])
    assert kinds["shuffled labels"]["share"] == 1  # one in ten is far from all of them


def test_orderings_are_rarely_turned_and_none_is_rarely_found(found):
    orderings = found["orderings"]
    assert orderings["true"]["planted"] >= 100 and orderings["true"]["share"] <= 0.01
    assert orderings["confirmed"]["share"] > 0.8
    assert orderings["none"]["planted"] == 5 * 20
    assert orderings["none"]["share"] <= 0.12


def test_orderings_are_judged_with_what_runs_share_as_verdicts_are(found):
    shared = calibrate([row | {"overlap": 0.3} for row in family(10)])["orderings"]
    assert shared["none"]["share"] < found["orderings"]["none"]["share"]


def test_what_shares_its_luck_counts_once():
    apart, together = _share([True, False] * 50, range(100)), _share([True, False] * 50, [n % 2 for n in range(100)])
    assert apart["share"] == together["share"] == 0.5
    assert together["high"] - together["low"] > 3 * (apart["high"] - apart["low"])
    assert _share([False] * 100, range(100))["high"] < _share([False] * 100, [n % 4 for n in range(100)])["high"]
    assert _share([False] * 100, [0] * 100)["low"] == 0


def test_it_is_the_same_every_time_and_json(found):
    assert calibrate(family(10)) == found
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("runs", [[], family(5)], ids=["no runs", "five seeds"])
def test_too_few_seeds_plant_nothing(runs):
    found = calibrate(runs)
    for name in ("true", "stopped", "confirmed"):
        assert found["figures"][name] == {"planted": 0, "share": None, "low": None, "high": None}
    assert found["figures"]["kinds"] == []
    assert {one["planted"] for one in found["figures"]["false"]} == {0}
    assert {one["planted"] for one in found["orderings"].values()} == {0}


def test_differences_that_are_none_take_ten_seeds():
    assert calibrate(family(9))["orderings"]["none"]["planted"] == 0


def planted(claimed: float, values: list[float], metric: str = "test_accuracy") -> Planted:
    size = 385 if metric == "test_accuracy" else None
    series = Series("f", "a", "as_written", metric, dict(enumerate(values)), size, None)
    return Planted("true", claimed, tuple(values), series)


def test_an_error_is_in_margins():
    assert error(planted(0.80, [0.7] * 5)) == pytest.approx(2)
    assert error(planted(0.60, [0.7] * 5)) == pytest.approx(2)
    for claimed in (1.25**2 * 0.5, 0.5 / 1.25**2):
        assert error(planted(claimed, [0.5] * 5, "loss")) == pytest.approx(2)


def test_a_planted_figure_is_judged_as_a_printed_one():
    values = [0.70, 0.71, 0.69, 0.705, 0.695]
    assert verdict(planted(0.70, values)) == "reproduced"
    assert verdict(planted(0.60, values)) == "better"
    assert verdict(planted(0.80, values)) == "not reproduced"
    assert verdict(planted(0.60, values, "loss")) == "not reproduced"
    assert verdict(planted(0.70, values), [0.5, 0.6, 0.7, 0.8, 0.9]) == "cannot tell"
    assert verdict(planted(0.50004, [0.5] * 6, "loss")) == "reproduced"  # four decimals are printed
    assert verdict(planted(0.50016, [0.5] * 6, "loss")) == "better"


def test_the_stopping_rule_judges_by_five_seeds_where_they_are_narrow_and_else_by_all():
    values = np.array([0.70, 0.71, 0.69, 0.705, 0.695, 0.70, 0.71, 0.69, 0.70])
    far = float(values.mean() + 3.1 * values.std(ddof=1))  # outside by nine, and mostly inside by five
    narrow = planted(far, list(values), "loss")
    wide = planted(3.0, [0.1, 1.0, 0.3, 0.9, 2.0, 0.2, 0.1, 0.7, 0.5], "loss")
    random = np.random.default_rng(0)
    assert verdict(narrow) == "better"
    assert "reproduced" in {stopped(narrow, random) for _ in range(20)}
    assert {stopped(wide, random) for _ in range(20)} == {verdict(wide)}
