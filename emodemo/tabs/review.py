"""What needs a reviewer: texts to decide on, how far annotators agree, what the labels mean."""

from dataclasses import asdict
from html import escape
from typing import Any

import gradio as gr
import pandas as pd
from markupsafe import Markup

from emodemo import agreement, guidance, html, plots, review, templates
from emodemo.access import require
from emodemo.agreement import Measured
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.tabs.annotate import controls
from emodemo.translation import N_, _, named, translated

ALPHA = N_(
    "Krippendorff's alpha: 1 where people always agree, 0 where they agree no more than by chance. Emotions by MASI, a distance "
    "of sets; polarity by equality; scores by their squared distance. Intervals: texts drawn again, 95 %. "
    "Figures of fewer than {n} texts are left out.",
    n=agreement.FEWEST,
)


def create_review_tab(services: Services) -> None:
    """The queue, whose script talks to ``emodemo.web.reviewing``; below, agreement where it is asked for."""
    with gr.Column(elem_id="review"):
        gr.HTML(workspace(), js_on_load=templates.script("review.js"))
        with gr.Accordion(_("How far annotators agree"), open=False, elem_classes="fold") as panel:
            message = gr.HTML(elem_id="agreement-message")
            figure = gr.Plot(visible=False, show_label=False, container=False, elem_classes="figure")
            course = gr.Plot(visible=False, show_label=False, container=False, elem_classes="figure")
            table = gr.HTML(elem_id="agreement")
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal"}
    shown = [message, figure, course, table]
    panel.expand(answering(show_agreement, len(shown), services), None, shown, **wire)


def workspace() -> str:
    """The page's markup; its script fills in the texts."""
    kinds = (
        f'<button type="button" data-only="{name}" aria-pressed="false">{escape(_(kind.many))} <b></b></button>'
        for name, kind in review.KINDS.items()
    )
    labels = (f'<option value="{escape(label)}">{escape(named(label))}</option>' for label in guidance.shipped())
    lists = {"kinds": Markup("".join(kinds)), "labels": Markup("".join(labels))}
    return templates.page("review.html", **controls(), **lists)


def show_agreement(services: Services, request: gr.Request) -> list[Any]:
    """Message, figure by people, figure over time and table. Raises UserError for all but reviewers."""
    require(asker(services.settings, request), "reviewer", N_("see how far annotators agree"))
    rows = agreement.measure(services.database)
    told = [row for row in rows if row.alpha is not None]
    if not told:
        return [html.note(translated(agreement.few(rows))), gr.update(visible=False), gr.update(visible=False), ""]
    frame = pd.DataFrame(map(asdict, told))
    ever, weekly = frame[frame["week"] == ""], frame[frame["week"] != ""]
    course = gr.update(value=plots.agreement_course(weekly) if len(weekly) else None, visible=bool(len(weekly)))
    figures = html.table(map(_cells, told), columns(), numbers=("texts", "alpha", "interval"))
    caption = f'<p class="caption">{escape(translated(ALPHA))}</p>'
    return ["", gr.update(value=plots.agreement(ever), visible=True), course, caption + figures]


def columns() -> dict[str, str]:
    """Headings of the table of agreement."""
    return {
        "task": _("task"),
        "who": _("who"),
        "week": _("week"),
        "texts": _("texts"),
        "alpha": _("alpha"),
        "interval": _("95 % interval"),
    }


def _cells(row: Measured) -> dict[str, str]:
    interval = _("{low} to {high}", low=f"{row.low:.2f}", high=f"{row.high:.2f}")
    words = {"task": named(row.task), "who": _(row.who), "week": row.week}
    return {**words, "texts": f"{row.texts:,}", "alpha": f"{row.alpha:.2f}", "interval": interval}
