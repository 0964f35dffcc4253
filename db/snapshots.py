"""The exact labels that a release was trained on, named by their content and never changed."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from db.errors import StoreError
from db.schema import Snapshot
from db.upsert import insert


def name_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """The sha256 of the rows' canonical JSON, stored or not."""
    return sha256(_canonical(rows).encode()).hexdigest()


def save(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> str:
    """Store the rows once; returns their name. Raises ValueError for NaN."""
    content = _canonical(rows)
    name = name_of(rows)
    statement = insert(session, Snapshot).values(name=name, content=content)
    session.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
    return name


def get(session: Session, *, name: str) -> list[dict[str, Any]]:
    """The rows. Raises StoreError where there is none of this name, or where it was changed."""
    row = session.get(Snapshot, name)
    if row is None:
        raise StoreError(f"There is no snapshot {name!r}.")
    if sha256(row.content.encode()).hexdigest() != name:
        raise StoreError(f"The snapshot {name!r} is damaged: its content is not what its name says; restore a backup.")
    rows: list[dict[str, Any]] = json.loads(row.content)
    return rows


def _canonical(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(list(map(dict, rows)), sort_keys=True, separators=(",", ":"), allow_nan=False)
