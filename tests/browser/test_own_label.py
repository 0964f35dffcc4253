"""An emotion that no corpus has: an admin adds it, annotators and reviewers use it, a retraining learns it, the page says it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import App, analyse, answered, serve, show
from tests.unit.emodemo.test_added import CARRY, UNSEEN

BY_HAND = 2  # texts of the pool, one by key and one by mouse
MEANING = "The writer longs for a time that is gone."
SADNESS = "--c:var(--sadness)"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("own") / "home"
    yield from serve(home, EMODEMO_BLIND_SHARE="0", EMODEMO_RANDOM_SHARE="0", EMODEMO_CONFLICT_SHARE="0")


def offer(app: App) -> None:
    app.command("labels", "add", "nostalgia", "--emotion", "sadness", "--definition", MEANING)


def test_from_the_admins_form_to_the_annotators_keys(page: Any, app: App, tmp_path: Path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("text\n" + "\n".join(CARRY[:BY_HAND]), encoding="utf-8")
    app.command("import", str(pool), "--as", "pool")
    show(page, "Annotate")
    text, said = page.locator(".item > p"), page.locator(".said")
    expect(text).to_be_visible()

    page.get_by_role("button", name="Labels of your own").click()
    page.locator("#label-add").click()
    expect(page.locator("#labels-message")).to_contain_text("A label is named by letters")
    page.locator("#label-name input, #label-name textarea").fill("Nostalgia")
    page.locator("#label-emotion input").click()
    page.get_by_role("option", name="sadness").click()
    page.locator("#label-definition input, #label-definition textarea").fill(MEANING)
    page.locator("#label-add").click()
    expect(page.locator("#labels-message")).to_contain_text("nostalgia is offered to every annotator from now on.")

    chip = page.locator("#annotate-added label", has_text="nostalgia")
    expect(chip).to_have_attribute("title", MEANING)
    expect(chip).to_have_attribute("style", SADNESS)
    expect(chip.locator("u")).to_have_text("o")  # the first of its letters that no other key has
    expect(page.locator(".meanings")).to_contain_text(MEANING)
    first = text.inner_text()
    page.locator("article.item").focus()
    page.keyboard.press("o")
    page.keyboard.press("6")  # sadness
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Saved: sadness, nostalgia")
    expect(text).not_to_have_text(first)
    expect(chip.locator("input")).not_to_be_checked()
    chip.click()
    page.locator("#annotate-save").click()
    expect(said).to_contain_text("nostalgia")
    rows = {row["text"]: row for row in map(json.loads, app.command("export").splitlines())}
    assert all("nostalgia" in rows[content]["labels"] for content in CARRY[:BY_HAND])


def test_a_reviewer_decides_with_it_by_keys(page: Any, app: App, tmp_path: Path) -> None:
    offer(app)
    answered(app, tmp_path, "The old tram bell rang.", ada="joy", ben="nostalgia", cleo="joy")
    show(page, "Review")
    expect(page.locator(".case > p")).to_have_text("The old tram bell rang.")
    own = page.locator(".answers .emotion", has_text="nostalgia")
    expect(own).to_have_attribute("style", SADNESS)
    page.keyboard.press("e")
    chip = page.locator(".review .added label", has_text="nostalgia")
    expect(chip).to_have_attribute("style", SADNESS)
    expect(page.locator(".answers kbd:visible")).to_have_count(0)  # their numbers are the chips' keys now
    page.keyboard.press("o")  # beside the joy of most
    expect(chip.locator("input")).to_be_checked()
    page.keyboard.press("c")
    page.keyboard.type("of years ago")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_have_text("Accepted: joy, nostalgia.")
    page.locator(".decided summary").click()
    expect(page.locator(".decided td", has_text="of years ago")).to_be_visible()


def test_a_retraining_learns_it_and_the_page_says_it(page: Any, app: App, tmp_path: Path) -> None:
    offer(app)
    more = tmp_path / "more.jsonl"
    more.write_text("\n".join(json.dumps({"text": content, "labels": ["nostalgia"]}) for content in CARRY))
    app.command("import", str(more), "--as", "labels")
    report = json.loads(app.command("retrain", "--json"))
    assert report["decision"] == "promoted", report["reason"]
    assert report["labels"][0]["served"], report["labels"]
    assert "answered by the live release" in app.command("labels", "list")

    expect(page.locator("#header")).to_contain_text(report["candidate"], timeout=60_000)
    analyse(page, UNSEEN[1])
    expect(page.locator("#cards .card .fine")).to_contain_text("nostalgia")
    offered = page.locator("#correct-added")
    expect(offered).to_contain_text(f"nostalgia: {MEANING}")
    offered.get_by_role("checkbox").check()
    page.locator("#correct-save").click()
    expect(page.locator("#correct-outcome")).to_contain_text("nostalgia")

    show(page, "Texts")
    blue = page.locator("#texts-emotions label", has_text="sadness").evaluate("l => getComputedStyle(l).borderColor")
    expect(page.locator("#texts-added label", has_text="nostalgia")).to_have_css("border-color", blue)
    page.locator("#texts-label input").click()
    page.get_by_role("option", name="nostalgia").click()
    expect(page.locator("#texts-found li").filter(has_text=UNSEEN[1])).to_contain_text("nostalgia")
