"""For reviewers: everybody's pace, agreement, skips and history, what seeing the prediction does, and all of it as files."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from db import annotators
from emodemo import blind, exchange, html, team
from emodemo.access import require
from emodemo.blind import Comparison, Figure
from emodemo.handling import answering, asker, streaming
from emodemo.services import Services

EVERYBODY = "(everybody)"
LISTED = 50  # answers on the page; the files hold all
NUMBERS = ("labelled", "today", "skipped", "flagged", "a text", "agreement", "beside others")
HISTORY = ("annotator", "text", "answer", "seconds", "when")
CAPTION = (
    "Agreement: how far a person's emotions are those of others who labelled the same text (Jaccard index). "
    "A text: the median time of the newest fifty."
)
BLIND = (
    "Of a random share of the queue the prediction is hidden. Where people agree more with the model when they see it, the "
    "sight draws them along. In brackets 95 % intervals; one of the difference without 0 is more than chance."
)


def create_people(services: Services, tab: gr.Tab) -> None:
    """Folded, for reviewers and above; others do not see it."""
    with gr.Accordion("People", open=False, visible=False, elem_classes="fold", elem_id="people") as panel:
        message = gr.HTML(elem_id="people-message")
        everybody, report = gr.HTML(elem_id="people-overview"), gr.HTML(elem_id="people-blind")
        with gr.Row(elem_classes="buttons"):
            name = gr.Dropdown([EVERYBODY], label="Answers of", elem_id="people-name", scale=0, min_width=220)
            as_csv = gr.DownloadButton("Download CSV", size="sm", scale=0, min_width=150, elem_id="people-csv")
            as_jsonl = gr.DownloadButton("Download JSONL", size="sm", scale=0, min_width=150, elem_id="people-jsonl")
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
    require(asker(services.settings, request), "reviewer", "see the answers of all")
    rows = [
        row
        | {
            "agreement": "" if row["agreement"] is None else f"{100 * row['agreement']:.0f} %",
            "last answer": row["last answer"][:16].replace("T", " "),
        }
        for row in team.overview(services.database)
    ]
    with services.database.read() as session:
        names = [person.name for person in annotators.all(session)]
    table = html.table(rows, team.COLUMNS, numbers=NUMBERS) + f'<p class="caption">{CAPTION}</p>'
    choices = gr.update(choices=[EVERYBODY, *names], value=EVERYBODY)
    return ["", table, choices, blind_table(blind.report(services))]


def show_answers(services: Services, name: str | None, request: gr.Request) -> Iterator[list[Any]]:
    """The newest answers of one person or all, and files of every one."""
    require(asker(services.settings, request), "reviewer", "see the answers of all")
    who = None if name in (None, EVERYBODY) else name
    with TemporaryDirectory() as folder:
        exact, table = Path(folder, "answers.jsonl"), Path(folder, "answers.csv")
        rows = [*team.history(services.database, annotator=who)]
        with exact.open("w", encoding="utf-8") as stream:
            exchange.write_jsonl(rows, stream)
        with table.open("w", encoding="utf-8", newline="") as stream:
            team.write_csv(rows, stream)
        shown = html.table([_answer(row) for row in islice(rows, LISTED)], HISTORY, numbers=("seconds",))
        yield ["", f'<div class="flips answers">{shown}</div>', str(table), str(exact)]


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    said = (*row.get("labels", ()), row.get("polarity", ""), *(f"{n} {v:g}" for n, v in row.get("scores", {}).items()))
    words = {"skip": "skipped", "flag": f"flagged: {row.get('comment', '')}", "undo": "undone"}
    seconds = f"{row['seconds']:.1f}" if "seconds" in row else ""
    answer = words.get(row["action"]) or ", ".join(filter(None, said))
    return row | {"answer": answer, "seconds": seconds, "when": row["created_at"][:16].replace("T", " ")}


def blind_table(found: Sequence[Comparison]) -> str:
    """The report as a table; a sentence where nothing was asked blind yet."""
    if not any(each.blind for each in found):
        return "<h3>Blind and shown</h3>" + html.note("No answer was given with the prediction hidden yet.")
    rows = [
        {
            "": each.what,
            "blind": _figure(each.blind, each.unit),
            "shown": _figure(each.shown, each.unit),
            "blind less shown": _figure(each.difference, each.unit, sign="+"),
            "answers": f"{each.counts[0]:,} and {each.counts[1]:,}",
        }
        for each in found
    ]
    numbers = ("blind", "shown", "blind less shown", "answers")
    return f'<h3>Blind and shown</h3>{html.table(rows, ("", *numbers), numbers=numbers)}<p class="caption">{BLIND}</p>'


def _figure(figure: Figure | None, unit: str, sign: str = "") -> str:
    if figure is None:
        return ""
    scale, end = (100, " %") if unit == "share" else (1, " s")
    value, low, high = (
        "" if part is None else f"{scale * part:{sign}.1f}" for part in (figure.value, figure.low, figure.high)
    )
    return f"{value}{end}" + (f" ({low} to {high})" if low else "")
