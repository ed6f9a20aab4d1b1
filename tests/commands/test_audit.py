"""`make audit`: what is not locked is named, licences are counted, and a vulnerability is an error."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.commands import audit
from pipeline.commands.audit import licence_of, pins_of, strangers, vulnerabilities

ROOT = Path(__file__).resolve().parents[2]
FOUND = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1"}]}, {"name": "b", "version": "2"}]}


@pytest.mark.parametrize(
    "lock", [ROOT / audit.MAIN, *sorted((ROOT / audit.LOCKS).glob("*.lock"))], ids=lambda p: p.name
)
def test_every_package_that_is_ever_installed_has_a_version_and_a_hash_and_no_index_is_named(lock: Path) -> None:
    assert pins_of(lock)
    text = lock.read_text()
    assert "://" not in text and "index-url" not in text


def test_what_builds_is_locked_and_the_setup_insists_on_hashes() -> None:
    assert {"setuptools", "wheel"} <= {name for name, _ in pins_of(ROOT / "locks/build.lock")}
    lines = [
        line
        for line in (ROOT / "scripts/setup").read_text().splitlines()
        if " pip install" in line or " pip sync" in line
    ]
    assert len(lines) == 4 and all("$HASHED" in line or "--require-hashes" in line for line in lines)
    peers = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    assert len(peers) == 1 and "--require-hashes" in peers[0]


@pytest.mark.parametrize("extra", ["gpu", "s3", "servers", "ssh"])
def test_an_extra_adds_to_the_lock_and_changes_nothing_in_it(extra: str) -> None:
    assert not pins_of(ROOT / f"locks/{extra}.lock") & pins_of(ROOT / audit.MAIN)
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("entry", ["a==1", "a>=1 --hash=sha256:00", "a @ https://example.org/a.whl --hash=sha256:00"])
def test_a_package_without_version_or_hash_is_named(entry: str, tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text(f"# made by uv\nb==2 ; python_version < '3' \\\n    --hash=sha256:00\n{entry}\n")
    with pytest.raises(UserError, match=r"x\.lock: a\S* has no version or no hash; run `make lock`$"):
        pins_of(lock)


def test_what_is_installed_in_another_version_is_a_stranger() -> None:
    installed = [("Flask_WTF", "1.3"), ("b", "2"), ("c", "1"), ("pip", "99")]
    assert strangers(installed, {("flask-wtf", "1.3"), ("b", "1")}) == ["b 2", "c 1"]


@pytest.mark.parametrize(
    ("meta", "classifiers", "licence"),
    [
        ({"License-Expression": "MIT", "License": "x"}, ["License :: OSI Approved :: BSD License"], "MIT"),
        ({"License": "x"}, ["License :: OSI Approved :: BSD License", "License :: OSI Approved"], "BSD License"),
        ({"License": "\nApache 2.0\nof many lines"}, ["Topic :: License", "License :: OSI Approved"], "Apache 2.0"),
        ({"License": " "}, [], "unknown"),
    ],
)
def test_a_licence_is_found_where_packages_say_it(meta: dict[str, str], classifiers: list[str], licence: str) -> None:
    assert licence_of(meta, classifiers) == licence


def test_unknown_and_copyleft_licences_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    licences = {"a": "MIT", "b": "MIT", "c": "unknown", "d": "GPLv2", "e": "LGPL-2.1", "f": "AGPL-3.0"}
    audit.say_licences({**licences, "g": "GNU Lesser General Public License v2 or later (LGPLv2+)"})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "audit:    2 MIT" and lines[-3:] == [
        "audit: look at c: unknown",
        "audit: look at d: GPLv2",
        "audit: look at f: AGPL-3.0",
    ]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (json.dumps(FOUND), ["a 1: X-1"]),
        (json.dumps({"dependencies": [{"name": "b", "version": "2", "vulns": []}]}), []),
        ("", None),
        ("<html>", None),
        ("{}", None),
        (FileNotFoundError(), None),
        (subprocess.TimeoutExpired("pip-audit", 1), None),
    ],
)
def test_vulnerabilities_are_those_that_pip_audit_finds_if_it_finds_anything(
    answer: str | Exception, found: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(words: list[str], **_: Any) -> Any:
        assert "--require-hashes" in words
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(stdout=answer)

    monkeypatch.setattr(subprocess, "run", run)
    assert audit.known_vulnerabilities() == found


@pytest.mark.parametrize(
    ("found", "words", "status"),
    [
        (None, "vulnerabilities were not looked up", 0),
        ([], "no known vulnerability", 0),
        (["a 1: X-1"], "audit: 1 known vulnerability: a 1: X-1", 1),
    ],
)
def test_the_command_ends_with_an_error_only_if_something_is_found(
    found: list[str] | None,
    words: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(audit, "known_vulnerabilities", lambda: found)
    monkeypatch.setattr(audit, "strangers", lambda installed, pins: [])
    if status:
        with pytest.raises(SystemExit):
            audit.main()
    else:
        audit.main()
    said = capsys.readouterr()
    assert words in said.out + said.err


def test_json_of_another_kind_is_no_answer() -> None:
    with pytest.raises(KeyError):
        vulnerabilities("{}")
