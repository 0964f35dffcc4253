"""Moving the live release by hand, and what two releases differ in."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import events, releases, snapshots, texts
from db.engine import Database
from db.records import Release
from emodemo.errors import UserError
from emodemo.serving import PRODUCTION

KEPT = "keep"  # kind of the event


def promote(
    database: Database,
    name: str,
    *,
    encoder_id: str,
    actor: str,
    reason: str = "promoted by hand",
    shown: str | None = None,
) -> str:
    """Make a release live. ``shown``: what was live for whoever asked, where they saw it. Raises UserError where another
    is live by now, this one is already, or it was fitted to another encoder.
    """
    with database.write() as session:
        release = releases.get(session, name=name)
        if shown is not None:
            _check_live(session, shown)
        if releases.alias(session, alias=PRODUCTION) == name:
            raise UserError("{name} is live already.", name=name)
        if release.encoder_id != encoder_id:
            raise UserError(
                "{name} was fitted to another encoder than the shipped one; run `retrain` for a new release.", name=name
            )
        releases.point(session, alias=PRODUCTION, release=name, actor=actor, reason=reason)
    return name


def rollback(database: Database, *, encoder_id: str, actor: str, why: str = "", shown: str | None = None) -> str:
    """Make the parent of the live release live, ``shown`` as in ``promote``. Returns its name; raises UserError."""
    live = live_name(database) if shown is None else shown
    reason = f"rolled back from {live}" + (f": {why}" if why else "")
    parent = parent_of(database, live)
    return promote(database, parent, encoder_id=encoder_id, actor=actor, reason=reason, shown=live)


def keep(database: Database, name: str, *, actor: str, why: str) -> None:
    """Record that somebody wants the live release ``name`` to stay, and why. Raises UserError where another is live."""
    with database.write() as session:
        _check_live(session, name)
        events.add(session, actor=actor, kind=KEPT, subject=name, detail={"reason": why})


def parent_of(database: Database, name: str) -> str:
    """What a roll-back from a release makes live. Raises UserError where there is none."""
    with database.read() as session:
        release = releases.get(session, name=name)
    if release.parent is None:
        raise UserError("{name} is the shipped release; there is none before it to roll back to.", name=name)
    return release.parent


def _check_live(session: Session, shown: str) -> None:
    live = releases.alias(session, alias=PRODUCTION)
    if live != shown:
        raise UserError("{live} went live meanwhile; look again.", live=live)


def live_name(database: Database) -> str:
    """Name of the production release. Raises UserError before the first start."""
    with database.read() as session:
        name = releases.alias(session, alias=PRODUCTION)
    if name is None:
        raise UserError("No release is live yet; start the app or run `python -m emodemo analyze` once.")
    return name


def trained_on(database: Database, release: Release) -> list[int]:
    """Ids of the texts that a release's heads were fitted to, none for a shipped one."""
    return fitted_to(trained_rows(database, release))


def fitted_to(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Ids of those ``trained_rows`` that heads were fitted to: what was measured, and what names added labels alone, was not."""
    return [row["text_id"] for row in rows if not row.get("measured", True) and _speaks(row)]


def trained_rows(database: Database, release: Release) -> list[dict[str, Any]]:
    """What a release was trained and measured on, none for a shipped one; of an erased text there is only the id."""
    if release.snapshot is None:
        return []
    with database.read() as session:
        return snapshots.get(session, name=release.snapshot)


def exported(database: Database, name: str) -> tuple[str | None, list[dict[str, Any]]]:
    """The name of a release's snapshot, and its rows with their texts: the sha256 of what the rows are without these.

    Of an erased text there is only the id.
    """
    with database.read() as session:
        release = releases.get(session, name=name)
        rows = snapshots.get(session, name=release.snapshot) if release.snapshot else []
        contents = texts.contents(session, text_ids=[row["text_id"] for row in rows])
    return release.snapshot, [
        {"text": contents[row["text_id"]], **row} if row["text_id"] in contents else row for row in rows
    ]


def _speaks(row: Mapping[str, Any]) -> bool:
    """Whether a snapshot's row says something that the heads answer."""
    return bool(row.get("labels") or row.get("polarity") or row.get("scores"))


def diff(database: Database, old: str, new: str) -> list[dict[str, Any]]:
    """Rows for people and programs: texts added, removed and relabelled, then every metric that both have."""
    with database.read() as session:
        pair = [releases.get(session, name=name) for name in (old, new)]
        before, after = (
            {row["text_id"]: row for row in snapshots.get(session, name=release.snapshot)} if release.snapshot else {}
            for release in pair
        )
    changed = sum(before[text_id] != after[text_id] for text_id in before.keys() & after.keys())
    counts = {
        "texts added": len(after.keys() - before.keys()),
        "texts removed": len(before.keys() - after.keys()),
        "labels changed": changed,
    }
    rows: list[dict[str, Any]] = [{"what": what, "old": None, "new": count} for what, count in counts.items()]
    return rows + _metric_rows(*pair)


def _metric_rows(old: Release, new: Release) -> list[dict[str, Any]]:
    def values(release: Release) -> dict[str, float]:
        return {
            f"{row['corpus']} {row['task']} {row['metric']}": row["candidate"] if "candidate" in row else row["value"]
            for row in reversed(release.metrics)
        }

    before, after = values(old), values(new)
    return [{"what": what, "old": before[what], "new": after[what]} for what in before if what in after]
