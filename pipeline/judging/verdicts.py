"""The rule by which claims are judged, in code and in the text that the page prints. It is nowhere else.

What it takes from the literature, and why, stands in docs/judging.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Literal

from pipeline.judging.intervals import MOST, ONE_RUN, Difference, Interval, share_of_runs
from pipeline.judging.printed import Printed
from pipeline.judging.scales import POSITIVE, SHARE, Scale

VERDICTS = {
    "reproduced": "the claim holds in our runs, and an error of the size given beside it would have been seen",
    "consistent": "the document agrees with itself here",
    "better": "a single run of ours does better than the document",
    "cannot tell": "our runs neither confirm nor rule it out; the reason says what would decide it",
    "no difference": "what is said to differ does not, within the margin",
    "not reproduced": "a single run of ours does not reach the figure",
    "refuted": "our runs show the opposite",
    "contradicts itself": "the document's own words or figures exclude it, in every reading",
    "not supported by its own figures": "the document's own figures do not bear it out",
    "ambiguous": "the words or the scan allow more than one reading, and not all of them hold",
    "other data": "the document's data could not be had; measured on something else, shown beside the claim",
    "shown only": "seconds of another machine, shown beside ours and not judged",
    "not attempted": "not measured, or by too few seeds",
    "failed": "a technical failure; nothing is said about the claim",
}

ON_ITSELF = ("contradicts itself", "not supported by its own figures")  # what a document decides against itself
SEEDS = 5  # fewer give an estimate but no verdict
ALPHA = 0.05

RULE = (
    "First a document is held against itself. What excludes itself in every reading `contradicts itself`; what its own "
    "figures do not bear out, give or take their rounding and the sampling error of a share, is `not supported by its "
    "own figures`; what the wording or the scan leaves open is `ambiguous`.",
    "Data. A claim belongs to the data of its document. A run on other data gives `other data`, with the measurement "
    "beside it. A sentence for which the document names no data, or which says nothing that could be measured as it "
    "stands, is an interpretation: the reading is written beside it, and it is counted apart.",
    "A figure comes from one run, so the question is whether it is a plausible single run of ours. Outside the "
    f"{100 * ONE_RUN:g} % prediction interval of one run over our seeds it is `not reproduced`, or `better` if ours is "
    "the better one. Inside, it is `reproduced` only if that interval is narrow: half of it at most "
    f"{SHARE.margin()} for a share, "
    f"{POSITIVE.margin()} for an error. Inside a wider one we `cannot tell`, and say what would decide it. A run of "
    "the document's own random stream is shown and never in the interval.",
    "An ordering is tested on differences over seeds (of shares, or of the logarithms of errors, gradients and times), "
    "two-sided at 5 %, corrected where seeds split the same data (Nadeau and Bengio 2003) and, after Holm, for the "
    "distinct tests that answer the same question of a document. The same way: `reproduced`. The other way: `refuted`. "
    f"The whole interval within {SHARE.ordering * 100:g} point of a share or a factor of {POSITIVE.ordering:g}: `no "
    "difference`. Else we `cannot tell`. A chain holds if each of its pairs does. Of a sentence with two good readings "
    "both are tested; it is `ambiguous` where they come out differently.",
    "A size, a shape or a printed text is equal or not. What one trained network printed differs from run to run: it "
    "is `reproduced` if such a run is not rare among ours (95 % interval of its share above 1 in 20).",
    "Times: seconds of another machine are `shown only`. Ratios are judged by processor time on one machine.",
    f"Fewer than {SEEDS} seeds are an estimate and give no verdict, but for what is equal or not: structure and "
    "prints, which no training decides, or the document's own seed, take one run. The built-in sample is never held "
    "against a claim. "
    "Every verdict on a measurement names the smallest error that it would have caught with a power of 80 %.",
)

_FUZZ = 1e-9  # keeps decimal figures at the very edge of an interval inside it, despite binary rounding
_RARE = 0.05
_BRIEF = 60  # characters

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Judgement:
    """A verdict and the reason for it, as text. `few`: whether nothing but seeds is missing."""

    verdict: str
    why: str
    few: bool = False


def shown(value: float) -> str:
    """Format a number: three decimals, fewer from 10 up, one significant digit below 0.001."""
    size = abs(value)
    if 0 < size < 0.001:
        return f"{value:.1g}"
    return f"{value:.3f}" if size < 10 else f"{value:.1f}" if size < 100 else f"{value:,.0f}"


def brief(text: str) -> str:
    """Cut a long text for a sentence; the whole of it stands beside it."""
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]} …"


def judge_number(claimed: Printed, found: Interval, scale: Scale, better: Better | None) -> Judgement:
    """Judge a figure, both in the unit of the metric. `better`: which side is better; None for times."""
    if found.seeds < SEEDS or found.low is None or found.high is None:
        return too_few(found.seeds)
    bounds = f"a single run of ours is between {shown(found.low)} and {shown(found.high)}"
    low, high = float(claimed.low) - _FUZZ, float(claimed.high) + _FUZZ
    if low <= found.high and high >= found.low:
        if found.narrow:
            return Judgement("reproduced", f"{bounds}, and so is the figure")
        return Judgement("cannot tell", f"{bounds}, and so is the figure, but that is wide. {_decides(found, scale)}")
    if (found.low > high and better == "higher") or (found.high < low and better == "lower"):
        return Judgement("better", bounds)
    return Judgement("not reproduced", f"{bounds}, the figure is not")


def _decides(found: Interval, scale: Scale) -> str:
    if found.enough is None:
        return f"Single runs vary by more than {scale.margin()}, so no number of seeds would decide it"
    return f"About {found.enough} seeds would decide it"


def judge_pair(found: Difference, p: float, scale: Scale) -> Judgement:
    """Judge `first above second` from first - second and its corrected p."""
    numbers = f"{difference_text(found, scale)}, corrected p = {shown(p)}"
    if p < ALPHA and found.mean != 0:
        verdict = "reproduced" if found.mean > 0 else "refuted"
        return Judgement(verdict, f"{'the same way' if found.mean > 0 else 'the other way'}: {numbers}")
    if found.none:
        return Judgement("no difference", f"the interval is within the margin: {numbers}")
    return Judgement("cannot tell", f"{numbers}; {_settles(found, scale)}")


def _settles(found: Difference, scale: Scale) -> str:
    if found.enough is None:
        return f"not even {MOST:,} seeds would settle it to within {scale.step_text()}"
    if found.enough <= found.seeds:
        return f"the interval reaches past the margin of {scale.step_text()}"
    return f"about {found.enough} seeds would settle it to within {scale.step_text()}"


def difference_text(found: Difference, scale: Scale) -> str:
    """Format a mean difference with its interval: in points of a share, or as a factor."""
    if scale.name == "share":
        mean, low, high = (f"{100 * value:+.1f}" for value in (found.mean, found.low, found.high))
        return f"difference {mean} points ({low} to {high})"
    mean, low, high = (shown(exp(min(value, 700))) for value in (found.mean, found.low, found.high))
    return f"{mean} times ({low} to {high})"


_WORST = ("refuted", "cannot tell", "no difference", "reproduced")


def weakest(pairs: Sequence[Judgement], p_values: Sequence[float]) -> int:
    """Find the index of the pair that decides a chain: the worst verdict, then the largest p."""
    return min(range(len(pairs)), key=lambda place: (_WORST.index(pairs[place].verdict), -p_values[place]))


_DECIDED = ("reproduced", "refuted", "no difference", *ON_ITSELF)


def both_readings(first: Judgement, second: Judgement) -> Judgement:
    """Join what two readings of a sentence gave: their common verdict, the undecided one, or `ambiguous`."""
    why = f"in the first reading, {first.why}; in the other, {second.why}"
    for one in (first, second):
        if one.verdict not in _DECIDED:
            return replace(one, why=why)
    return Judgement(first.verdict if first.verdict == second.verdict else "ambiguous", why)


def judge_fact(claimed: str, found: Sequence[str]) -> Judgement:
    """Judge a fact from what the runs (one or more) show."""
    others = sorted({value for value in found if value != claimed})
    if others:
        return Judgement("not reproduced", f"ours: {', '.join(map(brief, others))}; claimed {brief(claimed)}")
    return Judgement("reproduced", f"equal: {brief(claimed)}")


def judge_text_of_a_run(claimed: str, found: Sequence[str]) -> Judgement:
    """Judge the printed output of one trained network: how rare is it among our runs, one text each?"""
    if len(found) < SEEDS:
        return too_few(len(found))
    same = sum(value == claimed for value in found)
    low, high = share_of_runs(same, len(found))
    numbers = f"{same} of our {len(found)} runs print it (95 % interval of the share {shown(low)} to {shown(high)})"
    if low > _RARE:
        return Judgement("reproduced", numbers)
    return Judgement("not reproduced" if high < _RARE else "cannot tell", numbers)


def too_few(seeds: int) -> Judgement:
    """Judge a claim whose runs have too few seeds."""
    which = "1 seed gives" if seeds == 1 else f"{seeds} seeds give"
    return Judgement("not attempted", f"{which} an estimate only, a verdict needs {SEEDS}", few=True)
