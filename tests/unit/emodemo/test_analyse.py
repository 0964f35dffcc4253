"""The tab Analyse: its handlers, called as Gradio calls them, on the real model."""

import csv
import json
from pathlib import Path

import gradio as gr
import pytest

from emodemo import html, opinions
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.tabs import analyse, editor
from model.labels import EMOTIONS

from .asking import HOSTILE, run, seen


def test_analyse_shows_every_sentence_with_its_answer_and_place(services: Services) -> None:
    shown = run(services, "We won at last! Who took my coat?")
    assert [found["text"] for found in shown["rows"]] == ["We won at last!", "Who took my coat?"]
    assert "<strong>2 sentences</strong>" in shown["message"]
    assert f"answered by {services.live.predictor.release}" in shown["message"]
    assert shown["cards"].count('role="option"') == 2
    for n, found in enumerate(shown["rows"]):
        emotion = max(found["emotions"], key=found["emotions"].get)
        place = f'data-n="{n}" aria-selected="false" style="--c:var(--{emotion})"'
        assert place in shown["cards"]
        assert f"{found['start']}–{found['end']}" in shown["cards"]
        assert f"{found['emotions'][emotion]:.0%}" in shown["cards"]
    assert list(shown["course"].data[2].y) == [found["scores"]["valence"] for found in shown["rows"]]


def test_analyse_starts_with_the_first_sentence_picked(services: Services) -> None:
    first, *_ = analyse.analyse(services, "We won at last! Who took my coat?")
    outcome, quote, figure, picked, client_id, last, *values = first[8:-2]
    assert (outcome, last) == ("", "")
    assert picked["text"] == "We won at last!"
    assert "We won at last!" in quote
    assert list(figure.data[0].x) == [picked["emotions"][emotion] for emotion in EMOTIONS]
    assert len(client_id) == 32
    assert values == editor.prefilled(picked)


def test_downloads_hold_every_sentence_exactly_and_safely(services: Services) -> None:
    offered = []
    for step in analyse.analyse(services, '=SUM(1,2) is what she said. "Fine," he said.'):
        if step[4] != gr.skip():
            rows = step[4]
        offered.append(step[6].get("interactive"))
        files = [update.get("value") for update in step[6:8]]
        if all(files):  # read while the handler waits, as Gradio does
            table, exact = (Path(file).read_text() for file in files)
    assert (offered[0], offered[-1]) == (False, True)  # none of an earlier text's meanwhile
    assert [json.loads(line) for line in exact.splitlines()] == rows
    assert next(csv.DictReader(table.splitlines()))["text"].startswith("'=SUM")
    assert not Path(str(files[0])).exists()


def test_hostile_text_is_shown_as_text_everywhere(services: Services) -> None:
    shown = run(services, HOSTILE)
    item, table = opinions.history([(1, HOSTILE, HOSTILE, "")]), html.table([{"a": HOSTILE}], {"a": "a"})
    for part in (
        shown["message"],
        shown["cards"],
        shown["quote"],
        item,
        table,
        html.note(HOSTILE),
        html.header(HOSTILE),
    ):
        assert "<img" not in part
    for part in (shown["cards"], shown["quote"], item, table):
        assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}} ${alert(2)}" in part
    assert "<img" not in shown["course"].data[2].customdata[0]


def test_a_long_text_reports_true_progress_and_shows_the_first_cards(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse, "BLOCK", 2)
    monkeypatch.setattr(analyse, "MOST_CARDS", 3)
    *steps, last = analyse.analyse(services, "One cup. Two cups. Three cups. Four cups. Five cups.")
    assert [step[0] for step in steps] == [
        html.progress(18 / 52, "2 sentences read, 35% of the text …"),
        html.progress(41 / 52, "4 sentences read, 79% of the text …"),
        html.progress(1, "5 sentences read, 100% of the text …"),
    ]
    assert [step[1]["visible"] for step in (*steps, last)] == [True, True, True, False]
    shown = seen([*steps, last])
    assert shown["cards"].count('role="option"') == len(shown["rows"]) == 3
    assert "The first 3 sentences are below; the downloads hold all." in shown["message"]
    assert len(shown["course"].data[2].x) == 5


def test_a_sentence_picked_while_the_rest_is_read_stays(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "BLOCK", 1)
    first, *rest = analyse.analyse(services, "One cup. Two cups. Three cups.")
    assert first[11]["text"] == "One cup."
    assert all(step[8:-2] == [gr.skip()] * analyse.PICKED for step in rest)


