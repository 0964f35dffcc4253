"""What the annotator's page asks and is told, as plain values: texts ahead of time, answers, steps back."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from db.records import AddedLabel, Correction, Verdict
from emodemo import annotation, cards, guidance, html, meanings, personal, preview, vocabulary
from emodemo.access import Person
from emodemo.analysis import Sentence
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.tabs.editor import in_words, prefilled
from emodemo.translation import N_, _, translated
from model.labels import SCORES

AHEAD = 3  # texts in a page's hands, the shown one among them
FREE = "bhiklmopqrtvwxy"  # letters that are no key of the page yet, nor C, the reviewer's comment
EMPTY = N_("The pool is empty. Add texts below, or run `python -m emodemo import FILE --as pool`.")
FINISHED = N_(
    "No text is left for you: every one of the pool is answered, or in somebody's hands. Add some below, or look again "
    "later."
)


class Asked(BaseModel):
    """Every request. ``have``: ids of texts that the page holds or is sending answers of; ``vocabulary``: the version of
    the added labels that it shows.
    """

    model_config = ConfigDict(extra="forbid")

    have: list[int] = Field(default=[], max_length=100)
    vocabulary: str = Field("", max_length=64)


class Answered(Asked):
    """What a person says of a text; ``seconds`` since it was shown."""

    client_id: str = Field(min_length=8, max_length=64)
    text_id: int
    action: Literal["label", "skip", "flag"]
    labels: list[str] = Field(default=[], max_length=40)
    polarity: str | None = None
    scores: dict[str, float] = {}
    seconds: float = Field(ge=0, le=1e6)
    comment: str = Field("", max_length=2000)


class TakenBack(Asked):
    """``text_id``: of which text; without it the newest answer."""

    client_id: str = Field(min_length=8, max_length=64)
    text_id: int | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """One person before the page."""

    services: Services
    person: Person

    def more(self, asked: Asked) -> dict[str, Any]:
        """Texts until the page holds ``AHEAD``, and how far the person is."""
        return self._told(annotation.take(self.services, self.person, **_wanted(asked)), asked)

    def _told(self, handed: annotation.Handed, asked: Asked) -> dict[str, Any]:
        return {
            "person": self.person.name,
            "items": [shown(item) for item in annotation.items(self.services, handed)],
            "done": handed.done,
            "total": handed.size,
            "empty": html.note(translated(FINISHED if handed.size else EMPTY)),
            "release": self.services.live.predictor.release,
            **own_labels(vocabulary.still_offered(handed.added), asked.vocabulary),
        }

    def answer(self, answered: Answered) -> dict[str, Any]:
        """Store it, then ``more``. Raises UserError for what cannot be stored."""
        verdict, comment = Verdict(), answered.comment.strip() or None
        if answered.action == "label":
            added = vocabulary.added_among(self.services.database, answered.labels)
            verdict = annotation.checked_verdict(answered.labels, answered.polarity, answered.scores, added=added)
        if answered.action == "flag" and comment is None:
            raise UserError("A flag needs a reason; write what is wrong with the text.")
        handed = annotation.answer(
            self.services, self.person, client_id=answered.client_id, text_id=answered.text_id, action=answered.action,
            verdict=verdict, seconds=round(answered.seconds, 2), comment=comment, **_wanted(answered),
        )  # fmt: skip
        return {"said": told(answered.action, verdict, comment), **self._told(handed, answered)}

    def undo(self, asked: TakenBack) -> dict[str, Any]:
        """The text whose answer was taken back, as it was answered, then ``more``. Raises UserError."""
        item, said = annotation.take_back(self.services, self.person, client_id=asked.client_id, text_id=asked.text_id)
        back = shown(item)
        if said.action == "label":
            back["said"] = _said(said)
        elif said.action == "flag":
            back["flagged"] = said.comment
        have = Asked(have=[*asked.have, item.text.id], vocabulary=asked.vocabulary)
        return {"back": back, **self.more(have)}

    def guidelines(self, _: Asked) -> dict[str, Any]:
        """What the labels mean now."""
        database = self.services.database
        return {"html": meanings.guidelines(guidance.current(database).values(), guidance.pins(database))}

    def mine(self, _: Asked) -> dict[str, Any]:
        """The person's own page."""
        return {"html": personal.page(self.services, self.person)}

    def preview(self, _: Asked) -> dict[str, Any]:
        """What the person's corrections would change. Raises UserError."""
        return {"html": preview.page(self.services, self.person)}

    def news(self, _: Asked) -> dict[str, Any]:
        """What came of the person's corrections, once for each release that took some in."""
        return {"html": html.note(personal.news(self.services, self.person), "good")}


def _wanted(asked: Asked) -> dict[str, Any]:
    """Of which texts, and how many, a page needs more."""
    return {"exclude": tuple(asked.have), "most": max(AHEAD - len(asked.have), 0)}


def shown(item: annotation.Item) -> dict[str, Any]:
    """What the page needs of a text. Where the prediction is hidden it is not sent."""
    content = item.text.content
    values: dict[str, Any] = {
        "id": item.text.id,
        "client_id": uuid4().hex,
        "text": content,
        "before": item.before,
        "after": item.after,
        "visible": item.visible,
    }
    if not item.visible:
        return values | {"facts": "", "top": "", "guess": {"labels": [], "polarity": None, "scores": {}}}
    row = Sentence(0, len(content), content, item.prediction).row()
    labels, _, _, polarity, *scores, _ = prefilled(row)
    guess = {"labels": labels, "polarity": polarity, "scores": dict(zip(SCORES, scores, strict=True))}
    return values | {"facts": cards.facts(row), "top": item.prediction.emotion, "guess": guess}


def own_labels(offered: Sequence[AddedLabel], shown: str) -> dict[str, Any]:
    """Chips and meanings of added labels, where the page shows another version of them."""
    version = sha256(repr(offered).encode()).hexdigest()
    if version == shown:
        return {}
    chips = "".join(
        html.chip("checkbox", "added", label.name, key, title=label.definition, colour=label.emotion)
        for label, key in zip(offered, keys_of([label.name for label in offered]), strict=True)
    )
    return {"vocabulary": {"version": version, "chips": chips, "meanings": meanings.meanings(offered)}}


def keys_of(names: Sequence[str]) -> list[tuple[str, ...]]:
    """A key for each added label: the first of its letters, or else of all, that is free; none where none is left."""
    keys: list[tuple[str, ...]] = []
    free = dict.fromkeys(FREE)
    for name in names:
        key = next((letter for letter in (*name, *FREE) if letter in free), None)
        free.pop(key or "", None)
        keys.append((key,) if key else ())
    return keys


def told(action: str, verdict: Verdict, comment: str | None) -> str:
    """``Saved: joy; positive.``"""
    if action == "label":
        return _("Saved: {what}.", what=in_words(verdict))
    return _("Skipped.") if action == "skip" else _("Flagged: {reason}", reason=comment)


def _said(correction: Correction) -> dict[str, Any]:
    verdict = correction.verdict
    return {
        "labels": list(verdict.labels or ()),
        "polarity": verdict.polarity,
        "scores": verdict.scores,
    }
