"""Erasing a text or a person everywhere: backups first, then exports, then the database itself.

In that order whatever interrupts it can be repeated: the database still knows what is to be erased.
"""

import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from db import annotators, erasure, events, portable, texts
from db.engine import Database
from db.erasure import Erased
from db.errors import StoreError
from emodemo.backups import LOCK, WAIT, Backups
from emodemo.errors import UserError
from emodemo.exchange import EXPORT, FORMULA, whole
from emodemo.registry import live_name
from emodemo.settings import Settings
from model.readers.base import LONGEST_CELL

ERASED = "erase"  # kind of the event
HISTORY = ("hf://datasets", "hf://models", "hf://spaces")  # keep what was deleted in their history


@dataclass(frozen=True, slots=True)
class Target:
    """What is to go: a text by id and hash, or a person by name."""

    name: str  # for messages and the event
    text_id: int = 0
    hash: str = ""
    annotator: str = ""

    def matches(self, row: Mapping[Any, Any]) -> bool:
        """Whether an exported row is of the text or by the person."""
        if self.annotator:
            return row.get("annotator") == self.annotator
        return texts.fingerprint(str(row.get("text", ""))) == self.hash

    def erase(self, database: Database, *, actor: str = "") -> Erased:
        """Out of one database; ``actor`` leaves an event."""
        with database.write() as session:
            if self.annotator:
                erased = erasure.erase_annotator(session, name=self.annotator)
            else:
                erased = erasure.erase_text(session, hash=self.hash)
            if actor:
                subject = "an annotator" if self.annotator else self.name
                detail = {"texts": erased.texts, "corrections": erased.corrections, "releases": erased.releases}
                events.add(session, actor=actor, kind=ERASED, subject=subject, detail=detail)
        return erased


def find(database: Database, *, text_id: int | None, annotator: str | None) -> Target:
    """Raises StoreError where there is no such text or person."""
    with database.read() as session:
        if annotator is not None:
            return Target(f"annotator {annotators.get(session, name=annotator).name}", annotator=annotator)
        text = texts.get(session, text_id=text_id or 0)
    return Target(f"text {text.id}", text_id=text.id, hash=texts.fingerprint(text.content))


def erase(database: Database, settings: Settings, target: Target) -> list[str]:
    """Erase everywhere and say what was done. Raises StoreError, VaultError, UserError; it can be run again then."""
    said = []
    with database.exclusive("retrain"), database.exclusive(LOCK, wait=WAIT):
        if settings.vault:
            said.append(_from_vault(Backups.of(settings, database), target))
        said += _from_folder(settings.snapshots, target) + _from_damaged(settings.damaged)
        said += _from_exports(database, target)
        erased = target.erase(database, actor="command line")
        said += _compact(database)
    counts = f"{erased.texts:,} texts and {erased.corrections:,} corrections"
    said.insert(0, f"Erased {target.name} from the database: {counts}, with features, suggestions and labels.")
    return said + _releases(database, erased.releases)


def _compact(database: Database) -> list[str]:
    try:
        database.compact()
    except StoreError:
        return [
            f"{database.name} is in use: what was erased is unreadable by emodemo but in its free pages until they are reused."
        ]
    return []


def _from_vault(backups: Backups, target: Target) -> str:
    with TemporaryDirectory(prefix="erase-", dir=backups.scratch) as folder:
        count = backups.vault.rewrite(
            Path(folder), owner=backups.owner, change=lambda file: _rewrite(file, target)
        )  # fmt: skip
    said = f"Rewrote {count} backups in {backups.vault.url} without it and deleted the old files"
    if backups.vault.url.startswith(HISTORY):
        return f"{said}; its history still has them until you squash it (`HfApi().super_squash_history`)."
    return f"{said}."


def _from_folder(folder: Path, target: Target) -> list[str]:
    """Local copies, from before an upgrade or a restore. One that cannot be read cannot be searched, and goes."""
    rewritten, deleted = 0, 0
    for file in sorted(folder.glob("*.sqlite")):
        try:
            _rewrite(file, target)
            rewritten += 1
        except StoreError:
            file.unlink()
            deleted += 1
    said = [f"Rewrote {rewritten} local snapshots in {folder} without it."] if rewritten else []
    return said + ([f"Deleted {deleted} local snapshots in {folder} that could not be read."] if deleted else [])


def _from_damaged(folder: Path) -> list[str]:
    """Damaged databases that were moved aside cannot be searched."""
    if not folder.exists():
        return []
    shutil.rmtree(folder)
    return [f"Deleted the damaged databases in {folder}."]


def _rewrite(file: Path, target: Target) -> None:
    with portable.opened(file) as copy:
        target.erase(copy)
        copy.compact()
        portable.export(copy, file)


def _from_exports(database: Database, target: Target) -> list[str]:
    """Files that `export` wrote, if they are still where it wrote them."""
    with database.read() as session:
        known = {Path(e.subject): e.detail["format"] for e in reversed(events.recent(session, kind=EXPORT, limit=None))}
    said = []
    for file, format in known.items():
        if not file.exists():
            said.append(f"The export {file} is not there any more; erase copies of it yourself.")
        elif count := _filtered(file, format, target):
            said.append(f"Took {count} rows out of the export {file}.")
    return said


def _filtered(file: Path, format: str, target: Target) -> int:
    """Rows taken out of an export. Raises UserError for one that is no longer what `export` wrote."""
    try:
        return _FILTERS[format](file, target)
    except (ValueError, csv.Error, OSError) as error:
        why = str(error).splitlines()[0]
        raise UserError(
            f"The export {file} cannot be searched and rewritten ({why}); delete it, then erase again."
        ) from None


def _filter_jsonl(file: Path, target: Target) -> int:
    with file.open(encoding="utf-8", newline="\n") as stream:  # no other end of a line, as it was written
        lines = [*stream]
    kept = [line for line in lines if not target.matches(json.loads(line))]
    if len(kept) < len(lines):
        with whole(file) as part:
            part.write_text("".join(kept), encoding="utf-8")
    return len(lines) - len(kept)


def _filter_csv(file: Path, target: Target) -> int:
    csv.field_size_limit(LONGEST_CELL)
    with file.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    kept = [row for row in rows if not target.matches(_as_given(dict(zip(header, row, strict=False))))]
    if len(kept) < len(rows):
        with whole(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *kept])
    return len(rows) - len(kept)


def _as_given(row: dict[str, str]) -> dict[str, str]:
    """Cells without the quotation mark that keeps a spreadsheet from running them."""
    return {name: cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell for name, cell in row.items()}


def _filter_parquet(file: Path, target: Target) -> int:
    import pandas

    rows = pandas.read_parquet(file)
    gone = [target.matches(row) for row in rows.to_dict("records")]
    if any(gone):
        with whole(file) as part:
            rows[[not each for each in gone]].to_parquet(part, index=False)
    return sum(gone)


_FILTERS: dict[str, Callable[[Path, Target], int]] = {
    "jsonl": _filter_jsonl,
    "csv": _filter_csv,
    "parquet": _filter_parquet,
}


def _releases(database: Database, trained: Sequence[str]) -> list[str]:
    if not trained:
        return ["No release was trained on it."]
    said = [f"Trained on it: {', '.join(trained)}. The next retraining is without it."]
    if (live := live_name(database)) in trained:
        said.append(f"{live} is live: run `retrain`, or `releases promote` one that is not in this list.")
    return said
