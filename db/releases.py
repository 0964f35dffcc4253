"""The model registry: releases never change, aliases such as "production" move between them."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from db import events, records, schema
from db.errors import StoreError
from db.schema import Alias, Release, Snapshot
from db.upsert import insert, replace

PRODUCTION = "production"


def record(row: Release) -> records.Release:
    return records.Release(row.name, row.parent, row.encoder_id, row.snapshot, row.metrics, row.report, row.created_at)


def add(
    session: Session,
    *,
    name: str,
    parent: str | None,
    encoder_id: str,
    heads: bytes,
    metrics: Sequence[Mapping[str, Any]],
    snapshot: str | None,
    report: Mapping[str, Any] | None,
) -> records.Release:
    """Register a release. Raises StoreError for a name that is taken or a snapshot that does not exist."""
    if snapshot is not None and session.get(Snapshot, snapshot) is None:
        raise StoreError("There is no snapshot {name!r}.", name=snapshot)
    values = {
        "name": name,
        "parent": parent,
        "encoder_id": encoder_id,
        "snapshot": snapshot,
        "heads": heads,
        "heads_sha256": sha256(heads).hexdigest(),
        "metrics": [dict(metric) for metric in metrics],
        "report": None if report is None else dict(report),
    }
    statement = insert(session, Release).values(values).on_conflict_do_nothing(index_elements=["name"])
    if session.execute(statement.returning(Release.name)).first() is None:
        raise StoreError("There is already a release {name!r}; choose another name.", name=name)
    return get(session, name=name)


def get(session: Session, *, name: str) -> records.Release:
    """Raises StoreError where there is none."""
    return record(_row(session, name))


def heads(session: Session, *, name: str) -> bytes:
    """The heads' safetensors. Raises StoreError where there is no such release or its bytes were changed."""
    row = _row(session, name, undefer(Release.heads))
    if sha256(row.heads).hexdigest() != row.heads_sha256:
        raise StoreError(
            "The heads of release {name!r} are damaged; promote another release or restore a backup.", name=name
        )
    return row.heads


def all(session: Session) -> list[records.Release]:
    """Every release, newest first."""
    return [record(row) for row in session.scalars(select(Release).order_by(Release.created_at.desc(), Release.name))]


def set_report(session: Session, *, name: str, report: Mapping[str, Any]) -> None:
    """Keep the gate's report with the release."""
    _row(session, name).report = dict(report)
    session.flush()


def alias(session: Session, *, alias: str = PRODUCTION) -> str | None:
    """The name of the release that the alias points to, None where it was never pointed."""
    return session.scalars(select(Alias.release).where(Alias.name == alias)).one_or_none()


def point(session: Session, *, alias: str, release: str, actor: str, reason: str) -> None:
    """Move the alias and record it: an event "point" on the release, with alias, from, to and reason."""
    _row(session, release)
    before = session.scalars(select(Alias.release).where(Alias.name == alias)).one_or_none()
    replace(session, Alias, [{"name": alias, "release": release, "updated_at": schema.now()}])
    detail = {"alias": alias, "from": before, "to": release, "reason": reason}
    events.add(session, actor=actor, kind="point", subject=release, detail=detail)


def _row(session: Session, name: str, *options: Any) -> Release:
    row = session.get(Release, name, options=options)
    if row is None:
        raise StoreError("There is no release {name!r}.", name=name)
    return row
