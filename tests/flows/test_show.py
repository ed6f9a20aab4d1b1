"""What a flow run shows: progress now and then, figures of its runs, verdicts, a link where there is a server."""

from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES

from flows import show
from flows.show import Progress, origin, show_runs, show_verdicts

Made = list[tuple[str, Any]]
ROW = {"seed": 0, "fold": None, "metric": "test_accuracy", "metrics": {"test_accuracy": 0.9, "train_seconds": 1.26}}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """What was shown, in order, as (kind, what)."""
    shown: Made = []
    monkeypatch.setattr(show, "create_progress_artifact", lambda *given: shown.append(("made", given)) or uuid4())
    monkeypatch.setattr(show, "update_progress_artifact", lambda which, percent: shown.append(("percent", percent)))
    monkeypatch.setattr(show, "create_table_artifact", lambda *given: shown.append(("table", given)))
    monkeypatch.setattr(show, "create_link_artifact", lambda *given: shown.append(("link", given)))
    return shown


def test_progress_is_shown_now_and_then_and_at_the_end(made: Made) -> None:
    progress = Progress("us_lstm_10_100")
    for share in (0.1, 0.2, 0.3, 1.0):
        progress(share)
    assert made == [("made", (10.0, "progress-us-lstm-10-100", "us_lstm_10_100")), ("percent", 100.0)]


def test_each_run_is_a_line_and_mlflow_is_one_click_away(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:geheim@127.0.0.1:5000")
    show_runs("am_64", [ROW, {**ROW, "fold": 2}])
    (_, (table, key, _)), (_, (link, _, _, about)) = made
    assert key == "runs-am-64" and table[0] == {"seed": 0, "accuracy": 0.9, "seconds": 1.3}
    assert table[1]["fold"] == 2 and link.startswith("http://127.0.0.1:5000/#/") and "am_64" in about


def test_without_a_server_there_is_no_link(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    show_runs("am_64", [ROW])
    assert [kind for kind, _ in made] == ["table"]


def test_the_verdicts_are_a_table(made: Made) -> None:
    show_verdicts({"orderings": {"reproduced": 3, "refuted": 1}})
    first = {"evidence": "orderings", "verdict": "reproduced", "claims": 3}
    assert made[0][1][0] == [first, {"evidence": "orderings", "verdict": "refuted", "claims": 1}]


def test_an_mlflow_run_leads_back_to_its_flow_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "flow_run", SimpleNamespace(id="f", ui_url=None))
    assert origin() == {"flow_run": "f"}


REQUEST = httpx.Request("POST", "http://127.0.0.1:9/api")
TROUBLE = [
    httpx.ConnectError("refused"),
    PrefectHTTPStatusError("500", request=REQUEST, response=httpx.Response(500, request=REQUEST)),
    ObjectNotFound(http_exc=RuntimeError()),
]


@pytest.fixture(params=TROUBLE, ids=lambda error: type(error).__name__)
def silent(request: pytest.FixtureRequest, made: Made, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A server that takes nothing while the list is not empty, and is asked once each time."""
    trouble = [True]

    def ask(takes: Any, *given: Any) -> Any:
        assert PREFECT_CLIENT_MAX_RETRIES.value() == 0  # else the work would wait for a minute
        if trouble:
            raise request.param
        return takes(*given)

    for name in [name for name in vars(show) if name.startswith(("create_", "update_"))]:
        monkeypatch.setattr(show, name, partial(ask, getattr(show, name)))
    return trouble


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still."""
    now = [100.0]
    monkeypatch.setattr(show.time, "monotonic", lambda: now[0])
    return now


def test_progress_that_prefect_does_not_take_ends_no_training_and_is_said_once(
    made: Made, silent: list[bool], clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress("am_64")
    for share in (0.1, 0.2, 1.0):
        progress(share)
        clock[0] += show._LATER
    assert made == []
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("show: Prefect does not take the progress of am_64 (")


def test_progress_is_shown_again_once_prefect_takes_it(
    made: Made, silent: list[bool], clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress("am_64")
    progress(0.1)
    silent.clear()
    progress(0.2)  # too early to ask again
    clock[0] += show._LATER
    progress(0.3)
    silent.append(True)
    clock[0] += show._LATER
    progress(0.4)
    assert made == [("made", (30.0, "progress-am-64", "am_64"))]
    assert len(capsys.readouterr().out.splitlines()) == 2  # each silence is said


def test_figures_and_verdicts_that_prefect_does_not_take_end_nothing(
    made: Made, silent: list[bool], capsys: pytest.CaptureFixture[str]
) -> None:
    show_runs("am_64", [ROW])
    show_verdicts({"orderings": {"reproduced": 3}})
    first, second = capsys.readouterr().out.splitlines()
    assert "take the runs of am_64 (" in first and "take the verdicts (" in second


def test_an_error_of_ours_is_not_hidden(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "create_table_artifact", lambda: None)
    with pytest.raises(TypeError):
        show_verdicts({})
