"""What a person does on the page, done by a browser."""

import csv
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import App, analyse, arrive, show

SENTENCE = "The mill turns slowly."
FOLLOWS = 5_000  # milliseconds within which a promotion is served


def chip(page: Any, group: str, name: str) -> Any:
    return page.locator(f"#{group} label").filter(has_text=name)


def say(page: Any, prefix: str, emotion: str, polarity: str) -> None:
    chip(page, f"{prefix}-emotions", emotion).click()
    chip(page, f"{prefix}-polarity", polarity).click()


def test_a_correction_changes_the_answer_after_a_retraining(page: Any, app: App) -> None:
    analyse(page, SENTENCE)
    card = page.locator(".card").first
    expect(card.locator(".emotion")).to_have_text("neutral")
    live = page.locator(".live b")
    before = live.inner_text()

    say(page, "correct", "fear", "negative")
    page.locator("#correct-save").click()
    expect(page.locator("#correct-outcome")).to_contain_text(
        "Saved: fear; negative. 1 corrected text will train the next release"
    )
    report = json.loads(app.command("retrain", "--json"))
    assert report["decision"] == "promoted", report["reason"]

    expect(live).to_have_text(report["candidate"], timeout=FOLLOWS)
    assert before == report["live"]
    page.locator("#analyse-go").click()
    expect(page.locator(".summary")).to_contain_text(f"answered by {report['candidate']}")
    expect(card.locator(".emotion")).to_have_text("fear")

    show(page, "Models")
    expect(page.locator("#releases tr.marked")).to_contain_text(report["candidate"])
    expect(page.locator("#reliability .gtitle")).to_have_text("Can its probabilities be trusted?")
    expect(page.locator("#reliability .subplot")).to_have_count(4)
    expect(page.locator("#gate-report .note")).to_contain_text(report["reason"])
    page.locator("#rollback").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#models-message")).to_have_text(f"{before} is live.")
    expect(live).to_have_text(before, timeout=FOLLOWS)


def test_analyse_tells_at_once_that_it_reads_and_no_longer_once_it_was_refused(page: Any) -> None:
    message, held = page.locator("#analyse-message .note"), []
    page.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    page.locator("#analyse-text textarea").fill(SENTENCE)
    page.locator("#analyse-go").click()
    expect(message).to_have_text("Reading the text …")
    for route in held:
        route.fulfill(status=429, json={"detail": "Later."})
    page.unroute("**/gradio_api/queue/join*")
    expect(message).to_have_count(0)
    analyse(page, SENTENCE)


def test_whoever_stops_is_told_what_was_read(page: Any) -> None:
    page.locator("#analyse-text textarea").fill("We won. " * 20_000)
    page.locator("#analyse-go").click()
    page.locator("#analyse-stop").click()
    expect(page.locator("#analyse-message")).to_contain_text("sentences; analyse again for the downloads.")
    page.wait_for_timeout(1000)  # in which whatever was stopped ends
    expect(page.locator("#analyse-message")).to_contain_text("Stopped after ")


def test_an_answer_is_whole_when_all_its_steps_come_at_once(page: Any) -> None:
    page.route("**/gradio_api/queue/data*", lambda route: route.fulfill(response=route.fetch()))  # not before its end
    analyse(page, SENTENCE)
    expect(page.locator("#results .figure .js-plotly-plot")).to_have_count(2)
    expect(page.locator("#correct-quote")).to_contain_text(SENTENCE)
    for group in ("emotions", "polarity"):
        expect(page.locator(f"#correct-{group} input:checked")).to_have_count(1)


def test_a_double_click_stores_one_correction_and_undo_takes_it_back(page: Any, app: App) -> None:
    text = "The ferry waits at the quay."
    analyse(page, text)
    say(page, "correct", "joy", "positive")
    page.locator("#correct-save").dblclick()
    expect(page.locator("#correct-outcome")).to_contain_text("Saved: joy; positive.")
    time.sleep(1)
    assert sum(json.loads(row)["text"] == text for row in app.command("export").splitlines()) == 1
    page.locator("#correct-undo").click()
    expect(page.locator("#correct-outcome")).to_have_text(
        "Taken back: your last correction of this sentence no longer counts."
    )
    assert text not in app.command("export")
    page.locator("#correct-undo").click()
    expect(page.locator("#correct-outcome")).to_have_text("There is nothing to undo.")


