"""Annotation in a browser: by keyboard alone, by two people at once, with a server that goes away."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import ROOT, App, serve, show, unreached

COUNT = 200  # texts of the long run
PASSWORD = "correct horse battery"
SETTLED = "() => document.querySelector('.said .note') !== null"  # no answer is under way


CHANGES = """() => { window.changed = 0; document.addEventListener("keydown", (event) => {
    const text = () => document.querySelector(".item > p").textContent;
    const before = text();
    queueMicrotask(() => setTimeout(() => { window.changed += text() !== before; }));
}, true); }"""  # counts the keys after which another text is on the page before any answer can have come


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Everything shown, nothing at random."""
    home = tmp_path_factory.mktemp("annotate") / "home"
    yield from serve(home, EMODEMO_MODEL="small", EMODEMO_BLIND_SHARE="0", EMODEMO_RANDOM_SHARE="0")


def fill(app: App, folder: Path, rows: str) -> None:
    file = folder / "pool.csv"
    file.write_text(rows, encoding="utf-8")
    app.command("import", str(file), "--as", "pool")


def numbered(count: int, what: str) -> str:
    return "text\n" + "".join(f"The {what} number {n} is here.\n" for n in range(count))


def exported(app: App) -> dict[str, Any]:
    return {row["text"]: row for row in map(json.loads, app.command("export").splitlines())}


def open_tab(page: Any) -> Any:
    show(page, "Annotate")
    text = page.locator(".item > p")
    expect(text).to_be_visible()
    return text


def test_one_text_by_keyboard_alone(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, "text,dialogue\nThe roof leaks again.,a\nWe danced all night.,a\nIs that my sandwich?,a\n")
    text, said = open_tab(page), page.locator(".said")
    ticked = page.locator("#annotate-emotions label:has(input:checked)")
    place = page.locator(".place span")
    expect(place).to_contain_text("0 of 3")
    around = page.locator(".around p").all_inner_texts()
    assert sorted([*around, text.inner_text()]) == [
        "Is that my sandwich?",
        "The roof leaks again.",
        "We danced all night.",
    ]
    saved = text.inner_text()

    page.keyboard.press("?")
    expect(page.locator(".keys li").first).to_be_visible()
    page.keyboard.press("3")  # fear, in place of the model's guess
    page.keyboard.press("g")  # disgust, added
    expect(ticked.locator("input")).to_have_count(2)
    page.keyboard.press("8")
    expect(page.locator("#annotate-polarity label:has(input:checked) input")).to_have_value("negative")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".scale.own b")).to_have_text(["Arousal"])
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Saved: disgust, fear; negative; arousal ")
    expect(place).to_contain_text("1 of 3")
    row = exported(app)[saved]
    assert (row["labels"], row["polarity"], row["visible"]) == (["disgust", "fear"], "negative", True)
    assert row["seconds"] > 0

    skipped = text.inner_text()
    assert skipped != saved
    page.keyboard.press("s")
    expect(said).to_have_text("Skipped.")
    flagged = text.inner_text()
    page.keyboard.press("f")
    page.keyboard.type("z4 no sense")  # keys are letters in a text field
    page.keyboard.press("Enter")
    expect(said).to_have_text("Flagged: z4 no sense")
    expect(page.locator(".empty")).to_contain_text("No text is left for you")

    for expected in (flagged, skipped, saved):
        page.keyboard.press("z")
        expect(text).to_have_text(expected)
    expect(ticked.locator("input")).to_have_count(2)
    expect(page.locator(".scale.own b")).to_have_text(["Arousal"])
    assert saved not in exported(app)
    page.keyboard.press("z")
    expect(said).to_have_text("There is nothing to undo.")
    for key in ("Enter", "s", "s"):
        page.keyboard.press(key)
    expect(page.locator(".empty")).to_be_visible()


