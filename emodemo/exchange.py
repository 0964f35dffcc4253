"""Texts to analyse in; what was analysed or accepted out."""

import csv
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from db import adjudications, corrections, events, labels
from db.engine import Database
from db.records import Adjudication, Correction, Text
from emodemo.analysis import encodable
from emodemo.errors import UserError
from model.labels import EMOTIONS, POLARITIES, SCORES

NAMED = {"emotions": EMOTIONS, "polarity": POLARITIES, "scores": SCORES}
ANALYSIS = (
    *("text", "start", "end", *EMOTIONS, "labels"),
    *(f"polarity {name}" for name in POLARITIES),
    *("sarcasm", *SCORES, "release"),
)
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # first characters that a spreadsheet may run
EXPORT = "export"  # kind of the event that a written file leaves, so that `erase` finds it


def text(file: Path | None) -> str:
    """All of a text file, or of standard input. Raises UserError."""
    return "".join(lines(file))


def lines(file: Path | None) -> Iterator[str]:
    """Lines of a text file or of standard input, ends included; only a line feed ends one. Raises UserError."""
    number = 0
    try:
        stream = sys.stdin.buffer if file is None else file.open("rb")
        with stream:
            for number, raw in enumerate(stream, 1):
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8").replace("\0", " ")
    except UnicodeDecodeError:
        where = "standard input" if file is None else file
        raise UserError(
            "{where}, line {line}: expected UTF-8 text; convert the file to UTF-8 first.", where=where, line=number
        ) from None
    except OSError as error:
        raise UserError("{file} cannot be read ({why}); name a text file.", file=file, why=error.strerror) from None


def write_jsonl(rows: Iterable[Mapping[str, Any]], to: TextIO) -> None:
    """One JSON object a line, exact."""
    for row in rows:
        to.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_analysis_csv(rows: Iterable[Mapping[str, Any]], to: TextIO) -> None:
    """Rows of ``analyze`` with one column for each figure, safe to open in a spreadsheet."""
    writer = csv.writer(to)
    writer.writerow(ANALYSIS)
    for row in rows:
        writer.writerow(map(safe_cell, flat_analysis(row).values()))


def flat_analysis(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``analyze`` as cells, one for each column of ANALYSIS; labels are joined."""
    emotions, polarity, scores = ([row[part][name] for name in names] for part, names in NAMED.items())
    cells = [row["text"], row["start"], row["end"], *emotions, "|".join(row["labels"])]
    return dict(zip(ANALYSIS, [*cells, *polarity, row["sarcasm"], *scores, row["release"]], strict=True))


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def export(database: Database, format: str, to: Path | None) -> int:
    """Accepted labels as jsonl, csv or parquet to a file or standard output. Returns the rows; raises UserError."""
    rows = list(exported(database))
    if to is not None:
        with database.write() as session:  # before the file is there: `erase` must find it
            events.add(
                session,
                actor="command line",
                kind=EXPORT,
                subject=encodable(str(to.absolute())),
                detail={"format": format},
            )
        _write_file(rows, format, to)
    elif format == "parquet":
        raise UserError("Parquet is not text; name a file with --to.")
    else:
        _write(rows, format, sys.stdout)
    return len(rows)


def _write_file(rows: list[dict[str, Any]], format: str, to: Path) -> None:
    try:
        with whole(to) as part:
            if format == "parquet":
                import pandas

                pandas.DataFrame([_flat(row) for row in rows]).to_parquet(part, index=False)
            else:
                with part.open("w", encoding="utf-8", newline="") as stream:
                    _write(rows, format, stream)
    except OSError as error:
        raise UserError(f"{to} cannot be written ({error.strerror}); choose another file.") from None


@contextmanager
def whole(to: Path) -> Iterator[Path]:
    """A file to write to beside ``to``, whose place it takes once all is written; until then what is there stays."""
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def exported(database: Database) -> Iterator[dict[str, Any]]:
    """One row for each text and annotator, or for each text that a reviewer decided on, by that reviewer.

    A text that only ever measures is in the split ``test``. What a reviewer rejected is left out.
    """
    with database.read() as session:
        accepted = {label.text_id: label for label in labels.accepted(session)}
        decisions = list(adjudications.accepted(session))
        counted = {number for label in accepted.values() for number in label.corrections}
        rows = [row for row in corrections.accepted(session) if row[1].id in counted]
    said = defaultdict(list)
    for text_, correction in rows:
        said[text_.id].append(_same(correction))
    undecided = [row for row in rows if accepted[row[0].id].decided != "accept"]
    spoken_of: list[tuple[Text, Correction | Adjudication]] = [*undecided, *decisions]
    for text_, spoken in spoken_of:
        alike, row = said[text_.id], _row(text_, spoken)
        row["agreement"] = round(alike.count(_same(spoken)) / len(alike), 4) if alike else 1.0
        row["split"] = "test" if accepted[text_.id].measured else "train"
        yield row


def _same(spoken: Correction | Adjudication) -> tuple[frozenset[str], str | None]:
    return frozenset(spoken.verdict.labels or ()), spoken.verdict.polarity


def _row(text_: Text, spoken: Correction | Adjudication) -> dict[str, Any]:
    verdict = spoken.verdict
    shown: dict[str, Any] = {"adjudicated": True}
    if isinstance(spoken, Correction):
        shown = {
            "release": spoken.release,
            "visible": spoken.visible,
            "chosen": spoken.chosen,
            "seconds": spoken.seconds,
        }
    row = {
        "text": text_.content,
        "labels": list(verdict.labels) if verdict.labels else None,
        "polarity": verdict.polarity,
        "scores": verdict.scores or None,
        "annotator": spoken.annotator,
        "id": spoken.client_id,
        "text_id": text_.id,
        **shown,
        "comment": spoken.comment,
        "created_at": spoken.created_at.isoformat(),
    }
    return {name: value for name, value in row.items() if value is not None}


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as cells: labels joined, one column a score."""
    scores = row.get("scores", {})
    cells = {name: value for name, value in row.items() if name != "scores"}
    return cells | {"labels": "|".join(row.get("labels", ()))} | {name: scores.get(name) for name in SCORES}


def _write(rows: list[dict[str, Any]], format: str, to: TextIO) -> None:
    if format == "jsonl":
        write_jsonl(rows, to)
        return
    columns = ["text", "labels", "polarity", *SCORES, "annotator", "id", "text_id", "release", "visible", "chosen"]
    columns += ["seconds", "comment", "created_at", "agreement", "split", "adjudicated"]
    writer = csv.DictWriter(to, columns, restval="")
    writer.writeheader()
    writer.writerows({name: safe_cell(cell) for name, cell in _flat(row).items()} for row in rows)
