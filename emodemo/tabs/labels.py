"""Labels of one's own, below the texts: what there is and how far each is for annotators, the form for admins."""

from typing import Any

import gradio as gr

from emodemo import added, html, vocabulary
from emodemo.access import Person, require
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.translation import N_, _, choices, named
from model.labels import EMOTIONS

LOOK = "() => window.emodemo.renew()"
EXPLAINED = N_(
    "An emotion that the model does not know. Annotators tick it beside the others; from {count} examples on a retraining gives "
    "it an answer of its own, if it tells texts that carry it from others. What the model says of all else does not change."
)


def create_vocabulary(services: Services, tab: gr.Tab) -> None:
    """For annotators and above; a visitor does not see it."""
    with gr.Accordion(_("Labels of your own"), open=False, visible=False, elem_classes="fold") as panel:
        gr.HTML(html.hint(_(EXPLAINED, count=added.EXAMPLES)))
        shown = gr.HTML(elem_id="labels-shown")
        with gr.Column(visible=False) as form:
            with gr.Row():
                name = gr.Textbox(label=_("Label"), placeholder=_("nostalgia"), elem_id="label-name", max_length=30)
                emotion = gr.Dropdown(
                    choices(EMOTIONS), label=_("Shown beside"), value=EMOTIONS[0], elem_id="label-emotion"
                )
            definition = gr.Textbox(
                label=_("It holds when …"),
                placeholder=_("The writer longs for a time that is gone."),
                elem_id="label-definition",
            )
            example = gr.Textbox(label=_("An example, if you have one"), elem_id="label-example")
            with gr.Row(elem_classes="buttons"):
                add = gr.Button(_("Add the label"), variant="primary", elem_id="label-add", scale=0, min_width=150)
                choice = gr.Dropdown(
                    [], label=_("Label"), show_label=False, container=False, elem_id="label-choice", scale=0, min_width=180
                )  # fmt: skip
                retire = gr.Button(_("Retire it"), elem_id="label-retire", scale=0, min_width=110)
        message = gr.HTML(elem_id="labels-message")

    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    view, filled = [message, panel, shown, form, choice], [name, definition, example]
    tab.select(answering(show_labels, len(view), services), None, view, **wire)
    adding = answering(add_label, len(view) + len(filled), services)
    for done in (
        add.click(adding, [name, emotion, definition, example], [*view, *filled], **wire),
        retire.click(answering(retire_label, len(view), services), choice, view, **wire),
    ):
        done.then(None, js=LOOK)


def show_labels(services: Services, request: gr.Request) -> list[Any]:
    """Every label with its state, for annotators; the form too for admins."""
    return _view(services, asker(services.settings, request))


def add_label(
    services: Services, name: str, emotion: str, definition: str, example: str, request: gr.Request
) -> list[Any]:
    """Offer a label from now on. Raises UserError, LabelError; then what was typed stays."""
    person = asker(services.settings, request)
    require(person, "admin", N_("add a label"))
    label = vocabulary.add(
        services.database, name or "", emotion=emotion, definition=definition, example=example, actor=person.name
    )
    said = _("{name} is offered to every annotator from now on.", name=label.name)
    return [*_view(services, person, said), "", "", ""]


def retire_label(services: Services, name: str | None, request: gr.Request) -> list[Any]:
    """Offer a label no more. Raises UserError where none is chosen."""
    person = asker(services.settings, request)
    require(person, "admin", N_("retire a label"))
    gone = vocabulary.retire(services.database, name or "", actor=person.name)
    return _view(services, person, _("{name} is offered no more; the next release will not answer it.", name=gone))


def _view(services: Services, person: Person, message: str = "") -> list[Any]:
    """Message, whether the panel is seen, the table, whether the form is, the labels that can be retired."""
    states = added.states(services.database, services.live.predictor.heads.added.names)
    columns = {
        "label": _("label"),
        "emotion": _("beside"),
        "definition": _("means"),
        "examples": _("examples"),
        "state": _("state"),
    }
    rows = [each | {"emotion": named(each["emotion"])} for each in states]
    offered = [each["label"] for each in states if not each["retired"]]
    return [
        html.note(message, "good"),
        gr.update(visible=person.may("annotator")),
        html.table(rows, columns, numbers=("examples",)) if rows else html.note(_("There is none yet.")),
        gr.update(visible=person.may("admin")),
        gr.update(choices=offered, value=offered[0] if offered else None),
    ]
