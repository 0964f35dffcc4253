"""One text at a time from the pool, the least certain first, by mouse or keyboard."""

import time
import uuid
from pathlib import Path
from typing import Any

import gradio as gr

from db import annotators, texts
from emodemo import annotation, exchange, html
from emodemo.access import Person, require
from emodemo.analysis import Sentence
from emodemo.errors import UserError
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.tabs.analyse import read_file
from emodemo.tabs.editor import create_editor, in_words, prefilled, said

EMPTY = "The pool has no text left for you. Add some below, or run `python -m emodemo import FILE --as pool`."
KEYS = (
    '<details class="keys"><summary>Keys <kbd>?</kbd></summary><p><kbd>1</kbd> to <kbd>7</kbd> emotions in the order shown · '
    "<kbd>Enter</kbd> save · <kbd>S</kbd> skip · <kbd>Z</kbd> undo</p></details>"
)
TABLES = [".csv", ".tsv", ".jsonl", ".parquet"]
Row = dict[str, Any]


def create_annotate_tab(services: Services, tab: gr.Tab) -> None:
    """The text large, the controls prefilled with what the live release says."""
    current, client_id, since = gr.State(None), gr.State(""), gr.State(0.0)
    with gr.Column(elem_id="annotate"):
        message = gr.HTML(elem_id="annotate-message")
        item = gr.HTML(elem_id="annotate-item")
        with gr.Column(visible=False) as work:
            editor = create_editor("annotate", scores_open=True)
            with gr.Row(elem_classes="buttons"):
                save = gr.Button("Save", variant="primary", elem_id="annotate-save", min_width=90)
                skip = gr.Button("Skip", elem_id="annotate-skip", min_width=90)
                undo = gr.Button("Undo", elem_id="annotate-undo", min_width=90)
            gr.HTML(KEYS)
        with gr.Accordion("Add texts to the pool", open=False, visible=False, elem_classes="fold") as filling:
            lines = gr.Textbox(label="One text a line", lines=5, elem_id="pool-lines")
            with gr.Row(elem_classes="buttons"):
                add = gr.Button("Add to the pool", elem_id="pool-add", scale=0, min_width=180)
                upload = gr.UploadButton("Add a file", file_types=[".txt", *TABLES], scale=0, min_width=140)
                gr.HTML('<p class="hint">a line each of a .txt file, or the column <code>text</code> of a table</p>')

    shown = [message, item, work, filling, current, client_id, since, *editor.shown]
    state = [current, client_id, since]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    count = len(shown)
    tab.select(answering(resume, count, services), current, shown, **wire)
    save.click(answering(save_item, count, services), [*state, *editor.controls], shown, **wire)
    skip.click(answering(skip_item, count, services), state, shown, **wire)
    undo.click(answering(undo_item, count, services), None, shown, **wire)
    add.click(answering(add_lines, count + 1, services), lines, [*shown, lines], **wire)
    upload.upload(answering(add_file, count, services), upload, shown, **wire)


def resume(services: Services, current: Row | None, request: gr.Request) -> list[Any]:
    """What is in work stays; otherwise the next text."""
    return following(services, _annotator(services, request)) if current is None else [gr.skip()] * 15


def following(services: Services, person: Person, message: str = "") -> list[Any]:
    """The next text of the pool and its prefilled controls, or how to fill the pool."""
    return presented(annotation.next_item(services, person), message)


def presented(item: annotation.Item | None, message: str) -> list[Any]:
    """Outputs that show a text, or none."""
    visible = gr.update(visible=True)
    if item is None:
        return [message, html.note(EMPTY), gr.update(visible=False), visible, None, "", 0.0, *[gr.skip()] * 8]
    content = item.text.content
    row = Sentence(0, len(content), content, item.prediction).row() | {"id": item.text.id}
    place = html.item(row, item.done, item.total)
    return [message, place, visible, visible, row, uuid.uuid4().hex, time.time(), *prefilled(row)]


def save_item(
    services: Services, current: Row | None, client_id: str, since: float, request: gr.Request, *controls: Any
) -> list[Any]:
    """Store what the controls say and go on."""
    person = _annotator(services, request)
    if current is None:
        return following(services, person)
    verdict = said(current, controls)
    annotation.save(
        services, person, client_id=client_id, content=current["text"], verdict=verdict, visible=True,
        release=current["release"], seconds=round(time.time() - since, 1),
    )  # fmt: skip
    return following(services, person, html.note(f"Saved: {in_words(verdict)}.", "good"))


def skip_item(services: Services, current: Row | None, client_id: str, since: float, request: gr.Request) -> list[Any]:
    """Say nothing of this text and go on."""
    person = _annotator(services, request)
    if current is not None:
        seconds = round(time.time() - since, 1)
        annotation.skip(services, person, client_id=client_id, text_id=current["id"], seconds=seconds)
    return following(services, person, html.note("Skipped."))


def undo_item(services: Services, request: gr.Request) -> list[Any]:
    """Take back the newest save or skip and show that text again; any number of steps."""
    person = _annotator(services, request)
    text = annotation.undo(services, person, client_id=uuid.uuid4().hex)
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        total, done = texts.pool_counts(session, annotator_id=annotator.id)
    return presented(annotation.item(services, text, done=done, total=total), html.note("Taken back; say it again."))


def add_lines(services: Services, lines: str, request: gr.Request) -> list[Any]:
    """Every line that is not blank into the pool, then the next text. Raises UserError where there is none."""
    person = _annotator(services, request)
    read = exchange.bounded((lines or "").splitlines(), services.settings.max_rows)
    contents = [line.strip() for line in read if line.strip()]
    if not contents:
        raise UserError("There is no line to add; paste some texts first.")
    with services.database.write() as session:
        texts.add(session, contents=contents, source="page", pooled=True)
    services.pool.forget()
    return [*following(services, person, _added(len(contents))), ""]


def add_file(services: Services, path: str, request: gr.Request) -> list[Any]:
    """Every text of a table, or every line of a text file, into the pool, then the next text. Raises UserError."""
    person = _annotator(services, request)
    file = Path(path)
    if file.suffix.lower() not in TABLES:
        return add_lines(services, read_file(path), request)[:-1]
    try:
        renamed, limits = file.rename(file.with_suffix(file.suffix.lower())), services.settings
        count = exchange.import_pool(services.database, renamed, most=limits.max_rows, longest=limits.max_unpacked)
    except ValueError as error:  # says where on this machine the upload lies
        raise UserError(str(error).replace(f"{file.parent}/", "")) from None
    services.pool.forget()
    return following(services, person, _added(count))


def _added(count: int) -> str:
    return html.note(f"{count:,} {'text was' if count == 1 else 'texts were'} added to the pool.", "good")


def _annotator(services: Services, request: gr.Request) -> Person:
    person = asker(services.settings, request)
    require(person, "annotator", "annotate")
    return person
