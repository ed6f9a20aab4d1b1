"""The strings of the automaton: the document's own stream, and a plain recursive generator as reference."""

import numpy as np
import pytest
from numpy.random import RandomState

from benchmarks.loops import plain_strings as plain
from pipeline.networks.initial_weights import draw_weights
from pipeline.sources.generated import strings
from pipeline.sources.generated.strings import ALPHABET, as_text, generate, parses, targets

# protocols, section 7: seed 1234, after the weights of LSTM(64) and one shuffle of 10,000
FIRST_BATCH = [
    "1/ea/(5)*d61/((r$0+1)))/oae-gvnl1qn2",
    "c*(54)/(3/gcda*x1g/v1kn)/(bv)",
    "(c-(621*73*r9f*k+y*1)+(08q2b36))",
    "(0*d-43*9459)*h7z/8831",
    "82/65/(2i*33313))",
    "k/(5/el/05+856)-0644/95-s",
    "(ny8/(1)a/z-p+h+222613+f",
    "(7929/((050/4)-f-498)-p)",
    "0813/4/09+3/k*((7)2(072))",
    "(k7)/030*c+u4q1kt+8",
]


def texts(random: RandomState, count: int) -> list[str]:
    return [as_text(s, n) for s, n in zip(*generate(random, count), strict=True)]


def test_the_first_batch_is_the_documents() -> None:
    random = RandomState(1234)
    draw_weights(random, "lstm", 43, 64, 1)
    order = np.arange(10000)
    random.shuffle(order)
    assert order[:5].tolist() == [1364, 7494, 9780, 5972, 4325]
    assert texts(random, 10) == FIRST_BATCH


@pytest.mark.parametrize("seed", range(5))
def test_the_same_strings_as_a_plain_recursive_generator(seed: int) -> None:
    assert texts(RandomState(seed), 400) == plain.plain_strings(RandomState(seed), 400)


def test_the_generator_is_left_where_the_plain_calls_leave_it() -> None:
    fast, slow = RandomState(7), RandomState(7)
    generate(fast, 50)
    plain.plain_strings(slow, 50)
    assert fast.randint(2**31, size=10).tolist() == slow.randint(2**31, size=10).tolist()


def test_a_short_supply_of_words_gives_the_same_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = texts(RandomState(3), 30)
    fill, calls = strings._fill, []

    def starved(words: np.ndarray, *out: np.ndarray) -> int:
        calls.append(len(words))
        return int(fill(words[: len(words) // 64] if len(calls) == 1 else words, *out))

    monkeypatch.setattr(strings, "_fill", starved)
    assert texts(RandomState(3), 30) == expected
    assert len(calls) == 2 and calls[1] == 2 * calls[0]


def test_odd_strings_are_valid_and_even_ones_are_not() -> None:
    found = [parses(text) for text in texts(RandomState(11), 500)]
    assert found == targets(500).astype(bool).tolist()


def test_lengths_and_padding() -> None:
    symbols, lengths = generate(RandomState(5), 500)
    assert lengths.min() >= 11 and lengths.max() <= 39
    assert all(not row[length:].any() for row, length in zip(symbols, lengths, strict=True))


@pytest.mark.parametrize("text", ["a+1", "(a)", "((1))*b2/c-33", "x9z", "a$b"])
def test_what_parses(text: str) -> None:
    assert parses(text) and plain.parses(text)


@pytest.mark.parametrize("text", ["", "+a", "1a", "(a", "a)", "a++b", "()", "a(b)", "a*", "$"])
def test_what_does_not_parse(text: str) -> None:
    assert not parses(text) and not plain.parses(text)


def test_the_table_parser_and_the_plain_one_agree_on_strings_drawn_and_broken() -> None:
    random = RandomState(2)
    for text in texts(random, 300):
        place, symbol = random.randint(len(text)), ALPHABET[random.randint(len(ALPHABET))]
        broken = text[:place] + symbol + text[place + 1 :]
        assert parses(broken) == plain.parses(broken), broken
