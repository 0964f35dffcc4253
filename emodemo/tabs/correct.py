"""Correct the sentence that was picked from an analysis. What is saved belongs to its text, never to a place in a list."""

import uuid
from dataclasses import dataclass
from typing import Any

import gradio as gr

from db import annotators, corrections, labels, texts
from emodemo import annotation, cards, html, plots, review, vocabulary
from emodemo.access import Person
from emodemo.errors import UserError
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.tabs.editor import create_editor, in_words, prefilled, said
from emodemo.translation import N_, _, ngettext

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """Components that ``presented`` gives values to, in order."""

    shown: list[Any]


KEPT = N_(
    "Saves the sentence with the emotions and polarity shown and each score that you moved; people who review answers see "
    "it, and the model may learn from it."
)


def create_correct_panel(services: Services) -> Panel:
    """The picked sentence, its distribution and the controls."""
    picked, client_id, last = gr.State(None), gr.State(""), gr.State("")
    quote = gr.HTML(elem_id="correct-quote")
    figure = gr.Plot(show_label=False, container=False, elem_classes="figure")
    gr.HTML(html.heading(_("Correct it"), _(KEPT)))
    editor = create_editor("correct")
    with gr.Row(elem_classes="buttons"):
        save = gr.Button(_("Save"), variant="primary", elem_id="correct-save", min_width=90)
        undo = gr.Button(_("Undo"), elem_id="correct-undo", min_width=90)
    outcome = gr.HTML(elem_id="correct-outcome")

    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    ids = [outcome, client_id, last]
    save.click(answering(save_correction, len(ids), services), [picked, client_id, *editor.controls], ids, **wire)
    undo.click(answering(undo_correction, len(ids), services), [picked, last], ids, **wire)
    return Panel([outcome, quote, figure, picked, client_id, last, *editor.shown])


def presented(services: Services, row: Row) -> list[Any]:
    """Values of ``Panel.shown`` for a sentence, the controls as the model would set them; how people split over it."""
    quote = cards.quoted(row) + html.note(review.split(services.database, row["text"]))
    controls = prefilled(row, vocabulary.offered(services.database))
    return ["", quote, plots.distribution(row["emotions"]), row, uuid.uuid4().hex, "", *controls]


def save_correction(
    services: Services, picked: Row | None, client_id: str, request: gr.Request, *controls: Any
) -> tuple[str, str, str]:
    """Store what the controls say of the picked sentence. Returns message, the next save's id and this one's."""
    if picked is None:
        raise UserError("Choose a sentence first.")
    person = asker(services.settings, request)
    verdict = said(picked, controls, vocabulary.known(services.database))
    annotation.save(
        services, person, client_id=client_id, content=picked["text"], verdict=verdict, visible=True,
        release=picked["release"], seconds=None,
    )  # fmt: skip
    outcome = _("Saved: {what}. {next}", what=in_words(verdict), next=what_next(services, person))
    return html.note(outcome, "good"), uuid.uuid4().hex, client_id


def what_next(services: Services, person: Person) -> str:
    """What happens with a correction from here."""
    if not person.may("annotator"):
        return _("Thank you: your proposal waits for a reviewer.")
    with services.database.read() as session:
        count = labels.count(session)
    return ngettext(
        "{n:,} corrected text will train the next release: retrain in Models, or run `python -m emodemo retrain`.",
        "{n:,} corrected texts will train the next release: retrain in Models, or run `python -m emodemo retrain`.",
        count,
    )


def undo_correction(services: Services, picked: Row | None, last: str, request: gr.Request) -> tuple[str, str, str]:
    """Take back the newest correction of the picked sentence; a visitor only the ``last`` that was saved here."""
    if picked is None:
        raise UserError("Choose a sentence first.")
    person = asker(services.settings, request)
    if not person.may("annotator") and not _stands(services, person, picked["text"], last):
        raise UserError("There is nothing of yours to undo.")
    annotation.undo(services, person, client_id=uuid.uuid4().hex, content=picked["text"])
    return html.note(_("Taken back: your last correction of this sentence no longer counts.")), uuid.uuid4().hex, ""


def _stands(services: Services, person: Person, content: str, client_id: str) -> bool:
    """Whether the correction of this id is the current one: all visitors share a name, but not their corrections."""
    with services.database.read() as session:
        annotator, text = annotators.find(session, name=person.name), texts.find(session, content=content)
        if annotator is None or text is None:
            return False
        current = corrections.current(session, annotator_id=annotator.id, text_id=text.id)
    return current is not None and current.client_id == client_id
