"""Searching, labelling a selection and taking it back, in a browser, by an annotator and by a reviewer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import App, serve, show

ROWS = (
    "The kite flew over the pier.",
    "A red kite, at last!",
    "It rained on the kite.",
    "Nobody sang.",
    "<b>Kite</b> & co.",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("texts") / "home"
    for app in serve(home, EMODEMO_MODEL="small"):
        file = home.parent / "pool.jsonl"
        file.write_text("".join(json.dumps({"text": text}) + "\n" for text in ROWS))
        app.command("import", str(file), "--as", "pool")
        yield app


def open_texts(page: Any) -> Any:
    show(page, "Texts")
    rows = page.locator(".found li")
    expect(rows).to_have_count(len(ROWS))
    return rows


def labelled(app: App) -> dict[str, list[str]]:
    return {row["text"]: row["labels"] for row in map(json.loads, app.command("export").splitlines())}


def test_what_finds_nothing_says_what_helps(page: Any) -> None:
    open_texts(page)
    words = page.locator("#texts-words input, #texts-words textarea").first
    words.fill("submarine")
    words.press("Enter")
    expect(page.locator(".found .heading")).to_have_text("0 textsLeave out a word or a filter.")
    expect(page.locator(".found input")).to_have_count(0)


def test_search_select_label_and_undo(page: Any, app: App) -> None:
    rows = open_texts(page)
    assert rows.locator(".text").all_inner_texts() == [*reversed(ROWS)]
    words = page.locator("#texts-words input, #texts-words textarea").first
    words.fill("kite*")
    words.press("Enter")
    expect(page.locator(".found .heading strong")).to_have_text("4 texts")
    page.get_by_label("Text 2", exact=True).check()
    page.get_by_label("Text 3", exact=True).check()
    expect(page.locator(".found .count")).to_have_text("2 selected")
    page.locator("#texts-emotions label").filter(has_text="fear").click()
    page.locator("#texts-polarity label").filter(has_text="negative").click()
    page.locator("#texts-save").click()
    expect(page.locator("#texts-outcome")).to_contain_text("2 texts are labelled: fear; negative.")
    expect(rows.filter(has_text=ROWS[1])).to_contain_text("local: fear; negative")
    expect(page.locator(".found input:checked")).to_have_count(0)
    assert labelled(app) == {ROWS[1]: ["fear"], ROWS[2]: ["fear"]}
    page.locator("#texts-state input").click()
    page.get_by_role("option", name="unlabelled").click()
    expect(rows.locator(".text")).to_have_text([ROWS[4], ROWS[0]])
    page.locator("#texts-undo").click()
    expect(page.locator("#texts-outcome")).to_contain_text("Taken back: the labels of 2 texts.")
    expect(rows.filter(has_text="local: fear")).to_have_count(0)
    assert labelled(app) == {}
    page.locator("#texts-undo").click()
    expect(page.locator("#texts-outcome")).to_contain_text("No selection of yours is left to undo.")


def test_a_search_is_there_when_somebody_comes_back(page: Any) -> None:
    open_texts(page)
    words = page.locator("#texts-words input, #texts-words textarea").first
    words.fill("kite*")
    words.press("Enter")
    expect(page.locator(".found .heading strong")).to_have_text("4 texts")
    page.get_by_label("Text 2", exact=True).check()
    show(page, "Analyse")
    show(page, "Texts")
    page.wait_for_timeout(500)
    expect(page.locator(".found .heading strong")).to_have_text("4 texts")
    expect(page.locator(".found .count")).to_have_text("1 selected")
    expect(words).to_have_value("kite*")


def test_texts_like_one_come_with_the_most_alike_first(page: Any) -> None:
    show(page, "Annotate")  # where the pool is encoded
    expect(page.locator(".item > p")).to_be_visible()
    rows = open_texts(page)
    page.get_by_label("Texts like text 1", exact=True).click()
    expect(page.locator(".found .heading strong")).to_have_text("Texts like text 1")
    expect(rows.first).to_contain_text(ROWS[0])
    expect(rows.first).to_contain_text("100 % alike")


def test_near_duplicates_are_shown_and_can_be_added_after_all(page: Any, tmp_path: Path) -> None:
    show(page, "Annotate")
    expect(page.locator(".item > p")).to_be_visible()
    page.get_by_role("button", name="Add texts to the pool").click()
    table = tmp_path / "shop.csv"
    table.write_text("text\nThe shop is shut today.\nTHE SHOP is shut TODAY\n")
    page.locator("#annotate input[type=file]").set_input_files(str(table))
    message = page.locator("#pool-message")
    expect(page.locator("#pool-preview")).to_contain_text("2 of 2 rows have a text")
    page.locator("#pool-store").click()
    expect(message).to_contain_text("1 row nearly repeats another and was left out.")
    expect(message.locator("td")).to_have_text(["THE SHOP is shut TODAY", "The shop is shut today."])
    page.locator("#pool-keep").click()
    expect(message).to_contain_text("1 text was added to the pool.")
    expect(page.locator("#pool-keep")).to_be_hidden()


def test_a_reviewer_sees_everybodys_answers_and_takes_them_along(page: Any, tmp_path: Path) -> None:
    show(page, "Texts")
    page.get_by_label("Text 4", exact=True).check()
    page.locator("#texts-emotions label").filter(has_text="joy").click()
    page.locator("#texts-save").click()
    expect(page.locator("#texts-outcome")).to_contain_text("1 text is labelled: joy.")
    page.locator("#people").get_by_role("button", name="People").click()
    expect(page.locator("#people-overview tbody tr")).to_contain_text(["local"])
    expect(page.locator("#people-blind")).to_contain_text("No answer was given with the prediction hidden yet.")
    expect(page.locator("#people-history tbody tr").first).to_contain_text(ROWS[3])
    with page.expect_download() as download:
        page.locator("#people-jsonl").click()
    download.value.save_as(tmp_path / "answers.jsonl")
    assert json.loads((tmp_path / "answers.jsonl").read_text().splitlines()[0])["labels"] == ["joy"]


def test_tab_goes_through_the_filters_and_leaves_them_closed(page: Any) -> None:
    show(page, "Texts")
    expect(page.locator(".found li").first).to_be_visible()
    page.locator("#texts-go").focus()
    for name in ("State", "Label", "Annotator", "Release", "Answered from"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(name, exact=True)).to_be_focused()
    expect(page.locator("#texts .option-list")).to_have_count(0)
