"""How vectors are stored: float16, little-endian; the quantised encoder is no more precise than that."""

import numpy as np


def pack(vector: np.ndarray) -> bytes:
    return np.asarray(vector).astype("<f2").tobytes()


def unpack(data: bytes) -> np.ndarray:
    """The vector as float32, shape (n,)."""
    return np.frombuffer(data, "<f2").astype(np.float32)
