"""Texts of one's own into the pool: pasted, or from a file whose columns are named before anything is stored."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import gradio as gr

from emodemo import html, pooling
from emodemo.access import Person, require
from emodemo.errors import UserError, without_folder
from emodemo.handling import answering, asker, streaming
from emodemo.pooling import Columns, Entry, Fold, Stored
from emodemo.services import Services
from emodemo.translation import N_, _, joined, ngettext

FILES = [".txt", ".csv", ".tsv", ".jsonl", ".parquet"]
NONE = "(none)"
PREVIEWED = 5  # rows
LISTED = 100  # folded rows on the page
PENDING = gr.skip()
LOOK = "() => window.emodemo.more()"


def create_adding(services: Services, tab: gr.Tab) -> None:
    """For annotators and above; a visitor does not see it."""
    opened, folds = gr.State(None), gr.State([])
    with gr.Accordion(_("Add texts to the pool"), open=False, visible=False, elem_classes="fold") as panel:
        lines = gr.Textbox(label=_("One text a line"), lines=5, elem_id="pool-lines")
        with gr.Row(elem_classes="buttons"):
            add = gr.Button(_("Add to the pool"), elem_id="pool-add", scale=0, min_width=180)
            upload = gr.UploadButton(_("Open a file"), file_types=FILES, scale=0, min_width=140, elem_id="pool-file")
            gr.HTML(html.hint(_("CSV, TSV, JSONL or Parquet, or a .txt file with one text a line")))
        with gr.Column(visible=False) as mapping:
            with gr.Row():
                text = gr.Dropdown([], label=_("The text is in"), elem_id="pool-text")
                dialogue = gr.Dropdown([], label=_("Rows belong together by"), elem_id="pool-dialogue")
                order = gr.Dropdown([], label=_("Their order is in"), elem_id="pool-order")
            preview = gr.HTML(elem_id="pool-preview")
            store = gr.Button(_("Add these texts"), variant="primary", elem_id="pool-store")
        message = gr.HTML(elem_id="pool-message")
        keep = gr.Button(_("Add the folded texts, too"), visible=False, elem_id="pool-keep", scale=0, min_width=220)

    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    chosen = [opened, text, dialogue, order]
    shown = [message, opened, mapping, text, dialogue, order, preview]
    tab.select(answering(reach, 2, services), None, [message, panel], **wire)
    told = [message, folds, keep]
    add.click(streaming(add_lines, 4, services), lines, [*told, lines], **wire).then(None, js=LOOK)
    upload.upload(answering(open_file, len(shown), services), upload, shown, **wire)
    for column in (text, dialogue, order):
        column.input(answering(look_at, 2, services), chosen, [message, preview], **wire)
    store.click(streaming(add_rows, 4, services), chosen, [*told, mapping], **wire).then(None, js=LOOK)
    keep.click(streaming(add_folded, 3, services), folds, told, **wire).then(None, js=LOOK)


def reach(services: Services, request: gr.Request) -> list[Any]:
    """Whether this person sees the panel."""
    return [gr.skip(), gr.update(visible=asker(services.settings, request).may("annotator"))]


def add_lines(services: Services, lines: str, request: gr.Request) -> Iterator[list[Any]]:
    """Every line that is not blank into the pool. Raises UserError where there is none."""
    person = asker(services.settings, request)
    require(person, "annotator", N_("add texts"))
    found = [{"text": line} for line in (lines or "").splitlines() if line.strip()]
    if not found:
        raise UserError("There is no line to add; paste some texts first.")
    for told in _mapped(services, person, found, Columns("text"), "page"):
        yield [*told, gr.skip() if told[1] is PENDING else ""]


def open_file(services: Services, path: str, request: gr.Request) -> list[Any]:
    """The file's columns to choose from, the likely ones chosen, and its first rows. Raises UserError."""
    require(asker(services.settings, request), "annotator", N_("add texts"))
    found = _rows(services, path)
    columns, guessed = pooling.names(found), pooling.guess(found)
    others = [(_("(none)"), NONE), *zip(columns, columns, strict=True)]
    return [
        "",
        path,
        gr.update(visible=True),
        gr.update(choices=columns, value=guessed.text),
        gr.update(choices=others, value=guessed.dialogue or NONE),
        gr.update(choices=others, value=guessed.order or NONE),
        _preview(services, found, guessed),
    ]


def look_at(
    services: Services, path: str | None, text: str, dialogue: str, order: str, request: gr.Request
) -> list[Any]:
    """The first rows as they would be stored."""
    require(asker(services.settings, request), "annotator", N_("add texts"))
    return ["", _preview(services, _rows(services, path), _columns(text, dialogue, order))]


def add_rows(
    services: Services, path: str | None, text: str, dialogue: str, order: str, request: gr.Request
) -> Iterator[list[Any]]:
    """The file's texts into the pool, with progress, then what was added and what was not. Raises UserError."""
    person = asker(services.settings, request)
    require(person, "annotator", N_("add texts"))
    columns, source = _columns(text, dialogue, order), Path(path or "").name
    for told in _mapped(services, person, _rows(services, path), columns, source):
        yield [*told, gr.skip() if told[1] is PENDING else gr.update(visible=False)]