def test_the_first_emotion_replaces_the_models_and_the_next_are_added(page: Any) -> None:
    analyse(page, SENTENCE)
    ticked = page.locator("#correct-emotions label:has(input:checked)")
    expect(ticked).to_have_text(["neutral"])
    chip(page, "correct-emotions", "sadness").click()
    expect(ticked).to_have_text(["sadness"])
    expect(page.locator("#correct-polarity input:checked")).to_have_count(0)  # the model's goes with its emotion
    chip(page, "correct-emotions", "fear").click()
    expect(ticked).to_have_text(["fear", "sadness"])
    page.locator("#analyse-go").click()
    expect(ticked).to_have_text(["neutral"])
    page.locator("#correct-polarity label:not(:has(input:checked))").first.click()
    chip(page, "correct-emotions", "fear").click()
    expect(ticked).to_have_text(["fear"])
    expect(page.locator("#correct-polarity input:checked")).to_have_count(1)  # a person's stays


def test_sentences_are_picked_by_mouse_and_keyboard(page: Any) -> None:
    analyse(page, "Birds sing.\nDogs bark.\nCats sleep.")
    quote = page.locator("#correct-quote blockquote")
    expect(quote).to_have_text("Birds sing.")
    page.locator(".card").nth(1).click()
    expect(quote).to_have_text("Dogs bark.")
    for key in ("Home", "End", "Enter"):
        page.keyboard.press(key)
    expect(quote).to_have_text("Cats sleep.")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")  # past the other cards
    expect(page.locator(".card:focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")  # back to the card that was left
    expect(page.locator(".card:focus")).to_contain_text("Dogs bark.")
    expect(page.locator('.card[aria-selected="true"]')).to_have_count(1)
    expect(page.locator("#correct .js-plotly-plot")).to_contain_text("Emotions of the chosen sentence")
    expect(page.locator("#results .js-plotly-plot").first).to_contain_text("Emotional course of the text")


def test_downloads_hold_what_is_on_the_page(page: Any) -> None:
    analyse(page, "Birds sing.\nDogs bark.")
    for name, read in (("CSV", csv.DictReader), ("JSONL", lambda lines: map(json.loads, lines))):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {name}").click()
        lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
        assert [row["text"] for row in read(lines)] == ["Birds sing.", "Dogs bark."]
        assert download.value.suggested_filename == f"emodemo.{name.lower()}"


def test_a_file_is_opened_or_dropped(page: Any, tmp_path: Path) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text("id,text\n1,Lovely soup.\n2,Cold bread.\n")
    page.locator("#analyse input[type=file]").set_input_files(str(table))
    expect(page.locator(".card p")).to_have_text(["Lovely soup.", "Cold bread."])
    expect(page.locator("#analyse-text textarea")).to_have_value("Lovely soup.\n\nCold bread.")
    expect(page.locator(".summary")).to_contain_text("2 sentences")

    dropped = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['Rain again.'], 'rain.txt')); return d; }"
    )
    page.dispatch_event("#analyse-text textarea", "drop", {"dataTransfer": dropped})
    expect(page.locator(".card p")).to_have_text(["Rain again."])
    expect(page.locator(".summary")).to_contain_text("1 sentence")

    table.write_text("id,body\n1,Lovely soup.\n")
    page.locator("#analyse input[type=file]").set_input_files(str(table))
    expect(page.locator("#analyse-message")).to_have_text(
        "reviews.csv, line 1: expected a column 'text', found id, body."
    )


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_text_gets_a_sentence_that_stays(page: Any, text: str) -> None:
    page.locator("#analyse-text textarea").fill(text)
    page.locator("#analyse-go").click()
    expect(page.locator("#analyse-message")).to_have_text("There is no text to analyse; type or paste some.")


def test_an_example_is_one_click_away(page: Any) -> None:
    page.get_by_role("button", name="A chat").click()
    expect(page.locator(".card p").first).to_have_text("are you still coming tonight?")


