"""Analyse a text: its sentences in order, the course of its emotions, one sentence to look at and to correct."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import gradio as gr
import pandas as pd

from emodemo import analysis, cards, exchange, html, plots
from emodemo.errors import UserError, without_folder
from emodemo.handling import answering, sent, streaming
from emodemo.services import Services
from emodemo.tabs.correct import create_correct_panel, presented
from emodemo.templates import ASSETS, script
from emodemo.translation import _, named, ngettext
from model.language import foreign
from model.readers import tabular

BLOCK = 64  # sentences between two looks at the page
MOST_CARDS = 500  # sentences on the page; figure and downloads hold all
NEXT = "() => window.emodemo.next(['analyse-stop'], 'analyse-go')"
PICKED = 15  # outputs of the picked sentence
READING = "() => window.emodemo.reading()"
Row = dict[str, Any]


def create_analyse_tab(services: Services) -> None:
    """The text above; below, once there is an answer, its course, its sentences, and the picked one beside them."""
    rows, count, halted = gr.State([]), gr.State(0), gr.State(False)
    with gr.Column(elem_id="analyse"):
        text = gr.Textbox(
            label=_("Text"), show_label=False, placeholder=_("Paste a diary entry, a chat, a review, a scene …"),
            lines=6, max_lines=10, elem_id="analyse-text",
        )  # fmt: skip
        with gr.Row(elem_classes="buttons"):
            go = gr.Button(_("Analyse"), variant="primary", elem_id="analyse-go", scale=0, min_width=140)
            upload = gr.UploadButton(_("Open a .txt or .csv file"), file_types=[".txt", ".csv"], scale=0, min_width=220)
            stop = gr.Button(_("Stop"), visible=False, elem_id="analyse-stop", scale=0, min_width=100)
            gr.HTML(f'<p class="hint">{_("or drop a file on the box · <kbd>Ctrl</kbd> <kbd>Enter</kbd> analyses")}</p>')
        samples = examples()
        with gr.Row(elem_classes="examples"):
            tries = [gr.Button(f"{_(sample['title'])}\n{sample['text'].strip()}", min_width=200) for sample in samples]
        message = gr.HTML(elem_id="analyse-message")
    with gr.Column(visible=False, elem_id="results") as results:
        course = gr.Plot(show_label=False, container=False, elem_classes="figure")
        gr.HTML(html.words("valence", "arousal", "dominance", "review"))
        with gr.Row(elem_classes="split"):
            with gr.Column(scale=7, min_width=320):
                listed = gr.HTML("", js_on_load=script("cards.js"), elem_id="cards")
                with gr.Row(elem_classes="buttons"):
                    as_csv = gr.DownloadButton(_("Download CSV"), size="sm", scale=0, min_width=150)
                    as_jsonl = gr.DownloadButton(_("Download JSONL"), size="sm", scale=0, min_width=150)
            with gr.Column(scale=5, min_width=320, elem_id="correct"):
                panel = create_correct_panel(services)

    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    found = [message, stop, results, listed, rows, course, as_csv, as_jsonl, *panel.shown, count, halted]
    begun = [go.click, text.submit, upload.upload, *(button.click for button in tries)]
    gr.on(begun, None, None, message, js=READING, **wire)
    run = streaming(analyse, len(found), services)
    runs = [gr.on([go.click, text.submit], run, text, found, **wire)]
    runs.append(upload.upload(streaming(analyse_file, len(found) + 1, services), upload, [*found, text], **wire))
    for button, sample in zip(tries, samples, strict=True):
        filled = button.click(partial(str.strip, sample["text"]), None, text, **wire)
        runs.append(filled.then(run, text, found, **wire))
    stop.click(answering(stopped, 3), count, [message, stop, halted], cancels=runs, **wire).then(None, js=NEXT)
    for each in runs:  # what was under way when it was stopped comes after that was said
        each.failure(answering(ended, 2), [count, halted], [message, stop], **wire)
    listed.select(answering(pick, len(panel.shown), services), rows, panel.shown, **wire)


def examples() -> list[dict[str, str]]:
    """Texts to try, each with ``title`` and ``text``."""
    found: list[dict[str, str]] = tomllib.loads((ASSETS / "examples.toml").read_text(encoding="utf-8"))["example"]
    return found


def stopped(count: int) -> tuple[str, Any, bool]:
    """That it was, after how many sentences, and no button to stop it once more."""
    said = ngettext(
        "Stopped after {n:,} sentence; analyse again for the downloads.",
        "Stopped after {n:,} sentences; analyse again for the downloads.",
        count,
    )
    return html.note(said), gr.update(visible=False), True


def ended(count: int, halted: bool) -> tuple[str, Any]:
    """What ``stopped`` says; nothing where the server refused to begin, of which Gradio says why."""
    message, button, _halted = stopped(count)
    return message if halted else "", button


def analyse(services: Services, text: str | None) -> Iterator[list[Any]]:
    """What changes on the page with each block, and at last the downloads. Raises UserError for a blank or too long text."""
    checked = analysis.check_text(text, services.settings.max_characters)
    predictor, name = services.live.predictor, uuid4().hex
    shown: list[Row] = []
    points: list[Row] = []
    with TemporaryDirectory() as folder:
        exact, table = Path(folder, "emodemo.jsonl"), Path(folder, "emodemo.csv")
        with exact.open("w", encoding="utf-8") as stream:
            for block in analysis.analyze(predictor, checked, size=BLOCK):
                rows = [sentence.row() for sentence in block]
                exchange.write_jsonl(rows, stream)
                points += map(point, rows)
                fresh = rows[: MOST_CARDS - len(shown)]
                picked = [] if shown else presented(services, rows[0])
                shown += fresh
                message = reading(len(points), block[-1].end / len(checked))
                earlier = gr.skip() if len(points) > len(rows) else gr.update(value=None, interactive=False)
                yield [
                    message,
                    gr.update(visible=True),
                    *_found(name, shown, points, fresh),
                    earlier,
                    earlier,
                    *_kept(picked),
                    len(points),
                    gr.skip() if len(points) > len(rows) else False,
                ]
        if not points:
            raise UserError("There is no sentence in this text; type some words.")
        with exact.open(encoding="utf-8") as stream, table.open("w", encoding="utf-8", newline="") as written:
            exchange.write_analysis_csv(map(json.loads, stream), written)
        message = warning(checked) + summary(points, predictor.release)
        figure = plots.course(pd.DataFrame(points))
        files = [gr.update(value=str(file), interactive=True) for file in (table, exact)]
        yield [message, gr.update(visible=False), *[gr.skip()] * 3, figure, *files, *_kept([]), len(points), gr.skip()]


def _found(name: str, shown: list[Row], points: list[Row], fresh: list[Row]) -> list[Any]:
    """Results' place, cards, rows and course, as long as there are fresh cards."""
    if not fresh:
        return [gr.skip()] * 4
    return [gr.update(visible=True), cards.cards(shown, name), shown, plots.course(pd.DataFrame(points))]


