"""Every tab in every look, with all that opens on it open: axe-core finds nothing serious, nothing scrolls sideways."""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from db.engine import Database
from tests.answers import ANGRY, pooled, sentences, weeks
from tests.browser.conftest import App, arrive, serious_findings, serve, show
from tests.browser.conftest import answered as imported
from tests.browser.test_language import TABS

SECONDS = 120_000  # milliseconds that a refit may take on a busy machine
LONG = "The lake froze early that year, and nobody in the village could say whether the ice would hold. " * 8
LOOKS = [  # every two of width, scheme and language meet; 640: 1280 at 200 % zoom
    (390, "light", "zh-CN"), (390, "dark", "en"),
    (640, "light", "en"), (640, "dark", "zh-CN"),
    (1280, "light", "zh-CN"), (1280, "dark", "en"),
]  # fmt: skip
UNFOLD = """() => {
  for (const fold of document.querySelectorAll("details:not([open])")) if (fold.checkVisibility()) fold.open = true;
  for (const fold of document.querySelectorAll(".label-wrap:not(.open)")) {
    if (!fold.checkVisibility() || "pressed" in fold.dataset) continue;
    fold.dataset.pressed = "";  // one that opens slowly would be closed by another press
    fold.click();
  }
}"""
FILLED = {  # by tab, in the order of TABS: what is there once all of it is
    "analyse": "#correct .numbers td",
    "annotate": ".mine .figures",
    "texts": "#people-history td",
    "review": "#agreement td",
    "models": "#gate-report td",
    "watch": "#watch .js-plotly-plot >> nth=3",
    "admin": "#accounts td",
}
KEYS = {"annotate": ("Enter", "f"), "review": ("e",)}  # an answer, the form for a flag; the one for another answer


def unfold(page: Any, wanted: Any) -> None:
    """Open whatever folds, folds within folds too, until what is wanted is seen: figures bring theirs when they are drawn."""
    end = time.monotonic() + SECONDS / 1000
    for times in itertools.count():
        page.wait_for_timeout(300)
        page.evaluate(UNFOLD)
        if times > 0 and (wanted.is_visible() or time.monotonic() > end):
            break
    expect(wanted).to_be_visible()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A few weeks of annotating, disagreements, an own label, and a retraining."""
    folder = tmp_path_factory.mktemp("looks")
    for app in serve(folder / "home", EMODEMO_MODEL="small", EMODEMO_BLIND_SHARE="0"):
        app.command("labels", "add", "nostalgia", "--emotion", "sadness", "--definition", "Longs for what is gone.")
        database = Database.open(f"sqlite:///{folder / 'home' / 'emodemo.sqlite'}", snapshots=folder / "snapshots")
        release = json.loads(app.command("releases", "list", "--json"))["rows"][0]["release"]
        weeks(database, release=release)
        pooled(database, [*sentences(ANGRY), LONG])
        database.close()
        for n in range(11):
            imported(
                app, folder, f"The swing number {n} hung in the garden.", ada="nostalgia", ben="joy", cleo="sadness"
            )
        app.command("retrain")
        yield app


@pytest.mark.parametrize(("width", "scheme", "locale"), LOOKS)
def test_no_serious_finding_of_axe_and_no_side_scrolling(
    browser: Any, app: App, width: int, scheme: str, locale: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, locale=locale)
    page = context.new_page()
    arrive(page, f"{app.url}?__theme={scheme}")
    box = page.locator("#analyse-text textarea")
    box.fill("The kettle sings.\nWho is there?")
    box.press("Control+Enter")
    expect(page.locator("#correct-quote blockquote")).to_be_visible(timeout=SECONDS)
    for tab, (place, filled) in zip(TABS[locale], FILLED.items(), strict=True):
        show(page, tab)
        for key in KEYS.get(place, ()):
            page.locator(".item > p, .case > p").locator("visible=true").wait_for()
            page.keyboard.press(key)
        unfold(page, page.locator(filled).first)
        page.wait_for_timeout(500)  # a tab fades in
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        assert serious_findings(page) == {}, place
    context.close()
