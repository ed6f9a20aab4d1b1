"""Our own parsers under atheris: whatever the bytes, a result or a typed error, within time and memory."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not find_spec("atheris"), reason="no atheris: make setup EXTRA=fuzz"),
]
SECONDS = 60


@pytest.mark.parametrize("parser", ["idx", "words", "metadata", "yaml", "containers", "notes", "claims", "expressions"])
def test_no_bytes_break_a_parser(parser: str) -> None:
    words = [sys.executable, "-m", "tests.faults.fuzz", parser, str(SECONDS)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=4 * SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
