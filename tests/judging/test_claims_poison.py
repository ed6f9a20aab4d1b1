"""Damaged claims files: success or one typed error that names the file, in bounded time, whatever was changed."""

import io
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from ruamel.yaml import YAML

from pipeline.base.console import UserError
from pipeline.judging.claims import load_claims
from tests.made_results import CLAIMS
from tests.poison import rounds, typed
from tests.test_params_poison import CHANGES, holders

SMALLEST = min(CLAIMS.glob("*.yaml"), key=lambda path: path.stat().st_size)
VALUES = YAML(typ="safe", pure=True).load(SMALLEST)


def outcome(folder: Path, content: bytes) -> None:
    (folder / "x.yaml").write_bytes(content)
    found = typed(lambda: load_claims(folder), UserError)
    assert isinstance(found, list) or str(found).startswith(str(folder)), found


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", range(6))
def test_changed_values(tmp_path: Path, change: str, seed: int) -> None:
    random = Random(f"{change} {seed}")  # noqa: S311
    for _ in range(3):
        found, stream = deepcopy(VALUES), io.BytesIO()
        CHANGES[change](*random.choice(list(holders(found))), random)
        try:
            YAML(typ="safe", pure=True).dump(found, stream)
        except (ValueError, RecursionError):  # not everything can be written as YAML
            continue
        outcome(tmp_path, stream.getvalue())


@pytest.mark.parametrize("seed", range(10))
def test_damaged_bytes(tmp_path: Path, seed: int) -> None:
    for content in rounds(SMALLEST.read_bytes(), seed, 3):
        outcome(tmp_path, content)
