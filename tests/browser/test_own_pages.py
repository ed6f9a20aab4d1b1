"""The pages of the servers work in a real browser, after a login, and tell nobody else."""

from typing import Any

import pytest

from pipeline.base.ports import HOST, LOCAL
from pipeline.tracking import view
from tests.browser.chromium import why_not
from tests.browser.finished_flow import NAME
from tests.browser.foreign import SCRIPT
from tests.browser.pages import Watched
from tests.browser.servers import SECRET, Servers

pytestmark = [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.mark.parametrize("host", LOCAL)
@pytest.mark.parametrize("which", ["prefect", "unlocked"])
def test_prefect_shows_its_deployments(which: str, host: str, victim: Any, site: Servers) -> None:
    server = getattr(site, which)
    watched = Watched(victim, server)
    watched.page.goto(server.at(host))
    watched.page.get_by_role("link", name="Deployments").click()
    watched.page.get_by_text(SECRET).first.wait_for()
    assert watched.page.title().endswith("Prefect Server")
    assert (watched.errors, watched.elsewhere) == ([], [])


@pytest.mark.parametrize("host", LOCAL)
def test_mlflow_shows_its_experiments(host: str, victim: Any, site: Servers) -> None:
    watched = Watched(victim, site.mlflow)
    watched.page.goto(f"{site.mlflow.at(host)}/#/experiments")
    watched.page.get_by_text(SECRET).first.wait_for()
    assert watched.page.title().endswith("MLflow")
    assert (watched.errors, watched.elsewhere) == ([], [])


@pytest.fixture(scope="module")
def finished(site: Servers) -> str:
    """The id of a flow run that has ended, with all that it shows."""
    return site.finish_a_flow()


def test_prefect_shows_a_finished_flow_run_with_its_log(finished: str, victim: Any, site: Servers) -> None:
    watched = Watched(victim, site.prefect)
    page = watched.page
    page.goto(f"{site.prefect.at()}/runs/flow-run/{finished}")
    for text in (NAME, "Completed", "train: 2 runs requested", "Finished in state Completed()"):
        page.get_by_text(text).first.wait_for()
    assert (watched.errors, watched.elsewhere) == ([], [])


def test_its_artifacts_open_and_one_leads_to_mlflow(finished: str, victim: Any, site: Servers) -> None:
    watched = Watched(victim, site.prefect)
    page = watched.page
    for key, text in (("runs-am-64", "0.8125"), ("verdicts", "cannot tell"), ("mlflow-am-64", "compare in MLflow")):
        page.goto(f"{site.prefect.at()}/runs/flow-run/{finished}")
        page.get_by_text("Artifacts", exact=True).click()
        page.get_by_text("progress-am-64").first.wait_for()
        page.get_by_role("link", name=key).first.click()
        page.get_by_text(text).first.wait_for()
    assert page.get_by_role("link", name="compare in MLflow").get_attribute("href").startswith(site.mlflow.at())
    assert (watched.errors, watched.elsewhere) == ([], [])


MAKE = """async ([state, tag, verdict]) => {
    const post = async (path, body) => (await fetch(`/api/2.0/mlflow/${path}`, {
        method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})).json()
    const id = (await post("experiments/create", {name: `view ${Math.random()}`})).experiment_id
    await post("experiments/set-experiment-tag", {experiment_id: id, key: tag, value: state})
    for (const kind of ["experiment", "run"]) for (const variant of ["lstm", "gru"]) {
        const tags = [{key: "kind", value: kind}, {key: "protocol", value: "as_written"},
            {key: verdict, value: `7 reproduced by ${variant}`}]
        const run = await post("runs/create", {experiment_id: id, run_name: `a ${kind} of ${variant}`, tags})
        const of = {run_id: run.run.info.run_id}
        const names = ["variant", "units", "layers", "optimizer.name", "optimizer.learning_rate", "batch", "epochs"]
        const params = names.map(key => ({key, value: key === "variant" ? variant : "1"}))
        const metrics = {test_accuracy: 0.8125, train_seconds: 9.5}
        await post("runs/log-batch", {...of, params, metrics: Object.entries(metrics).map(
            ([key, value]) => ({key, value, timestamp: 1, step: 0}))})
    }
    return id
}"""


@pytest.fixture(scope="module")
def compared(victim: Any, site: Servers) -> str:
    """The id of an experiment in MLflow with our view and two runs of each kind."""
    page = victim.new_page()
    page.goto(site.mlflow.at() + site.mlflow.short)
    made: str = page.evaluate(MAKE, [view.state("test_accuracy"), view.TAG, view.VERDICT])
    page.close()
    return made


def test_mlflow_opens_on_the_table_of_experiments(compared: str, victim: Any, site: Servers) -> None:
    """The form of the link and of the tag is nowhere documented."""
    watched = Watched(victim, site.mlflow)
    watched.page.goto(view.link(site.mlflow.at(), compared))
    watched.page.get_by_text("0.8125").first.wait_for()
    assert watched.page.get_by_text("a experiment of").count() and not watched.page.get_by_text("a run of").count()
    assert watched.page.get_by_text("protocol", exact=True).count() and watched.elsewhere == []
    assert watched.page.get_by_text("7 reproduced by gru").is_visible()


def test_mlflow_opens_on_the_charts_of_experiments(compared: str, victim: Any, site: Servers) -> None:
    """Nor is that of its charts."""
    watched = Watched(victim, site.mlflow)
    page = watched.page
    page.set_viewport_size({"width": 1600, "height": 1600})  # MLflow draws the charts that are in sight
    page.goto(view.link_to_charts(site.mlflow.at(), compared))
    page.get_by_text("train_seconds vs. test_accuracy").wait_for()
    page.locator(".js-plotly-plot path.point").nth(1).wait_for()  # a point a run
    page.get_by_text("Parallel Coordinates").wait_for()
    for axis in ("variant", "units", "test_accuracy"):
        page.locator("svg text", has_text=axis).first.wait_for()
    assert page.locator("svg text", has_text="lstm").count() and watched.elsewhere == []


def test_who_has_no_login_sees_nothing(browser: Any, site: Servers) -> None:
    with browser.new_context() as stranger:
        page = stranger.new_page()
        page.goto(site.prefect.at())
        page.locator("input[type=password]").fill("reprise:wrong")
        page.get_by_role("button", name="Login").click()
        page.get_by_text("Invalid credentials").wait_for()
        with pytest.raises(Exception, match="ERR_INVALID_AUTH_CREDENTIALS"):
            page.goto(site.mlflow.at())


@pytest.mark.parametrize("which", ["prefect", "unlocked", "mlflow"])
def test_a_page_of_the_server_gets_what_a_foreign_one_tries(which: str, victim: Any, site: Servers) -> None:
    """Otherwise a mistake in the attempts would pass for a refusal."""
    server = getattr(site, which)
    page = victim.new_page()
    page.goto(server.at() + server.short)
    page.add_script_tag(path=SCRIPT)
    few = "wishes => attack(wishes, {own: SENDERS['fetch with the password']}, {own: GETTERS['get with the password']})"
    ends = page.evaluate(few, server.wishes(HOST, f"the own page of {which}"))
    names = [name for found in site.everything().values() for name in found]
    assert sum(name in ends for name in names) == sum("NAME" in one["body"].values() for one in server.posts.values())
    assert len([by for by, end in ends.items() if SECRET in end]) >= 2  # by a post and by a get
    assert [end for by, end in ends.items() if "by own" not in by] == ["a socket to it"] * len(server.sockets)
