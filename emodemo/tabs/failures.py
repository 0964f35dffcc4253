"""What failed unattended, above the releases, for admins, until one of them has seen it."""

from typing import Any

import gradio as gr

from emodemo import failures, html
from emodemo.access import require
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.translation import N_, _


def create_failures(services: Services, tab: gr.Tab) -> None:
    """The notes and a button; nothing where nothing failed."""
    with gr.Row(visible=False, elem_classes="confirm") as place:
        notes = gr.HTML(elem_id="failures")
        seen = gr.Button(_("I have seen it"), elem_id="failures-seen", scale=0, min_width=150)
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(answering(show_failures, 2, services), None, [notes, place], **wire)
    seen.click(answering(see_failures, 2, services), None, [notes, place], **wire)


def show_failures(services: Services, request: gr.Request) -> list[Any]:
    """Every failure that no admin has seen; nothing for others."""
    may = asker(services.settings, request).may("admin")
    found = failures.unseen(services.database) if may else []
    notes = [
        html.note(
            _(
                "{at:%Y-%m-%d %H:%M} UTC: the {what} failed: {why}",
                at=e.at,
                what=_(e.subject),
                why=_(e.detail["message"]),
            ),
            "bad",
        )
        for e in found
    ]
    return ["".join(notes), gr.update(visible=bool(found))]


def see_failures(services: Services, request: gr.Request) -> list[Any]:
    """They are shown no more."""
    person = asker(services.settings, request)
    require(person, "admin", N_("acknowledge failures"))
    failures.mark_seen(services.database, person.name)
    return show_failures(services, request)
