"""The critical-difference picture: every entry with its rank, a bar a group."""

from pipeline.base.charts import as_svg
from pipeline.report.ranks import critical_difference

NAMES, RANKS = ["gru", "lstm", "rnn", "mlp", "majority"], [1.2, 1.8, 3.0, 4.2, 4.8]


def drawn(groups):
    figure = critical_difference(NAMES, RANKS, 1.5, groups)
    axes = figure.axes[0]
    return figure, {
        kind: [list(line.get_xdata()) for line in axes.lines if line.get_gid() == kind]
        for kind in ("group", "difference")
    }


def test_every_entry_stands_with_its_rank():
    text = as_svg(drawn([(0, 1)])[0])
    for name, rank in zip(NAMES, RANKS, strict=True):
        assert name in text
        assert f"{rank:.1f}" in text
    assert "critical difference 1.50" in text


def test_a_bar_for_each_group_and_one_as_long_as_the_difference():
    _, lines = drawn([(0, 1), (3, 4)])
    assert lines["difference"] == [[1.0, 2.5]]
    assert [(round(low, 2), round(high, 2)) for low, high in lines["group"]] == [(1.15, 1.85), (4.15, 4.85)]
    assert drawn([])[1]["group"] == []
