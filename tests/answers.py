"""Sentences of our own, and answers to them as the queue would have got them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from db import annotators, corrections, texts
from db.engine import Database
from db.records import Verdict

THINGS = [
    *("kettle", "ferry", "garden", "letter", "ladder", "violin", "bakery", "harbour", "lantern", "orchard"),
    *("bicycle", "museum", "mirror", "tunnel", "market", "piano", "castle", "meadow", "engine", "blanket"),
]
PLAIN = ["The {} is by the door.", "She painted the {} blue.", "They sold the {} on Monday.", "A {} stood there.",
         "We measured the {} twice.", "He described the {} to us."]  # fmt: skip
ANGRY = ["I hate this stupid {}!", "Who broke the damned {} again?", "That {} makes me furious!",
         "Stop touching my {}, you idiot!", "How dare they ruin the {}!", "This {} is an outrage!"]  # fmt: skip
START = datetime(2026, 3, 1, tzinfo=UTC)


def sentences(frames: Sequence[str]) -> list[str]:
    """120 of six frames, those of one thing after another."""
    return [frame.format(thing) for thing in THINGS for frame in frames]


def pooled(database: Database, contents: Sequence[str]) -> list[int]:
    with database.write() as session:
        return texts.add(session, contents=contents, source="test", pooled=True)


def answered(
    database: Database, contents: Sequence[str], verdicts: Sequence[Verdict], *, release: str, chosen: str
) -> None:
    """An answer an hour, every fourth given blind."""
    ids = pooled(database, contents)
    with database.write() as session:
        person = annotators.ensure(session, name="ada", role="annotator")
        for n, (text_id, verdict) in enumerate(zip(ids, verdicts, strict=True)):
            corrections.save(
                session, client_id=f"{chosen} {text_id}", text_id=text_id, annotator_id=person.id, verdict=verdict,
                visible=n % 4 > 0, release=release, chosen=chosen, created_at=START + timedelta(hours=n),
            )  # fmt: skip


def weeks(database: Database, *, release: str) -> None:
    """Half of the plain sentences drawn at random, half chosen, all answered."""
    said = [Verdict(("neutral",), "neutral"), Verdict(("joy",), "positive")] * 30
    answered(database, sentences(PLAIN)[:60], said, release=release, chosen="random")
    answered(database, sentences(PLAIN)[60:], said, release=release, chosen="strategy")
