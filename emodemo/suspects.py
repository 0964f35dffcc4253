"""Labels that are probably wrong, in the corrections and in the corpora, for somebody to look at again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from db import labels
from emodemo.evidence import gather
from emodemo.services import Services
from model import readers
from model.adapting import COMPONENTS, adapted, held_out
from model.basis import Basis
from model.confident import FEWEST, Doubt, doubts
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import TASKS, target_row
from model.readers import Example

Features = Callable[[str, Sequence[str]], np.ndarray]
"""A corpus's name and its texts → features (texts, width)."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that models which did not see the text would not give.

    ``where``: the id of a stored text, or corpus, split and id of a corpus's row. ``score``: from 0 to 1, by how much
    ``likelier`` is more probable to them than what was ``given``.
    """

    where: str
    text: str
    task: str
    given: str
    likelier: str
    score: float


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
