"""Work in many processes at once: each takes one item, and nobody waits for one that failed. Imports little."""

import os

from benchmarks.load.together import meet, together


def answer(number: int) -> tuple[int, str]:
    if number == 1:
        raise ValueError("not this one")
    return os.getpid(), os.environ["GIVEN"]


def wait_for_all(number: int) -> None:
    if number == 1:
        raise ValueError("not this one")
    meet()


def test_every_process_takes_one_item_and_answers_or_errs() -> None:
    found, errors = together(answer, range(3), {"GIVEN": "here"})
    assert errors == ["ValueError: not this one"]
    assert [given for _, given in found] == ["here", "here"] and len({process for process, _ in found}) == 2


def test_nobody_waits_for_a_process_that_failed() -> None:
    found, errors = together(wait_for_all, range(2), {})
    assert found == []
    assert errors == ["RuntimeError: another process did not come to the start", "ValueError: not this one"]
