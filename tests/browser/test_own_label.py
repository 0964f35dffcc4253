"""An emotion that no corpus has: an admin adds it, an annotator uses it, a retraining learns it, the page says it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import App, serve, show
from tests.unit.emodemo.test_added import CARRY, UNSEEN

BY_HAND = 2  # texts of the pool, one by key and one by mouse; the other examples come from a file


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("own") / "home"
    yield from serve(home, EMODEMO_BLIND_SHARE="0", EMODEMO_RANDOM_SHARE="0", EMODEMO_CONFLICT_SHARE="0")


def test_from_the_admins_form_to_the_answer_on_analyse(page: Any, app: App, tmp_path: Path) -> None:
    pool = tmp_path / "pool.txt"
    pool.write_text("text\n" + "\n".join(CARRY[:BY_HAND]), encoding="utf-8")
    app.command("import", str(pool.rename(pool.with_suffix(".csv"))), "--as", "pool")
    page.get_by_role("tab", name="Annotate").click()
    text, said = page.locator(".item > p"), page.locator(".said")
    expect(text).to_be_visible()
    expect(page.locator("#annotate-added")).to_be_hidden()

    page.get_by_role("button", name="Labels of your own").click()
    page.locator("#label-add").click()
    expect(page.locator("#labels-message")).to_contain_text("A label is named by letters")
    page.locator("#label-name input, #label-name textarea").fill("Nostalgia")
    page.locator("#label-definition input, #label-definition textarea").fill(
        "The writer longs for a time that is gone."
    )
    page.locator("#label-add").click()
    expect(page.locator("#labels-message")).to_contain_text("nostalgia is offered to every annotator from now on.")
    expect(page.locator("#labels-shown")).to_contain_text("needs 20 more examples")

    chip = page.locator("#annotate-added label", has_text="nostalgia")
    expect(chip).to_have_attribute("title", "The writer longs for a time that is gone.")
    expect(chip.locator("u")).to_have_text("o")  # the first of its letters that no other key has
    expect(page.locator(".meanings")).to_contain_text("The writer longs for a time that is gone.")
    first = text.inner_text()
    page.locator(".item").focus()
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

    more = tmp_path / "more.jsonl"
    more.write_text("\n".join(json.dumps({"text": content, "labels": ["nostalgia"]}) for content in CARRY[BY_HAND:]))
    app.command("import", str(more), "--as", "labels")
    report = json.loads(app.command("retrain", "--json"))
    assert report["decision"] == "promoted", report["reason"]
    assert report["labels"][0]["served"], report["labels"]
    assert "answered by the live release" in app.command("labels", "list")

    expect(page.locator("#header")).to_contain_text(report["candidate"], timeout=60_000)
    page.get_by_role("tab", name="Analyse").click()
    page.locator("#analyse-text textarea").fill(UNSEEN[1])
    page.locator("#analyse-go").click()
    expect(page.locator("#cards .card .fine")).to_contain_text("nostalgia")
    offered = page.locator("#correct-added")
    expect(offered).to_contain_text("nostalgia")
    expect(offered).to_contain_text("The writer longs for a time that is gone.")
    offered.get_by_role("checkbox").check()
    page.locator("#correct-save").click()
    expect(page.locator("#correct-outcome")).to_contain_text("nostalgia")

    show(page, "Texts")
    expect(page.locator("#texts-added")).to_contain_text("nostalgia")
    page.locator("#texts-label input").click()
    page.get_by_role("option", name="nostalgia").click()
    expect(page.locator("#texts-found")).to_contain_text(f"{len(CARRY) + 1} texts")
