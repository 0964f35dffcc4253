"""For reviewers: everybody's pace, agreement, skips and history, what seeing the prediction does, and all of it as files."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from db import annotators
from db.records import Verdict
from emodemo import blind, chance, exchange, html, team
from emodemo.access import require
from emodemo.blind import Comparison, Figure
from emodemo.handling import answering, asker, streaming
from emodemo.services import Services
from emodemo.tabs.editor import in_words
from emodemo.translation import N_, _, named, translated

EVERYBODY = "(everybody)"
LISTED = 50  # answers on the page; the files hold all
COLUMNS = {
    "annotator": N_("annotator"),
    "role": N_("role"),
    "labelled": N_("labelled"),
    "today": N_("answered today (UTC)"),
    "skipped": N_("skipped"),
    "flagged": N_("flagged"),
    "seconds": N_("a text"),
    "agreement": N_("agreement"),
    "beside others": N_("beside others"),
    "last answer": N_("last answer, UTC"),
}
HISTORY = {
    "annotator": N_("annotator"),
    "text": N_("text"),
    "answer": N_("answer"),
    "seconds": N_("seconds"),
    "when": "UTC",
}
BLIND_COLUMNS = {
    "what": "",
    "blind": N_("blind"),
    "shown": N_("shown"),
    "difference": N_("blind less shown"),
    "answers": N_("answers"),
}
CAPTION = N_(
    "Agreement: how far a person's emotions are those of others who labelled the same text (Jaccard index). "
    "A text: the median time of the newest fifty."
)
BLIND = N_(
    "Of a random share of the queue the prediction is hidden. Where people agree more with the model when they see it, the "
    "sight draws them along. In brackets 95 % intervals; one of the difference without 0 is more than chance."
)


def create_people(services: Services, tab: gr.Tab) -> None:
    """Folded, for reviewers and above; others do not see it."""
    with gr.Accordion(_("People"), open=False, visible=False, elem_classes="fold", elem_id="people") as panel:
        message = gr.HTML(elem_id="people-message")
        everybody, report = gr.HTML(elem_id="people-overview"), gr.HTML(elem_id="people-blind")
        with gr.Row(elem_classes="buttons"):
            name = gr.Dropdown(
                [(_("(everybody)"), EVERYBODY)], label=_("Answers of"), elem_id="people-name", scale=0, min_width=220
            )
            as_csv = gr.DownloadButton(_("Download CSV"), size="sm", scale=0, min_width=150, elem_id="people-csv")
            as_jsonl = gr.DownloadButton(_("Download JSONL"), size="sm", scale=0, min_width=150, elem_id="people-jsonl")
        history = gr.HTML(elem_id="people-history")

    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    theirs = [message, history, as_csv, as_jsonl]
    tab.select(answering(reach_people, 2, services), None, [message, panel], **wire)
    opened = panel.expand(answering(show_people, 4, services), None, [message, everybody, name, report], **wire)
    for event in (opened.then, name.input):
        event(streaming(show_answers, len(theirs), services), name, theirs, **wire)


def reach_people(services: Services, request: gr.Request) -> list[Any]:
    """Whether this person sees the panel."""
    return [gr.skip(), gr.update(visible=asker(services.settings, request).may("reviewer"))]


def show_people(services: Services, request: gr.Request) -> list[Any]:
    """Everybody in a table, the names to choose from, and the report on the blind share."""
    require(asker(services.settings, request), "reviewer", N_("see the answers of all"))
    rows = [
        row
        | {
            "role": named(row["role"]),
            "seconds": "" if row["seconds"] is None else _("{seconds:.1f} s", seconds=row["seconds"]),
            "agreement": "" if row["agreement"] is None else f"{100 * row['agreement']:.0f} %",
            "last answer": _minute(row["last answer"]),
        }
        for row in team.overview(services.database)
    ]
    with services.database.read() as session:
        names = [person.name for person in annotators.all(session)]
    aside = "".join(html.note(translated(each.sentence()), "bad") for each in chance.set_aside(services.database))
    table = aside + html.table(rows, _titles(COLUMNS), numbers=[*COLUMNS][2:-1]) + html.caption(_(CAPTION))
    choices = gr.update(choices=[(_("(everybody)"), EVERYBODY), *zip(names, names, strict=True)], value=EVERYBODY)
    return ["", table, choices, blind_table(blind.report(services))]


def show_answers(services: Services, name: str | None, request: gr.Request) -> Iterator[list[Any]]:
    """The newest answers of one person or all, and files of every one."""
    require(asker(services.settings, request), "reviewer", N_("see the answers of all"))
    who = None if name in (None, EVERYBODY) else name
    with TemporaryDirectory() as folder:
        exact, table = Path(folder, "answers.jsonl"), Path(folder, "answers.csv")
        rows = [*team.history(services.database, annotator=who)]
        with exact.open("w", encoding="utf-8") as stream:
            exchange.write_jsonl(rows, stream)
        with table.open("w", encoding="utf-8", newline="") as stream:
            team.write_csv(rows, stream)
        shown = html.table([_answer(row) for row in islice(rows, LISTED)], _titles(HISTORY), numbers=("seconds",))
        yield ["", f'<div class="flips answers">{shown}</div>', str(table), str(exact)]


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    verdict = Verdict(tuple(row.get("labels", ())), row.get("polarity"), row.get("scores", {}))
    words = {
        "label": in_words(verdict),
        "skip": _("skipped"),
        "flag": _("flagged: {reason}", reason=row.get("comment", "")),
        "undo": _("undone"),
    }
    seconds = f"{row['seconds']:.1f}" if "seconds" in row else ""
    return row | {"answer": words[row["action"]], "seconds": seconds, "when": _minute(row["created_at"])}


def blind_table(found: Sequence[Comparison]) -> str:
    """The report as a table; a sentence where nothing was asked blind yet."""
    title = f"<h3>{escape(_('Blind and shown'))}</h3>"
    if not any(each.blind for each in found):
        return title + html.note(_("No answer was given with the prediction hidden yet."))
    rows = [
        {
            "what": _(each.what),
            "blind": _figure(each.blind, each.unit),
            "shown": _figure(each.shown, each.unit),
            "difference": _figure(each.difference, each.unit, sign="+"),
            "answers": _("{blind:,} and {shown:,}", blind=each.counts[0], shown=each.counts[1]),
        }
        for each in found
    ]
    return title + html.table(rows, _titles(BLIND_COLUMNS), numbers=[*BLIND_COLUMNS][1:]) + html.caption(_(BLIND))


def _figure(figure: Figure | None, unit: str, sign: str = "") -> str:
    if figure is None:
        return ""
    scale, end = (100, " %") if unit == "share" else (1, " s")
    value, low, high = (
        "" if part is None else f"{scale * part:{sign}.1f}" for part in (figure.value, figure.low, figure.high)
    )
    return _("{value} ({low} to {high})", value=value + end, low=low, high=high) if low else value + end


def _titles(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: _(title) if title else "" for name, title in columns.items()}


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
