"""From corrections to a release: snapshot, candidate, gate, promotion. Small enough to run after every coffee.

Every candidate is fitted from the shipped heads on all accepted labels, never on the last candidate: none knows what was
undone before it, and small losses cannot add up. A live release that learned from what was undone stays, like any other,
until a candidate passes the gate against it. It gives way to the shipped one first where something that it learned from
was erased, or nothing of it is left: then it may not stay, however the candidate fares.

There is nothing to do where the live release came of exactly these labels, or what the last run made did: whatever was
kept back by the gate, or rolled back by hand, is not tried again before something changes.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy.orm import Session

from db import history, labels, releases, snapshots
from db.engine import Database
from db.history import Point
from db.records import AcceptedLabel, Event, Release
from emodemo import added, tracking, vocabulary
from emodemo.annotation import refresh_pool
from emodemo.candidates import Say, Trainer, Tried, best_candidate
from emodemo.chance import without_chance
from emodemo.due import due, due_by_drift, gone_from, last_run, note
from emodemo.errors import EXPECTED, UserError
from emodemo.evidence import gather
from emodemo.gate import Gate
from emodemo.influence import responsible
from emodemo.registry import fitted_to, promote, trained_rows
from emodemo.reliability import weigh
from emodemo.services import Services
from emodemo.serving import CANDIDATE, PRODUCTION
from emodemo.tracking import Experiment
from emodemo.translation import N_, in_a_row, kept
from model.heads import Heads

LOG = logging.getLogger(__name__)
Decision = Literal["promoted", "kept", "nothing to do"]
NOTHING: Decision = "nothing to do"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; ``because``: of flipped texts those that turned them; ``labels``: what it made of each added
    label; ``set_aside``: whose word it left out, and why.
    """

    decision: Decision
    reason: str
    live: str
    candidate: str | None = None
    corrections: int = 0
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)
    flips: list[dict[str, Any]] = field(default_factory=list)
    because: dict[str, list[int]] = field(default_factory=dict)
    labels: list[dict[str, Any]] = field(default_factory=list)
    set_aside: list[dict[str, Any]] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """What ``retrain --json`` prints and the release keeps; of added labels and annotators set aside nothing where
        there are none.
        """
        return {name: value for name, value in asdict(self).items() if value or name not in ("labels", "set_aside")}


def retrain(services: Services, *, dry_run: bool = False, actor: str = "local", say: Say = lambda _: None) -> Outcome:
    """One whole run. Raises Busy while another is at work, UserError where another release went live meanwhile; killed
    anywhere, data stay as they were and so does the live release, unless it had to give way.
    """
    started = time.monotonic()
    database, encoder = services.database, services.live.predictor.encoder
    with database.exclusive("retrain"):
        services.live.refresh()
        with database.read() as session:
            seen, accepted = history.end(session), labels.accepted(session)
            every = releases.all(session)
            live = releases.get(session, name=services.live.predictor.release)
            gone = gone_from(session, live)
            last = last_run(session)
            known = {} if gone else _answered(session, live, last)
        told = []
        if gone:
            former, live = live.name, _give_way(services, live, gone, dry_run=dry_run, actor=actor)
            told.append(N_("{release} gave way to {shipped}: {why}.", release=former, shipped=live.name, why=gone))
        accepted, aside = without_chance(database, accepted)
        accepted = weigh(database, accepted)
        offered = [label.name for label in vocabulary.offered(database)]
        rows = snapshot_rows(accepted, offered)
        name = snapshots.name_of(rows)
        if not accepted or name in known:
            release, count = known.get(name, live.name), len(accepted)
            if last and last.detail.get("seen") != seen._asdict() and not dry_run:
                with database.write() as session:
                    note(session, actor=actor, release=release, decision=NOTHING, corrections=count, seen=seen)
            return Outcome(NOTHING, in_a_row([*told, _nothing(release, count)]), live.name, corrections=count)
        say(N_("Encoding and fitting {count} corrected texts …", count=len(accepted)))
        learnt = trained_rows(database, live)
        evidence = gather(database, encoder, accepted, fitted_to(learnt), keep=not dry_run)
        speaking = evidence.speaking
        shipped, replay = services.shipped.heads(), services.shipped.replay()
        before = shipped if gone else services.live.predictor.heads
        gate = Gate(before, shipped, services.shipped.holdout(), speaking)
        tried: list[Tried] = []
        candidate, verdict = best_candidate(gate, Trainer(shipped, replay, speaking), say, tried=tried)
        judged = added.judge(offered, accepted, evidence, replay, added.standing(database, live, before))
        candidate, verdict, alone = added.beside(candidate, verdict, judged, before, live)
        rows = added.as_learnt(_beside(rows, learnt) if alone else rows, learnt, judged)
        outcome = Outcome(
            decision="promoted" if verdict.passed else "kept",
            reason=in_a_row([*told, verdict.reason]),
            live=live.name,
            candidate=next_name(services.shipped.name, [release.name for release in every]),
            corrections=len(accepted),
            seconds=round(time.monotonic() - started, 1),
            rows=verdict.rows,
            flips=verdict.flips,
            because=responsible(shipped, before, candidate, speaking, verdict.flips),
            labels=[each.report() for each in judged],
            set_aside=[each.report() for each in aside],
        )
        if not dry_run:
            _record(database, outcome, candidate, encoder.encoder_id, rows, name, actor, seen)
            tracking.track(services.settings, _experiment(outcome, snapshots.name_of(rows), encoder.encoder_id, tried))
    if outcome.decision == "promoted" and not dry_run:
        _follow(services)
    return outcome


