"""What each emotion means, beside the labels: a file to begin with, then what reviewers make of it, every version kept.

To the emotions that annotators confuse most are pinned texts on which a reviewer decided between the two.
"""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from db import adjudications, annotators, guidelines
from db.engine import Database
from db.records import Guideline
from emodemo import overlap
from emodemo.access import Person
from emodemo.errors import UserError
from emodemo.translation import N_
from model.labels import FINE_TO_EMOTION

FILE = Path(__file__).parent / "assets" / "guidelines.toml"
LONGEST, LONGEST_EXAMPLE, MOST_EXAMPLES = 1_000, 300, 5  # characters, and examples of a label
SEARCHED = 1_000  # shared texts, the newest, that pins are looked for in
CONFUSED = 2  # times from which on a pair is a confused one
MOST_PAIRS, MOST_PINS = 5, 2  # confused pairs, and pinned texts of each


@dataclass(frozen=True, slots=True)
class Guide:
    """One emotion's definition and examples; ``author`` and ``made`` are empty for version 0, the file's."""

    label: str
    definition: str
    examples: tuple[str, ...]
    version: int = 0
    author: str = ""
    made: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """A text that people took for either emotion, and a reviewer for ``right`` alone."""

    text: str
    right: str
    wrong: str


@cache
def shipped() -> dict[str, Guide]:
    """Version 0 of every emotion."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {label: Guide(label, said["definition"], (said["example"],)) for label, said in found.items()}


def current(database: Database) -> dict[str, Guide]:
    """What holds now, by emotion."""
    with database.read() as session:
        newest = guidelines.current(session)
    return {label: _guide(newest[label], 0) if label in newest else guide for label, guide in shipped().items()}


def history(database: Database, label: str) -> list[Guide]:
    """Every version, the newest first. Raises UserError for an unknown emotion."""
    _check(label)
    with database.read() as session:
        versions = guidelines.history(session, label=label)
    numbered = zip(range(len(versions), 0, -1), versions, strict=True)
    return [*(_guide(version, number) for number, version in numbered), shipped()[label]]


def version(database: Database, label: str, number: int) -> Guide:
    """Raises UserError where there is none of this number."""
    found = next((guide for guide in history(database, label) if guide.version == number), None)
    if found is None:
        raise UserError("There is no version {n} of {label}; reload the page.", n=number, label=N_(label))
    return found


def revise(database: Database, person: Person, label: str, definition: str, examples: list[str]) -> Guide:
    """A new version, which holds from now on. Raises UserError for what cannot be one."""
    _check(label)
    definition, lines = " ".join(definition.split()), [" ".join(line.split()) for line in examples]
    kept = [line for line in lines if line]
    if not definition:
        raise UserError("What {label} means needs a sentence; write one.", label=N_(label))
    if len(definition) > LONGEST or any(len(line) > LONGEST_EXAMPLE for line in kept):
        raise UserError(
            "At most {most:,} characters define an emotion, and {example} make an example.",
            most=LONGEST, example=LONGEST_EXAMPLE,
        )  # fmt: skip
    if len(kept) > MOST_EXAMPLES:
        raise UserError("At most {most} examples are shown beside the labels; leave some out.", most=MOST_EXAMPLES)
    newest = history(database, label)[0]
    if (definition, tuple(kept)) == (newest.definition, newest.examples):
        raise UserError("That is what it says already; nothing was changed.")
    with database.write() as session:
        author = annotators.ensure(session, name=person.name, role=person.role)
        saved = guidelines.save(session, label=label, definition=definition, examples=kept, author=author)
    return _guide(saved, newest.version + 1)


def pins(database: Database) -> dict[str, list[Pin]]:
    """By emotion the texts that set it off from one that annotators confuse it with."""
    texts = overlap.shared(database, most=SEARCHED)
    often = [pair for pair, times in overlap.confused(texts).most_common(MOST_PAIRS) if times >= CONFUSED]
    with database.read() as session:
        decided = {text.id: (text.content, decision.verdict) for text, decision in adjudications.accepted(session)}
    pinned: dict[str, list[Pin]] = defaultdict(list)
    for pair in often:
        found = [decided[t.text_id] for t in reversed(texts) if t.text_id in decided and pair in overlap.pairs(t)]
        named = [
            (text, {FINE_TO_EMOTION.get(name) for name in verdict.labels or ()} & {*pair}) for text, verdict in found
        ]
        for text, right in [(text, right) for text, right in named if len(right) == 1][:MOST_PINS]:
            [is_], [is_not] = right, {*pair} - right
            for label in pair:
                pinned[label].append(Pin(text, str(is_), is_not))
    return pinned


def _guide(version: Guideline, number: int) -> Guide:
    made = f"{version.created_at:%Y-%m-%d %H:%M}"
    return Guide(version.label, version.definition, version.examples, number, version.author or "", made)


def _check(label: str) -> None:
    if label not in shipped():
        raise UserError(
            "There are no guidelines for {label!r}; choose one of: {labels}.", label=label, labels=", ".join(shipped())
        )