def test_markup_is_shown_as_text_and_never_runs(page: Any) -> None:
    text = "<img src=x onerror=\"document.title='run'\"> {{7*7}} ${document.title='run'} <b>bold</b>"
    analyse(page, text)
    expect(page.locator("#correct-quote blockquote")).to_have_text(text)
    expect(page.locator("#results img, #results .card b:text('bold')")).to_have_count(0)
    page.locator("#correct-save").click()
    expect(page.locator("#correct-outcome")).to_contain_text("Saved: ")
    assert page.title() == "emodemo"


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_reaches_beyond_the_page(browser: Any, app: App, width: int) -> None:
    """No request to another host, and no side-scrolling, on any tab."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    arrive(page, app.url)
    page.wait_for_selector("#analyse-text textarea")
    analyse(page, "A word as long as " + "x" * 300)
    for tab in ("Annotate", "Models", "Analyse"):
        show(page, tab)
        page.wait_for_timeout(1500)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    context.close()
    assert hosts - {""} == {urlsplit(app.url).netloc}


def test_a_lost_connection_takes_neither_text_nor_place(page: Any) -> None:
    page.locator("#analyse-text textarea").fill("Half a sentence")
    show(page, "Models")
    expect(page.locator("#releases tr.marked")).to_be_visible()
    page.evaluate("window.here = true")
    lost: list[Any] = []
    page.route("**/queue/join*", lambda route: route.continue_() if lost else lost.append(route.abort()))
    page.wait_for_function("() => !window.here")  # Gradio loads the page anew
    expect(page.locator("#releases tr.marked")).to_be_visible()
    expect(page.locator("#analyse-text textarea")).to_have_value("Half a sentence")


def test_the_chosen_sentence_stays_so_while_more_are_read(page: Any) -> None:
    lines = [f"Lantern number {n} hangs over the canal." for n in range(200)]
    page.locator("#analyse-text textarea").fill("\n".join(lines))
    page.locator("#analyse-go").click()
    page.locator(".card").nth(3).click()
    expect(page.locator(".card")).to_have_count(200)
    quote, marked = (
        page.locator("#correct-quote blockquote"),
        page.locator('.card[aria-selected="true"][tabindex="0"] p'),
    )
    expect(quote).to_have_text(lines[3])
    expect(marked).to_have_text([lines[3]])
    analyse(page, "Birds sing.\nDogs bark.")
    page.locator(".card").nth(1).click()
    expect(quote).to_have_text("Dogs bark.")
    expect(marked).to_have_text(["Dogs bark."])
    page.locator("#analyse-go").click()  # the same text once more begins with its first
    expect(quote).to_have_text("Birds sing.")
    expect(marked).to_have_text(["Birds sing."])


def test_messages_are_told_also_twice_and_the_focus_has_a_place(page: Any) -> None:
    voice, own = page.locator("body [role=status].visually-hidden"), page.locator("#models-own")
    show(page, "Models")
    expect(page.locator("#keep")).to_be_visible()
    expect(own).to_contain_text("teaches it faster cannot be told yet")  # the last that comes to the tab by itself
    for _ in range(2):
        page.locator("#rollback").press("Enter")
        expect(voice).to_contain_text("there is none before it")
        voice.evaluate("(place) => place.replaceChildren()")
    page.locator("#keep").press("Enter")
    expect(voice).to_contain_text("Keep 2026")
    page.locator("#confirm-no").press("Enter")
    expect(page.locator("#keep")).to_be_focused()
    page.locator("#keep").press("Enter")
    own.evaluate("(place) => { place.querySelector('.note').textContent = ''; }")
    page.locator("#confirm-yes").press("Enter")
    expect(page.locator("#models-message")).to_contain_text("stays live")
    expect(page.locator("#keep")).to_be_focused()
    expect(own).to_contain_text("On your texts")
    expect(own.locator(".note").first).not_to_be_empty()  # it came anew, as the rest of the tab, and is no answer
    expect(voice).to_have_text(re.compile("^[^ ]+ stays live; that is noted.$"))

    show(page, "Analyse")
    page.locator("#analyse-text textarea").fill("The lamp is lit. " * 20_000)
    page.locator("#analyse-go").click()
    page.locator("#analyse-stop").press("Enter")
    expect(page.locator("#analyse-go")).to_be_focused()
    expect(voice).to_contain_text("Stopped after ")
