"""What the repositories return: plain frozen values that outlive their session."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Action = Literal["label", "skip", "flag", "undo"]
ACTIONS: tuple[Action, ...] = ("label", "skip", "flag", "undo")
Part = Literal["strategy", "diverse", "conflict"]
PARTS: tuple[Part, ...] = ("strategy", "diverse", "conflict")  # of the queue, whose texts are chosen in advance
Chosen = Part | Literal["uncertain", "second", "random"]
CHOICES: tuple[Chosen, ...] = (*PARTS, "uncertain", "second", "random")
Ruling = Literal["accept", "keep", "reject", "decline", "undo"]
RULINGS: tuple[Ruling, ...] = ("accept", "keep", "reject", "decline", "undo")
ROLES = ("visitor", "annotator", "reviewer", "admin")  # in order of what they may do
TRUSTED_ROLES = ROLES[1:]  # their corrections become labels without waiting for a review


@dataclass(frozen=True, slots=True)
class Text:
    """A stored text as it was first given; ``pooled`` says that it waits for annotation."""

    id: int
    content: str
    source: str
    pooled: bool


@dataclass(frozen=True, slots=True)
class Annotator:
    """A person; ``role`` is one of ROLES. ``credential``: a password's hash; ``hub_name``: of Hugging Face."""

    id: int
    name: str
    role: str
    disabled: bool
    credential: str | None = field(default=None, repr=False)
    hub_name: str | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person says of a text; a part that is None or empty was not judged."""

    labels: tuple[str, ...] | None = None
    polarity: str | None = None
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.labels or self.polarity or self.scores)


def differ(verdicts: Sequence[Verdict]) -> bool:
    """Whether not all of them name the same labels and polarity, where they name any. Scores are averaged, so they may."""
    sets = {frozenset(verdict.labels) for verdict in verdicts if verdict.labels}
    return len(sets) > 1 or len({verdict.polarity for verdict in verdicts if verdict.polarity}) > 1


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of the append-only history.

    ``client_id``: made by the client, unique. ``visible``: whether the prediction was shown. ``release``: the
    release that predicted. ``seconds``: time spent. ``supersedes``: the correction that this one replaces or,
    for the action "undo", takes back. ``chosen``: how the queue came upon the text, None outside of it.
    """

    id: int
    client_id: str
    text_id: int
    annotator_id: int
    annotator: str
    action: Action
    verdict: Verdict
    visible: bool
    release: str | None
    seconds: float | None
    comment: str | None
    supersedes: int | None
    created_at: datetime
    chosen: str | None = None


@dataclass(frozen=True, slots=True)
class Adjudication:
    """A reviewer's decision on a text, of all that was said of it until then.

    ``kind``: what brought the text before the reviewer. ``action``: "accept" makes the verdict the text's label in
    place of what people said; "keep" leaves their disagreement as it is; "reject" takes what they said for nothing;
    "decline" turns visitors' proposals down and touches no label; "undo" takes the decision ``supersedes`` back.
    ``seen``: id of the newest correction that the reviewer knew of; what is said later opens the text anew.
    """

    id: int
    client_id: str
    text_id: int
    annotator_id: int
    annotator: str
    kind: str
    action: Ruling
    verdict: Verdict
    seen: int
    comment: str | None
    supersedes: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Guideline:
    """A version of what a label means, with its author, None where it is not known any more."""

    id: int
    label: str
    definition: str
    examples: tuple[str, ...]
    author: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person came by a text. ``chosen``: one of CHOICES, None for one that was taken back. ``visible``: whether
    the prediction is shown; ``release``: whose it is.
    """

    chosen: str | None
    visible: bool
    release: str | None


@dataclass(frozen=True, slots=True)
class Claim(Choice):
    """A text in somebody's hands."""

    text: Text


@dataclass(frozen=True, slots=True)
class AcceptedLabel:
    """What people say of a text, disagreement kept.

    ``labels``: share of people who named each label, each person's set spread evenly, sums to 1. ``polarity``:
    share of people, sums to 1. ``scores``: mean. ``measured``: only ever used to measure, never to train.
    ``corrections``: ids of the corrections that it came from. ``decided``: None, or how a reviewer decided: by "accept"
    labels, polarity and scores are the reviewer's alone, by "keep" the shares of people are the answer. ``added``: of the
    people who named any label, the share that named each added one, which ``labels`` leaves out.
    """

    text_id: int
    content: str
    labels: dict[str, float] | None
    polarity: dict[str, float] | None
    scores: dict[str, float]
    measured: bool
    corrections: tuple[int, ...]
    decided: str | None = None
    added: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddedLabel:
    """A label that no corpus has. ``emotion``: which of the seven it stands beside. ``retired``: no longer offered."""

    name: str
    emotion: str
    definition: str
    example: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """A release without the bytes of its heads; ``snapshot`` names the labels that it was trained on."""

    name: str
    parent: str | None
    encoder_id: str
    snapshot: str | None
    metrics: list[dict[str, Any]]
    report: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Who (``actor``) did what (``kind``) to what (``subject``), when."""

    id: int
    at: datetime
    actor: str
    kind: str
    subject: str
    detail: dict[str, Any]
