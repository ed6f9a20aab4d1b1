"""The login of both servers: made once, for its user alone to read; one of the user's own comes first."""

from pathlib import Path

import pytest

from flows import password
from pipeline.base.console import UserError


def test_it_is_made_once_and_its_user_alone_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "mlruns" / "login"
    made = password.kept(file)
    assert made.startswith("reprise:") and len(made) > 40
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["login"]
    assert password.kept(file) == made == file.read_text().strip()
    assert password.kept(tmp_path / "another") != made


def test_an_empty_file_is_no_password(tmp_path: Path) -> None:
    file = tmp_path / "login"
    file.touch()
    assert password.kept(file).startswith("reprise:")


def test_the_server_and_its_clients_hear_of_the_same_one(tmp_path: Path) -> None:
    file = tmp_path / "login"
    kept = password.kept(file)
    assert password.passwords({"PREFECT_API_AUTH_STRING": ""}, file) == {
        "PREFECT_API_AUTH_STRING": kept,
        "PREFECT_SERVER_API_AUTH_STRING": kept,
        "MLFLOW_TRACKING_USERNAME": "reprise",
        "MLFLOW_TRACKING_PASSWORD": kept.removeprefix("reprise:"),
    }
    assert password.where({}, file) == f"the line in {file}"


@pytest.mark.parametrize("name", ["PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"])
def test_one_of_the_users_own_is_taken_for_both_and_none_is_made(name: str, tmp_path: Path) -> None:
    file = tmp_path / "login"
    assert list(password.passwords({name: "admin:x"}, file).values()) == ["admin:x", "admin:x", "admin", "x"]
    assert password.where({name: "admin:x"}, file) == f"{name} of this shell"
    assert not file.exists()


def test_two_that_differ_are_refused_and_not_shown(tmp_path: Path) -> None:
    two = {"PREFECT_API_AUTH_STRING": "admin:x", "PREFECT_SERVER_API_AUTH_STRING": "admin:y"}
    with pytest.raises(
        UserError, match=r"^PREFECT_API_AUTH_STRING and PREFECT_SERVER_API_AUTH_STRING differ; set"
    ) as it:
        password.passwords(two, tmp_path / "login")
    assert "admin" not in str(it.value)


@pytest.mark.parametrize("text", ["secret", "secret:", ":secret"])
def test_one_without_user_or_password_is_refused_and_not_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^PREFECT_API_AUTH_STRING: write it as user:password$"):
        password.passwords({"PREFECT_API_AUTH_STRING": text}, tmp_path / "login")


def test_it_is_off_only_if_asked_by_name(tmp_path: Path) -> None:
    file = tmp_path / "login"
    assert not password.is_off({}) and not password.is_off({"NO_PASSWORD": "0"})
    assert set(password.passwords({"NO_PASSWORD": "1", "PREFECT_API_AUTH_STRING": "a:b"}, file).values()) == {""}
    assert not file.exists()
    with pytest.raises(UserError, match=r"^NO_PASSWORD=yes: write NO_PASSWORD=1 or NO_PASSWORD=0$"):
        password.is_off({"NO_PASSWORD": "yes"})
