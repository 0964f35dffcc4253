"""One text at a time from the pool, the least certain first, by mouse or keyboard."""

import time
import uuid
from typing import Any

import gradio as gr

from db import texts
from emodemo import annotation, html
from emodemo.access import Person, require
from emodemo.analysis import Sentence
from emodemo.errors import UserError
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.tabs.editor import create_editor, in_words, prefilled, said

EMPTY = "The pool has no text left for you. Paste some lines below, or run `python -m emodemo import FILE --as pool`."
KEYS = (
    '<details class="keys"><summary>Keys: <kbd>?</kbd></summary><p><kbd>1</kbd>–<kbd>7</kbd> emotions in the order shown · '
    "<kbd>Enter</kbd> save · <kbd>S</kbd> skip · <kbd>Z</kbd> undo</p></details>"
)
Row = dict[str, Any]


def create_annotate_tab(services: Services) -> None:
    """The text large, the controls prefilled with what the live release says."""
    current, client_id, since = gr.State(None), gr.State(""), gr.State(0.0)
    message = gr.HTML(elem_id="annotate-message")
    item = gr.HTML(elem_id="annotate-item")
    with gr.Column(visible=False) as work:
        editor = create_editor("annotate")
        with gr.Row():
            save = gr.Button("Save", variant="primary", elem_id="annotate-save")
            skip = gr.Button("Skip", elem_id="annotate-skip")
            undo = gr.Button("Undo", elem_id="annotate-undo")
        gr.HTML(KEYS)
    with gr.Accordion("Add texts to the pool", open=False):
        lines = gr.Textbox(label="One text a line", lines=5)
        add = gr.Button("Add to the pool", size="sm", elem_id="pool-add")

    shown = [message, item, work, current, client_id, since, *editor.controls]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    state = [current, client_id, since]
    tab = gr.context.Context.block
    assert isinstance(tab, gr.Tab)
    tab.select(answering(resume, len(shown), services), current, shown, **wire)
    save.click(answering(save_item, len(shown), services), [*state, *editor.controls], shown, **wire)
    skip.click(answering(skip_item, len(shown), services), state, shown, **wire)
    undo.click(answering(undo_item, len(shown), services), None, shown, **wire)
    add.click(answering(add_lines, len(shown) + 1, services), lines, [*shown, lines], **wire)


def resume(services: Services, current: Row | None, request: gr.Request) -> Any:
    """What is in work stays; otherwise the next text."""
    if current is not None:
        return [gr.skip()] * 13
    return following(services, _annotator(services, request))


def following(services: Services, person: Person, message: str = "") -> list[Any]:
    """The next text of the pool and its prefilled controls, or how to fill the pool."""
    item = annotation.next_item(services, person)
    return presented(item, message)


def presented(item: annotation.Item | None, message: str) -> list[Any]:
    """Outputs that show a text, or none."""
    if item is None:
        return [message, html.note(EMPTY), gr.update(visible=False), None, "", 0.0, *[gr.skip()] * 7]
    content = item.text.content
    row = Sentence(0, len(content), content, item.prediction).row() | {"id": item.text.id}
    place = html.item(content, f"{item.done + 1} of {item.total}")
    return [message, place, gr.update(visible=True), row, uuid.uuid4().hex, time.time(), *prefilled(row)]


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
        annotator = annotation.annotators.ensure(session, name=person.name, role=person.role)
        total, done = texts.pool_counts(session, annotator_id=annotator.id)
    return presented(annotation.item(services, text, done=done, total=total), html.note("Taken back; say it again."))


def add_lines(services: Services, lines: str, request: gr.Request) -> list[Any]:
    """Every line that is not blank into the pool, then the next text."""
    person = _annotator(services, request)
    contents = [line.strip() for line in (lines or "").splitlines() if line.strip()]
    if not contents:
        raise UserError("There is no line to add; paste some texts first.")
    with services.database.write() as session:
        texts.add(session, contents=contents, source="page", pooled=True)
    return [*following(services, person, html.note(f"{len(contents)} texts are in the pool.", "good")), ""]


def _annotator(services: Services, request: gr.Request) -> Person:
    person = asker(services.settings, request)
    require(person, "annotator", "annotate")
    return person
