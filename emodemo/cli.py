"""The commands of ``python -m emodemo``. Results go to standard output, messages to standard error."""

import json
import os
import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from emodemo.commands import annotators
from emodemo.commands.bench import bench
from emodemo.errors import EXPECTED, UserError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
releases_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The model registry.")
app.add_typer(releases_app, name="releases")
app.add_typer(annotators.app, name="annotators")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


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


@app.callback()
def emodemo() -> None:
    """Text emotions, sentence by sentence: analyse, correct, retrain. Each command's --help shows an example."""


@app.command(epilog="Example: echo 'What a lovely day. I am late.' | python -m emodemo analyze")
def analyze(
    files: Annotated[list[Path] | None, typer.Argument(help="Text files; standard input where none is given.")] = None,
    lines: Annotated[bool, typer.Option("--lines/--sentences", help="One row per line, or per sentence.")] = False,
    format: Annotated[RowFormat, typer.Option(help="How rows are written.")] = RowFormat.jsonl,
) -> None:
    """One row of emotions, polarity and scores for each sentence, or for each line."""
    from emodemo import analysis, exchange

    predictor = _services().live.predictor
    places: list[Path | None] = [*files] if files else [None]
    found: Iterator[analysis.Sentence]
    if lines:
        found = chain.from_iterable(analysis.analyze_lines(predictor, exchange.lines(place)) for place in places)
    else:
        texts = (analysis.encodable(exchange.text(place)) for place in places)
        found = (sentence for text in texts for block in analysis.analyze(predictor, text) for sentence in block)
    write = exchange.write_jsonl if format is RowFormat.jsonl else exchange.write_analysis_csv
    write((sentence.row() for sentence in found), sys.stdout)


@app.command("import", epilog="Example: python -m emodemo import reviews.csv --as pool")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL or Parquet with a column `text`.")],
    kind: Annotated[ImportKind, typer.Option("--as", help="Texts to annotate, or accepted labels.")] = ImportKind.pool,
) -> None:
    """Unlabelled texts into the pool, or labelled ones as accepted corrections. The same row twice is stored once."""
    from emodemo import exchange
    from emodemo.services import open_database
    from emodemo.settings import Settings

    database = open_database(Settings.load())
    read = exchange.import_pool if kind is ImportKind.pool else exchange.import_labels
    _say(f"Read {read(database, file):,} rows from {file} as {kind.value}.")


@app.command(epilog="Example: python -m emodemo export --format csv > labels.csv")
def export(
    format: Annotated[FileFormat, typer.Option(help="JSONL is exact, CSV is safe in spreadsheets.")] = FileFormat.jsonl,
    to: Annotated[Path | None, typer.Option(help="File to write; standard output where none is given.")] = None,
) -> None:
    """Accepted labels, one row for each text and annotator."""
    from emodemo import exchange
    from emodemo.services import open_database
    from emodemo.settings import Settings

    exchange.export(open_database(Settings.load()), format.value, to)


