"""Texts and labels in and out: ``analyze``, ``score``, ``import``, ``export``."""

import signal
import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from emodemo.commands.shared import database, say, services


class RowFormat(StrEnum):
    """What `analyze` writes."""

    jsonl = "jsonl"
    csv = "csv"


class FileFormat(StrEnum):
    """What `export` writes."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


class ImportKind(StrEnum):
    """What `import` reads a file as."""

    pool = "pool"
    labels = "labels"


class Engine(StrEnum):
    """What `score` predicts with."""

    local = "local"
    ray = "ray"


def analyze(
    files: Annotated[list[Path] | None, typer.Argument(help="Text files; standard input where none is given.")] = None,
    lines: Annotated[bool, typer.Option("--lines/--sentences", help="One row per line, or per sentence.")] = False,
    format: Annotated[RowFormat, typer.Option(help="How rows are written.")] = RowFormat.jsonl,
) -> None:
    """One row of emotions, polarity and scores for each sentence, or for each line."""
    from emodemo import analysis, exchange

    predictor = services().live.predictor
    places: list[Path | None] = [*files] if files else [None]
    found: Iterator[analysis.Sentence]
    if lines:
        found = chain.from_iterable(analysis.analyze_lines(predictor, exchange.lines(place)) for place in places)
    else:
        texts = (analysis.encodable(exchange.text(place)) for place in places)
        found = (sentence for text in texts for block in analysis.analyze(predictor, text) for sentence in block)
    write = exchange.write_jsonl if format is RowFormat.jsonl else exchange.write_analysis_csv
    write((sentence.row() for sentence in found), sys.stdout)


def score(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL or Parquet with a column `text`.", metavar="IN")],
    to: Annotated[Path, typer.Argument(help="File to write, ending in .csv, .jsonl or .parquet.", metavar="OUT")],
    engine: Annotated[Engine, typer.Option(help="This process, or Ray with an actor on each core.")] = Engine.local,
) -> None:
    """A file of any size in bounded memory: each text's row of `analyze`, and the file's other columns.

    A bad row is refused before anything is predicted, and OUT appears when all of it is written. CSV is safe in
    spreadsheets; a column that is named as a result is becomes `input NAME`.
    """
    from emodemo import scoring

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing half-written stays
    built = services()
    if engine is Engine.ray:
        from emodemo import distributed

        predict = distributed.engine(built.shipped, built.live.predictor)
    else:
        predict = scoring.local(built.live.predictor)
    say(f"Scored {scoring.score(file, to, predict):,} rows of {file} into {to}.")


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL or Parquet with a column `text`.")],
    kind: Annotated[ImportKind, typer.Option("--as", help="Texts to annotate, or accepted labels.")] = ImportKind.pool,
    fold: Annotated[bool, typer.Option(help="Leave out texts of the pool that nearly repeat an earlier row.")] = True,
) -> None:
    """Unlabelled texts into the pool, or labelled ones as accepted corrections. The same file twice is stored once."""
    from emodemo import importing, pooling

    if kind is ImportKind.labels:
        told = importing.import_labels(database(), file)
    else:
        told = importing.import_pool(database(), file, fold=fold)
    say(f"Read {told.read:,} rows from {file} as {kind.value}, {told.new:,} of them new.")
    if told.folded:
        say(f"{len(told.folded):,} of them nearly repeat an earlier one and were left out; --no-fold takes them in.")
    if told.passed_over:
        say(pooling.told_passed_over(told.passed_over))


def export(
    format: Annotated[FileFormat, typer.Option(help="JSONL is exact, CSV is safe in spreadsheets.")] = FileFormat.jsonl,
    to: Annotated[Path | None, typer.Option(help="File to write; standard output where none is given.")] = None,
) -> None:
    """Accepted labels, one row for each text and annotator."""
    from emodemo import exchange

    exchange.export(database(), format.value, to)