def _follow(services: Services) -> None:
    """Serve the promotion and judge the pool by it. Where that fails both catch up by themselves: the run has done its work."""
    try:
        services.live.refresh()
        refresh_pool(services)
    except EXPECTED as error:
        LOG.warning("The new release has not judged the pool yet: %s", error)


def retrain_if_due(
    services: Services, *, dry_run: bool = False, actor: str = "local", say: Say = lambda _: None
) -> Outcome:
    """``retrain`` where enough is new or texts have drifted; what cron, schedule and ``retrain --if-due`` run."""
    reason = due(services) or due_by_drift(services)
    if not reason:
        live = services.live.predictor.release
        return Outcome(NOTHING, N_("Nothing to do: too few corrections are new since the last run."), live)
    say(f"Due: {reason.removesuffix('.')}.")
    return retrain(services, dry_run=dry_run, actor=actor, say=say)


def describe(outcome: Outcome, *, dry_run: bool = False) -> str:
    """The outcome in words: the decision, the gate's figures, what flips."""
    lines = [outcome.reason + (" (Dry run: nothing was changed.)" if dry_run else "")]
    if outcome.rows:
        lines.append(
            f"{'corpus':<12} {'task':<11} {'measure':<15} {'live':>6} {'candidate':>10}   95 % interval of the change"
        )
    for row in (row for row in outcome.rows if "class" not in row or row["low"] < row["high"]):
        live, candidate, low, high = (100 * row[key] for key in ("live", "candidate", "low", "high"))
        names = f"{row['corpus']:<12} {row['task']:<11} {row.get('class', row['metric']):<15}"
        lines.append(f"{names} {live:>6.1f} {candidate:>10.1f}   {low:+z.1f} to {high:+z.1f}")
    lines += [each["reason"] for each in outcome.set_aside]
    lines += [f"label {each['label']}: {each['reason']}" for each in outcome.labels]
    lines += [
        f"text {flip['text_id']}: {flip['live']} → {flip['candidate']} (accepted: {flip['accepted']}{_by(outcome, flip)})"
        for flip in outcome.flips
    ]
    return "\n".join(lines)


def _by(outcome: Outcome, flip: dict[str, Any]) -> str:
    """The corrections that turned an answer, where that can be told."""
    because = outcome.because.get(str(flip["text_id"]), [])
    return f"; most of it by {' and '.join(f'text {text_id}' for text_id in because)}" if because else ""


def _give_way(services: Services, live: Release, reason: str, *, dry_run: bool, actor: str) -> Release:
    """The shipped release, live from now on unless this is a dry run. Raises UserError where ``live`` is no longer."""
    shipped, database = services.shipped, services.database
    if not dry_run:
        change = {"encoder_id": shipped.encoder_id, "actor": actor, "reason": reason, "shown": live.name}
        promote(database, shipped.name, **change)
        services.live.refresh()
    with database.read() as session:
        return releases.get(session, name=shipped.name)


