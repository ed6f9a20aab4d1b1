"""A stage reads its own section of params.yaml, and a fault there names the file, the key and the value."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.spec.sections import load_run_options, load_sounds

VIEWS = 'sounds: {views: {"a": {hop_ms: 10, window_ms: 20}, "b": {from: a, hop_ms: 5}}}'


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def test_a_section_is_read_whatever_the_others_hold(params: Path) -> None:
    params.write_text(f"run: {{originals: [reviews]}}\n{VIEWS}\nexperiments: nonsense\n")
    run = load_run_options(params)
    assert (run.wants("reviews"), run.wants("climate"), run.seeds) == (True, False, 3)
    assert load_sounds(params).views["b"].window_ms == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run: {seeds: 0}", "params.yaml: run.seeds: .*found 0"),
        ("run: {sedes: 1}", "params.yaml: run.sedes: unknown key"),
        ("run: [", "params.yaml is not YAML"),
        ("- a", "params.yaml: expected the keys"),
        ("sounds: {}", "params.yaml: run.*found None"),
    ],
)
def test_a_fault_names_the_file_and_the_key(params: Path, text: str, words: str) -> None:
    params.write_text(text)
    with pytest.raises(UserError, match=words):
        load_run_options(params)


def test_a_fault_of_the_views(params: Path) -> None:
    params.write_text('sounds: {views: {"a": {from: b}}}')
    with pytest.raises(UserError, match=r"params.yaml: sounds\.views\.a\.from: 'b'"):
        load_sounds(params)


@pytest.mark.parametrize(("originals", "why"), [("false", "is false"), ("[climate]", "names other families")])
def test_what_is_not_fetched_has_a_reason(params: Path, originals: str, why: str) -> None:
    params.write_text(f"run: {{originals: {originals}}}")
    run = load_run_options(params)
    assert run.without("reviews") == f"run.originals {why}; ORIGINALS=1 fetches it"
    assert run.without("climate") == (
        None if "climate" in originals else "run.originals is false; ORIGINALS=1 fetches it"
    )
