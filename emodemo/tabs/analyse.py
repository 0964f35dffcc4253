"""Analyse a text, look at each sentence, correct what is wrong."""

import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from db import labels
from emodemo import analysis, annotation, exchange, html, plots
from emodemo.access import Person
from emodemo.errors import UserError
from emodemo.handling import answering, asker, streaming
from emodemo.services import Services
from emodemo.tabs.editor import create_editor, in_words, prefilled, said
from model.language import foreign
from model.readers import tabular

EXAMPLES = {
    "Diary": "I finally slept through the night. Then the letter came, and my hands would not stop shaking. "
    "Mum says it will be fine. I want to believe her, but I miss Dad so much today.",
    "Chat": "omg you actually came!!\nof course i did, i promised\nok now i'm crying lol\nwait, why is the dog wearing my hat?",
    "Review": "The first hour is a delight, funny and quick. After that the plot collapses under its own weight. "
    "A shame, because the two leads are wonderful together.",
    "Film scene": "You lied to me. Every single day, you looked me in the eye and lied. I was trying to protect you! "
    "From what? From being happy? Please, just sit down.",
}
KEEP = 600  # seconds that a download lies on disk
Row = dict[str, Any]


def create_analyse_tab(services: Services) -> None:
    """Input on the left, what was found on the right, the chosen sentence below."""
    rows, picked, client_id = gr.State([]), gr.State(None), gr.State("")
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            text = gr.Textbox(
                label="Text", placeholder="Paste a diary entry, a chat, a review, a scene …", lines=9, max_lines=24, elem_id="analyse-text"
            )
            with gr.Row():
                go = gr.Button("Analyse", variant="primary", elem_id="analyse-go", scale=2)
                upload = gr.UploadButton("Open .txt or .csv", file_types=[".txt", ".csv"], type="filepath", scale=1)
            examples = gr.Dataset(
                components=[gr.Textbox(visible=False)], samples=[[e] for e in EXAMPLES.values()],
                sample_labels=list(EXAMPLES), type="index", label="Or try an example",
            )  # fmt: skip
        with gr.Column(scale=3, min_width=360):
            message = gr.HTML(html.note("Sentences appear here, each with its emotion. Choose one to look closer or correct it."))
            cards = gr.HTML("", js_on_load=_script("cards.js"), elem_id="cards")
            with gr.Row(visible=False) as downloads:
                as_csv = gr.DownloadButton("Download CSV", size="sm")
                as_jsonl = gr.DownloadButton("Download JSONL", size="sm")
    with gr.Column(visible=False) as course_place:
        gr.Markdown("### Emotional course")
        course = gr.Plot(show_label=False)
    with gr.Row(visible=False, elem_id="correct") as panel:
        with gr.Column(scale=2, min_width=320):
            quote = gr.HTML()
            figure = gr.Plot(show_label=False)
        with gr.Column(scale=3, min_width=360):
            gr.Markdown("### Correct it\nSaves the emotions and polarity shown, and each score that you moved.")
            editor = create_editor("correct")
            with gr.Row():
                save = gr.Button("Save", variant="primary", elem_id="correct-save")
                undo = gr.Button("Undo", elem_id="correct-undo")
            outcome = gr.HTML(elem_id="correct-outcome")

    found = [message, cards, rows, downloads, as_csv, as_jsonl, course_place, course, panel]
    run = streaming(analyse, len(found), services)
    private: dict[str, Any] = {"api_visibility": "private"}
    gr.on([go.click, text.submit], run, text, found, show_progress="minimal", **private)
    upload.upload(answering(read_file, 2), upload, [message, text], **private).success(run, text, found, **private)
    examples.click(lambda index: list(EXAMPLES.values())[index], examples, text, **private).then(run, text, found, **private)
    chosen = [outcome, panel, quote, figure, picked, client_id, *editor.controls]
    cards.select(answering(pick, len(chosen)), rows, chosen, show_progress="hidden", **private)
    save.click(
        answering(save_correction, 2, services), [picked, client_id, *editor.controls], [outcome, client_id], **private
    )
    undo.click(answering(undo_correction, 1, services), [picked], outcome, **private)


