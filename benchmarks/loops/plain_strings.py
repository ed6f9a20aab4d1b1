"""Strings of the automaton the plain way: recursive expansion, one call of the generator per choice (protocols, 1).

Slow and short, so that it can be read next to the grammar. It is the reference for the output of
`pipeline.sources.generated.strings` and for its speed, and shares only the alphabet with it.
"""

from collections.abc import Callable

from numpy.random import RandomState

from pipeline.sources.generated.strings import ALPHABET

LETTERS, DIGITS = ALPHABET[7:33], ALPHABET[33:]
DEEPEST, SHORTEST, LONGEST = 30, 11, 39
SYMBOLS = 42  # that a mutation may insert: all but the last, 9

# The nodes of the grammar: draw from a class, expand a rule; every other character stands for itself.
CLASSES = {"±": "+-", "×": "*/", "a": LETTERS, "0": DIGITS, "x": LETTERS + DIGITS}
RULES = {
    "S": ["E"],
    "E": ["T", "E±T"],
    "T": ["F", "T×F"],
    "F": ["V", "N", "(E)"],
    "V": ["a", "aW"],
    "W": ["x", "xW"],
    "N": ["0", "0N"],
}


class _TooDeep(Exception):
    """The expansion is deeper than DEEPEST; the attempt is given up."""


class _Invalid(Exception):
    """The string is not an expression."""


def _expand(random: RandomState, node: str, depth: int) -> str:
    if node in CLASSES:
        return CLASSES[node][random.randint(len(CLASSES[node]))]
    if node not in RULES:
        return node
    if depth > DEEPEST:
        raise _TooDeep
    choices = RULES[node]
    return "".join(_expand(random, child, depth + 1) for child in choices[random.randint(len(choices))])


def _sentence(random: RandomState) -> str:
    """Draw sentences until one has a length from SHORTEST to LONGEST."""
    while True:
        try:
            text = _expand(random, "S", 0)
        except _TooDeep:
            continue
        if SHORTEST <= len(text) <= LONGEST:
            return text


def _chain(text: str, at: int, operators: str, part: Callable[[str, int], int]) -> int:
    """Parse parts separated by operators; return the place after the last."""
    at = part(text, at)
    while text[at] in operators:
        at = part(text, at + 1)
    return at


def _expression(text: str, at: int) -> int:
    return _chain(text, at, "+-", _term)


def _term(text: str, at: int) -> int:
    return _chain(text, at, "*/", _factor)


def _factor(text: str, at: int) -> int:
    if text[at] == "(":
        at = _expression(text, at + 1)
        if text[at] != ")":
            raise _Invalid
        return at + 1
    if text[at] not in LETTERS + DIGITS:
        raise _Invalid
    following = LETTERS + DIGITS if text[at] in LETTERS else DIGITS
    while text[at] in following:
        at += 1
    return at


def parses(text: str) -> bool:
    """Check whether a string is a valid expression. A `$` inside ends it, as in the document."""
    text = text.partition("$")[0] + "$"
    try:
        return _expression(text, 0) == len(text) - 1
    except _Invalid:
        return False


def _mutated(random: RandomState, text: str) -> str:
    symbols = list(text)
    for _ in range(random.randint(1, len(text) // 5)):
        place = random.randint(len(text))
        symbols[place] = ALPHABET[random.randint(SYMBOLS)]
    return "".join(symbols)


def _string(random: RandomState, valid: bool) -> str:
    while True:
        text = _sentence(random)
        if valid:
            return text
        text = _mutated(random, text)
        if not parses(text):
            return text


def plain_strings(random: RandomState, count: int) -> list[str]:
    """Draw `count` strings, alternately invalid and valid, advancing `random` past them."""
    return [_string(random, bool(place % 2)) for place in range(count)]
