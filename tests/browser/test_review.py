"""Review in a browser: decisions by keyboard alone, guidelines that annotators then read, people who split."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import App, answered, arrive, serve, show, unreached


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield from serve(tmp_path_factory.mktemp("review") / "home", EMODEMO_MODEL="small")


def open_tab(page: Any) -> Any:
    show(page, "Review")
    return page.locator(".case > p")


def come_to(page: Any, content: str) -> None:
    """Leave what waits before this text for later."""
    text = open_tab(page)
    expect(text).to_be_visible()
    for _ in range(10):
        if text.inner_text() == content:
            return
        page.keyboard.press("s")
    pytest.fail(f"{content!r} does not wait")


def exported(app: App) -> dict[str, list[tuple[str, list[str]]]]:
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for row in map(json.loads, app.command("export").splitlines()):
        found.setdefault(row["text"], []).append((row["annotator"], row["labels"]))
    return found


def test_decisions_by_keyboard_alone_undone_and_made_again(page: Any, app: App, tmp_path: Path) -> None:
    contents = ["The mill turned.", "The mill stood still.", "The mill burned."]
    for content in contents:
        answered(app, tmp_path, content, ada="joy", ben="surprise", cleo="joy")
    text, outcome = open_tab(page), page.locator(".outcome")
    expect(text).to_have_text(contents[0])
    expect(page.locator(".answers > li")).to_have_count(2)
    expect(page.locator(".answers > li").first).to_contain_text("cleo")

    page.keyboard.press("c")
    page.keyboard.type("1 of two mills")  # keys are letters in a text field
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    expect(outcome).to_have_text("Accepted: surprise.")
    expect(text).to_have_text(contents[1])
    page.keyboard.press("k")
    expect(outcome).to_contain_text("Left as it is")
    expect(text).to_have_text(contents[2])
    page.keyboard.press("e")
    page.keyboard.press("1")  # anger, in place of the first answer's joy
    page.keyboard.press("j")
    page.keyboard.press("8")
    page.keyboard.press("Enter")
    expect(outcome).to_have_text("Accepted: anger; negative.")
    expect(page.locator(".nothing")).to_have_text("Nothing waits for a decision.")
    assert exported(app) == {
        contents[0]: [("local", ["surprise"])],
        contents[1]: [("ada", ["joy"]), ("ben", ["surprise"]), ("cleo", ["joy"])],
        contents[2]: [("local", ["anger"])],
    }

    page.locator(".decided summary").click()
    expect(page.locator(".decided td").filter(has_text="1 of two mills")).to_be_visible()
    for content in reversed(contents):
        page.keyboard.press("z")
        expect(text).to_have_text(content)
    page.keyboard.press("z")
    expect(outcome).to_have_text("There is nothing to undo.")
    assert len(exported(app)[contents[0]]) == 3
    page.keyboard.press("s")
    expect(text).to_have_text(contents[1])
    page.keyboard.press("k")
    expect(outcome).to_contain_text("Left as it is")


def test_a_decision_that_was_not_sent_comes_back_whole(page: Any, app: App, tmp_path: Path) -> None:
    answered(app, tmp_path, "The ferry left.", ada="joy", ben="surprise")
    outcome = page.locator(".outcome")
    come_to(page, "The ferry left.")
    page.keyboard.press("c")
    page.keyboard.type("neither")
    page.keyboard.press("Enter")
    with unreached(page, "review/decide"):
        page.keyboard.press("e")
        page.keyboard.press("1")
        page.keyboard.press("8")
        page.keyboard.press("Enter")
        expect(outcome).to_contain_text("This did not reach the server. Nothing is lost")
    page.reload()
    expect(outcome).to_contain_text("This did not reach the server. Nothing is lost")
    expect(page.locator(".why input")).to_have_value("neither")
    expect(page.locator(".editing .emotions input:checked")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(outcome).to_contain_text("Accepted: ")
    [(who, labels)] = exported(app)["The ferry left."]
    assert (who, "anger" in labels) == ("local", True)
    page.locator(".decided summary").click()
    expect(page.locator(".decided td").filter(has_text="neither")).to_be_visible()


def test_people_who_split_are_shown_to_whoever_analyses_the_text(page: Any, app: App, tmp_path: Path) -> None:
    answered(app, tmp_path, "The barn is empty.", ada="joy", ben="sadness", cleo="sadness")
    come_to(page, "The barn is empty.")
    page.keyboard.press("k")
    expect(page.locator(".outcome")).to_contain_text("Left as it is")
    show(page, "Analyse")
    page.locator("#analyse-text textarea").fill("The barn is empty.")
    page.locator("#analyse-go").click()
    expect(page.locator("#correct-quote")).to_contain_text("People split 2 to 1 here: sadness; joy.")


def test_a_visitors_proposal_trains_once_a_reviewer_accepts_it(browser: Any, page: Any, app: App) -> None:
    passed_on = browser.new_context(extra_http_headers={"x-forwarded-for": "198.51.100.7"})  # by a proxy: a visitor
    visitor = passed_on.new_page()
    arrive(visitor, app.url)
    visitor.locator("#analyse-text textarea").fill("The pond froze overnight.")
    visitor.locator("#analyse-go").click()
    visitor.locator("#correct-emotions label").filter(has_text="fear").click()
    visitor.locator("#correct-save").click()
    expect(visitor.locator("#correct-outcome")).to_contain_text("your proposal waits for a reviewer")
    show(visitor, "Review")
    expect(visitor.locator(".outcome")).to_contain_text("Only a signed-in reviewer may review")
    passed_on.close()
    assert "The pond froze overnight." not in exported(app)

    open_tab(page)
    page.get_by_role("button", name="Proposals").click()
    expect(page.locator(".case > p")).to_have_text("The pond froze overnight.")
    page.keyboard.press("1")
    expect(page.locator(".nothing")).to_have_text("Nothing waits for a decision.")
    assert exported(app)["The pond froze overnight."] == [("local", ["fear"])]


def test_a_guideline_that_a_reviewer_edits_is_read_beside_the_labels(page: Any, app: App, tmp_path: Path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("text\nThe kettle is on.\n", encoding="utf-8")
    app.command("import", str(pool), "--as", "pool")
    open_tab(page)
    page.locator(".guiding summary").click()
    form = page.locator(".guiding form")
    form.get_by_label("Emotion").select_option("fear")
    meaning = form.get_by_label("What it means")
    expect(meaning).to_have_value("The writer expects harm: worry, nerves, alarm or terror about what may come.")
    meaning.fill("Harm is <expected>.")
    form.get_by_label("Examples").fill("The ice cracked.\nWho is there?")
    form.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".revised")).to_have_text("What fear means was changed.")
    show(page, "Annotate")
    beside = page.locator(".guidelines dl:not(.meanings)")
    expect(beside).to_contain_text("Harm is <expected>. The ice cracked. Who is there?")
    open_tab(page)
    page.get_by_role("button", name="Bring version 0 back").click()
    expect(meaning).to_have_value("The writer expects harm: worry, nerves, alarm or terror about what may come.")
    expect(page.locator(".guiding tbody tr")).to_have_count(3)


def test_whatever_is_put_off_the_rest_comes(page: Any, app: App, tmp_path: Path) -> None:
    for number in range(5):
        answered(app, tmp_path, f"The bell rang {number} times.", ada="joy", ben="surprise")
    text = open_tab(page)
    expect(text).to_be_visible()
    waiting = int(page.locator("[data-only=''] b").inner_text())
    assert waiting >= 5
    seen = [text.inner_text()]
    while len(seen) < waiting:
        page.keyboard.press("s")
        expect(text).not_to_have_text(seen[-1])
        expect(text).to_be_visible()
        seen.append(text.inner_text())
    assert len({*seen}) == waiting
    page.keyboard.press("s")
    expect(page.locator(".nothing")).to_be_visible()
