"""The Watch tab with what a few weeks of annotating leave."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from db.engine import Database
from tests.answers import ANGRY, pooled, sentences, weeks
from tests.browser.conftest import App, show

SECONDS = 120_000  # milliseconds that refitting may take on a busy machine


def test_watch_shows_what_changed_how_right_it_is_and_what_choosing_saves(page: Any, app: App) -> None:
    home = Path(app.environment["EMODEMO_HOME"])
    database = Database.open(f"sqlite:///{home / 'emodemo.sqlite'}", snapshots=home / "snapshots")
    weeks(database, release=page.locator(".live b").inner_text())
    pooled(database, sentences(ANGRY))
    database.close()

    show(page, "Watch")
    expect(page.locator("#watch-drift .note")).to_contain_text("The last 240 texts differ", timeout=SECONDS)
    expect(page.locator("#watch-accuracy .note")).to_contain_text("Of 60 answers to texts drawn at random")
    expect(page.locator("#watch-lessons .note")).to_contain_text("After 60 corrections of either kind", timeout=SECONDS)
    expect(page.locator("#watch .js-plotly-plot")).to_have_count(4)
    for title in ("Share of texts", "Last answer of each run, UTC", "Probability given", "Change in points"):
        expect(page.locator("#watch .js-plotly-plot", has_text=title)).to_have_count(1)
    folds = page.locator("#watch details")
    expect(folds).to_have_count(6)  # behind each figure, and two of what no figure shows
    for fold in folds.all():
        fold.locator("summary").click()
        expect(fold.locator("td").first).to_be_visible()
    show(page, "Models")
    expect(page.locator("#models-own")).to_contain_text("Of 60 answers to texts drawn at random")
