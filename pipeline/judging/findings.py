"""What was measured for each claim: an interval over seeds, texts, or paired differences with their p."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

import numpy as np

from pipeline.judging.intervals import Difference, Interval, difference, one_run
from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Ratio, experiments_of, terms_of
from pipeline.judging.measures import Runs, fact, term_values, values
from pipeline.judging.printed import parse_metric, parse_term
from pipeline.judging.scales import POSITIVE, TINY, Scale, scale_of, scale_of_terms
from pipeline.judging.structure import Structure, is_structure
from pipeline.judging.verdicts import Better, Judgement, judge_pair, weakest

_LOWER = ("loss", "mse", "mae", "celsius")


@dataclass(frozen=True)
class Pair:
    """Two neighbours of a chain, their difference over seeds (None with fewer than two), and p, corrected later."""

    first: str
    second: str
    found: Difference | None
    mean: float
    seeds: int
    p: float


@dataclass(frozen=True)
class Found:
    """What was measured for a claim: a figure, texts, or pairs; or what was counted without a run.

    `own`: the figure by the seed that draws the document's own random numbers, which is in no interval.
    """

    interval: Interval | None = None
    texts: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    counted: str | None = None
    own: float | None = None

    @property
    def nothing(self) -> bool:
        """Whether nothing was measured."""
        return self.interval is None and not self.texts and not self.pairs and self.counted is None and self.own is None


def is_time(claim: Claim) -> bool:
    """Check whether a claim is about seconds."""
    terms = terms_of(claim) if isinstance(claim, Comparison | Ratio) else []
    return any("seconds" in text for text in (*terms, claim.metric if isinstance(claim, Number) else ""))


def better_of(metric: str) -> Better | None:
    """Tell whether a higher or a lower value of a metric is better; None for times, which tell of the machine."""
    name = parse_metric(metric).name
    if name.endswith("seconds"):
        return None
    return "lower" if name.endswith(_LOWER) else "higher"


def needs_data(claim: Claim) -> bool:
    """Check whether a claim depends on data; a number of parameters does not."""
    return not (isinstance(claim, Fact) and is_structure(claim.metric))


def scale_for(claim: Number | Comparison | Ratio) -> Scale:
    """Find the scale on which a claim is judged; a ratio has that of positive figures. Raises ValueError."""
    if isinstance(claim, Number):
        return scale_of(claim.metric)
    return POSITIVE if isinstance(claim, Ratio) else scale_of_terms([parse_term(text) for text in terms_of(claim)])


def measured(claim: Claim, document: Document, runs: Runs, structure: Structure) -> Found:
    """Find what the runs say about a claim, or what is known without them.

    The built-in sample says nothing about a claim that depends on data.
    """
    if runs.kind == "sample" and needs_data(claim):
        return Found()
    if isinstance(claim, Fact):
        return _texts(claim, runs, structure)
    if runs.kind == "none":
        return Found()
    if isinstance(claim, Number):
        return _figure(claim, document, runs)
    if isinstance(claim, Ratio):
        ratios = _ratios(claim, document, runs)
        return Found(interval=one_run(ratios, POSITIVE) if ratios else None)
    return Found(pairs=_pairs(claim, document, runs)) if isinstance(claim, Comparison) else Found()


def _texts(claim: Fact, runs: Runs, structure: Structure) -> Found:
    """Collect the texts that the runs show; if none does, what was counted."""
    told = [fact(row, claim.metric) for row in runs.by_experiment[claim.experiment]]
    texts = tuple(text for text in told if text is not None)
    return Found(texts=texts) if texts else Found(counted=structure.get((claim.experiment, claim.metric)))


def _figure(claim: Number, document: Document, runs: Runs) -> Found:
    part, mine = document.part(claim.experiment), runs.by_experiment[claim.experiment]
    found = values(mine, claim.metric, document.epochs.get(claim.experiment))
    own = None if part.own_stream is None else found.pop(part.own_stream, None)
    if not found:
        return Found(own=own)
    theirs = part.size(parse_metric(claim.metric).name)
    ours = mine[0].get("test_size") if parse_metric(claim.metric).name.startswith("test_") else theirs
    sizes = (ours or theirs, None if part.same_test_part else theirs)
    return Found(interval=one_run(list(found.values()), scale_for(claim), *sizes), own=own)


def _ratios(claim: Ratio, document: Document, runs: Runs) -> list[float]:
    """Compute the mean ratio over the pairs for every seed that has all of them."""
    each = []
    for above, below in claim.pairs:
        over, under = _sides(above, below, document, runs)
        each.append({seed: over[seed] / under[seed] for seed in over if under.get(seed)})
    return [float(np.mean([one[seed] for one in each])) for seed in each[0] if all(seed in one for one in each)]


def _pairs(claim: Comparison, document: Document, runs: Runs) -> tuple[Pair, ...]:
    """Pair the neighbours of every chain; empty if any pair has no seeds in common.

    Times tell of the machine, and not of the rows that runs share.
    """
    pairs, scale = [], scale_for(claim)
    overlap = 0.0 if is_time(claim) else max((run.get("overlap") or 0.0 for run in runs.all), default=0.0)
    for chain in claim.order:
        for first, second in pairwise(chain):
            found = _differences(first, second, scale, document, runs)
            if not found:
                return ()
            tested = difference(found, scale.step, overlap) if len(found) > 1 else None
            pairs.append(Pair(first, second, tested, float(np.mean(found)), len(found), tested.p if tested else 1.0))
    return tuple(pairs)


def _differences(first: str, second: str, scale: Scale, document: Document, runs: Runs) -> list[float]:
    """Compute first - second per seed: of shares as they are, of other figures' logarithms."""
    above, below = _sides(first, second, document, runs)
    seeds = sorted(set(above) & set(below))
    if scale.name == "share":
        return [above[seed] - below[seed] for seed in seeds]
    return [log(max(above[seed], TINY)) - log(max(below[seed], TINY)) for seed in seeds]