def test_two_hundred_texts_with_undo_skip_and_a_reload(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(COUNT, "boat"))
    text = open_tab(page)
    page.evaluate(CHANGES)
    for n in range(1, COUNT):
        before = text.inner_text()
        page.keyboard.press("s" if n % 10 == 0 else "Enter")
        page.wait_for_function(SETTLED)
        expect(text).not_to_have_text(before)
        if n == 50:
            page.keyboard.press("z")
            expect(text).to_have_text(before)
            page.keyboard.press("s")
            page.wait_for_function(SETTLED)
        if n == 100:
            assert page.evaluate("window.changed") == 101, "the next text was waited for"
            shown = text.inner_text()
            page.reload()
            text = open_tab(page)
            expect(text).to_have_text(shown)
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_contain_text("No text is left for you")
    boats = [name for name in exported(app) if "boat" in name]
    assert len(boats) == COUNT - len(range(10, COUNT, 10))


def test_an_answer_that_the_server_does_not_take_comes_back(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(3, "kite"))
    text, said = open_tab(page), page.locator(".said")
    lost = text.inner_text()
    with unreached(page, "annotate/answer"):
        page.keyboard.press("3")
        page.keyboard.press("Enter")
        expect(said).to_contain_text("This did not reach the server. Nothing is lost")
        expect(text).to_have_text(lost)
        expect(page.locator("#annotate-emotions input:checked")).to_have_value("fear")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Saved: fear")
    assert exported(app)[lost]["labels"] == ["fear"]


def hold_next(page: Any) -> list[Any]:
    """The next answer is held up, and will be here to be sent on."""
    held: list[Any] = []
    page.route("**/annotate/answer", lambda route: route.continue_() if held else held.append(route))
    return held


def test_a_slow_line_is_told_and_the_focus_comes_back(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(6, "pier"))
    text, said = open_tab(page), page.locator(".said")
    held = hold_next(page)
    for _ in range(3):
        page.keyboard.press("s")
    expect(said).to_have_text("Sending your answers …")
    held[0].continue_()
    expect(text).to_be_visible()
    expect(page.locator(".item")).to_be_focused()


def test_what_is_wrong_with_an_answer_outlives_the_one_before_it(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(2, "quay"))
    open_tab(page)
    said, place = page.locator(".said"), page.locator(".place span")
    before = place.inner_text()
    held = hold_next(page)
    with page.expect_request("**/annotate/answer"):
        page.keyboard.press("Enter")
    page.locator("#annotate input:checked").evaluate_all(
        "(chips) => chips.forEach((chip) => { chip.checked = false; })"
    )
    page.keyboard.press("Enter")
    held[0].continue_()
    expect(place).not_to_have_text(before)
    expect(said).to_contain_text("Nothing was chosen")


def test_keys_are_the_workspaces_only_where_the_focus_is_in_it(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(2, "path"))
    text = open_tab(page)
    shown = text.inner_text()
    for elsewhere in ("form.language button", ".workspace:not(.review) .words button >> nth=0"):
        page.locator(elsewhere).focus()
        page.keyboard.press("s")
        expect(text).to_have_text(shown)
    text.evaluate("(place) => { place.textContent = 'On and on. '.repeat(500); place.focus(); }")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.querySelector('.item > p').scrollTop > 0")
    expect(page.locator(".scale.aimed b")).to_have_text(["Valence"])


