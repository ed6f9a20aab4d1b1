"""The kinds of evidence, which are counted apart: a count of parameters is not a training that came out alike."""

from pipeline.judging.findings import is_time, readings
from pipeline.judging.kinds import Claim, Comparison, Consistency, Document, Fact, Open

EVIDENCE = {
    "measured figures": "a figure that one training of the document gave",
    "orderings": "one thing above another",
    "structure": "sizes, shapes and numbers of parameters, which no training decides",
    "prints": "texts that a program printed",
    "consistency": "the document held against itself",
    "times": "how long something took",
    "interpretations": "sentences that can only be tested in one reading of several, or not yet",
}


def evidence_of(claim: Claim, document: Document) -> str:
    """Tell the kind of evidence of a claim."""
    if isinstance(claim, Consistency):
        return "consistency"
    if isinstance(claim, Open) or readings(claim, document):
        return "interpretations"
    if isinstance(claim, Fact):
        return "prints" if claim.prints or claim.one_run else "structure"
    if is_time(claim):
        return "times"
    return "orderings" if isinstance(claim, Comparison) else "measured figures"
