"""Letters and ranks: published examples, and what holds for any matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.judging.ranking import cliques, critical_difference, letter_columns, letters, ranks_over

# Demšar (2006), table 6: 14 data sets, C4.5 and its variants m, cf, m+cf. In the row `voting` the last two are printed
# as equal and ranked 2 and 3; so is it here.
DEMSAR = [
    *([0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967]),
    *([0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931]),
    *([0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875]),
    *([1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669]),
    *([0.972, 0.981, 0.9751, 0.975], [0.957, 0.978, 0.946, 0.970]),
]


def matrix(entries, *pairs):
    """The symmetric matrix of pairs that differ, counted from 1."""
    differs = np.zeros((entries, entries), bool)
    for first, second in pairs:
        differs[first - 1, second - 1] = differs[second - 1, first - 1] = True
    return differs.tolist()


@st.composite
def matrices(draw):
    entries = draw(st.integers(0, 9))
    pairs = [(i, j) for i in range(1, entries + 1) for j in range(1, i)]
    return matrix(entries, *draw(st.lists(st.sampled_from(pairs), unique=True) if pairs else st.just([])))


def shared(columns, first, second):
    return any({first, second} <= column for column in columns)


def test_a_published_letter_display():
    # Gramm et al. (2007), "Algorithms for compact letter displays", figure 2
    differs = matrix(5, (1, 5), (2, 3), (2, 5), (3, 5))
    assert letters(letter_columns(differs), 5) == ["ab", "a", "b", "abc", "c"]


def test_all_alike_all_apart_and_nobody():
    assert letters(letter_columns(matrix(3)), 3) == ["a", "a", "a"]
    assert letters(letter_columns(matrix(3, (1, 2), (1, 3), (2, 3))), 3) == ["a", "b", "c"]
    assert letters(letter_columns(matrix(0)), 0) == []


@settings(max_examples=200)
@given(matrices())
def test_entries_share_a_letter_exactly_if_they_do_not_differ(differs):
    spelt = letters(letter_columns(differs), len(differs))
    for i, row in enumerate(differs):
        for j, differ in enumerate(row):
            assert bool(set(spelt[i]) & set(spelt[j])) != differ, (spelt, i, j)


@settings(max_examples=200)
@given(matrices())
def test_no_letter_could_be_taken_away(differs):
    columns = letter_columns(differs)
    for place, column in enumerate(columns):
        for one in column:
            fewer = [*columns[:place], column - {one}, *columns[place + 1 :]]
            assert any(not shared(fewer, one, mate) for mate in column)


def test_a_column_that_the_others_cover_goes():
    # three triangles around a fourth, 2-3-4: to insert and absorb leaves that one too, which says nothing more
    together = [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (2, 5), (4, 5), (3, 6), (4, 6)]
    apart = [(i, j) for i in range(1, 7) for j in range(1, i) if (j, i) not in together]
    columns = letter_columns(matrix(6, *apart))
    assert len(columns) == 3
    assert all(shared(columns, i - 1, j - 1) for i, j in together)


def test_after_z_the_letters_have_a_number():
    apart = letters([frozenset({place}) for place in range(54)], 54)
    assert (apart[0], apart[25], apart[26], apart[51], apart[52], apart[53]) == ("a", "z", "A", "Z", "a1", "b1")


def test_published_ranks_and_critical_difference():
    found = ranks_over(DEMSAR)
    assert found.average == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=0.001)  # his table 6
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)  # section 3.2.2: 2.569 sqrt(4 * 5 / (6 * 14))
    assert 0.01 < found.p < stats.chi2.sf(9.28, 3)  # his statistic is not corrected for ties
    assert cliques(sorted(found.average), found.critical_difference) == [(0, 3)]


@pytest.mark.parametrize(("entries", "q"), [(2, 1.960), (5, 2.728), (10, 3.164)])
def test_the_published_table_of_q(entries, q):
    assert critical_difference(entries, 1) == pytest.approx(q * np.sqrt(entries * (entries + 1) / 6), rel=1e-3)


def test_ties_share_a_rank_and_entries_all_alike_have_no_statistic():
    found = ranks_over([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5]])
    assert found.average == [1.5, 1.5, 3.0]
    assert ranks_over([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]).p == 1.0


@pytest.mark.parametrize("scores", [[], [[1.0, 2.0, 3.0]], [[1.0, 2.0], [1.0, 2.0]]])
def test_too_little_for_ranks(scores):
    with pytest.raises(ValueError, match="two boards and three entries"):
        ranks_over(scores)


def test_cliques_are_the_widest_groups_of_more_than_one():
    assert cliques([1.0, 2.0, 3.0, 6.0, 6.5, 9.0], 2.0) == [(0, 2), (3, 4)]
    assert cliques([1.0, 2.0, 3.0], 1.0) == [(0, 1), (1, 2)]
    assert cliques([1.0, 5.0], 1.0) == []
