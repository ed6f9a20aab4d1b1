"""The page in Korean: a word for every heading, label and verdict, and the numbers of the English sentences."""

import re

import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.judging.evidence import EVIDENCE
from pipeline.judging.verdicts import VERDICTS
from pipeline.report import korean, outcome
from pipeline.report.page import TEMPLATES

ASKED = [
    *(
        word
        for path in sorted(TEMPLATES.glob("*.j2"))
        for word in re.findall(r'\{\{ "([^"]+)" \| t \}\}', path.read_text())
    ),
    *VERDICTS,
    *EVIDENCE,
    *(group.meaning for group in outcome.GROUPS),
    *(family.title for family in FAMILIES.values()),
]
LONG = {  # sentences that stay in English
    "A mark for each claim, by kind of evidence and document. What repeats a claim of another document is left out."
}


def test_every_word_that_the_templates_ask_for_is_in_the_dictionary():
    assert [word for word in dict.fromkeys(ASKED) if word not in korean.words() and word not in LONG] == []


def test_the_dictionary_has_no_word_that_nobody_asks_for():
    found = {word for path in TEMPLATES.glob("*.*") if path.suffix in (".py", ".j2") for word in quoted(path)}
    assert [word for word in korean.words() if word not in found | set(ASKED) and ", so far" not in word] == []


def quoted(path):
    return re.findall(r'"([^"\n]+)"', path.read_text(encoding="utf-8"))


def test_every_value_is_korean():
    assert [word for word, value in korean.words().items() if not re.search("[가-힣]", value)] == []


@pytest.mark.parametrize("found", ["holds", "holds in part", "does not hold"])
def test_the_word_of_a_document_has_its_korean(found):
    assert {found, f"{found}, so far", "not run here", "not decided here"} <= set(korean.words())


def test_a_word_is_marked_and_an_unknown_one_stays():
    assert str(korean.marked("seeds")) == '<span data-ko="시드">seeds</span>'
    assert str(korean.marked("<new>")) == "&lt;new&gt;"


COUNTS = {"runs": 12, "runs held": 7, "paper": 3, "paper held": 2, "open": 4, "beside": 5, "undone": 6, "repeated": 8}


@pytest.mark.parametrize("left", [*COUNTS, ""])
def test_both_languages_say_the_same_numbers(left):
    counts = {name: 0 if name == left else value for name, value in COUNTS.items()}
    both = [re.findall(r"\d+", say(counts)) for say in (outcome.sentence, korean.sentence)]
    assert both[0] == both[1]
    assert len(both[0]) >= 6
