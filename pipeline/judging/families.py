"""Which tests are corrected together: those that a document declares to answer one question, each distinct one once."""

from collections.abc import Mapping, Sequence

from pipeline.judging.findings import Found
from pipeline.judging.kinds import Claim, Comparison
from pipeline.judging.statistics import holm

Test = tuple[tuple[tuple[str, ...], ...], str]


def test_of(claim: Comparison) -> Test:
    """Identify the test of a comparison: two claims with the same chains and protocol are one test."""
    return tuple(tuple(chain) for chain in claim.order), claim.protocol


def factors(claims: Sequence[Claim], found: Sequence[Found]) -> list[float]:
    """Compute, for each claim of a document, by how much Holm's correction multiplies its p; 1 where it stands alone.

    A chain is an intersection: it holds if every pair does, so its p is the largest of its pairs. A declared test that
    was not run counts with p = 1, so that what happens to run changes no other verdict.
    """
    families: dict[str, dict[Test, float]] = {}
    for claim, one in zip(claims, found, strict=True):
        if isinstance(claim, Comparison):
            p = max((pair.p for pair in one.pairs), default=1.0)
            families.setdefault(claim.family or claim.id, {})[test_of(claim)] = p
    by_test = {name: _factors(tests) for name, tests in families.items()}
    return [
        by_test[claim.family or claim.id][test_of(claim)] if isinstance(claim, Comparison) else 1.0 for claim in claims
    ]


def _factors(tests: Mapping[Test, float]) -> dict[Test, float]:
    corrected = holm(list(tests.values()))
    return {
        test: after / before if before > 0 else 1.0
        for (test, before), after in zip(tests.items(), corrected, strict=True)
    }
