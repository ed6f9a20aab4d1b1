"""The pages of the servers work in a real browser, after a login, and tell nobody else."""

from typing import Any

import pytest

from pipeline.base.ports import HOST, LOCAL
from pipeline.tracking import view
from tests.browser.chromium import why_not
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


def test_mlflow_opens_on_the_table_of_experiments(victim: Any, site: Servers) -> None:
    """The form of the link and of the tag is nowhere documented."""
    server = site.mlflow.at()
    watched = Watched(victim, site.mlflow)
    watched.page.goto(server + site.mlflow.short)
    made = watched.page.evaluate(
        """async ([state, tag]) => {
            const post = async (path, body) => (await fetch(`/api/2.0/mlflow/${path}`, {
                method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})).json()
            const id = (await post("experiments/create", {name: `view ${Math.random()}`})).experiment_id
            await post("experiments/set-experiment-tag", {experiment_id: id, key: tag, value: state})
            for (const kind of ["experiment", "run"]) {
                const tags = [{key: "kind", value: kind}, {key: "protocol", value: "as_written"}]
                const run = await post("runs/create", {experiment_id: id, run_name: `a ${kind}`, tags})
                const of = {run_id: run.run.info.run_id, timestamp: 1, step: 0}
                await post("runs/log-metric", {...of, key: "test_accuracy", value: 0.8125})
            }
            return id
        }""",
        [view.state("test_accuracy"), view.TAG],
    )
    watched.page.goto(view.link(server, made))
    watched.page.get_by_text("0.8125").first.wait_for()
    assert watched.page.get_by_text("a experiment").count() and not watched.page.get_by_text("a run").count()
    assert watched.page.get_by_text("protocol", exact=True).count() and watched.elsewhere == []


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
