"""What was measured for each claim: an interval over seeds, texts, or paired differences with their p."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Ratio
from pipeline.judging.measures import Evidence, fact, term_values, values
from pipeline.judging.printed import parse_metric, parse_term
from pipeline.judging.statistics import Interval, holm, interval, paired
from pipeline.judging.structure import Structure, is_structure
from pipeline.judging.verdicts import SEEDS, Better, Judgement, judge_pair, weakest

_BETTER_LOW = ("loss", "seconds", "mse", "mae", "celsius")


@dataclass(frozen=True)
class Pair:
    """Two neighbours of a chain: `differences`, first - second, one per seed; and p, corrected later."""

    first: str
    second: str
    differences: list[float]
    p: float


@dataclass(frozen=True)
class Found:
    """What was measured for a claim: a figure, texts, or pairs; or what was counted without a run."""

    interval: Interval | None = None
    texts: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    counted: str | None = None

    @property
    def nothing(self) -> bool:
        """Whether nothing was measured."""
        return self.interval is None and not self.texts and not self.pairs and self.counted is None


def better_of(metric: str) -> Better:
    """Tell whether a higher or a lower value of a metric is better."""
    return "lower" if parse_metric(metric).name.endswith(_BETTER_LOW) else "higher"


def needs_data(claim: Claim) -> bool:
    """Check whether a claim depends on data; a number of parameters does not."""
    return not (isinstance(claim, Fact) and is_structure(claim.metric))


def measured(claim: Claim, document: Document, evidence: Evidence, structure: Structure) -> Found:
    """Find what the runs say about a claim, or what is known without them.

    The built-in sample says nothing about a claim that depends on data.
    """
    if evidence.kind == "sample" and needs_data(claim):
        return Found()
    if isinstance(claim, Fact):
        return _texts(claim, evidence, structure)
    if evidence.kind == "none":
        return Found()
    if isinstance(claim, Number):
        return Found(interval=_number_interval(claim, document, evidence))
    if isinstance(claim, Ratio):
        ratios = _ratios(claim, document, evidence)
        return Found(interval=interval(ratios) if ratios else None)
    return Found(pairs=_pairs(claim, document, evidence)) if isinstance(claim, Comparison) else Found()


def _texts(claim: Fact, evidence: Evidence, structure: Structure) -> Found:
    """Collect the texts that the runs show; if none does, what was counted."""
    told = [fact(row, claim.metric) for row in evidence.runs[claim.experiment]]
    texts = tuple(text for text in told if text is not None)
    return Found(texts=texts) if texts else Found(counted=structure.get((claim.experiment, claim.metric)))


def _number_interval(claim: Number, document: Document, evidence: Evidence) -> Interval | None:
    found = values(evidence.runs[claim.experiment], claim.metric, document.epochs.get(claim.experiment))
    if not found:
        return None
    return interval(list(found.values()), size(claim, document)).scaled(100 if claim.unit == "%" else 1)


def size(claim: Number, document: Document) -> int | None:
    """Return how many samples the document measured an accuracy on; None if the metric is not an accuracy."""
    return document.part(claim.experiment).size(parse_metric(claim.metric).name)


def span(claim: Number, document: Document) -> float | None:
    """Compute the range from chance to perfect in the claim's unit; None if the metric is not an accuracy."""
    chance = document.part(claim.experiment).chance
    if chance is None or size(claim, document) is None:
        return None
    return (1 - chance) * (100 if claim.unit == "%" else 1)


def _ratios(claim: Ratio, document: Document, evidence: Evidence) -> list[float]:
    """Compute the mean ratio over the pairs for every seed that has all of them."""
    each = []
    for above, below in claim.pairs:
        over, under = _sides(above, below, document, evidence)
        each.append({seed: over[seed] / under[seed] for seed in over if under.get(seed)})
    return [float(np.mean([one[seed] for one in each])) for seed in each[0] if all(seed in one for one in each)]


def _pairs(claim: Comparison, document: Document, evidence: Evidence) -> tuple[Pair, ...]:
    """Pair the neighbours of every chain; empty if any pair has no seeds in common."""
    pairs = []
    for chain in claim.order:
        for first, second in pairwise(chain):
            differences = _differences(first, second, document, evidence)
            if not differences:
                return ()
            pairs.append(Pair(first, second, differences, paired(differences) if len(differences) > 1 else 1.0))
    return tuple(pairs)


def _differences(first: str, second: str, document: Document, evidence: Evidence) -> list[float]:
    above, below = _sides(first, second, document, evidence)
    return [above[seed] - below[seed] for seed in sorted(above) if seed in below]


def _sides(first: str, second: str, document: Document, evidence: Evidence) -> list[dict[int, float]]:
    """Compute the values of two terms by seed; a constant takes every seed of the other."""
    terms = [parse_term(text) for text in (first, second)]
    sides = [term_values(term, evidence, document.epochs) for term in terms]
    seeds = [seed for side in sides if side is not None for seed in side]
    return [
        dict.fromkeys(seeds, float(term.constant)) if side is None else side
        for term, side in zip(terms, sides, strict=True)
    ]


def corrected(found: list[Found], counted: list[bool]) -> list[Found]:
    """Correct p, after Holm, over all comparisons that count and have enough seeds."""
    places = [
        (claim, place)
        for claim, (one, counts) in enumerate(zip(found, counted, strict=True))
        for place, pair in enumerate(one.pairs)
        if counts and len(pair.differences) >= SEEDS
    ]
    corrected = dict(zip(places, holm([found[claim].pairs[place].p for claim, place in places]), strict=True))
    return [
        replace(
            one,
            pairs=tuple(replace(pair, p=corrected.get((claim, i), pair.p)) for i, pair in enumerate(one.pairs)),
        )
        for claim, one in enumerate(found)
    ]


def deciding(pairs: Sequence[Pair]) -> tuple[Pair, Judgement]:
    """Find the pair that decides a comparison, and its judgement."""
    judged = [judge_pair(float(np.mean(pair.differences)), pair.p) for pair in pairs]
    place = weakest(judged, [pair.p for pair in pairs])
    return pairs[place], judged[place]
