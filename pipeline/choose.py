"""`make choose`: which recipe is taken for each test fold, by what was measured beside it.

The runs are entries of params.yaml with `parts`; the test folds take no part (`experiments/sounds.py`).
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.console import UserError, command, say
from pipeline.judging.choosing import Choice, choices
from pipeline.judging.measures import read_results

RESULTS = Path("reports/results.json")
_HEAD = "beside the fold"


def lines(choice: Choice) -> list[str]:
    """Return a choice as text: what is taken, then every candidate, the best first."""
    wide = max(len(_HEAD), *(len(one.entry) for one in choice.candidates))
    return [
        f"{choice.board}, {choice.data}: for test fold {choice.fold} {choice.taken} is taken",
        f"  {_HEAD:{wide}}   loss  score  runs",
        *(f"  {one.entry:{wide}}  {one.loss:.3f}   {one.score:.3f}  {one.runs:4}" for one in choice.candidates),
    ]


def answers(found: Sequence[Choice]) -> list[str]:
    """Return the text of every choice. Raises UserError if no run was there to choose."""
    if not found:
        raise UserError(f"{RESULTS} has no run that chooses a recipe; `make choose` trains them")
    return [line for choice in found for line in lines(choice)]


@command("choose")
def main() -> None:
    """Say what was measured and what is taken."""
    for line in answers(choices(read_results(RESULTS))):
        say(line)


if __name__ == "__main__":
    main()
