"""`make ask EXPERIMENT=am_64 INPUT='a+b*(c'`: what the best trained network of an experiment makes of an input.

Prints the answer with its probabilities, and draws what the network heard: reports/ask/EXPERIMENT.svg.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.asking.question import Answer, Question, Reader, WrongInputError
from pipeline.base.console import UserError, command, say
from pipeline.base.files import write_text
from pipeline.base.layout import MLRUNS, REPORTS
from pipeline.commands.standing import has_store
from pipeline.params import Params, load

if TYPE_CHECKING:
    from pipeline.asking.trained import Trained

PICTURES = REPORTS / "ask"
_SHOWN = 5  # classes of an answer
_USAGE = "usage: `make ask EXPERIMENT=am_64 INPUT='a+b*(c'`"


def taken(reader: Reader, given: str) -> str:
    """Return the text of an input: that of a file, if one is named and the family reads files."""
    path = Path(given)
    try:
        named = reader.of_files and len(given) < 4096 and path.is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        named = False
    return reader.taken(path) if named else given


def asked(reader: Reader, given: str, facts: dict[str, Any], example: str, name: str) -> Question:
    """Read an input. Raises UserError with an example that can be pasted."""
    try:
        return reader.read(taken(reader, given), facts)
    except WrongInputError as error:
        tried = f"; an example: make ask EXPERIMENT={name} INPUT='{example}'" if len(example) < 300 else ""
        raise UserError(f"INPUT: {error};\nexpected {reader.form}{tried}") from None


def told(answer: Answer) -> list[str]:
    """Put an answer into lines, without a table: the most probable classes."""
    chances = sorted(answer.probabilities.items(), key=lambda pair: -pair[1])[:_SHOWN]
    return [f"{chance:7.1%}  {label}" for label, chance in chances] or [answer.text]


def show(answer: Answer) -> None:
    """Print an answer: a table on a terminal, plain lines in a log."""
    if not (sys.stdout.isatty() and answer.probabilities):
        for line in told(answer):
            say(line)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("answer", "probability", "")
    for label, chance in sorted(answer.probabilities.items(), key=lambda pair: -pair[1])[:_SHOWN]:
        table.add_row(label, f"{chance:.1%}", "█" * round(20 * chance))
    Console().print(table)


def _named(one: "Trained") -> str:
    """Name the run that answers, and why it is this one."""
    figure = f"validation {abs(one.figure[0]):.4g}" if one.figure else "no validation figure, so the first run"
    return f"{one.run.title} ({figure})"


def _picture(reader: Reader, facts: dict[str, Any], network: Any, question: Question, title: str) -> tuple[Answer, str]:
    """Ask, and draw what the network heard. Returns the answer and the picture."""
    from pipeline.asking.hearing import hear
    from pipeline.asking.picture import draw, read_out, so_far
    from pipeline.base.charts import as_svg

    outputs, heard = hear(network, question)
    answer, weights = reader.answer(outputs, facts), read_out(network, heard)
    answers = so_far(reader, facts, heard[-1], weights) if weights else []
    kernel = weights[0] if weights else None
    return answer, as_svg(draw(f"{title}: {answer.text}", question, heard, kernel, answers))


def answer_one(params: Params, name: str, given: str) -> None:
    """Ask one experiment, show its answer, and write its picture."""
    from pipeline.asking.hearing import load_network
    from pipeline.asking.readers import READERS
    from pipeline.asking.trained import best_of, facts_of, model_of
    from pipeline.tracking.tracker import Tracker

    tracker = Tracker(MLRUNS)
    one = best_of(tracker, params, name)
    reader, facts = READERS[one.run.experiment.family], facts_of(params, one)
    example = reader.example(one.place(params))
    if not given:
        say(f"ask: no INPUT, so an example: {example if len(example) < 300 else example[:100] + '...'}")
    question = asked(reader, given or example, facts, example, name)
    say(f"ask: {_named(one)} answers")
    with tempfile.TemporaryDirectory() as folder:
        network = load_network(model_of(tracker, one, Path(folder)))
    answer, picture = _picture(reader, facts, network, question, one.run.title)
    show(answer)
    known = reader.known(given or example)
    if known:
        say(f"ask: {known}")
    path = PICTURES / f"{name}.svg"
    write_text(path, picture)
    say(f"ask: {path} shows what it heard")


@command("ask")
def main() -> None:
    """Answer for EXPERIMENT and INPUT."""
    name, params = os.environ.get("EXPERIMENT", ""), load()
    if not name:
        raise UserError(f"name an experiment; {_USAGE}")
    params.require(name)
    if not has_store(MLRUNS):
        from pipeline.asking.trained import command_for

        raise UserError(f"{name} is not trained yet; `{command_for(params, name)}` trains it")
    from pipeline.tracking.store import readable_errors

    with readable_errors(MLRUNS):
        answer_one(params, name, os.environ.get("INPUT", ""))


if __name__ == "__main__":
    main()