def add_folded(services: Services, folds: list[Fold], request: gr.Request) -> Iterator[list[Any]]:
    """What the last import folded into the pool after all. Raises UserError where that is nothing."""
    person = asker(services.settings, request)
    require(person, "annotator", N_("add texts"))
    if not folds:
        raise UserError("No folded text is left to add.")
    yield from _stored(services, person, [fold.entry for fold in folds], "folded", fold=False)


def _columns(text: str, dialogue: str, order: str) -> Columns:
    return Columns(text, None if dialogue in (None, NONE) else dialogue, None if order in (None, NONE) else order)


def _rows(services: Services, path: str | None) -> list[pooling.Row]:
    if path is None:
        raise UserError("Open a file first.")
    file, limits = Path(path), services.settings
    try:
        named = file.with_suffix(file.suffix.lower())
        file = file if named == file or named.exists() else file.rename(named)
        return pooling.rows(named, most=limits.max_rows, longest=limits.max_unpacked)
    except ValueError as error:  # says where on this machine the upload lies
        raise without_folder(error, file.parent) from None
    except OSError:
        raise UserError("The file is gone from the server; open it again.") from None


def _mapped(
    services: Services, person: Person, found: Sequence[pooling.Row], columns: Columns, source: str
) -> Iterator[list[Any]]:
    """``_stored`` of rows of which these columns are taken. Raises UserError where no row has a text."""
    kept, skipped = pooling.entries(found, columns, longest=services.settings.max_characters)
    if not kept:
        raise UserError("No row has a text in the column {name!r}; choose another column.", name=columns.text)
    yield from _stored(services, person, kept, source, skipped, pooling.passed_over(found, astuple(columns)))


def _stored(
    services: Services,
    person: Person,
    kept: Sequence[Entry],
    source: str,
    skipped: Counter[str] | None = None,
    passed_over: Sequence[str] = (),
    *,
    fold: bool = True,
) -> Iterator[list[Any]]:
    """Message, what was folded (PENDING until the end), and the button for it, while the rows are stored."""
    told = Stored(0)
    for told in pooling.store(services.database, kept, source=source, fold=fold, actor=person.name):
        said = _("{done:,} of {total:,} rows stored.", done=told.read, total=told.total)
        yield [html.progress(told.read / told.total, said), PENDING, PENDING]
    told.skipped, told.passed_over = skipped or Counter(), passed_over
    services.pool.forget()
    yield [report(told) + folded(told.folded), told.folded, gr.update(visible=bool(told.folded))]


def report(told: Stored) -> str:
    """What was added, what the pool had, what was left out and why, and which columns were passed over."""
    said = [ngettext("{n:,} text was added to the pool.", "{n:,} texts were added to the pool.", told.new)]
    if told.known:
        said.append(ngettext("{n:,} was there already.", "{n:,} were there already.", told.known))
    if told.skipped:
        said.append(_("Left out: {what}.", what=_(", ").join(_reasons(told.skipped))))
    if told.passed_over:
        said.append(pooling.told_passed_over(told.passed_over))
    return html.note(joined(*said), "good")


def _reasons(skipped: Mapping[str, int]) -> list[str]:
    return [_("{count:,} ({why})", count=count, why=why) for why, count in skipped.items()]


def folded(folds: Sequence[Fold]) -> str:
    """Which rows were folded into which; nothing where none was."""
    if not folds:
        return ""
    said = [
        ngettext(
            "{n:,} row nearly repeats another and was left out.",
            "{n:,} rows nearly repeat {texts:,} others and were left out.",
            len(folds),
            texts=len({fold.into for fold in folds}),
        ),
        _("Look at them, and add them if they should be there."),
    ]
    if len(folds) > LISTED:
        said.append(_("The first {n:,} are below.", n=LISTED))
    rows = [{"folded": fold.entry.text, "kept": fold.into} for fold in folds[:LISTED]]
    return html.note(joined(*said)) + html.table(rows, {"folded": _("left out"), "kept": _("nearly the same as")})


def _preview(services: Services, found: Sequence[pooling.Row], columns: Columns) -> str:
    kept, skipped = pooling.entries(found, columns, longest=services.settings.max_characters)
    shown = [{"text": entry.text, "dialogue": _place(entry)} for entry in kept[:PREVIEWED]]
    said = [_("{kept:,} of {total:,} rows have a text.", kept=len(kept), total=len(found))]
    if skipped:
        said.append(_("Left out: {what}.", what=_(", ").join(_reasons(skipped))))
    if columns_left := pooling.passed_over(found, astuple(columns)):
        said.append(pooling.told_passed_over(columns_left))
    said.append(_("The first:"))
    return html.hint(joined(*said)) + html.table(shown, {"text": _("text"), "dialogue": _("dialogue")})


def _place(entry: Entry) -> str:
    return f"{entry.dialogue}, {entry.position}" if entry.dialogue else ""