def analyse(services: Services, text: str) -> Iterator[tuple[Any, ...]]:
    """Cards as the blocks come, then downloads and course. Raises UserError for a blank or too long text."""
    checked = analysis.check_text(text or "", services.settings.max_characters)
    language = foreign(checked)
    warning = f"This looks like {language}; the model knows English only, so do not trust these answers." if language else ""
    rows: list[Row] = []
    hidden = gr.update(visible=False)
    for block in analysis.analyze(services.live.predictor, checked):
        rows += [sentence.row() for sentence in block]
        share = block[-1].end / len(checked)
        progress = "" if share > 0.99 else html.note(f"{len(rows):,} sentences so far, {share:.0%} of the text …")
        shown = html.cards(rows) if len(rows) <= 2 * analysis.BLOCK else gr.skip()
        yield progress, shown, rows, hidden, gr.skip(), gr.skip(), hidden, gr.skip(), hidden
    if not rows:
        raise UserError("There is no sentence in this text; type some words.")
    count = f"{len(rows):,} sentence{'s' if len(rows) != 1 else ''}, answered by release {rows[0]['release']}."
    message = html.note(warning, "bad") if warning else html.note(count)
    csv_file, jsonl_file = write_downloads(rows)
    visible = gr.update(visible=True)
    plotted = gr.update(visible=len(rows) > 1)
    yield message, html.cards(rows), rows, visible, csv_file, jsonl_file, plotted, plots.course(frame(rows)), hidden


def frame(rows: list[Row]) -> pd.DataFrame:
    """What ``plots.course`` draws: text, top emotion and scores of each sentence."""
    return pd.DataFrame(
        {"text": row["text"], "emotion": max(row["emotions"], key=row["emotions"].get), **row["scores"]} for row in rows
    )


def write_downloads(rows: list[Row]) -> tuple[str, str]:
    """The rows as CSV and JSONL in files that are cleared away after some minutes."""
    folder = Path(tempfile.gettempdir()) / "emodemo-downloads"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEEP:
            old.unlink(missing_ok=True)
    name = uuid.uuid4().hex
    writers = {"csv": exchange.write_analysis_csv, "jsonl": exchange.write_jsonl}
    for suffix, write in writers.items():
        with (folder / f"emodemo-{name}.{suffix}").open("w", encoding="utf-8", newline="") as stream:
            write(rows, stream)
    return str(folder / f"emodemo-{name}.csv"), str(folder / f"emodemo-{name}.jsonl")


def read_file(path: str) -> tuple[str, str]:
    """A text file whole, or the column ``text`` of a table, a line each. Raises UserError, CorpusError."""
    file = Path(path)
    if file.suffix == ".csv":
        return "", "\n".join(record["text"] for _, record in tabular.records(file))
    return "", exchange.text(file)


def pick(rows: list[Row], event: gr.EventData) -> tuple[Any, ...]:
    """Show the chosen sentence and what the model says of it."""
    row = rows[int(event.n)]
    return "", gr.update(visible=True), quoted(row), plots.distribution(row["emotions"]), row, uuid.uuid4().hex, *prefilled(row)


def quoted(row: Row) -> str:
    """The chosen sentence as a quotation."""
    return f'<blockquote class="quote" dir="auto">{html.escape(row["text"])}</blockquote>'


def save_correction(
    services: Services, picked: Row | None, client_id: str, request: gr.Request, *controls: Any
) -> tuple[str, str]:
    """Store what the controls say of the chosen sentence."""
    if picked is None:
        raise UserError("Choose a sentence first.")
    person = asker(services.settings, request)
    verdict = said(picked, controls)
    annotation.save(
        services, person, client_id=client_id, content=picked["text"], verdict=verdict, visible=True,
        release=picked["release"], seconds=None,
    )  # fmt: skip
    return html.note(f"Saved: {in_words(verdict)}. {what_next(services, person)}", "good"), uuid.uuid4().hex


def what_next(services: Services, person: Person) -> str:
    """What happens with a correction from here."""
    if not person.may("annotator"):
        return "Thank you: your proposal waits for a reviewer."
    with services.database.read() as session:
        count = labels.count(session)
    texts = "1 corrected text" if count == 1 else f"{count} corrected texts"
    return f"{texts} will train the next release: retrain in Models, or run `python -m emodemo retrain`."


def undo_correction(services: Services, picked: Row | None, request: gr.Request) -> str:
    """Take back the newest correction of the chosen sentence."""
    if picked is None:
        raise UserError("Choose a sentence first.")
    person = asker(services.settings, request)
    annotation.undo(services, person, client_id=uuid.uuid4().hex, content=picked["text"])
    return html.note("Taken back: your last correction of this sentence no longer counts.")


def _script(name: str) -> str:
    return (Path(__file__).parents[1] / "assets" / name).read_text(encoding="utf-8")
