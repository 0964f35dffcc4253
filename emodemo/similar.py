"""Texts like one text: those of the pool whose frozen features point the same way. Exact, a block at a time."""

import numpy as np

from db import texts
from emodemo.services import Services

BLOCK = 4096  # texts compared at once


def nearest(services: Services, *, text_id: int, limit: int) -> list[tuple[int, float]]:
    """(id, cosine from -1 to 1) of the texts of the pool that are most like this one, the most alike first.

    Texts that were not encoded yet are left out. Raises StoreError where there is no such text.
    """
    encoder = services.live.predictor.encoder
    with services.database.read() as session:
        content = texts.get(session, text_id=text_id).content
        known = texts.features(session, encoder_id=encoder.encoder_id, text_ids=[text_id])
    wanted = _unit(known[text_id] if known else encoder.features([content])[0])
    ids, cosines = np.empty(0, np.int64), np.empty(0, np.float32)
    with services.database.read() as session:
        for block, features in texts.feature_blocks(session, encoder_id=encoder.encoder_id, size=BLOCK):
            ids, cosines = np.append(ids, block), np.append(cosines, _unit(features) @ wanted)
            cosines[ids == text_id] = -np.inf
            best = np.argsort(-cosines, kind="stable")[:limit]
            ids, cosines = ids[best], cosines[best]
    return [(int(i), float(c)) for i, c in zip(ids, cosines, strict=True) if i != text_id]


def _unit(features: np.ndarray) -> np.ndarray:
    """Of length 1 along the last axis; zeros stay zeros."""
    return features / np.maximum(np.linalg.norm(features, axis=-1, keepdims=True), 1e-12)
