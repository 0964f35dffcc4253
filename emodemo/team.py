"""Everybody's answers, for reviewers: pace, agreement with others, skips, history, and all of it as a file."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import fmean
from typing import Any, TextIO

from db import annotators, corrections, texts
from db.engine import Database
from db.records import Correction
from emodemo import overlap
from emodemo.exchange import safe_cell
from emodemo.personal import RECENT, median_seconds

COLUMNS = (
    *("annotator", "role", "labelled", "today", "skipped", "flagged"),
    *("seconds", "agreement", "beside others", "last answer"),
)
HISTORY = (
    *("annotator", "text_id", "text", "action", "labels", "polarity", "scores", "seconds", "visible", "chosen"),
    *("release", "comment", "created_at", "id", "undoes"),
)


def overview(database: Database) -> list[dict[str, Any]]:
    """A row for each annotator who ever answered, by name, with the keys COLUMNS. ``seconds``: the newest labels' median. ``agreement``: how far their emotions are
    those of others who labelled the same text (Jaccard index, its mean over ``beside others`` texts, 0 to 1).
    """
    with database.read() as session:
        said = corrections.everybodys(session)
        people = annotators.all(session)
    by_person: dict[int, list[Correction]] = defaultdict(list)
    for each in said:
        by_person[each.annotator_id].append(each)
    shared: dict[int, list[float]] = defaultdict(list)
    for (annotator_id, _), agreement in agreements(said).items():
        shared[annotator_id].append(agreement)
    return [
        _row(person.name, person.role, by_person[person.id], shared[person.id])
        for person in people
        if by_person[person.id]
    ]


def _row(name: str, role: str, said: list[Correction], shared: Sequence[float]) -> dict[str, Any]:
    counted = {action: sum(each.action == action for each in said) for action in ("label", "skip", "flag")}
    today = datetime.now(UTC).date()
    values = [
        name, role, counted["label"], sum(each.created_at.date() == today for each in said), counted["skip"], counted["flag"],
        median_seconds(said[:RECENT]), round(fmean(shared), 4) if shared else None, len(shared),
        said[0].created_at.isoformat(timespec="minutes"),
    ]  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def agreements(said: Iterable[Correction]) -> dict[tuple[int, int], float]:
    """By (annotator id, text id), where others named emotions in the text, too: the mean Jaccard index, 0 to 1."""
    named: dict[int, dict[int, frozenset[str]]] = defaultdict(dict)
    for each in said:
        if each.action == "label" and (emotions := overlap.emotions(each.verdict)):
            named[each.text_id][each.annotator_id] = emotions
    found: dict[tuple[int, int], float] = {}
    for text_id, answers in named.items():
        for person, mine in answers.items():
            others = [theirs for other, theirs in answers.items() if other != person]
            if others:
                found[person, text_id] = fmean(len(mine & theirs) / len(mine | theirs) for theirs in others)
    return found


def history(database: Database, *, annotator: str | None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Every answer of one person or of all, undone ones, too, the newest first, as rows of plain values.

    Raises StoreError where there is nobody of this name.
    """
    with database.read() as session:
        who = annotators.get(session, name=annotator).id if annotator else None
        rows = corrections.history(session, annotator_id=who, limit=limit)
        contents = texts.contents(session, text_ids={row.text_id for row in rows})
    for row in rows:
        verdict = row.verdict
        values = [
            row.annotator, row.text_id, contents[row.text_id], row.action, list(verdict.labels or ()) or None, verdict.polarity,
            verdict.scores or None, row.seconds, row.visible, row.chosen, row.release, row.comment, row.created_at.isoformat(),
            row.id, row.supersedes if row.action == "undo" else None,
        ]  # fmt: skip
        yield {name: value for name, value in zip(HISTORY, values, strict=True) if value is not None}


def write_csv(rows: Iterable[Mapping[str, Any]], to: TextIO) -> None:
    """Rows of ``history``, safe to open in a spreadsheet: several labels joined, scores as ``valence 4.5``."""
    writer = csv.DictWriter(to, HISTORY, restval="")
    writer.writeheader()
    for row in rows:
        flat = dict(row) | {
            "labels": "|".join(row.get("labels", ())),
            "scores": "|".join(f"{name} {score:g}" for name, score in row.get("scores", {}).items()),
        }
        writer.writerow({name: safe_cell(cell) for name, cell in flat.items()})
