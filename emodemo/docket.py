"""What the reviewer's page asks and is told, as plain values: texts to decide on, decisions, guidelines."""

from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from db import adjudications
from db.records import Adjudication, Verdict
from emodemo import annotation, cards, guidance, html, meanings, opinions, review, vocabulary
from emodemo.access import Person
from emodemo.analysis import Sentence
from emodemo.guidance import Guide
from emodemo.services import Services
from emodemo.tabs.editor import in_words
from emodemo.translation import N_, _, named, ngettext, translated
from emodemo.workspace import own_labels

AHEAD = 3  # texts in a page's hands, the shown one among them
SHOWN = 30  # decisions in the list
KEYS = {"keep": "k", "reject": "r", "decline": "r"}
TOLD = {
    "keep": N_("Left as it is: what people said stays, side by side."),
    "reject": N_("Rejected: what was said of it until now trains nothing."),
    "decline": N_("Turned down."),
}


class Asked(BaseModel):
    """Every request. ``have``: ids of texts that the page holds or decides on; ``later``: of those that were put off;
    ``only``: the one kind that it shows; ``vocabulary``: the version of the added labels that it shows.
    """

    model_config = ConfigDict(extra="forbid")

    have: list[int] = Field(default=[], max_length=100)
    later: list[int] = Field(default=[], max_length=10_000)
    only: str | None = None
    vocabulary: str = Field("", max_length=64)


class Decided(Asked):
    """A decision on a text, and up to which correction and decision the reviewer knew it."""

    client_id: str = Field(min_length=8, max_length=64)
    text_id: int
    kind: str
    action: Literal["accept", "keep", "reject", "decline"]
    labels: list[str] = Field(default=[], max_length=40)
    polarity: str | None = None
    scores: dict[str, float] = {}
    seen: int
    after: int
    comment: str = Field("", max_length=2000)


class TakenBack(Asked):
    """``decision``: which one, of whomever; without it the reviewer's own newest."""

    client_id: str = Field(min_length=8, max_length=64)
    decision: int | None = None


class Looked(Asked):
    """At the guidelines of one emotion."""

    label: str


class Revised(Looked):
    """Another wording, or ``version`` to bring an earlier one back."""

    definition: str = Field("", max_length=4000)
    examples: list[str] = Field(default=[], max_length=50)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Docket:
    """One reviewer before the page."""

    services: Services
    person: Person

    def more(self, asked: Asked) -> dict[str, Any]:
        """Texts until the page holds ``AHEAD``, and how many wait."""
        most = max(AHEAD - len(asked.have), 0)
        items = review.take(self.services, kind=asked.only, exclude=[*asked.have, *asked.later], most=most)
        counts = review.counts(self.services)
        return {
            "person": self.person.name,
            "items": [self.shown(item) for item in items],
            "counts": counts,
            "empty": html.note(nothing(len(asked.later), counts[asked.only] if asked.only else sum(counts.values()))),
            **own_labels(vocabulary.offered(self.services.database), asked.vocabulary),
        }

    def decide(self, decided: Decided) -> dict[str, Any]:
        """Store it, then ``more``. Raises UserError, StoreError."""
        verdict = Verdict(tuple(decided.labels) or None, decided.polarity, decided.scores)
        decision = review.decide(
            self.services, self.person, client_id=decided.client_id, text_id=decided.text_id, kind=decided.kind,
            action=decided.action, verdict=verdict if decided.action == "accept" else Verdict(),
            seen=decided.seen, after=decided.after, comment=decided.comment.strip() or None,
        )  # fmt: skip
        return {"said": told(decision), **self.more(decided)}

    def undo(self, asked: TakenBack) -> dict[str, Any]:
        """The text whose decision was taken back, then ``more``. Raises UserError."""
        item, _ = review.undo(self.services, self.person, client_id=asked.client_id, id=asked.decision)
        have = [*asked.have, item.text.id]
        return {"back": self.shown(item), **self.more(asked.model_copy(update={"have": have}))}

    def decided(self, _asked: Asked) -> dict[str, Any]:
        """What reviewers decided lately."""
        with self.services.database.read() as session:
            recent = adjudications.recent(session, limit=SHOWN)
        rows = [
            (
                decision.id,
                text.content,
                described(decision),
                decision.annotator,
                f"{decision.created_at:%Y-%m-%d %H:%M}",
            )
            for text, decision in recent
        ]
        return {"html": opinions.decisions(rows) if rows else html.note(_("Nothing was decided yet."))}

    def guideline(self, looked: Looked) -> dict[str, Any]:
        """What one emotion means, and every version of it. Raises UserError."""
        versions = guidance.history(self.services.database, looked.label)
        return {**asdict(versions[0]), "html": meanings.versions(versions)}

    def revise(self, revised: Revised) -> dict[str, Any]:
        """Another wording holds from now on. Raises UserError."""
        words = Guide(revised.label, revised.definition, tuple(revised.examples))
        if revised.version is not None:
            words = guidance.version(self.services.database, revised.label, revised.version)
        guidance.revise(self.services.database, self.person, revised.label, words.definition, list(words.examples))
        return {"said": _("What {label} means was changed.", label=named(revised.label)), **self.guideline(revised)}

    def shown(self, item: review.Item) -> dict[str, Any]:
        """What the page needs of a text."""
        content, kind = item.text.content, review.KINDS[item.kind]
        said = annotation.predicted(self.services.live.predictor, item.text, item.outputs)
        row = Sentence(0, len(content), content, said).row()
        return {
            "id": item.text.id,
            "client_id": uuid4().hex,
            "kind": item.kind,
            "title": _(kind.one),
            "why": translated(item.why),
            "text": content,
            "before": item.before,
            "after_text": item.after_text,
            "facts": cards.facts(row),
            "answers": opinions.answers(item.options, vocabulary.families(self.services.database)),
            "remarks": opinions.remarks(item.remarks),
            "verdicts": [asdict(option.verdict) for option in item.options],
            "rulings": [{"action": a, "key": KEYS[a], "name": _(name)} for a, name in kind.rulings.items()],
            "seen": item.seen,
            "after": item.after,
        }


def nothing(later: int, waiting: int) -> str:
    """Why no text is shown: none waits, or only such as the reviewer left for later."""
    if not (left := min(later, waiting)):
        return _("Nothing waits for a decision.")
    return ngettext(
        "You left {n:,} text for later; press All to see it again.",
        "You left {n:,} texts for later; press All to see them again.",
        left,
    )


def told(decision: Adjudication) -> str:
    """``Accepted: joy; positive.``"""
    if decision.action == "accept":
        return _("Accepted: {what}.", what=in_words(decision.verdict))
    return _(TOLD[decision.action])


def described(decision: Adjudication) -> str:
    """``joy; positive``, or what else became of the answers, with the reviewer's comment."""
    names = {"keep": _("left as it is"), "reject": _("rejected"), "decline": _("turned down")}
    said = in_words(decision.verdict) or names[decision.action]
    return f"{said} ({decision.comment})" if decision.comment else said
