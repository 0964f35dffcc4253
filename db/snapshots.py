"""The exact labels that a release was trained on, named by their content and never changed."""

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.errors import StoreError
from db.schema import Release, Snapshot
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
        raise StoreError("There is no snapshot {name!r}.", name=name)
    if sha256(row.content.encode()).hexdigest() != name:
        raise StoreError(
            "The snapshot {name!r} is damaged: its content is not what its name says; restore a backup.", name=name
        )
    rows: list[dict[str, Any]] = json.loads(row.content)
    return rows


def forget(session: Session, *, text_ids: Collection[int]) -> list[str]:
    """Take what was said of the texts out of every snapshot; returns the releases that were trained on it.

    The row stays and says that it was erased, so that no later set of labels is taken for the one trained on, and
    whether it only measured: such a text taught nothing.
    """
    trained: list[str] = []
    for row in session.scalars(select(Snapshot)).all():
        rows = json.loads(row.content)
        kept = [_erased(each) if each["text_id"] in text_ids else each for each in rows]
        if kept != rows:
            moved = update(Release).where(Release.snapshot == row.name).values(snapshot=save(session, rows=kept))
            releases = session.scalars(moved.returning(Release.name)).all()
            trained += releases if any(each["text_id"] in text_ids and _taught(each) for each in rows) else ()
            session.delete(row)
    session.flush()
    return sorted(trained)


def was_erased_from(session: Session, *, name: str | None) -> bool:
    """Whether something that was trained on with the snapshot was erased since."""
    return name is not None and any(row.get("erased") and _taught(row) for row in get(session, name=name))


def _erased(row: Mapping[str, Any]) -> dict[str, Any]:
    return {part: row[part] for part in ("text_id", "measured") if part in row} | {"erased": True}


def _taught(row: Mapping[str, Any]) -> bool:
    """Of a row that was erased before it kept whether it only measured, this is not known: it counts as trained on."""
    return not row.get("measured", False)


def _canonical(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(list(map(dict, rows)), sort_keys=True, separators=(",", ":"), allow_nan=False)
