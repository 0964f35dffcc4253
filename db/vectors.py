"""How vectors are stored: float16, little-endian; the quantised encoder is no more precise than that."""

from collections.abc import Sequence

import numpy as np


def pack(vector: np.ndarray) -> bytes:
    return np.asarray(vector).astype("<f2").tobytes()


def unpack(data: bytes) -> np.ndarray:
    """The vector as float32, shape (n,)."""
    return np.frombuffer(data, "<f2").astype(np.float32)


def stack(rows: Sequence[bytes]) -> np.ndarray:
    """Vectors of one length as float32, shape (rows, n)."""
    return np.frombuffer(b"".join(rows), "<f2").reshape(len(rows), -1 if rows else 0).astype(np.float32)
