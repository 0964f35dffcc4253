"""Corrected texts as numbers: what they were taken to mean, and how far a model agrees with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from db import texts
from db.engine import Database
from db.records import AcceptedLabel, Verdict
from model.encoder import Encoder
from model.heads import Heads
from model.labels import (
    EMOTIONS,
    POLARITIES,
    SCORE_RANGES,
    TASKS,
    label_targets,
    polarity_target,
    target_row,
    without_added,
)

ENCODE_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Evidence:
    """Corrected texts: ids (rows,), features (rows, width), targets (rows, WIDTH), and two masks (rows,): ``measured``
    never train; ``seen`` trained the live release, so that its answers to them prove nothing.
    """

    ids: np.ndarray
    features: np.ndarray
    targets: np.ndarray
    measured: np.ndarray
    seen: np.ndarray

    @property
    def training(self) -> np.ndarray:
        return ~self.measured

    @property
    def speaking(self) -> Self:
        """The texts of which something was said that the heads answer, more than added labels."""
        some = ~np.isnan(self.targets).all(1)
        return type(self)(*(getattr(self, each.name)[some] for each in fields(self)))


def gather(
    database: Database, encoder: Encoder, accepted: Sequence[AcceptedLabel], seen: Sequence[int] = (), *, keep: bool
) -> Evidence:
    """Corrected texts as rows; features that were missing are stored if ``keep``. ``seen``: ids that the live release
    was trained on.
    """
    ids = [label.text_id for label in accepted]
    known = features_of(database, encoder, {label.text_id: label.content for label in accepted}, keep=keep)
    return Evidence(
        ids=np.array(ids),
        features=np.stack([known.pop(text_id) for text_id in ids]),
        targets=np.stack([targets_of(label) for label in accepted]),
        measured=np.array([label.measured for label in accepted]),
        seen=np.isin(ids, list(seen)),
    )


def features_of(
    database: Database, encoder: Encoder, contents: Mapping[int, str], *, keep: bool
) -> dict[int, np.ndarray]:
    """Features (width,) of texts by id; those that were missing are encoded, and stored if ``keep``."""
    with database.read() as session:
        known = texts.features(session, encoder_id=encoder.encoder_id, text_ids=contents)
    missing = [text_id for text_id in contents if text_id not in known]
    for start in range(0, len(missing), ENCODE_BLOCK):
        block = missing[start : start + ENCODE_BLOCK]
        rows = encoder.features([contents[text_id] for text_id in block])
        fresh = dict(zip(block, rows.astype(np.float16).astype(np.float32), strict=True))  # as stored
        known |= fresh
        if keep:
            with database.write() as session:
                texts.store_features(session, encoder_id=encoder.encoder_id, features=fresh)
    return known


def targets_of(label: AcceptedLabel) -> np.ndarray:
    """One row of targets, NaN in what nobody judged."""
    return _targets(label.labels, label.polarity, label.scores)


def verdict_targets(verdict: Verdict) -> np.ndarray:
    """What one person said as one row of targets, NaN in what was not judged."""
    return _targets(
        without_added(verdict.labels), {verdict.polarity: 1.0} if verdict.polarity else None, verdict.scores
    )


def _targets(
    labels: Mapping[str, float] | Sequence[str] | None,
    polarity: Mapping[str, float] | None,
    scores: Mapping[str, float],
) -> np.ndarray:
    targets: dict[str, np.ndarray | float] = dict(scores)
    if labels:
        targets |= label_targets(labels)
    if polarity:
        targets["sentiment3"] = polarity_target(polarity)
    return target_row(targets)


def shares_of(accepted: Sequence[AcceptedLabel], name: str) -> np.ndarray:
    """Of the people who named labels the share that named this added one, for each text (rows,); NaN where nobody did."""
    shares = [label.added.get(name, 0.0) if label.labels or label.added else np.nan for label in accepted]
    return np.array(shares, np.float32)


def agreement(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """How far the outputs agree with what people said, 0 to 1 for each row: the mean over the parts that they judged.

    A classification agrees by the share of people who chose its top class, relative to the most chosen one; a score by
    its distance, from 1 at none to 0 at a quarter of its range. outputs, targets (rows, WIDTH), NaN where not judged.
    """
    parts = [_top_share(task, outputs, targets) for task in ("emotion7", "sentiment3")]
    parts += [_closeness(name, outputs, targets) for name in SCORE_RANGES]
    stacked = np.stack(parts)
    known = ~np.isnan(stacked)
    return np.nansum(stacked, 0) / np.maximum(known.sum(0), 1)


def _top_share(task: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    columns = TASKS[task].columns
    said = targets[:, columns]
    top = outputs[:, columns].argmax(1)
    return said[np.arange(len(said)), top] / said.max(1)


def _closeness(name: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    low, high = SCORE_RANGES[name]
    column = TASKS[name].start
    return np.clip(1 - np.abs(outputs[:, column] - targets[:, column]) / ((high - low) / 4), 0, 1)


def flips(live: Heads, candidate: Heads, evidence: Evidence) -> list[dict[str, Any]]:
    """Corrected texts whose emotion or polarity changes, those that go from right to wrong first."""
    old, new = (heads.apply(evidence.features) for heads in (live, candidate))
    lost = agreement(old, evidence.targets) - agreement(new, evidence.targets)
    names = [[_answer(row) for row in outputs] for outputs in (old, new, evidence.targets)]
    changed = [n for n in range(len(old)) if names[0][n] != names[1][n]]
    return [
        {"text_id": int(evidence.ids[n]), "live": names[0][n], "candidate": names[1][n], "accepted": names[2][n]}
        for n in sorted(changed, key=lambda n: -lost[n])
    ]


def _answer(row: np.ndarray) -> str:
    """Top emotion and polarity in words; ``?`` where nothing was said."""
    parts = ((EMOTIONS, row[TASKS["emotion7"].columns]), (POLARITIES, row[TASKS["sentiment3"].columns]))
    return ", ".join("?" if np.isnan(part).any() else names[int(part.argmax())] for names, part in parts)
