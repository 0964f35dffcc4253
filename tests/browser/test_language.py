"""The page in Chinese, by the browser's language and by the switch, as people see and use it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import App, analyse, arrive, serve, show
from tests.waiting import PATIENCE

GUARDS = ("content-security-policy", "x-frame-options", "cross-origin-opener-policy")
TABS = {
    "en": ("Analyse", "Annotate", "Texts", "Review", "Models", "Watch", "Admin"),
    "zh-CN": ("分析", "标注", "文本库", "审核", "模型", "监测", "管理"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("language") / "home"
    yield from serve(home, EMODEMO_MODEL="small", EMODEMO_BLIND_SHARE="0", EMODEMO_RANDOM_SHARE="0")


@pytest.fixture
def opened(browser: Any, app: App) -> Iterator[Callable[..., Any]]:
    """Opens the page in a browser of a language. Fails the test for any error in its scripts."""
    contexts: list[Any] = []
    errors: list[str] = []

    def open_page(locale: str, **look: Any) -> Any:
        context = browser.new_context(locale=locale, **{"viewport": {"width": 1280, "height": 900}, **look})
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        arrive(page, app.url)
        page.wait_for_selector("form.language button")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def speaks(page: Any, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("tab")).to_have_text(TABS[language])
    expect(page.locator("footer")).to_contain_text("API" if language == "en" else "通过 API 使用")


def exported(app: App) -> dict[str, Any]:
    return {row["text"]: row for row in map(json.loads, app.command("export").splitlines())}


@pytest.mark.parametrize(("locale", "language", "other"), [("zh-CN", "zh-CN", "en"), ("fr-FR", "en", "zh-CN")])
def test_the_browsers_language_then_the_switch_and_it_stays(
    opened: Callable[..., Any], locale: str, language: str, other: str
) -> None:
    page = opened(locale)
    speaks(page, language)
    page.locator("form.language button").click()
    speaks(page, other)
    page.reload()
    speaks(page, other)
    page.locator("form.language button").click()
    speaks(page, language)


def test_what_was_typed_outlives_the_switch(opened: Callable[..., Any]) -> None:
    page = opened("en-US")
    page.locator("#analyse-text textarea").fill("Half a sentence")
    page.locator("form.language button").click()
    speaks(page, "zh-CN")
    expect(page.locator("#analyse-text textarea")).to_have_value("Half a sentence")


def test_in_a_frame_the_switch_opens_a_tab_of_its_own(opened: Callable[..., Any], app: App) -> None:
    page = opened("en-US")
    frame = f'<iframe src="{app.url}" width="1200" height="800"></iframe>'
    page.route(f"{app.url}around", lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.route(app.url, unguarded)
    page.goto(f"{app.url}around")
    with page.expect_popup() as popup:
        page.frame_locator("iframe").locator("form.language button").click()
    speaks(popup.value, "zh-CN")
    expect(page.frame_locator("iframe").locator("html")).to_have_attribute("lang", "en")


def unguarded(route: Any) -> None:
    """The page as a Space has it, where it may stand in a frame."""
    answer = route.fetch()
    kept = {name: value for name, value in answer.headers.items() if name not in GUARDS}
    route.fulfill(response=answer, headers=kept)


def test_a_correction_on_the_chinese_page_is_stored_in_english(opened: Callable[..., Any], app: App) -> None:
    page = opened("zh-CN")
    analyse(page, "The gate is locked.")
    expect(page.locator(".summary")).to_contain_text("1 个句子")
    page.locator("#correct-emotions label").filter(has_text="恐惧").click()
    page.locator("#correct-polarity label").filter(has_text="负面").click()
    page.locator("#correct-save").click()
    expect(page.locator("#correct-outcome")).to_contain_text("已保存：恐惧；负面。")
    row = exported(app)["The gate is locked."]
    assert (row["labels"], row["polarity"]) == (["fear"], "negative")


def test_annotating_in_chinese_by_the_same_keys(opened: Callable[..., Any], app: App, tmp_path: Path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("text\nThe swing is broken.\n", encoding="utf-8")
    app.command("import", str(pool), "--as", "pool")
    page = opened("zh-CN")
    show(page, "标注")
    expect(page.locator(".item > p")).to_have_text("The swing is broken.")
    expect(page.locator("#annotate-emotions label").first).to_contain_text("愤怒")
    for key in ("d", "8", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".said")).to_have_text("已保存：悲伤；负面。")
    row = exported(app)["The swing is broken."]
    assert (row["labels"], row["polarity"]) == (["sadness"], "negative")
    expect(page.locator(".empty")).to_contain_text("没有可分配给您的文本")


def test_a_strange_word_is_explained_by_keyboard(opened: Callable[..., Any]) -> None:
    page = opened("zh-CN")
    analyse(page, "The kettle sings.\nWho is there?")
    word, meaning = page.locator("#results .word").filter(has_text="唤醒度"), page.locator("#word-arousal")
    expect(meaning).to_be_hidden()
    word.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_contain_text("感受平静或激动的程度")
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_behind_each_chart_there_are_its_numbers(opened: Callable[..., Any], locale: str) -> None:
    page = opened(locale)
    analyse(page, "The kettle sings.\nWho is there?")
    course, emotions = (page.locator("#results .numbers").nth(n) for n in (0, 1))
    for place in (course, emotions):
        place.locator("summary").click()
    heads = {"en-US": ["Sentence", "valence", "arousal", "dominance"], "zh-CN": ["句子", "效价", "唤醒度", "支配度"]}
    expect(course.locator("th")).to_have_text(heads[locale])
    expect(course.locator("tbody tr")).to_have_count(2)
    first = page.locator(".card").first.locator(".score b").all_inner_texts()
    expect(course.locator("tbody tr").first.locator("td")).to_have_text(["1", *first[:3]])
    expect(emotions.locator("tbody tr")).to_have_count(7)
    page.locator(".card").nth(1).click()
    expect(page.locator("#correct-quote")).to_contain_text("Who is there?")
    share = page.locator("#correct-quote em").inner_text()
    top = page.locator("#correct-quote .emotion").inner_text()
    expect(emotions.locator("tr").filter(has_text=top).locator(".number")).to_contain_text(share[:1])
    show(page, TABS["en" if locale == "en-US" else locale][4])
    place = page.locator("#reliability .numbers")
    place.locator("summary").click()
    expect(place.locator("tbody tr").first).to_contain_text("%")