@app.command(epilog="Example: python -m emodemo retrain --if-due --json")
def retrain(
    if_due: Annotated[bool, typer.Option("--if-due", help="Only with enough new corrections; for cron.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge a candidate but change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Fold accepted corrections into the model: train a candidate, gate it, promote it if it passes."""
    from dataclasses import asdict

    from db.errors import Busy
    from emodemo import failures, retraining

    services = _services()
    run = retraining.retrain_if_due if if_due else retraining.retrain
    try:
        outcome = run(services, dry_run=dry_run, say=_say)
    except Exception as error:
        if if_due and not isinstance(error, Busy):  # nobody may be there to read this
            failures.record(services, "retraining", error)
        raise
    print(json.dumps(asdict(outcome)) if as_json else retraining.describe(outcome, dry_run=dry_run))


@app.command(epilog="Example: python -m emodemo evaluate --data ../data --json")
def evaluate(
    release: Annotated[str | None, typer.Option(help="Name of a release; the live one where none is given.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of corpora; EMODEMO_DATA where none is given.")] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Train and measure what the release is compared with, on the same rows.")
    ] = False,
    encoder: Annotated[
        str | None, typer.Option(help="Hub id or folder of a pretrained encoder, for the baselines that need one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Metrics of a release on the test split of every corpus present, with 95 % bootstrap intervals."""
    from db import releases
    from model import evaluation, readers
    from model.corpora import CORPORA
    from model.heads import Heads

    services = _services()
    predictor = services.live.predictor
    name, heads, folder = release or predictor.release, predictor.heads, data or services.settings.data
    if name != predictor.release:
        with services.database.read() as session:
            heads = Heads.from_bytes(releases.heads(session, name=name))
    corpora = readers.present(folder)
    if not corpora:
        raise UserError(f"There is no corpus under {folder}; see `python -m emodemo fetch --help`.")
    for missing in [name for name in CORPORA if name not in corpora]:
        _say(f"{missing} is not under {folder} and is left out.")
    rows = evaluation.evaluate(evaluation.ReleaseSubject(predictor.encoder.features, heads), folder, corpora)
    rows = [row | {"model": "release"} for row in rows]
    if baselines:
        from model.baselines import compare

        rows += compare(folder, corpora, encoder, _say)
    print(json.dumps({"release": name, "rows": rows}) if as_json else evaluation.table(rows))


@releases_app.command("list", epilog="Example: python -m emodemo releases list")
def releases_list(as_json: Json = False) -> None:
    """Every release, newest first, the live one marked."""
    from db import releases
    from emodemo import registry

    database = _services().database
    live = registry.live_name(database)
    with database.read() as session:
        found = releases.all(session)
    rows = [
        {
            "release": release.name,
            "live": release.name == live,
            "parent": release.parent,
            "created": f"{release.created_at:%Y-%m-%d %H:%M} UTC",
            "corrections": (release.report or {}).get("corrections", 0),
            "decision": (release.report or {}).get("decision", "shipped"),
        }
        for release in found
    ]
    print_rows(rows, as_json)


@releases_app.command("show", epilog="Example: python -m emodemo releases show 2026.11.0")
def releases_show(name: Annotated[str, typer.Argument(help="Name of a release.")], as_json: Json = False) -> None:
    """A release's metrics and the gate's report."""
    from db import releases

    with _services().database.read() as session:
        release = releases.get(session, name=name)
    if as_json:
        facts = {"release": release.name, "parent": release.parent, "snapshot": release.snapshot}
        print(json.dumps({**facts, "created": release.created_at.isoformat(), "rows": release.metrics}))
    else:
        print((release.report or {}).get("reason", "Shipped with the project."))
        print_rows(release.metrics, False)


@releases_app.command("diff", epilog="Example: python -m emodemo releases diff 2026.11.0 2026.11.0-r1")
def releases_diff(
    old: Annotated[str, typer.Argument(help="Name of a release.")],
    new: Annotated[str, typer.Argument(help="Name of another.")],
    as_json: Json = False,
) -> None:
    """What two releases differ in: texts, labels, metrics."""
    from emodemo import registry

    print_rows(registry.diff(_services().database, old, new), as_json)


@releases_app.command("promote", epilog="Example: python -m emodemo releases promote 2026.11.0-r1")
def releases_promote(name: Annotated[str, typer.Argument(help="Name of a release.")]) -> None:
    """Make a release live; every running app follows within seconds."""
    from emodemo import registry

    services = _services()
    registry.promote(services.database, name, encoder_id=services.shipped.encoder_id, actor="command line")
    print(f"{name} is live.")


@releases_app.command("rollback", epilog="Example: python -m emodemo releases rollback")
def releases_rollback() -> None:
    """Make the live release's parent live again."""
    from emodemo import registry

    services = _services()
    name = registry.rollback(services.database, encoder_id=services.shipped.encoder_id, actor="command line")
    print(f"{name} is live.")


@app.command(epilog="Example: python -m emodemo train --data ../data --run runs/first")
def train(
    data: Annotated[Path, typer.Option(help="Folder of the corpora.")],
    config: Annotated[
        Path | None, typer.Option(help="Training configuration; the shipped release's otherwise.")
    ] = None,
    run: Annotated[Path, typer.Option(help="Folder of log, checkpoint and result; resumes what it holds.")] = Path(
        "runs/train"
    ),
    encoder: Annotated[str | None, typer.Option(help="Hub id or folder to start SENET from, over the file's.")] = None,
    senet: Annotated[
        Path | None, typer.Option(help="Folder of a release whose frozen SENET is kept; only heads are fitted.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the new release.")] = "local",
) -> None:
    """The full training of SENET and heads: adapt, train jointly, freeze, export, fit, measure. Hours on a CPU."""
    from model.building import refit_release, train_release
    from model.config import DEFAULT, TrainingConfig
    from model.release import ReleaseFolder

    settings = TrainingConfig.load(config or DEFAULT)
    if senet:
        print(refit_release(settings, ReleaseFolder.open(senet), data, run, name))
        return
    print(train_release(data, config=settings, source=encoder or settings.encoder, run=run, name=name))


@app.command(epilog="Example: python -m emodemo fetch meld emobank --to ../data")
def fetch(
    corpora: Annotated[list[str], typer.Argument(help="Names of corpora.")],
    to: Annotated[Path, typer.Option(help="Folder to put them in.")],
) -> None:
    """Download corpora from their official addresses, verified by checksum; resumes where it was cut off."""
    from model.corpora import fetch as download

    download(corpora, to, progress=True)


app.command(epilog="Example: python -m emodemo bench --only single --json")(bench)


def main() -> None:
    """Run a command. Exit status 0 done, 1 refused or failed with one sentence, 2 wrong usage."""
    try:
        app(prog_name="python -m emodemo")
    except EXPECTED as error:
        _say(str(error))
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has enough
        sys.exit(0)


def _services() -> Any:
    from emodemo.services import build_services
    from emodemo.settings import Settings

    return build_services(Settings.load())


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Rows as an aligned table, or as one JSON object."""
    if as_json:
        print(json.dumps({"rows": rows}))
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [columns] + [["" if row.get(c) is None else str(row[c]) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)] if rows else []
    for line in cells if rows else []:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
