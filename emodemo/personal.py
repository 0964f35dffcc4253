"""A person's own page: pace, what was done today, history, and what came of their corrections."""

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

import numpy as np

from db import annotators, corrections, events, releases, texts
from db.records import Correction, Release
from emodemo import html, opinions, overlap, registry
from emodemo.access import Person
from emodemo.gate import EMOTIONS_F1
from emodemo.services import Services
from emodemo.tabs.editor import in_words
from emodemo.translation import _, joined, ngettext
from model.heads import Heads
from model.labels import EMOTIONS, TASKS

HISTORY = 30  # answers shown
RECENT = 50  # answers that the pace is taken from
LONGEST = 300.0  # seconds; whoever took longer was away


def page(services: Services, person: Person) -> str:
    """All of it as HTML."""
    with services.database.read() as session:
        known = annotators.find(session, name=person.name)
        recent = corrections.said(session, annotator_id=known.id, limit=RECENT) if known else []
        if known is None or not recent:
            return html.note(_("You have not answered a text yet."))
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        today = corrections.tally(session, annotator_id=known.id, since=midnight)
        ever = corrections.tally(session, annotator_id=known.id)
        contents = {c.text_id: texts.get(session, text_id=c.text_id).content for c in recent[:HISTORY]}
    rows = [(c.text_id, contents[c.text_id], summary(c), f"{c.created_at:%Y-%m-%d %H:%M}") for c in recent[:HISTORY]]
    return (
        html.figures({**counted(today, ever), **pace(recent)})
        + html.note(came_of(services, known.id))
        + opinions.history(rows)
    )


def counted(today: dict[str, int], ever: dict[str, int]) -> dict[str, str]:
    """Answers of today, by UTC, and of all days, for people to read."""
    return {
        _("labelled today (UTC)"): f"{today.get('label', 0):,}",
        _("labelled in all"): f"{ever.get('label', 0):,}",
        _("skipped"): f"{ever.get('skip', 0):,}",
        _("flagged"): f"{ever.get('flag', 0):,}",
    }


def pace(recent: list[Correction]) -> dict[str, str]:
    """Median time of the labels among these answers; nothing where none was timed."""
    seconds = median_seconds(recent)
    return {} if seconds is None else {_("a text"): _("{seconds:.1f} s", seconds=seconds)}


def median_seconds(recent: Sequence[Correction]) -> float | None:
    """Of the labels among these answers; None where none was timed."""
    taken = [c.seconds for c in recent if c.action == "label" and c.seconds is not None and c.seconds <= LONGEST]
    return median(taken) if taken else None


def summary(correction: Correction) -> str:
    """``joy; positive``, ``skipped``, or ``flagged: no English``."""
    if correction.action == "label":
        return in_words(correction.verdict)
    if correction.action == "skip":
        return _("skipped")
    return _("flagged: {reason}", reason=correction.comment or "")


def news(services: Services, person: Person) -> str:
    """What came of this person's corrections in the live release, told once for each release; empty where they know."""
    release = services.live.predictor.release
    with services.database.read() as session:
        known = annotators.find(session, name=person.name)
        told = events.find(session, kind=events.TOLD, actor=person.name, subject=release)
    if known is None or told:
        return ""
    learned = taken_in(services, known.id)
    if not learned:
        return ""
    with services.database.write() as session:
        events.add(session, actor=person.name, kind=events.TOLD, subject=release, detail={})
    return came_of(services, known.id)


def came_of(services: Services, annotator_id: int) -> str:
    """How many of their corrections the live release learned from, which it now gets right that its parent did not, and
    how much the emotions' macro-F1 on held-out corrections rose.
    """
    name = services.live.predictor.release
    mine = taken_in(services, annotator_id)
    if not mine:
        return _(
            "None of your corrections is in {release}, the live release, yet; a retraining takes them in.", release=name
        )
    with services.database.read() as session:
        live = releases.get(session, name=name)
    mended, lost, asked = _turned(services, live, mine)
    told = [
        ngettext(
            "{n:,} of your corrections is in {release}.",
            "{n:,} of your corrections are in {release}.",
            len(mine),
            release=name,
        )
    ]
    if asked:
        told.append(
            _("It now gets {mended:,} of them right that {parent} got wrong.", mended=mended, parent=live.parent)
        )
    if lost:
        told.append(_("It now gets {lost:,} wrong that {parent} got right.", lost=lost, parent=live.parent))
    if (gain := _gain(live)) is not None:
        told.append(_("Macro-F1 of the emotions on held-out corrections: {gain:+z.1f}.", gain=100 * gain))
    return joined(*told)


def taken_in(services: Services, annotator_id: int) -> list[Correction]:
    """This person's corrections that the live release was fitted to."""
    with services.database.read() as session:
        live = releases.get(session, name=services.live.predictor.release)
        said = corrections.said(session, annotator_id=annotator_id)
    learned = {
        row["text_id"]
        for row in registry.trained_rows(services.database, live)
        if not row.get("measured", True) and any(row.get(part) for part in ("labels", "polarity", "scores", "added"))
    }
    return [c for c in said if c.action == "label" and c.text_id in learned]


def _gain(live: Release) -> float | None:
    """What the gate found when the release went live."""
    for row in (live.report or {}).get("rows", ()):
        if row["metric"] == EMOTIONS_F1:
            return float(row["candidate"] - row["live"])
    return None


def _turned(services: Services, live: Release, mine: list[Correction]) -> tuple[int, int, int]:
    """(wrong before and right now, right before and wrong now, corrections that name an emotion)."""
    named = {c.text_id: overlap.emotions(c.verdict) for c in mine}
    with services.database.read() as session:
        stored = texts.features(session, encoder_id=live.encoder_id, text_ids=[i for i in named if named[i]])
        before = Heads.from_bytes(releases.heads(session, name=live.parent)) if live.parent else None
    if before is None or not stored:
        return 0, 0, 0
    features = np.stack(list(stored.values()))
    was, now = (
        _right(heads, features, [named[i] for i in stored]) for heads in (before, services.live.predictor.heads)
    )
    return int((~was & now).sum()), int((was & ~now).sum()), len(stored)


def _right(heads: Heads, features: np.ndarray, named: list[frozenset[str]]) -> np.ndarray:
    """Whether the likeliest emotion of each row of features (n, width) is among those named; (n,)."""
    likeliest = heads.apply(features)[:, TASKS["emotion7"].columns].argmax(1)
    return np.array([EMOTIONS[n] in names for n, names in zip(likeliest, named, strict=True)], bool)
