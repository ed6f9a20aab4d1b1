"""The page in a real browser: filter, search, links to claims, light and dark, narrow and wide, and no request."""

import json
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.base.charts import as_svg
from pipeline.judging.claims import load_claims
from pipeline.judging.judgement import judge_documents
from pipeline.judging.leaderboard import leaderboard
from pipeline.params import load
from pipeline.report import heard, korean, songs, window
from pipeline.report.families import families
from pipeline.report.leaderboard import render_leaderboard
from pipeline.report.page import draw_plots, render, render_family
from pipeline.report.svg import as_address
from pipeline.sources.generated.song import SONG
from tests import made_results
from tests.browser.chromium import why_not
from tests.made_results import run, runs, swept

pytestmark = [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not())]

DOCUMENTS = load_claims(made_results.CLAIMS)
ROWS = made_results.traced([*runs(("am_64",), 6), *runs(("us_basic_10_10", "us_lstm_10_10"), 5, "other")])
RECORDS = judge_documents(DOCUMENTS, ROWS)
REPEATS = f"(with {sum(bool(record['repeats']) for record in RECORDS)} repeats)"
AUDIT = {
    "10_10": {"seed_0": {"test_clips": 385, "shared": 300, "share": 0.7792}},
    "10_10_full": {"fold_1": {"test_clips": 385, "shared": 0, "share": 0.0}},
}
PAGES = ("index.html", "families/sounds.html", "families/melody.html", "leaderboard.html")
SHOWN = ".claim:not([hidden])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The main page, and those of a family with sounds and pictures and of the leaderboard, laid out as in reports/."""
    made = tmp_path_factory.mktemp("page")
    experiments = load(Path(__file__).parents[2] / "params.yaml").experiments
    entries, plots = families(ROWS, RECORDS, experiments), draw_plots(ROWS, DOCUMENTS, experiments)
    song = run("song_state", 0, family="melody", facts={"full-song list": SONG, "one-step list": SONG})
    extras = {"melody": songs.section([song], RECORDS), "sounds": sounds_page()}
    (made / "families").mkdir()
    (made / "index.html").write_text(render(RECORDS, ROWS, DOCUMENTS, AUDIT, entries), encoding="utf-8")
    for entry in entries:
        text = render_family(entry, plots, extras.get(entry["name"]))
        (made / f"families/{entry['name']}.html").write_text(text, encoding="utf-8")
    (made / "leaderboard.html").write_text(render_leaderboard(leaderboard(swept(("digits",)))), encoding="utf-8")
    return made


def sounds_page() -> dict[str, Any]:
    picture = as_address(as_svg(heard.drawn(np.sin(np.arange(44100) / 9), 44100, 4100)))
    clip = {"estimate": "siren", "truth": "siren", "probability": 0.9, "experiment": "us_basic_10_10", "seed": 0}
    clip |= {"data": "made", "clip": "fold1/a.wav", "right": True, "picture": picture, "sound": songs.address(["g8"])}
    return {"deaf": 4100, "window": window.section(ROWS, RECORDS), "heard": heard.by_outcome([clip]), "licence": "free"}


@pytest.fixture(scope="module")
def address(folder: Path) -> str:
    return (folder / "index.html").as_uri()


class Opened:
    """A page with what goes wrong on it, and what it asks for."""

    def __init__(self, context: Any, address: str) -> None:
        self.page = context.new_page()
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    def shown(self) -> list[str]:
        found: list[str] = self.page.locator(SHOWN).evaluate_all("all => all.map(one => one.id)")
        return found

    def told(self) -> str:
        text: str = self.page.locator("#filter output").inner_text()
        return text


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Opened]:
    with browser.new_context() as context:
        found = Opened(context, address)
        yield found
        assert found.errors == []
        assert [url for url in found.asked if not url.startswith(("file:", "data:"))] == []


def ids(**wanted: str) -> list[str]:
    return [record["id"] for record in RECORDS if all(record[key] == value for key, value in wanted.items())]


def test_everything_is_there_at_first(opened: Opened) -> None:
    assert sorted(opened.shown()) == sorted(ids())
    assert opened.told() == f"all {len(RECORDS)} claims {REPEATS}"


def test_filters_work_together_and_are_kept_in_the_address(opened: Opened) -> None:
    opened.page.select_option("[name=verdict]", "not attempted")
    opened.page.select_option("[name=document]", "002")
    expected = ids(verdict="not attempted", document="002")
    assert sorted(opened.shown()) == sorted(expected)
    assert opened.told() == f"{len(expected)} of {len(RECORDS)} claims {REPEATS}"
    assert opened.page.locator("#document-001").is_hidden()
    assert opened.page.locator("#undone-002").evaluate("one => one.open")
    opened.page.reload()
    assert sorted(opened.shown()) == sorted(expected)
    opened.page.get_by_role("button", name="Show all").click()
    opened.page.wait_for_function("document.querySelector('#filter output').value.startsWith('all')")
    assert len(opened.shown()) == len(RECORDS)


def test_family_and_kind_of_evidence(opened: Opened) -> None:
    opened.page.select_option("[name=family]", "automata")
    assert opened.shown() and set(opened.shown()) == {r["id"] for r in RECORDS if "am_" in str(r["experiment"])}
    opened.page.select_option("[name=family]", "")
    opened.page.select_option("[name=evidence]", "consistency")
    assert sorted(opened.shown()) == sorted(ids(evidence="consistency"))


def test_search_finds_a_quotation(opened: Opened) -> None:
    opened.page.fill("[name=search]", "음원 데이터에서는")
    found = opened.shown()
    assert 0 < len(found) < 20
    assert all("음원 데이터에서는" in json.dumps(r, ensure_ascii=False) for r in RECORDS if r["id"] in found)


