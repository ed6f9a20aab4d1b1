"""Logins are removed from text, and the rest of it stays."""

import pytest

from pipeline.base.console import leave, say
from pipeline.base.redact import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:geh/e:i@m@host:5000/a", "https://host:5000/a"),
        ("postgresql://mlflow:geheim@db/mlflow: refused", "postgresql://db/mlflow: refused"),
        ("postgresql+asyncpg://u:p@ss@db/x", "postgresql+asyncpg://db/x"),
        ("at 'http://token@host/x' and http://a:b@c", "at 'http://host/x' and http://c"),
        (
            "postgresql://db/x?user=a&password=geheim&sslmode=require",
            "postgresql://db/x?user=a&password=...&sslmode=require",
        ),
        ("http://127.0.0.1:5000/#/experiments", "http://127.0.0.1:5000/#/experiments"),
        ("git@github.com:a/b, a@b.c", "git@github.com:a/b, a@b.c"),
        ("sqlite:////srv/a@b/mlflow.db", "sqlite:////srv/a@b/mlflow.db"),
    ],
)
def test_a_login_is_removed_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_no_command_says_one(capsys: pytest.CaptureFixture[str]) -> None:
    say("at http://user:geheim@host")
    with pytest.raises(SystemExit):
        leave("train", "at http://user:geheim@host", 1)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("at http://host\n", "train: at http://host\n")
