"""Frozen features of corpora on disk, so that only the first use of a corpus waits for the encoder."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from model.encoder import Encoder

BLOCK = 2048  # texts encoded between two writes, so that an interruption costs little
Say = Callable[[str], None]


class FeatureCache:
    """Features of texts by the texts' hashes, in half precision: one file for each encoder and corpus under ``folder``."""

    def __init__(self, folder: Path, encoder: Encoder, say: Say) -> None:
        self.folder, self.encoder, self.say = folder / encoder.encoder_id, encoder, say

    def features(self, corpus: str, texts: Sequence[str]) -> np.ndarray:
        """texts → float32 features (texts, width); what is not yet on disk is encoded and written."""
        keys = [_key(text) for text in texts]
        known = self._load(corpus)
        bare = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        order = sorted(bare, key=lambda key: len(bare[key]))
        for start in range(0, len(order), BLOCK):
            block = order[start : start + BLOCK]
            encoded = self.encoder.features([bare[key] for key in block]).astype(np.float16)
            known |= dict(zip(block, encoded, strict=True))
            self._save(corpus, known)
            self.say(f"Encoded {start + len(block):,} of {len(order):,} texts of {corpus}.")
        return np.stack([known[key] for key in keys]).astype(np.float32)

    def _load(self, corpus: str) -> dict[int, np.ndarray]:
        path = self._path(corpus)
        if not path.is_file():
            return {}
        tensors = load_file(path)
        return dict(zip(tensors["keys"].tolist(), tensors["features"], strict=True))

    def _save(self, corpus: str, known: dict[int, np.ndarray]) -> None:
        path = self._path(corpus)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        save_file({"keys": np.array([*known], np.uint64), "features": np.stack([*known.values()])}, part)
        part.replace(path)

    def _path(self, corpus: str) -> Path:
        return self.folder / f"{corpus}.safetensors"


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])
