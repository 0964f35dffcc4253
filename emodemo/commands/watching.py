"""Looking after labels and trainings: ``suspects``, ``experiments``."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from emodemo.commands.shared import say, services
from emodemo.commands.texts import RowFormat
from emodemo.errors import UserError


def suspects(
    data: Annotated[
        Path | None, typer.Option(help="Folder of corpora to look through; the corrections where none is given.")
    ] = None,
    corpus: Annotated[list[str] | None, typer.Option(help="A corpus, all where none is named; repeatable.")] = None,
    format: Annotated[RowFormat, typer.Option(help="How rows are written.")] = RowFormat.jsonl,
) -> None:
    """Labels that are probably wrong, the most suspect first: models that did not see a text would not give its label.

    `score` is by how much another class is more probable to them. A corpus is encoded once, which takes a minute or more.
    """
    from dataclasses import asdict, fields

    from emodemo import exchange
    from emodemo import suspects as looking
    from model import readers
    from model.cached import FeatureCache

    built = services()
    if data is None:
        found = looking.suspects(built)
        if not found:
            say("No correction is suspect, or there are too few to tell.")
    else:
        present = readers.present(data)
        if unknown := [name for name in corpus or () if name not in present]:
            raise UserError(f"There is no corpus {unknown[0]!r} under {data}; found: {', '.join(present) or 'none'}.")
        cache = FeatureCache(built.settings.home / "features", built.live.predictor.encoder, say)
        found = [
            suspect for name in corpus or present for suspect in looking.suspects_of_corpus(data, name, cache.features)
        ]
        found.sort(key=lambda suspect: -suspect.score)
    rows = map(asdict, found)
    if format is RowFormat.jsonl:
        exchange.write_jsonl(rows, sys.stdout)
    else:
        writer = csv.writer(sys.stdout)
        writer.writerow(field.name for field in fields(looking.Suspect))
        writer.writerows(map(exchange.safe_cell, row.values()) for row in rows)


def experiments() -> None:
    """Every training so far in Trackio's dashboard, on this machine, until it is stopped."""
    from emodemo import tracking
    from emodemo.settings import Settings

    tracking.show(Settings.load())
