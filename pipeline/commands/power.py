"""`make power BOARD=digits A=lstm B=gru`: how many seeds would tell two entries of the leaderboard apart."""

import os
from collections.abc import Sequence

from pipeline.base.console import UserError, command, say
from pipeline.base.layout import RESULTS
from pipeline.judging.duels import duel, sentence
from pipeline.judging.measures import read_results
from pipeline.judging.pairwise import compare
from pipeline.judging.scores import Table, tables
from pipeline.judging.verdicts import SEEDS

_USAGE = "usage: `make power BOARD=digits A=lstm B=gru`"


def answers(found: Sequence[Table], board: str, first: str, second: str) -> list[str]:
    """Answer in a line for each data set of a board that has both entries.

    Raises UserError naming the known boards or entries, or if the two have too few runs in common.
    """
    mine = [table for table in found if table.board == board]
    if not mine:
        boards = ", ".join(dict.fromkeys(table.board for table in found)) or "none yet; `make sweep` trains them"
        raise UserError(f"BOARD='{board}' is not a board of {RESULTS}; boards: {boards}\n{_USAGE}")
    for name, entry in (("A", first), ("B", second)):
        entries = list(dict.fromkeys(line.entry for table in mine for line in table.lines))
        if entry not in entries:
            raise UserError(
                f"{name}='{entry}' is not an entry of the board {board}; entries: {'; '.join(entries)}\n{_USAGE}"
            )
    if first == second:
        raise UserError(f"A and B are both '{first}'; {_USAGE}")
    duels = {
        table.data: duel(table, first, second, len(compare(table, table.lines).p))
        for table in mine
        if table.line(first) and table.line(second)
    }
    told = [f"{board}{f' ({data})' if len(duels) > 1 else ''}: {sentence(one)}" for data, one in duels.items() if one]
    if not told:
        raise UserError(f"{board}: {first} and {second} have fewer than {SEEDS} runs in common; raise `sweep.seeds`")
    return told


@command("power")
def main() -> None:
    """Answer for BOARD, A and B."""
    board, first, second = (os.environ.get(name, "") for name in ("BOARD", "A", "B"))
    for line in answers(tables(read_results(RESULTS)), board, first, second):
        say(line)


if __name__ == "__main__":
    main()
