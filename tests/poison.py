"""Poison for readers: damaged bytes with a fixed seed, and a bound on the time and memory that a reader takes."""

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

MEMORY = 3 << 30  # bytes of address space more than before; Arrow alone reserves one
SECONDS = 10.0
_EXTREMES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\x80")


class Hang(BaseException):
    """A reader took too long; no `except Exception` hides it."""


def _hang(*_signal: object) -> None:
    raise Hang(f"took more than {SECONDS} s")


@contextmanager
def bounded() -> Iterator[None]:
    """Run the body with a limit of memory and of time; what asks for more fails."""
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123
        now = int(stream.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, _hang)
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, hard))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, before)


def typed(read: Callable[[], object], *errors: type[Exception]) -> object:
    """Return what a reader returns, or the typed error that it raises; any other error passes through."""
    with bounded():
        try:
            return read()
        except errors as error:
            text = str(error)
            assert text and len(text) < 1500 and "Unable to allocate" not in text and "Traceback" not in text, text
            return error


def damaged(content: bytes, random: Random) -> bytes:
    """Damage bytes in one of the ways that files are damaged, the head more often than the rest."""
    data, size = bytearray(content), len(content)
    place = random.randrange(min(size, 120)) if random.random() < 0.6 else random.randrange(size)
    length = random.choice((1, 2, 4, 8, 64, 1000))
    match random.randrange(9):
        case 0:
            data[place] ^= 1 << random.randrange(8)
        case 1:
            data[place : place + 4] = random.choice(_EXTREMES)
        case 2:
            del data[place : place + length]
        case 3:
            data[place:place] = data[place : place + length]
        case 4:
            data[place:place] = random.randbytes(length)
        case 5:
            data[place : place + length] = random.randbytes(length)
        case 6:
            data = data[: random.randrange(size)]
        case 7:
            data[place : place + length] = bytes(length)
        case _:
            old, new = random.choice(
                ((b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\0", b""), (b"1", b"9" * 400), (b",", b";"))
            )
            data = bytearray(bytes(data).replace(old, new, random.choice((1, -1))))
    return bytes(data)


def rounds(content: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` damaged versions of bytes, some of them damaged more than once."""
    random = Random(seed)  # noqa: S311
    for _one in range(count):
        data = content
        for _again in range(random.choice((1, 1, 1, 2, 5))):
            data = damaged(data, random) if data else data
        yield data
