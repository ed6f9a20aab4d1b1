"""Strings of the automaton of documents 000 and 001: generator, parser and random order (protocols, section 1).

The documents drew every symbol with numpy's legacy generator, one call per choice. `generate` draws the same random
words of that generator in bulk and processes them in compiled code: the strings are the same to the last bit, and the
generator ends in the same state.
"""

import numba
import numpy as np
from numpy.random import RandomState

ALPHABET = "$+-*/()abcdefghijklmnopqrstuvwxyz0123456789"
LONGEST = 39
_SHORTEST, _DEEPEST = 11, 30

# Grammar: nodes 0 to 42 are symbols; then the classes, drawn uniformly; then the rules.
_CLASSES = [(1, 2), (3, 2), (7, 26), (33, 10), (7, 36)]  # addop mulop alpha digit alnum, as (first symbol, count)
_ADDOP, _MULOP, _ALPHA, _DIGIT, _ALNUM, _S, _E, _T, _F, _V, _V2, _N = range(43, 55)
_OPEN, _CLOSE = 5, 6
_RULES = {
    _S: [[_E]],
    _E: [[_T], [_E, _ADDOP, _T]],
    _T: [[_F], [_T, _MULOP, _F]],
    _F: [[_V], [_N], [_OPEN, _E, _CLOSE]],
    _V: [[_ALPHA], [_ALPHA, _V2]],
    _V2: [[_ALNUM], [_ALNUM, _V2]],
    _N: [[_DIGIT], [_DIGIT, _N]],
}

_ACCEPT = 100


def _rule_table() -> tuple[np.ndarray, np.ndarray]:
    """Build (choices of a rule, its productions [rule, choice, place] padded with -1)."""
    counts = np.array([len(_RULES[node]) for node in sorted(_RULES)])
    table = np.full((len(_RULES), 3, 3), -1)
    for row, node in enumerate(sorted(_RULES)):
        for choice, production in enumerate(_RULES[node]):
            table[row, choice, : len(production)] = production
    return counts, table


def _action_table() -> np.ndarray:
    """Build the LALR actions [state, symbol]: 0 reject, 100 accept, k shift to k, -k reduce by popping k."""
    alpha, digit, add, mul = range(7, 33), range(33, 43), (1, 2), (3, 4)
    ends, follow = (0, _CLOSE, *add), (0, _CLOSE, *add, *mul)
    table = np.zeros((17, 43), np.int64)

    def act(state: int, symbols: tuple[int, ...] | range, action: int) -> None:
        table[state, list(symbols)] = action

    for state in (0, 8, 9, 10):
        act(state, alpha, 6)
        act(state, digit, 7)
        act(state, (_OPEN,), 8)
    act(1, add, 9)
    act(1, (0,), _ACCEPT)
    for state, pops in ((2, -1), (14, -3)):
        act(state, mul, 10)
        act(state, ends, pops)
    for state, pops in ((3, -1), (4, -1), (5, -1), (6, -1), (7, -1), (11, -2), (12, -2), (15, -3), (16, -3)):
        act(state, follow, pops)
    act(6, range(7, 43), 6)
    act(7, digit, 7)
    act(13, (_CLOSE,), 16)
    act(13, add, 9)
    return table


def _goto_table() -> np.ndarray:
    """Build the next states [state below, state reduced]."""
    reduced = {2: _E, 14: _E, 3: _T, 4: _F, 5: _F, 15: _F, 16: _F, 6: _V, 11: _V, 7: _N, 12: _N}
    goto = {
        0: {_E: 1, _T: 2, _F: 3, _V: 4, _N: 5},
        6: {_V: 11},
        7: {_N: 12},
        8: {_E: 13, _T: 2, _F: 3, _V: 4, _N: 5},
        9: {_T: 14, _F: 3, _V: 4, _N: 5},
        10: {_F: 15, _V: 4, _N: 5},
    }
    table = np.full((17, 17), -1)
    for below, targets in goto.items():
        for state, node in reduced.items():
            table[below, state] = targets.get(node, -1)
    return table


_COUNTS, _PRODUCTIONS = _rule_table()
_ACTIONS, _GOTO = _action_table(), _goto_table()
_CLASS = np.array(_CLASSES)