def test_whoever_stops_is_told_after_how_many_sentences_and_why_there_are_no_downloads(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse, "BLOCK", 1)
    monkeypatch.setattr(analyse, "MOST_CARDS", 1)
    read = [step[-2] for step in analyse.analyse(services, "One cup. Two cups.")]
    assert read == [1, 2, 2]
    message, button, halted = analyse.stopped(read[1])
    assert "Stopped after 2 sentences; analyse again for the downloads." in message
    assert button["visible"] is False
    assert analyse.ended(read[1], halted) == (message, button)  # over what was still under way
    assert analyse.ended(0, False) == ("", button)  # where it was refused


def test_every_step_has_a_value_for_every_output(services: Services) -> None:
    with gr.Blocks() as page:
        analyse.create_analyse_tab(services)
    wanted = {len(fn.outputs) for fn in page.fns.values() if (fn.name or "").startswith("analyse")}
    steps = list(analyse.analyse(services, "One cup. Two cups."))
    assert {len(step) for step in steps} == {25}
    assert wanted == {25, 26}  # that of an opened file has the box as well


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no text to analyse; type or paste some."),
        (" \n\t", "There is no text to analyse; type or paste some."),
        ("\u200b\u200b", "There is no sentence in this text; type some words."),
        ("a" * 1_000_001, "The text has 1,000,001 characters; at most 1,000,000 can be analysed at once, "
         "so split it or use `python -m emodemo analyze`."),
    ],
)  # fmt: skip
def test_text_that_cannot_be_analysed_gets_one_sentence(services: Services, text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        run(services, text)
    assert str(refused.value) == message


@pytest.mark.parametrize("text", ["👍🎉", "مرحبا كيف حالك اليوم يا صديقي", "a\x00b\x07c", "x" * 50_000, "\ud800 alone"])
def test_odd_text_is_analysed(services: Services, text: str) -> None:
    assert run(services, text)["rows"]


def test_a_foreign_text_gets_a_visible_warning(services: Services) -> None:
    message = run(services, "Heute ist ein wunderbarer Tag, und ich freue mich sehr auf den Abend mit euch allen.")[
        "message"
    ]
    assert "This looks like German; the model knows English only, so do not trust these answers." in message
    assert 'class="note bad"' in message
    assert "This looks like" not in run(services, "Today is a wonderful day, and I look forward to tonight.")["message"]


def test_a_text_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "diary.TXT"
    file.write_bytes("\ufeffWe won. Who knew?\n".encode())
    assert analyse.read_file(str(file)) == "We won. Who knew?\n"


def test_a_table_gives_its_texts_apart(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "reviews.CSV"
    file.write_text('id,text\n1,"A warm, long evening on the terrace with hardly any wind at all"\n2,Too loud\n')
    steps = list(analyse.analyse_file(services, str(file)))
    assert [found["text"] for found in seen(steps)["rows"]] == [
        "A warm, long evening on the terrace with hardly any wind at all",
        "Too loud",
    ]
    assert steps[0][-1].startswith("A warm, long evening")
    assert steps[-1][-1] == gr.skip()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.csv", b"id,body\n1,hello\n", "notes.csv, line 1: expected a column 'text', found id, body."),
        ("notes.csv", b"text\nna\xefve\n", "notes.csv, line 2: expected UTF-8 text, found byte 0xef."),
        ("notes.txt", b"caf\xe9 at noon\n", "notes.txt, line 1: expected UTF-8 text; convert the file to UTF-8 first."),
        ("notes.pdf", b"%PDF", "notes.pdf cannot be read; open a .txt file, or a .csv file with a column 'text'."),
    ],
)
def test_a_file_that_cannot_be_read_is_named_without_its_place(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as refused:
        analyse.read_file(str(tmp_path / name))
    assert str(refused.value) == message


def test_picking_a_card_shows_that_sentence(services: Services) -> None:
    rows = run(services, "We won at last! Who took my coat?")["rows"]
    assert analyse.pick(services, rows, gr.EventData(None, {"n": 1}))[3] == rows[1]
    for gone in ({"n": 7}, {"n": "x"}, {}, None):
        with pytest.raises(UserError, match="^That sentence is no longer on the page; analyse the text again.$"):
            analyse.pick(services, rows, gr.EventData(None, gone))


def test_the_examples_are_there_and_differ() -> None:
    found = analyse.examples()
    assert [example["title"] for example in found] == ["A diary entry", "A chat", "A review", "A scene"]
    assert len({example["text"] for example in found}) == 4
