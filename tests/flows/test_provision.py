"""The set-up of a server: what is missing is said, and what `prefect deploy` complains of. `make up` runs the rest."""

import subprocess
from types import SimpleNamespace

import pytest

from flows import provision
from pipeline.base.console import UserError


def test_without_a_server_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(SystemExit):
        provision.main()
    assert capsys.readouterr().err == "provision: PREFECT_API_URL is not set; `make up` sets it\n"


@pytest.mark.parametrize(("said", "shown"), [("first\nno such flow\n\n", "no such flow"), ("", "gave no reason")])
def test_a_deployment_that_cannot_be_made_says_why(said: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = SimpleNamespace(returncode=1, stdout=said, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(UserError, match=f"^prefect.yaml: .*{shown}$"):
        provision._deploy()