def test_what_was_not_sent_outlives_a_load_of_the_page_for_one_person(
    browser: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for app in serve(tmp_path_factory.mktemp("left") / "home", EMODEMO_MODEL="small", EMODEMO_BLIND_SHARE="0"):
        page = _sign_in(browser, app, "ann")
        _add(app, "bob")
        fill(app, tmp_path, numbered(6, "kite"))
        text, said = open_tab(page), page.locator(".said")
        lost = text.inner_text()
        with unreached(page, "annotate/answer"):
            page.keyboard.press("f")
            page.keyboard.type("half a sentence")
            page.keyboard.press("Enter")
            expect(said).to_contain_text("you flagged this text")
        page.reload()  # the tab is open again
        expect(said).to_contain_text("This did not reach the server. Nothing is lost: you flagged this text")
        expect(text).to_have_text(lost)
        expect(page.locator("#flag-reason")).to_have_value("half a sentence")

        page.get_by_role("button", name="Sign out").click()
        _enter(page, app, "bob")
        expect(open_tab(page)).not_to_have_text(lost)
        expect(said).to_have_text("")
        page.context.close()


def test_a_skip_or_flag_that_was_not_sent_is_no_answer(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(3, "sail"))
    text, said = open_tab(page), page.locator(".said")
    first = text.inner_text()
    with unreached(page, "annotate/answer"):
        page.keyboard.press("s")
        expect(said).to_contain_text("you skipped this text, press S to skip it again")
        expect(text).to_have_text(first)
    page.keyboard.press("s")
    expect(said).to_contain_text("Skipped")
    second = text.inner_text()
    with unreached(page, "annotate/answer"):
        page.keyboard.press("f")
        page.keyboard.type("half a sentence")
        page.keyboard.press("Enter")
        expect(said).to_contain_text("you flagged this text, press Enter to send the flag again")
        expect(text).to_have_text(second)
        expect(page.locator("#flag-reason")).to_have_value("half a sentence")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Flagged")
    page.keyboard.press("f")
    expect(page.locator("#flag-reason")).to_have_value("")
    assert not {first, second} & exported(app).keys()


def test_undo_leaves_the_next_text_untouched_and_a_skipped_one_as_it_was(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(3, "kettle"))
    text, said, ticked = open_tab(page), page.locator(".said"), page.locator("#annotate-emotions input:checked")
    first = text.inner_text()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Saved: ")
    second = text.inner_text()
    guess = ticked.evaluate_all("(chips) => chips.map((chip) => chip.value)")
    page.keyboard.press("z")
    expect(text).to_have_text(first)
    page.keyboard.press("Enter")
    expect(text).to_have_text(second)
    for key in "67":  # the first takes the place of the model's guess, whatever that is
        page.keyboard.press(key)
    expect(ticked).to_have_count(2)
    page.keyboard.press("s")
    expect(said).to_have_text("Skipped.")
    page.keyboard.press("z")
    expect(said).to_have_text("Taken back; you had skipped this text.")
    expect(text).to_have_text(second)
    assert ticked.evaluate_all("(chips) => chips.map((chip) => chip.value)") == guess
    page.keyboard.press("f")
    page.keyboard.type("no sense")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Flagged")
    page.keyboard.press("z")
    expect(said).to_have_text("Taken back; you had flagged this text.")
    page.keyboard.press("f")
    expect(page.locator("#flag-reason")).to_have_value("no sense")


def test_another_emotion_leaves_the_models_polarity_open(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(2, "funeral"))
    open_tab(page)
    said = page.locator(".said")
    ticked, polarity = (page.locator(f"#annotate-{of} input:checked") for of in ("emotions", "polarity"))
    for sure, stored in (("", ""), ("0", "; positive")):
        expect(polarity).to_have_count(1)
        other = "g" if ticked.first.get_attribute("value") != "disgust" else "u"
        for key in filter(None, (sure, other, "Enter")):
            page.keyboard.press(key)
        expect(said).to_have_text(re.compile(f"Saved: [a-z]+{stored}[.]"))


def test_a_score_and_a_polarity_are_taken_off_by_pointer(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(1, "lamp"))
    open_tab(page)
    scale, own = page.locator(".scale").first, page.locator(".workspace:not(.review) .scale.own")
    scale.locator("input").fill("4.5")
    expect(own).to_have_count(1)
    scale.get_by_role("button", name="Take this score off").click()
    expect(own).to_have_count(0)
    chips, ticked = page.locator("#annotate-polarity label"), page.locator("#annotate-polarity input:checked")
    chips.first.click()
    if ticked.count() == 0:  # it was the model's guess
        chips.first.click()
    expect(ticked).to_have_count(1)
    chips.first.click()
    expect(ticked).to_have_count(0)


def test_history_takes_any_answer_back(page: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(3, "cart"))
    text, said = open_tab(page), page.locator(".said")
    first = text.inner_text()
    for _ in range(2):
        before = text.inner_text()
        page.keyboard.press("Enter")
        expect(text).not_to_have_text(before)
        expect(said).to_contain_text("Saved: ")
    page.locator(".mine summary").click()
    expect(page.locator(".mine .figures")).to_contain_text("labelled today (UTC)")
    page.locator(".mine tr").filter(has_text=first).get_by_role("button").click()
    expect(text).to_have_text(first)
    assert first not in exported(app)


def test_a_file_is_mapped_previewed_and_added(page: Any, tmp_path: Path) -> None:
    open_tab(page)
    table = tmp_path / "shop.csv"
    table.write_text("id,body\n1,The soup is cold.\n2,\n3,The soup  is cold.\n4,The bread is warm.\n")
    page.get_by_role("button", name="Add texts to the pool").click()
    page.locator("#annotate input[type=file]").set_input_files(str(table))
    expect(page.locator("#pool-preview")).to_contain_text("3 of 4 rows have a text. Left out: 1 (blank).")
    expect(page.locator("#pool-text input")).to_have_value("body")
    page.locator("#pool-store").click()
    expect(page.locator("#pool-message")).to_contain_text(
        "2 texts were added to the pool. 1 was there already. Left out: 1 (blank)."
    )
    lines = page.locator("#pool-lines textarea")
    lines.press_sequentially("4sz? typed")
    expect(lines).to_have_value("4sz? typed")


def test_at_two_hundred_percent_text_and_message_stay_in_sight(browser: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(2, "wide sail"))
    context = browser.new_context(viewport={"width": 640, "height": 400})  # what 1280 by 800 is at 200 % zoom
    page = context.new_page()
    page.goto(app.url)
    text, said = open_tab(page), page.locator(".said .note")
    expect(text).to_be_in_viewport(ratio=1)
    page.keyboard.press("f")
    expect(page.locator("#flag-reason")).to_be_focused()
    expect(text).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    for box in page.locator("#annotate-emotions input:checked, #annotate-polarity input:checked").all():
        page.keyboard.press(box.get_attribute("aria-keyshortcuts").split()[0])
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY + innerHeight > document.documentElement.scrollHeight - 2")
    page.keyboard.press("?")
    expect(page.locator(".keys li").first).to_be_in_viewport(ratio=1)
    page.keyboard.press("s")
    expect(said).to_have_text("Skipped.")
    expect(said).to_be_in_viewport(ratio=1)
    expect(text).to_be_in_viewport(ratio=1)
    context.close()


def test_on_a_phone_saving_is_at_hand_and_no_key_is_named(browser: Any, app: App, tmp_path: Path) -> None:
    fill(app, tmp_path, numbered(2, "small boat on the lake"))
    context = browser.new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(app.url)
    text = open_tab(page)
    first = text.inner_text()
    expect(page.locator("#annotate-save")).to_be_in_viewport(ratio=1)
    expect(page.locator(".workspace:not(.review) kbd:visible")).to_have_count(0)
    page.locator("#annotate-save").tap()
    expect(text).not_to_have_text(first)
    expect(text).to_be_in_viewport(ratio=1)
    context.close()


def test_two_people_at_once_never_get_the_same_text(
    browser: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("two") / "home"
    for app in serve(home, EMODEMO_MODEL="small", EMODEMO_BLIND_SHARE="1"):
        app.command("annotators", "add", "boss", "--role", "admin", "--hub", "boss")
        people = [_sign_in(browser, app, name) for name in ("ann", "bob")]
        fill(app, tmp_path, numbered(12, "gate"))
        seen: dict[str, list[str]] = {"ann": [], "bob": []}
        pages = dict(zip(seen, people, strict=True))
        for page in people:
            open_tab(page)
        while sum(map(len, seen.values())) < 12:
            for name, page in pages.items():
                text = page.locator(".item > p")
                if not text.is_visible():
                    continue
                seen[name].append(text.inner_text())
                expect(page.locator(".says")).to_contain_text("what the model says is hidden")
                page.keyboard.press("4")  # nothing is ticked before
                page.keyboard.press("Enter")
                page.wait_for_function(SETTLED)
                page.wait_for_timeout(100)
        assert seen["ann"]
        assert seen["bob"]
        assert len({*seen["ann"], *seen["bob"]}) == 12
        rows = exported(app).values()
        assert {row["visible"] for row in rows} == {False}
        assert {row["annotator"] for row in rows} == {"ann", "bob"}
        for page in people:
            page.context.close()


def _add(app: App, name: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "emodemo", "annotators", "add", name, "--role", "annotator"],
        input=PASSWORD, text=True, cwd=ROOT, env=app.environment, check=True, capture_output=True,
    )  # fmt: skip


def _enter(page: Any, app: App, name: str) -> None:
    page.goto(f"{app.url}login")
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("form.account span").wait_for()


def _sign_in(browser: Any, app: App, name: str) -> Any:
    _add(app, name)
    page = browser.new_context().new_page()
    _enter(page, app, name)
    return page
