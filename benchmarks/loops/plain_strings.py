"""The strings of the automaton the plain way: recursive expansion, one call of the generator a choice (protocols, 1).

Slow and short, so that it can be read beside the grammar; it says what `pipeline.sources.generated.strings` must give,
and is what that is measured against. It shares nothing with it but the alphabet.
"""

from collections.abc import Callable

from numpy.random import RandomState

from pipeline.sources.generated.strings import ALPHABET

LETTERS, DIGITS = ALPHABET[7:33], ALPHABET[33:]
DEEPEST, SHORTEST, LONGEST = 30, 11, 39
SYMBOLS = 42  # that a mutation puts in: all but the last, 9

# The nodes of the grammar: classes are drawn from, rules expanded; every other character stands for itself.
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
    """An attempt that is given up."""


class _Invalid(Exception):
    """A string that is no expression."""


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
    """Draw sentences until one has a fit length."""
    while True:
        try:
            text = _expand(random, "S", 0)
        except _TooDeep:
            continue
        if SHORTEST <= len(text) <= LONGEST:
            return text


def _chain(text: str, at: int, operators: str, part: Callable[[str, int], int]) -> int:
    """Read parts with operators between them; return the place behind the last."""
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
    """Return whether a string is a valid expression; an end mark `$` within ends it, as it does for the document."""
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
    """Draw `count` strings, invalid and valid in turn; `random` goes on behind them."""
    return [_string(random, bool(place % 2)) for place in range(count)]
