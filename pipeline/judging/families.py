"""Which tests are corrected together: those that a document declares to answer one question, each distinct one once."""

from collections.abc import Callable, Mapping, Sequence

from pipeline.judging.findings import Found
from pipeline.judging.kinds import Claim, Comparison
from pipeline.judging.statistics import holm

Test = tuple[tuple[tuple[str, ...], ...], str]


def test_of(claim: Comparison) -> Test:
    """Identify the test of a comparison: two claims with the same chains and protocol are one test.

    So are two that order the same pair in opposite ways: the test is two-sided.
    """
    chains = tuple(tuple(chain) for chain in claim.order)
    if len(chains) == 1 and len(chains[0]) == 2:
        chains = (tuple(sorted(chains[0])),)
    return chains, claim.protocol


def factors(claims: Sequence[Claim], found: Sequence[Found]) -> list[tuple[float, float]]:
    """Compute, for each claim of a document, by how much Holm's correction multiplies p; 1 where it stands alone.

    First for a claim that holds. A chain is an intersection: it holds if every pair does, so its p is the largest of
    its pairs. Then for one that is refuted, for which a single pair is enough: its p is the least of them, times their
    number. A declared test that was not run counts with p = 1, so that what happens to run changes no other verdict.
    """
    same, other = (_by_test(claims, found, p_of) for p_of in (_of_all, _of_any))
    return [
        (same[_place(claim)], other[_place(claim)]) if isinstance(claim, Comparison) else (1.0, 1.0) for claim in claims
    ]


def _place(claim: Comparison) -> tuple[str, Test]:
    return claim.family or claim.id, test_of(claim)


def _of_all(found: Found) -> float:
    return max((pair.p for pair in found.pairs), default=1.0)


def _of_any(found: Found) -> float:
    return min(1.0, min((pair.p for pair in found.pairs), default=1.0) * len(found.pairs))


def _by_test(
    claims: Sequence[Claim], found: Sequence[Found], p_of: Callable[[Found], float]
) -> dict[tuple[str, Test], float]:
    """Correct the tests of each family after Holm: the factor of each."""
    families: dict[str, dict[Test, float]] = {}
    for claim, one in zip(claims, found, strict=True):
        if isinstance(claim, Comparison):
            family, test = _place(claim)
            families.setdefault(family, {})[test] = p_of(one)
    return {(name, test): factor for name, tests in families.items() for test, factor in _factors(tests).items()}


def _factors(tests: Mapping[Test, float]) -> dict[Test, float]:
    corrected = holm(list(tests.values()))
    return {
        test: after / before if before > 0 else 1.0
        for (test, before), after in zip(tests.items(), corrected, strict=True)
    }
