"""Text to token ids and padded batches, the same for training and serving."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from model.text import normalise


class TextTokenizer:
    """A tokenizer.json with our normalisation before it and a length limit."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        self.max_tokens = max_tokens
        self.tokenizer = Tokenizer.from_file(str(path))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)
        self.pad = next(i for i in map(self.tokenizer.token_to_id, ("<pad>", "[PAD]")) if i is not None)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, at least the two special tokens."""
        encodings = self.tokenizer.encode_batch_fast([normalise(text) for text in texts])
        return [encoding.ids for encoding in encodings]

    def batch(self, rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """Padded ids and mask, both int64 of shape (rows, longest)."""
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self.pad, np.int64)
        mask = np.zeros((len(rows), longest), np.int64)
        for n, row in enumerate(rows):
            ids[n, : len(row)] = row
            mask[n, : len(row)] = 1
        return ids, mask