def _kept(picked: list[Any]) -> list[Any]:
    """The picked sentence's outputs; without values they stay, for somebody may be at work there."""
    return picked or [gr.skip()] * PICKED


def reading(count: int, share: float) -> str:
    """How much has been read."""
    return html.progress(share, _("{count:,} sentences read, {share:.0%} of the text …", count=count, share=share))


def point(row: Row) -> Row:
    """What ``plots.course`` draws of a sentence: the start of its text, top emotion and scores."""
    emotions = row["emotions"]
    return {"text": row["text"][:300], "emotion": max(emotions, key=emotions.__getitem__), **row["scores"]}


def summary(points: list[Row], release: str) -> str:
    """How many sentences of which emotion, and whether all of them are on the page."""
    line = cards.summary(len(points), Counter(point["emotion"] for point in points), release)
    hidden = len(points) > MOST_CARDS
    more = _("The first {count} sentences are below; the downloads hold all.", count=MOST_CARDS) if hidden else ""
    return line + html.note(more)


def warning(text: str) -> str:
    """A note on a text that is surely not English, empty for any other."""
    language = foreign(text)
    if language is None:
        return ""
    said = _(
        "This looks like {language}; the model knows English only, so do not trust these answers.",
        language=named(language),
    )
    return html.note(said, "bad")


def analyse_file(services: Services, path: str | None) -> Iterator[list[Any]]:
    """``analyse`` of an uploaded file, whose text goes into the box."""
    text = read_file(path) if path else ""
    for shown in analyse(services, text):
        yield [*shown, text]
        text = gr.skip()


def read_file(path: str) -> str:
    """A text file whole, or the column ``text`` of a table, a blank line between rows. Raises UserError."""
    file = Path(path)
    try:
        match file.suffix.lower():
            case ".csv":
                return "\n\n".join(record["text"] for _, record in tabular.rows(file.rename(file.with_suffix(".csv"))))
            case ".txt":
                return exchange.text(file)
    except ValueError as error:  # says where on this machine the upload lies
        raise without_folder(error, file.parent) from None
    raise UserError("{name} cannot be read; open a .txt file, or a .csv file with a column 'text'.", name=file.name)


def pick(services: Services, rows: list[Row], event: gr.EventData) -> list[Any]:
    """Show the chosen sentence and what the model says of it. Raises UserError for a card that is gone."""
    try:
        return presented(services, rows[int(sent(event, "n"))])
    except (IndexError, TypeError, ValueError):
        raise UserError("That sentence is no longer on the page; analyse the text again.") from None
