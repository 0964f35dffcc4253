"""From corrections to a release: snapshot, candidate, gate, promotion. Small enough to run after every coffee.

Every candidate is fitted from the shipped heads on all accepted labels, never on the last candidate: undoing a
correction really takes it back, and small losses cannot add up.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np

from db import events, labels, releases, snapshots, texts
from db.engine import Database
from db.records import AcceptedLabel
from emodemo.annotation import refresh_pool
from emodemo.gate import Evidence, judge
from emodemo.services import Services
from emodemo.serving import CANDIDATE, PRODUCTION
from emodemo.settings import Settings
from model.encoder import Encoder
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH, label_targets, polarity_target, target_row

# Weight of one corrected text beside one replayed row: the first under which nothing locked falls is taken.
STRENGTHS = (30.0, 12.0, 6.0, 3.0)
SCORE_SHARE = 0.2  # of that weight for scores: one far from the model's pulls harder than any class can
DECAY = 1e-2
ITERATIONS = 40
ENCODE_BLOCK = 256
STARTED = "retrain"  # kind of the event that every run leaves

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; ``report`` is the object of ``retrain --json``."""

    decision: Literal["promoted", "kept", "nothing to do"]
    reason: str
    live: str
    candidate: str | None = None
    corrections: int = 0
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)
    flips: list[dict[str, Any]] = field(default_factory=list)


def retrain(services: Services, *, dry_run: bool = False, actor: str = "local", say: Say = lambda _: None) -> Outcome:
    """One whole run. Raises Busy while another is at work; killed anywhere, live release and data stay as they were."""
    started = time.monotonic()
    database, encoder = services.database, services.live.predictor.encoder
    with database.exclusive("retrain"):
        services.live.refresh()
        with database.read() as session:
            accepted = labels.accepted(session)
            live = releases.get(session, name=services.live.predictor.release)
            known = {release.snapshot: release for release in releases.all(session)}
        rows = snapshot_rows(accepted)
        name = snapshots.name_of(rows)
        if not accepted:
            return Outcome("nothing to do", "Nothing to do: there is no accepted correction yet.", live.name)
        if name in known:
            reason = f"Nothing to do: {known[name].name} was trained on exactly these {len(accepted)} corrected texts."
            return Outcome("nothing to do", reason, live.name, corrections=len(accepted))
        say(f"Encoding and fitting {len(accepted)} corrected texts …")
        evidence = gather(database, encoder, accepted, keep=not dry_run)
        shipped = services.shipped.heads()
        replay, holdout, current = services.shipped.replay(), services.shipped.holdout(), services.live.predictor.heads
        for strength in STRENGTHS:
            candidate = fit_candidate(shipped, replay, evidence, strength)
            say("Comparing a candidate with the live release …")
            verdict = judge(current, candidate, shipped, holdout, evidence)
            if not verdict.forgets:
                break
        outcome = Outcome(
            decision="promoted" if verdict.passed else "kept",
            reason=verdict.reason,
            live=live.name,
            candidate=next_name(services.shipped.name, [release.name for release in known.values()]),
            corrections=len(accepted),
            seconds=round(time.monotonic() - started, 1),
            rows=verdict.rows,
            flips=verdict.flips,
        )
        if not dry_run:
            _record(database, outcome, candidate, encoder.encoder_id, rows, actor)
    if outcome.decision == "promoted" and not dry_run:
        services.live.refresh()
        refresh_pool(services)
    return outcome


def retrain_if_due(
    services: Services, *, dry_run: bool = False, actor: str = "local", say: Say = lambda _: None
) -> Outcome:
    """``retrain`` where enough is new; what cron, the schedule in the app and ``retrain --if-due`` run."""
    reason = due(services.database, services.settings)
    if not reason:
        live = services.live.predictor.release
        return Outcome("nothing to do", "Nothing to do: too few corrections are new since the last run.", live)
    say(f"Due: {reason}.")
    return retrain(services, dry_run=dry_run, actor=actor, say=say)


def describe(outcome: Outcome, *, dry_run: bool = False) -> str:
    """The outcome in words: the decision, the gate's figures, what flips."""
    lines = [outcome.reason + (" (Dry run: nothing was changed.)" if dry_run else "")]
    if outcome.rows:
        lines.append(
            f"{'corpus':<12} {'task':<11} {'metric':<12} {'live':>6} {'candidate':>10}   95 % interval of the change"
        )
    for row in outcome.rows:
        live, candidate, low, high = (100 * row[key] for key in ("live", "candidate", "low", "high"))
        names = f"{row['corpus']:<12} {row['task']:<11} {row['metric']:<12}"
        lines.append(f"{names} {live:>6.1f} {candidate:>10.1f}   {low:+.1f} to {high:+.1f}")
    lines += [
        f"text {flip['text_id']}: {flip['live']} → {flip['candidate']} (accepted: {flip['accepted']})"
        for flip in outcome.flips
    ]
    return "\n".join(lines)