def _sides(first: str, second: str, document: Document, runs: Runs) -> list[dict[int, float]]:
    """Compute the values of two terms by seed, without the document's own stream; a constant takes every seed."""
    terms = [parse_term(text) for text in (first, second)]
    sides = [term_values(term, runs, document.epochs) for term in terms]
    own = {document.part(piece.experiment).own_stream for term in terms for piece in term.pieces}
    seeds = [seed for side in sides if side is not None for seed in side if seed not in own]
    return [
        dict.fromkeys(seeds, float(term.constant))
        if side is None
        else {seed: value for seed, value in side.items() if seed not in own}
        for term, side in zip(terms, sides, strict=True)
    ]


def with_p(found: Found, factors: tuple[float, float]) -> Found:
    """Multiply p of every pair by what correction for other tests demands: of one that points the way of the claim, and
    of one that points the other way. The latter is also one of several that could, so it is corrected for their number.
    """
    same, other = factors[0], factors[1] * len(found.pairs)
    pairs = tuple(replace(pair, p=min(1.0, pair.p * (other if pair.mean < 0 else same))) for pair in found.pairs)
    return replace(found, pairs=pairs)


def deciding(pairs: Sequence[Pair], scale: Scale) -> tuple[Pair, Judgement]:
    """Find the pair that decides a comparison, and its judgement; every pair needs two seeds or more."""
    judged = [judge_pair(pair.found, pair.p, scale) for pair in pairs if pair.found]
    place = weakest(judged, [pair.p for pair in pairs])
    return pairs[place], judged[place]


def readings(claim: Claim, document: Document) -> str:
    """Join how a claim is read and, if the document names no data for it, on what data."""
    parts = [document.part(name) for name in experiments_of(claim)] if needs_data(claim) else []
    other = claim.other if isinstance(claim, Comparison) else None
    said = [claim.reading, f"Or: {other.reading}" if other else "", *(part.reading for part in parts)]
    return " ".join(dict.fromkeys(text for text in said if text))