def _answered(session: Session, live: Release, last: Event | None) -> dict[str | None, str]:
    """The live release and what the ``last`` run came to, by the name of the accepted labels that each came of; none of
    another encoder, nor one that may not be live.
    """
    found = [*([releases.get(session, name=last.subject)] if last else []), live]
    stay = [each for each in found if each.encoder_id == live.encoder_id and not gone_from(session, each)]
    return {_came_of(release): release.name for release in stay}


def _nothing(release: str, count: int) -> str:
    if not count:
        return N_("Nothing to do: there is no accepted correction.")
    return N_("Nothing to do: {release} came of exactly these {count} corrected texts.", release=release, count=count)


def snapshot_rows(accepted: Sequence[AcceptedLabel], offered: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What a release is trained and measured on, without the texts themselves; of added labels those on ``offered``."""
    rows = []
    for label in accepted:
        said = {"labels": label.labels, "polarity": label.polarity, "scores": label.scores}
        named = {name: share for name, share in label.added.items() if name in offered}
        added = {"added": named} if named else {}
        rows.append({"text_id": label.text_id, **said, **added, "measured": label.measured})
    return rows


def _came_of(release: Release) -> str | None:
    """The name of the accepted labels that a run looked at, whatever it took from them. As its snapshot names them,
    unless only added labels learned.
    """
    return (release.report or {}).get("came_of", release.snapshot)


def _beside(rows: Sequence[dict[str, Any]], live: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a release is trained on that has the live one's heads and added labels of its own: of what the heads answer
    the ``live`` rows, of the labels the new ones.
    """
    known = {row["text_id"]: row for row in live}
    nothing: dict[str, Any] = {"labels": None, "polarity": None, "scores": {}}
    merged = [row | {part: known.get(row["text_id"], {}).get(part, nothing[part]) for part in nothing} for row in rows]
    left = known.keys() - {row["text_id"] for row in rows}
    gone = [{name: part for name, part in known[text_id].items() if name != "added"} for text_id in sorted(left)]
    return sorted(merged + gone, key=lambda row: row["text_id"])


def next_name(shipped: str, names: Sequence[str]) -> str:
    """``shipped-rN`` with the first N that no release has."""
    numbers = [int(name.rpartition("-r")[2]) for name in names if name.rpartition("-r")[2].isdigit()]
    return f"{shipped}-r{max(numbers, default=0) + 1}"


def _record(
    database: Database,
    outcome: Outcome,
    heads: Heads,
    encoder_id: str,
    rows: list[dict[str, Any]],
    came_of: str,
    actor: str,
    seen: Point,
) -> None:
    """Snapshot, release, aliases and event in one transaction: all of it is there, or nothing.

    ``came_of`` names the accepted labels as they were where the history had gone as far as ``seen``; ``rows``, what the
    release learned of them, may be less. Raises UserError where somebody moved the live release meanwhile: they had a reason.
    """
    assert outcome.candidate
    with database.write() as session:
        live = releases.alias(session, alias=PRODUCTION)
        if outcome.decision == "promoted" and live != outcome.live:
            raise UserError(
                "{live} went live while the candidate was fitted, which was to replace {before}; run `retrain` again.",
                live=live, before=outcome.live,
            )  # fmt: skip
        releases.add(
            session,
            name=outcome.candidate,
            parent=outcome.live,
            encoder_id=encoder_id,
            heads=heads.to_bytes(),
            metrics=outcome.rows,
            snapshot=snapshots.save(session, rows=rows),
            report=outcome.report() | {"came_of": came_of, "said": kept(outcome.reason)},
        )
        aliases = (CANDIDATE, PRODUCTION) if outcome.decision == "promoted" else (CANDIDATE,)
        for alias in aliases:
            releases.point(session, alias=alias, release=outcome.candidate, actor=actor, reason=outcome.reason)
        decision, count = outcome.decision, outcome.corrections
        note(session, actor=actor, release=outcome.candidate, decision=decision, corrections=count, seen=seen)


def _experiment(outcome: Outcome, snapshot: str, encoder_id: str, tried: list[Tried]) -> Experiment:
    facts = {
        "release": outcome.candidate,
        "parent": outcome.live,
        "snapshot": snapshot,
        "encoder_id": encoder_id,
        "decision": outcome.decision,
        "reason": outcome.reason,
        "corrections": outcome.corrections,
        "seconds": outcome.seconds,
    }
    return tracking.of_retraining(facts, outcome.rows, tried)
