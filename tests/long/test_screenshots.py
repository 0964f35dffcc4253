"""README's screenshots, of the page as it is: ``EMODEMO_SCREENSHOTS=docs/images python -m pytest tests/long -n 0``."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from db.engine import Database
from tests.answers import ANGRY, pooled, sentences, weeks
from tests.browser.conftest import App, serve, show
from tests.browser.test_language import TABS

FOLDER = os.environ.get("EMODEMO_SCREENSHOTS", "")
SIZE = {"width": 1280, "height": 860}
SETTLED = 2_500  # milliseconds after which figures and fades are done
SHORT = (
    "I waited two hours and nobody even said sorry. Then my sister called from the airport, "
    "and I nearly cried with relief. What a day."
)
LETTER = (
    "I had waited for this letter for three months. When it finally came, my hands were shaking so badly that I tore the "
    "envelope. They had accepted me! My sister screamed louder than I did. Then I saw the date, and my heart sank. The "
    "course starts on the day of my father's operation. Nobody at the office would move it by even a week. They were "
    "polite about it, in the way a locked door is polite."
)
AGREED = {  # everybody's answer
    "The bus left two minutes before its time.": "anger",
    "We sang all the way home.": "joy",
    "The dentist opens at eight.": "neutral",
    "There was a noise in the cellar, and the light went out.": "fear",
    "That smell from the fridge makes me sick.": "disgust",
    "Thank you for staying with me that night.": "joy",
    "My old dog did not wake up this morning.": "sadness",
    "You did all of this in one day?": "surprise",
}
SPLIT = {  # what two say, and the third
    "My sister called from the airport; I nearly cried with relief.": ("joy", "sadness"),
    "So that is what you tell your friends about me.": ("anger", "sadness"),
    "Nobody had ever asked me that before.": ("surprise", "joy"),
    "I will not sleep until they have found her.": ("fear", "sadness"),
    "He ate it with his fingers, off the floor.": ("disgust", "surprise"),
    "They laughed when I read my poem.": ("sadness", "anger"),
}
OPEN = [
    "I should have told her before she left.",
    "The report is due on Friday.",
    "He lied to all of us, and he would do it again.",
    "What a beautiful morning to do nothing at all.",
]
SHOWN = {  # by place among the tabs: the picture's name, and what is there once all of the tab is
    1: ("annotate", ".item > p"),
    2: ("texts", "text=ada"),
    3: ("review", ".case > p"),
    4: ("models", "#gate-report td"),
    6: ("admin", "#accounts td"),
}
POLARITY = {"joy": ("positive", 4), "neutral": ("neutral", 3), "surprise": ("neutral", 3)}


def annotated(app: App, folder: Path) -> None:
    """Texts of a small team, some answered by three people, and a retraining."""
    pool, labels = folder / "pool.jsonl", folder / "labels.jsonl"
    contents = [*SPLIT, *AGREED, *OPEN]
    pool.write_text("\n".join(json.dumps({"text": text}) for text in contents), encoding="utf-8")
    said = {text: (label,) * 3 for text, label in AGREED.items()} | {t: (a, a, b) for t, (a, b) in SPLIT.items()}
    rows = []
    for text, answers in said.items():
        for name, label in zip(("ada", "ben", "cleo"), answers, strict=True):
            polarity, valence = POLARITY.get(label, ("negative", 2))
            row = {"text": text, "labels": [label], "polarity": polarity, "scores": {"valence": valence}}
            rows.append(json.dumps(row | {"annotator": name}))
    labels.write_text("\n".join(rows), encoding="utf-8")
    app.command("import", str(pool), "--as", "pool")
    app.command("import", str(labels), "--as", "labels")
    app.command("retrain")


def watched(app: App, folder: Path) -> None:
    """A few weeks of answers, and other texts than before."""
    database = Database.open(f"sqlite:///{folder / 'home' / 'emodemo.sqlite'}", snapshots=folder / "snapshots")
    release = json.loads(app.command("releases", "list", "--json"))["rows"][0]["release"]
    weeks(database, release=release)
    pooled(database, sentences(ANGRY))
    database.close()


def opened(browser: Any, app: App, locale: str) -> Any:
    page = browser.new_context(locale=locale, viewport=SIZE).new_page()
    page.goto(app.url)
    page.wait_for_selector("#analyse-text textarea")
    return page


def take(page: Any, file: Path) -> None:
    page.wait_for_timeout(SETTLED)
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)


def analyse(page: Any, text: str) -> None:
    box = page.locator("#analyse-text textarea")
    box.fill(text)
    box.press("Control+Enter")
    page.locator("#correct-quote blockquote").wait_for()
    page.locator("#analyse-stop").wait_for(state="hidden")


def by_tab(page: Any, locale: str, folder: Path) -> None:
    """Every tab of ``annotated`` but Watch."""
    analyse(page, SHORT)
    page.evaluate("scrollTo(0, 0)")
    take(page, folder / "analyse.png")
    for place, (name, filled) in SHOWN.items():
        show(page, TABS[locale][place])
        page.locator(filled).locator("visible=true").first.wait_for()
        page.mouse.move(5, 5)
        take(page, folder / f"{name}.png")


def served(prepare: Callable[[App, Path], None]) -> Iterator[App]:
    with TemporaryDirectory() as place:
        folder = Path(place)
        for app in serve(folder / "home", EMODEMO_BLIND_SHARE="0"):
            prepare(app, folder)
            yield app


@pytest.mark.skipif(not FOLDER, reason="EMODEMO_SCREENSHOTS names no folder to put README's screenshots in")
@pytest.mark.parametrize("locale", TABS)
def test_screenshots(browser: Any, locale: str) -> None:
    folder = Path(FOLDER) / ("" if locale == "en" else locale)
    for app in served(annotated):
        by_tab(opened(browser, app, locale), locale, folder)
        if locale == "en":
            page = opened(browser, app, locale)
            analyse(page, LETTER)
            page.locator("#correct-quote").evaluate("place => scrollBy(0, place.getBoundingClientRect().top - 20)")
            take(page, folder / "correct.png")
    for app in served(watched):
        page = opened(browser, app, locale)
        show(page, TABS[locale][5])
        page.locator("#watch-lessons h3").wait_for(timeout=120_000)
        take(page, folder / "watch.png")
