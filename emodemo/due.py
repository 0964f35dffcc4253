"""Whether a retraining is due, and why: what an unattended run asks first."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from db import events, labels, releases, snapshots
from db.records import Event, Release
from emodemo import watching
from emodemo.services import Services

STARTED = "retrain"  # kind of the event that every run leaves


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
    if new and last and datetime.now(UTC) - last.at >= timedelta(days=settings.retrain_days):
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


def _last_and_new(session: Session) -> tuple[Event | None, int]:
    """The event of the last run, and how many labels were made, changed or taken back since."""
    last = next(iter(events.recent(session, kind=STARTED, limit=1)), None)
    if last is None:
        return None, labels.count_since(session, since=None)
    since = datetime.fromisoformat(last.detail["asked"]) if "asked" in last.detail else last.at
    snapshot = releases.get(session, name=last.subject).snapshot
    ids = [row["text_id"] for row in snapshots.get(session, name=snapshot) if not row.get("erased")] if snapshot else []
    taken_back = len(ids) - labels.count_among(session, text_ids=ids) - last.detail.get("without_label", 0)
    return last, labels.count_since(session, since=since) + max(taken_back, 0)


def gone_from(session: Session, live: Release) -> str | None:
    """Why the live release may not stay, or None."""
    if snapshots.was_erased_from(session, name=live.snapshot):
        return f"something that {live.name} was trained on was erased"
    if live.snapshot and not labels.count(session):
        return f"everything that {live.name} was trained on was taken back"
    return None
