"""The rule by which claims are judged, in code and in the text that the page prints. It is nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.judging.printed import Printed
from pipeline.judging.statistics import Interval

VERDICTS = {
    "reproduced": "the claim holds in our runs",
    "better": "our runs do better than the document",
    "direction only": "the same way as the document says, but not significant",
    "not reproduced": "our runs do not show it",
    "other data": "the original data could not be had; measured on something else, shown beside the claim",
    "not attempted": "not measured, or by too few seeds",
    "contradicts itself": "the document's own numbers refute it",
    "failed": "a technical failure; nothing is said about the claim",
}

RULE = (
    "A number: every figure of the documents comes from one run, so the question is whether it is a plausible single "
    "run of ours. The interval low..high is the 95 % prediction interval of one run over our seeds, "
    "mean ± t·s·√(1+1/n); where the figure is an accuracy, the binomial error of the document's own sample is added in "
    "quadrature. If the claimed figure, give or take half of its last printed digit, touches low..high, it is "
    "'reproduced'. If it lies outside and we do better (accuracy higher, error or time lower), 'better'; on the other "
    "side, 'not reproduced'. An interval wider than half the range between chance and perfect says so. The narrower "
    "interval of the mean stands beside it.",
    "A comparison: paired over seeds, a two-sided t-test, Holm-corrected over all comparisons of the document, at 5 %. "
    "Significant and the same way: 'reproduced'; the same way only: 'direction only'; the other way, or no difference: "
    "'not reproduced'. A chain is as good as its weakest pair. A sentence that the document gives no code for is "
    "judged by the corrected protocol, and says so.",
    "A structural fact: equal ('reproduced') or not ('not reproduced'). A number of parameters needs no data to be so; "
    "where no run has counted it, it is counted from the layers. What one trained network printed as text is "
    "'reproduced' if one of our runs shows the same.",
    "First of all a document is held against itself: where its own figures, give or take their rounding, refute the "
    "sentence, it 'contradicts itself', whatever was measured. A printed range such as 4~5 stands as it is.",
    "Measured on another data set than the document's: 'other data', with the measurement beside it. The built-in "
    "sample is never held against a claim. Figures and comparisons of one or two seeds are shown as an estimate, and "
    "stay 'not attempted'.",
)

SEEDS = 3  # fewer give an estimate but no verdict
ALPHA = 0.05
_FUZZ = 1e-9  # keeps decimal figures at the very edge of an interval inside it, despite binary rounding

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Judgement:
    """A verdict and the reason for it, as text."""

    verdict: str
    why: str


def shown(value: float) -> str:
    """Format a number: three decimals, fewer from 10 up, one significant digit below 0.001."""
    size = abs(value)
    if 0 < size < 0.001:
        return f"{value:.1g}"
    return f"{value:.3f}" if size < 10 else f"{value:.1f}" if size < 100 else f"{value:,.0f}"


def judge_number(claimed: Printed, found: Interval, better: Better, span: float | None = None) -> Judgement:
    """Judge a figure. `span`: the range from chance to perfect, in the unit of the figure, if it has one."""
    if found.seeds < SEEDS or found.low is None or found.high is None:
        return too_few(found.seeds)
    bounds = f"{shown(found.low)} to {shown(found.high)}"
    wide = span is not None and found.high - found.low > span / 2
    remark = "; this interval is too wide to tell: wider than half the range from chance to perfect" if wide else ""
    low, high = float(claimed.low) - _FUZZ, float(claimed.high) + _FUZZ
    if low <= found.high and high >= found.low:
        return Judgement("reproduced", f"{claimed.text} is a plausible single run of ours ({bounds}){remark}")
    above = found.low > high
    if above == (better == "higher"):
        return Judgement("better", f"a single run of ours does better: {bounds}, claimed {claimed.text}{remark}")
    return Judgement("not reproduced", f"a single run of ours does worse: {bounds}, claimed {claimed.text}{remark}")


def judge_pair(difference: float, p: float) -> Judgement:
    """Judge `first better than second` from the mean of first - second and its corrected p."""
    numbers = f"difference {shown(difference)}, corrected p = {shown(p)}"
    if difference > 0:
        significant = p < ALPHA
        return Judgement("reproduced" if significant else "direction only", _significance(significant, numbers))
    if difference == 0:
        return Judgement("not reproduced", f"no difference at all, corrected p = {shown(p)}")
    return Judgement("not reproduced", "the other way, and " + _significance(p < ALPHA, numbers))


def _significance(significant: bool, numbers: str) -> str:
    return f"{'significant' if significant else 'not significant'}: {numbers}"


def weakest(pairs: Sequence[Judgement], p_values: Sequence[float]) -> int:
    """Find the index of the pair that decides a chain: the worst verdict, then the largest p."""
    ranks = ("not reproduced", "direction only", "reproduced")
    return min(range(len(pairs)), key=lambda place: (ranks.index(pairs[place].verdict), -p_values[place]))


def judge_fact(claimed: str, found: Sequence[str]) -> Judgement:
    """Judge a structural fact from what the runs (one or more) show."""
    others = sorted({value for value in found if value != claimed})
    if others:
        return Judgement("not reproduced", f"ours: {', '.join(others)}; claimed {claimed}")
    return Judgement("reproduced", f"equal: {claimed}")


def judge_text_of_a_run(claimed: str, found: Sequence[str]) -> Judgement:
    """Judge the printed output of one trained network: does any of our runs, one text each, show the same?"""
    same = sum(value == claimed for value in found)
    if same:
        return Judgement("reproduced", f"shown by {same} of our {len(found)} runs: {claimed}")
    return judge_fact(claimed, found) if len(found) >= SEEDS else too_few(len(found))


def too_few(seeds: int) -> Judgement:
    """Judge a claim whose runs have too few seeds."""
    which = "1 seed gives" if seeds == 1 else f"{seeds} seeds give"
    return Judgement("not attempted", f"{which} an estimate only, a verdict needs {SEEDS}")
