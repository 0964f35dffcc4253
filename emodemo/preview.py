"""What a person's own corrections would change, tried out: the live heads moved by these alone, as far as nothing locked
falls. Nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from db import annotators, corrections, queue, releases, texts
from emodemo import html
from emodemo.access import Person
from emodemo.candidates import Trainer, strongest
from emodemo.errors import UserError
from emodemo.evidence import Evidence, gather
from emodemo.locked import Locked
from emodemo.registry import trained_on
from emodemo.services import Services
from emodemo.translation import _, joined, named, ngettext
from model import metrics
from model.heads import Heads
from model.labels import EMOTIONS, POLARITIES, TASKS

RESAMPLES = 200  # of the locked hold-out: nothing is decided here
LOOKED_AT = 10_000  # texts of the pool, drawn at random from a larger one
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Change:
    """A text of the pool whose emotion or polarity would be another: how far its answer moves, 0 to 1, and in words."""

    text_id: int
    moved: float
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """``changes`` the largest first, of ``looked_at`` texts. ``f1``: macro-F1 of the emotions on ``held`` corrections that
    the heads were not fitted to, before and after; None where there is none.
    """

    release: str
    corrections: int
    looked_at: int
    changes: list[Change]
    held: int
    f1: tuple[float, float] | None


def preview(services: Services, person: Person) -> Preview:
    """Raises UserError where the person has corrected nothing that the heads answer, or is at it already."""
    with services.sandbox.of(person.name):
        return _preview(services, person)


def _preview(services: Services, person: Person) -> Preview:
    live, database = services.live.predictor, services.database
    with database.read() as session:
        known = annotators.find(session, name=person.name)
        own = corrections.own(session, annotator_id=known.id) if known else []
        release = releases.get(session, name=live.release)
        ids = services.pool.ids(session)
        drawn = np.random.default_rng(0).permutation(ids)[:LOOKED_AT]
        pooled, features, _ = queue.candidates(
            session, release=live.release, encoder_id=live.encoder.encoder_id, text_ids=drawn.tolist()
        )
    evidence = gather(database, live.encoder, own, trained_on(database, release), keep=False).speaking if own else None
    if evidence is None or not evidence.training.any():
        raise UserError("You have not corrected an emotion, a polarity or a score yet; label some texts first.")
    trainer = Trainer(live.heads, services.shipped.replay(), evidence)
    locked = Locked(live.heads, services.shipped.heads(), services.shipped.holdout(), RESAMPLES)
    strength, moved, _ = strongest(locked, trainer)
    held, f1 = _held_out(live.heads, moved, trainer.crossed(strength), evidence)
    changes = _changes(pooled, *(heads.apply(features) for heads in (live.heads, moved))) if len(pooled) else []
    return Preview(live.release, len(evidence.ids), len(pooled), changes, held, f1)


def _held_out(
    live: Heads, moved: Heads, crossed: np.ndarray, evidence: Evidence
) -> tuple[int, tuple[float, float] | None]:
    """How many corrections with an emotion testify, and the macro-F1 of the emotions on them before and after."""
    emotion = TASKS["emotion7"].columns
    answers = np.where(np.isnan(crossed), moved.apply(evidence.features), crossed)[:, emotion]
    rows = (evidence.measured | ~np.isnan(crossed).all(1)) & ~np.isnan(evidence.targets[:, emotion]).any(1)
    if not rows.any():
        return 0, None
    truth = evidence.targets[rows, emotion].argmax(1)
    before, after = (
        float(metrics.macro_f1(truth, outputs[rows].argmax(1), len(EMOTIONS))(np.ones(rows.sum())))
        for outputs in (live.apply(evidence.features)[:, emotion], answers)
    )
    return int(rows.sum()), (before, after)


def _changes(ids: np.ndarray, before: np.ndarray, after: np.ndarray) -> list[Change]:
    """outputs (rows, WIDTH) of the texts; the distance is half the sum of differences, the larger of the two parts'."""
    parts = ((EMOTIONS, TASKS["emotion7"].columns), (POLARITIES, TASKS["sentiment3"].columns))
    moved = np.max([np.abs(after[:, c] - before[:, c]).sum(1) / 2 for _, c in parts], 0)
    other = np.any([after[:, c].argmax(1) != before[:, c].argmax(1) for _, c in parts], 0)

    def words(row: np.ndarray) -> str:
        return _(", ").join(_top(names, row[columns]) for names, columns in parts)

    order = [n for n in np.argsort(-moved, kind="stable") if other[n]]
    return [Change(int(ids[n]), float(moved[n]), words(before[n]), words(after[n])) for n in order]


def _top(names: Sequence[str], shares: np.ndarray) -> str:
    return f"{named(names[int(shares.argmax())])} {shares.max():.0%}"


def page(services: Services, person: Person) -> str:
    """The preview as HTML."""
    found = preview(services, person)
    with services.database.read() as session:
        rows = [
            {"text": texts.get(session, text_id=change.text_id).content, "now": change.before, "then": change.after}
            for change in found.changes[:SHOWN]
        ]
    columns = {"text": _("text"), "now": _("now"), "then": _("then")}
    return html.note(summary(found)) + (f'<div class="flips">{html.table(rows, columns)}</div>' if rows else "")


def summary(found: Preview) -> str:
    """What would change, in words."""
    said = [
        ngettext(
            "Your {n:,} correction would change the answer to {changed:,} of {texts:,} texts of the pool.",
            "Your {n:,} corrections would change the answer to {changed:,} of {texts:,} texts of the pool.",
            found.corrections,
            changed=len(found.changes),
            texts=found.looked_at,
        )
    ]
    if len(found.changes) > SHOWN:
        said.append(_("Below are the {count} that change most.", count=SHOWN))
    if found.f1:
        before, after = (100 * value for value in found.f1)
        said.append(
            _(
                "On {held:,} of your corrections, each answered by heads that were not fitted to it, the emotions' macro-F1 "
                "goes from {before:.1f} to {after:.1f}.",
                held=found.held,
                before=before,
                after=after,
            )
        )
    said.append(_("This is a try: nothing was stored, and {release} stays as it is.", release=found.release))
    return joined(*said)