@numba.njit(cache=True)
def _draw(words, at, count):  # type: ignore[no-untyped-def]
    """Do numpy's legacy bounded draw: the first word that, masked, is below count. Returns (value, next place)."""
    if count == 1:
        return 0, at
    mask = count - 1
    for shift in (1, 2, 4, 8, 16):
        mask |= mask >> shift
    while at < len(words):
        value = words[at] & mask
        at += 1
        if value < count:
            return value, at
    return 0, at


@numba.njit(cache=True)
def _sentence(words, at, text, nodes, depths):  # type: ignore[no-untyped-def]
    """Draw sentences until one has a suitable length. Returns (length, next place)."""
    while at < len(words):
        nodes[0], depths[0] = _S, 0
        top, length, aborted = 1, 0, False
        while top > 0 and not aborted:
            top -= 1
            node, depth = nodes[top], depths[top]
            if node >= _S and depth > _DEEPEST:  # the depth limits only rules, not symbols
                aborted = True
            elif node >= _S:
                choice, at = _draw(words, at, _COUNTS[node - _S])
                for place in range(2, -1, -1):
                    child = _PRODUCTIONS[node - _S, choice, place]
                    if child >= 0:
                        nodes[top], depths[top] = child, depth + 1
                        top += 1
            else:
                if node >= _ADDOP:
                    first, count = _CLASS[node - _ADDOP]
                    offset, at = _draw(words, at, count)
                    node = first + offset
                if length < LONGEST:
                    text[length] = node
                length += 1
        if not aborted and _SHORTEST <= length <= LONGEST:
            text[length:] = 0
            return length, at
    return 0, at


@numba.njit(cache=True)
def _parses(text, length, states):  # type: ignore[no-untyped-def]
    """Run the LALR parser over text[:length] and an end mark."""
    top, place = 0, 0
    states[0] = 0
    while True:
        symbol = text[place] if place < length else 0
        action = _ACTIONS[states[top], symbol]
        if action == _ACCEPT:
            return True
        if action == 0:
            return False
        if action > 0:
            top += 1
            states[top] = action
            place += 1
        else:
            state = states[top]
            top += action
            following = _GOTO[states[top], state]
            top += 1
            states[top] = following


@numba.njit(cache=True)
def _mutate(words, at, text, length):  # type: ignore[no-untyped-def]
    """Replace symbols at random places, as the document did (never by 9). Returns the next place."""
    more, at = _draw(words, at, length // 5 - 1)
    for _ in range(1 + more):
        place, at = _draw(words, at, length)
        symbol, at = _draw(words, at, 42)
        text[place] = symbol
    return at


@numba.njit(cache=True)
def _fill(words, symbols, lengths):  # type: ignore[no-untyped-def]
    """Fill invalid (even) and valid (odd) strings. Returns the words used, or -1 if there were too few."""
    nodes, depths, states = np.empty(256, np.int64), np.empty(256, np.int64), np.empty(64, np.int64)
    at = 0
    for n in range(len(lengths)):
        text = symbols[n]
        while True:
            length, at = _sentence(words, at, text, nodes, depths)
            if n % 2 == 0 and length:
                at = _mutate(words, at, text, length)
                if _parses(text, length, states):
                    continue
            break
        if at >= len(words):
            return -1
        lengths[n] = length
    return at


def generate(random: RandomState, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` strings, invalid and valid in turn.

    Returns (symbols (count, 39) uint8, zero after the end; lengths (count,) int32) and advances `random`.
    """
    symbols, lengths = np.zeros((count, LONGEST), np.uint8), np.zeros(count, np.int32)
    used, ahead = -1, 1000 * (count + 20)
    while used < 0:
        copy = RandomState()
        copy.set_state(random.get_state())
        used = _fill(copy.randint(0, 2**32, size=ahead, dtype=np.uint32), symbols, lengths)
        ahead *= 2
    random.randint(0, 2**32, size=used, dtype=np.uint32)
    return symbols, lengths


def targets(count: int) -> np.ndarray:
    """Label the strings of `generate`: 0 for the invalid ones at even places, 1 for the valid ones."""
    return (np.arange(count) % 2).astype(np.int32)


def parses(text: str) -> bool:
    """Check whether a string of the alphabet, no longer than 39, is a valid expression."""
    codes = np.array([ALPHABET.index(symbol) for symbol in text], np.uint8)
    return bool(_parses(codes, len(codes), np.empty(64, np.int64)))


def as_text(symbols: np.ndarray, length: int) -> str:
    """Decode one string."""
    return "".join(ALPHABET[code] for code in symbols[:length])