def due(database: Database, settings: Settings) -> str | None:
    """Why a run is due, or None: enough new corrections since the last one, or some and enough days."""
    with database.read() as session:
        last = next(iter(events.recent(session, kind=STARTED, limit=1)), None)
        new = labels.count_since(session, since=last.at if last else None)
    if new >= settings.retrain_after:
        return f"{new} corrected texts are new"
    if new and last and datetime.now(UTC) - last.at >= timedelta(days=settings.retrain_days):
        return f"{new} corrected texts are new and the last run was on {last.at:%Y-%m-%d}"
    return None


def snapshot_rows(accepted: Sequence[AcceptedLabel]) -> list[dict[str, Any]]:
    """What a release is trained and measured on, without the texts themselves."""
    return [
        {
            "text_id": label.text_id,
            "labels": label.labels,
            "polarity": label.polarity,
            "scores": label.scores,
            "measured": label.measured,
        }
        for label in accepted
    ]


def gather(database: Database, encoder: Encoder, accepted: Sequence[AcceptedLabel], *, keep: bool) -> Evidence:
    """Corrected texts as rows of features and targets; features that were missing are stored if ``keep``."""
    ids = [label.text_id for label in accepted]
    with database.read() as session:
        known = texts.features(session, encoder_id=encoder.encoder_id, text_ids=ids)
    missing = [label for label in accepted if label.text_id not in known]
    for start in range(0, len(missing), ENCODE_BLOCK):
        block = missing[start : start + ENCODE_BLOCK]
        rows = encoder.features([label.content for label in block]).astype(np.float16).astype(np.float32)  # as stored
        fresh = {label.text_id: row for label, row in zip(block, rows, strict=True)}
        known |= fresh
        if keep:
            with database.write() as session:
                texts.store_features(session, encoder_id=encoder.encoder_id, features=fresh)
    return Evidence(
        ids=np.array(ids),
        features=np.stack([known[text_id] for text_id in ids]),
        targets=np.stack([_targets(label) for label in accepted]),
        measured=np.array([label.measured for label in accepted]),
    )


def _targets(label: AcceptedLabel) -> np.ndarray:
    targets: dict[str, np.ndarray | float] = dict(label.scores)
    if label.labels:
        targets |= label_targets(label.labels)
    if label.polarity:
        targets["sentiment3"] = polarity_target(label.polarity)
    return target_row(targets)


def fit_candidate(shipped: Heads, replay: LabelledFeatures, evidence: Evidence, strength: float) -> Heads:
    """The shipped heads moved by the corrections that may train, each as heavy as ``strength`` replayed rows.

    On replayed rows the target is what the shipped heads answer (Li and Hoiem 2016, "Learning without Forgetting"):
    without corrections nothing moves at all, and with them only what the corrections speak of.
    """
    train = ~evidence.measured
    by_task = {task.name: strength * (SCORE_SHARE if task.kind == "score" else 1) for task in TASKS.values()}
    weights = [np.ones((len(replay.features), WIDTH), np.float32), np.tile(target_row(by_task), (train.sum(), 1))]
    return fit(
        np.concatenate([replay.features, evidence.features[train]]),
        np.concatenate([shipped.apply(replay.features), evidence.targets[train]]),
        weights=np.concatenate(weights),
        start=shipped,
        decay=DECAY,
        iterations=ITERATIONS,
    )


def next_name(shipped: str, names: Sequence[str]) -> str:
    """``shipped-rN`` with the first N that no release has."""
    numbers = [int(name.rpartition("-r")[2]) for name in names if name.rpartition("-r")[2].isdigit()]
    return f"{shipped}-r{max(numbers, default=0) + 1}"


def _record(
    database: Database, outcome: Outcome, heads: Heads, encoder_id: str, rows: list[dict[str, Any]], actor: str
) -> None:
    """Snapshot, release, aliases and event in one transaction: all of it is there, or nothing."""
    assert outcome.candidate
    with database.write() as session:
        releases.add(
            session,
            name=outcome.candidate,
            parent=outcome.live,
            encoder_id=encoder_id,
            heads=heads.to_bytes(),
            metrics=outcome.rows,
            snapshot=snapshots.save(session, rows=rows),
            report=asdict(outcome),
        )
        aliases = (CANDIDATE, PRODUCTION) if outcome.decision == "promoted" else (CANDIDATE,)
        for alias in aliases:
            releases.point(session, alias=alias, release=outcome.candidate, actor=actor, reason=outcome.reason)
        detail = {"decision": outcome.decision, "corrections": outcome.corrections}
        events.add(session, actor=actor, kind=STARTED, subject=outcome.candidate, detail=detail)
