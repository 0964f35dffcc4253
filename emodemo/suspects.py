"""Labels that are probably wrong, in the corrections and in the corpora, for somebody to look at again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from db import adjudications, labels
from emodemo.drawn import PARTS
from emodemo.evidence import gather
from emodemo.services import Services
from emodemo.translation import N_
from model import readers
from model.adapting import COMPONENTS, adapted, held_out
from model.basis import Basis
from model.confident import FEWEST, Doubt, Suspect, doubts
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import TASKS, target_row
from model.readers import Example

KIND = "suspect"  # of texts that wait for a reviewer

Features = Callable[[str, Sequence[str]], np.ndarray]
"""A corpus's name and its texts → features (texts, width)."""


def suspects(services: Services) -> list[Suspect]:
    """Suspects among the accepted labels of the store, the most suspect first; none while there are too few labels.

    Judged by the shipped heads, moved by the corrections of other texts: they saw none of these.
    """
    with services.database.read() as session:
        accepted = labels.accepted(session)
    if len(accepted) < FEWEST:
        return []
    evidence = gather(services.database, services.live.predictor.encoder, accepted, keep=True)
    rows = LabelledFeatures(evidence.features, evidence.targets, np.array(["corrections"] * len(accepted)))
    start, inputs = adapted(services.shipped.heads(), _classified(rows))
    found = doubts(rows.targets, held_out(start, inputs))
    return [_suspect(doubt, str(accepted[doubt.row].text_id), accepted[doubt.row].content) for doubt in found]


def waiting(services: Services, session: Session) -> list[Suspect]:
    """Suspects as they were last found, whose label is still the one suspected and which no reviewer has decided on.

    They are looked for again in the background where labels changed meanwhile, so the first look finds none.
    """
    state = labels.count(session), labels.newest(session)
    found, at = services.suspects.latest(state, partial(suspects, services)) or ([], None)
    if at is None:
        return []
    ids = [int(suspect.where) for suspect in found]
    open_ = labels.unchanged(session, text_ids=ids, since=at) - adjudications.settled(session, kind=KIND)
    return [suspect for suspect in found if int(suspect.where) in open_]


def why(suspect: Suspect) -> N_:
    """In a sentence, for a reviewer."""
    return N_(
        "{task}: {likelier} is more probable than {given} by {score:.0%} to models that did not see this answer",
        task=N_(PARTS[suspect.task]),
        likelier=N_(suspect.likelier),
        given=N_(suspect.given),
        score=suspect.score,
    )


def suspects_of_corpus(data: Path, corpus: str, features: Features) -> list[Suspect]:
    """Suspects among all rows of a corpus, the most suspect first. Raises CorpusError.

    Judged by heads that learnt from nothing what the other folds say. The shipped encoder has seen the train splits'
    labels, so that its features hide some of their errors.
    """
    examples = [e for split in readers.SPLITS for e in readers.read(data, corpus, split) if e.text.strip()]
    if len(examples) < FEWEST:
        return []
    known = features(corpus, [e.text for e in examples])
    basis = Basis.of(known, min(COMPONENTS, known.shape[1]))
    targets = np.stack([target_row(e.targets) for e in examples])
    rows = LabelledFeatures(basis.features(known), targets, np.array([corpus] * len(examples)))
    found = doubts(targets, held_out(Heads.zeros(rows.features.shape[1]), _classified(rows)))
    return [_suspect(doubt, _place(examples[doubt.row]), examples[doubt.row].text) for doubt in found]


def _classified(rows: LabelledFeatures) -> LabelledFeatures:
    """Without the targets of tasks that are not doubted: heads are fitted the sooner."""
    targets = rows.targets.copy()
    for task in TASKS.values():
        if task.kind != "categorical":
            targets[:, task.columns] = np.nan
    return replace(rows, targets=targets)


def _suspect(doubt: Doubt, where: str, text: str) -> Suspect:
    return Suspect(where, text, doubt.task, doubt.given, doubt.likelier, round(doubt.score, 4))


def _place(example: Example) -> str:
    return f"{example.corpus}/{example.split}/{example.id}"