def test_a_part_of_the_picture_filters(opened: Opened) -> None:
    opened.page.locator("a[data-filter='document=003&evidence=consistency']").first.click()
    opened.page.wait_for_function("document.querySelector('[name=document]').value === '003'")
    assert sorted(opened.shown()) == sorted(ids(document="003", evidence="consistency"))


@pytest.mark.parametrize("name", ["000.us_basic_10_10-e10.loss@2", "002.gru.overwritten", "003.softsign"])
def test_a_link_to_a_claim_opens_what_holds_it(browser: Any, address: str, name: str) -> None:
    with browser.new_context() as context:
        page = Opened(context, f"{address}#{name}").page
        claim = page.locator(f"[id='{name}']")
        claim.wait_for(state="visible")
        assert claim.evaluate(
            "one => { const at = one.getBoundingClientRect().top; return at > -5 && at < innerHeight }"
        )


def test_a_claim_is_two_clicks_from_its_runs(opened: Opened) -> None:
    claim = opened.page.locator("article.claim:has(details)").first
    claim.locator("summary").click()
    claim.get_by_role("link", name="this run").first.click()
    opened.page.wait_for_function("location.hash.startsWith('#run-')")
    assert opened.page.locator("tr:target").is_visible()


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_dark(browser: Any, address: str) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme) as context:
            page = Opened(context, address).page
            colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_charts_follow_the_page_and_print_light(browser: Any, folder: Path, name: str, scheme: str) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = Opened(context, (folder / name).as_uri()).page
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        images = page.locator("img[src^='data:image/svg']")
        assert images.count() > 0
        for image in images.all():
            image.scroll_into_view_if_needed()
            assert corner(image) == back
        page.emulate_media(media="print")
        assert corner(images.first) == "rgb(255, 255, 255)"
        page.goto(images.first.get_attribute("src"))  # the picture by itself tells what it computed
        page.emulate_media(media="screen")
        ground, words = (
            page.evaluate(f"getComputedStyle(document.querySelector('{one}')).fill") for one in ("#ground path", "text")
        )
        assert (ground, words) == {
            "light": ("rgb(255, 255, 255)", "rgb(0, 0, 0)"),
            "dark": ("rgb(13, 17, 23)", "rgb(230, 237, 243)"),
        }[scheme]


def corner(image: Any) -> str:
    """The colour of a picture as it is shown, three pixels from its corner, which is round."""
    shown = Image.open(BytesIO(image.screenshot())).convert("RGB")
    return f"rgb{shown.getpixel((8, 3))}"


def test_without_scripts_everything_is_there(browser: Any, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        assert page.locator(".claim").count() == len(RECORDS)
        assert page.locator("#filter").is_hidden()


def test_the_keyboard_comes_first_to_the_content(opened: Opened) -> None:
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Any, folder: Path, name: str, width: int, scheme: str) -> None:
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    with browser.new_context(bypass_csp=True, **look) as context:  # the page's own policy keeps every other script out
        page = Opened(context, (folder / name).as_uri()).page
        if width > 390:  # on the other width as a reader finds it
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            page.locator("#language").click()
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_the_language_is_switched_kept_and_switched_back(browser: Any, folder: Path) -> None:
    with browser.new_context() as context:
        opened = Opened(context, (folder / "index.html").as_uri())
        head, before = opened.page.locator("h1"), opened.page.locator("main").inner_text()
        assert opened.page.locator("#language").inner_text() == "한국어"
        opened.page.locator("#language").click()
        assert head.inner_text() == korean.korean("Do the claims hold?")
        assert head.locator("span").get_attribute("lang") == "ko"
        assert opened.page.locator("html").get_attribute("lang") == "ko" and "성립" in opened.page.title()
        assert "판정 이유와 해석은 영어로" in opened.page.locator(".in-ko").first.inner_text()
        assert "주장" in opened.told()
        assert opened.page.locator("select[name=verdict]").inner_text().count("재현됨") == 1
        opened.page.goto((folder / "leaderboard.html").as_uri())
        assert opened.page.locator("h1").inner_text() == korean.korean("Leaderboard")
        opened.page.locator("#language").click()
        opened.page.goto((folder / "index.html").as_uri())
        assert opened.page.locator("main").inner_text() == before
        assert opened.page.locator("html").get_attribute("lang") == "en" and opened.page.title().endswith("hold?")
        assert opened.page.locator("[lang=ko].in-ko").first.is_hidden() and opened.errors == []


@pytest.mark.parametrize(("locale", "lang"), [("ko-KR", "ko"), ("en-US", "en"), ("kok", "en")])
def test_the_page_opens_in_the_language_of_the_browser(browser: Any, folder: Path, locale: str, lang: str) -> None:
    with browser.new_context(locale=locale) as context:
        opened = Opened(context, (folder / "index.html").as_uri())
        assert opened.page.locator("html").get_attribute("lang") == lang


@pytest.mark.parametrize("name", ["families/sounds.html", "families/melody.html"])
def test_a_sound_plays(browser: Any, folder: Path, name: str) -> None:
    with browser.new_context() as context:
        opened = Opened(context, (folder / name).as_uri())
        sound = opened.page.locator("audio").first
        lasts = sound.evaluate(
            "one => new Promise((done, fail) => { one.onloadedmetadata = () => done(one.duration);"
            " one.onerror = () => fail(new Error('it cannot be played')); one.load() })"
        )
        assert lasts > 0.2 and opened.errors == []
        assert [url for url in opened.asked if not url.startswith(("file:", "data:"))] == []
