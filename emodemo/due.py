"""Whether a retraining is due, and why: what an unattended run asks first."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db import events, history, labels, releases, snapshots
from db.history import Point
from db.records import Event, Release
from emodemo import watching
from emodemo.services import Services
from emodemo.translation import N_

STARTED = "retrain"  # kind of the event that a run leaves, unless it found nothing new


def due(services: Services) -> str | None:
    """Why a run is due, or None: the live release may not stay, or its encoder was never taught what people said, or
    enough was corrected since the last run, or something and enough days.
    """
    database, settings = services.database, services.settings
    with database.read() as session:
        live = releases.get(session, name=services.live.predictor.release)
        if gone := gone_from(session, live):
            return gone
        if not labels.count(session):
            return None
        last, new = _last_and_new(session)
        taught = any(each.report for each in releases.all(session) if each.encoder_id == live.encoder_id)
        if last and not taught:
            return f"{live.name} brought another encoder, which no correction has taught yet"
    if new >= settings.retrain_after:
        return f"{new} corrected texts are new, changed or taken back"
    if new and last and abs(datetime.now(UTC) - last.at) >= timedelta(days=settings.retrain_days):
        return f"{new} corrected texts are new, changed or taken back, and the last run was on {last.at:%Y-%m-%d}"
    return None


def due_by_drift(services: Services) -> str | None:
    """Why a run is due though few corrections are new, or None: recent texts lie as far from those that the live release
    learned from as ``EMODEMO_RETRAIN_DRIFT`` says. Without a new correction there is nothing to learn from.
    """
    threshold = services.settings.retrain_drift
    if not threshold:
        return None
    with services.database.read() as session:
        _, new = _last_and_new(session)
    if not new:
        return None
    found = watching.drift(services)
    return watching.sentence(found) if found.amount >= threshold else None


def last_run(session: Session) -> Event | None:
    """The event of the last run, None before the first."""
    return next(iter(events.recent(session, kind=STARTED, limit=1)), None)


def note(session: Session, *, actor: str, release: str, decision: str, corrections: int, seen: Point) -> None:
    """Leave the event of a run: what came of it, the release that so many corrected texts lead to, and how far the
    history went that it has ``seen``.
    """
    detail = {"decision": decision, "corrections": corrections, "seen": seen._asdict()}
    text_ids = [row["text_id"] for row in _rows(session, release)]
    detail["without_label"] = len(text_ids) - labels.count_among(session, text_ids=text_ids)
    events.add(session, actor=actor, kind=STARTED, subject=release, detail=detail)


def _last_and_new(session: Session) -> tuple[Event | None, int]:
    """The event of the last run, and how many labels were made, changed or taken back since."""
    last = last_run(session)
    if last is None:
        return None, labels.count(session)
    rows = _rows(session, last.subject)
    erased = [row["text_id"] for row in rows if row.get("erased")]
    kept = [row["text_id"] for row in rows if not row.get("erased")]
    taken_back = len(kept) - labels.count_among(session, text_ids=kept) - last.detail.get("without_label", 0)
    remade = labels.count_among(session, text_ids=erased)  # from what others say of the texts
    return last, _changed(session, last) + remade + max(taken_back, 0)


def _changed(session: Session, last: Event) -> int:
    """Labels made or changed since a run. Earlier versions noted no more of it than when it was."""
    if seen := last.detail.get("seen"):
        return history.changed(session, after=Point(**seen))
    return labels.count_since(session, since=datetime.fromisoformat(last.detail.get("asked", last.at.isoformat())))


def _rows(session: Session, release: str) -> list[dict[str, Any]]:
    snapshot = releases.get(session, name=release).snapshot
    return snapshots.get(session, name=snapshot) if snapshot else []


def gone_from(session: Session, release: Release) -> str | None:
    """Why a release may not be live any longer, or None."""
    if snapshots.was_erased_from(session, name=release.snapshot):
        return N_("something that {release} was trained on was erased", release=release.name)
    if release.snapshot and not labels.count(session):
        return N_("everything that {release} was trained on was taken back", release=release.name)
    return None
