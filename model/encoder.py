"""SENET as served: the exported, quantised graph in ONNX Runtime. No torch, no transformers."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from threadpoolctl import threadpool_limits

from model import processor
from model.batching import Batcher, Row
from model.tokens import TextTokenizer


class Encoder:
    """Texts to frozen features; for any number of threads, which share batches.

    Each worker reads a batch of its own on one core: faster than all cores on one batch after the other. Numpy's
    products get one thread from then on: its others wait for more in a loop, on the cores that the workers need.
    """

    def __init__(self, folder: Path, encoder_id: str, max_tokens: int, threads: int = 0) -> None:
        threadpool_limits(1, user_api="blas")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_mem_pattern = False  # hardly two batches are of one shape, and each would leave its own behind
        options.log_severity_level = 3
        if not processor.adds_up_in_32_bits():  # this spares the overflow; where there is AMX it would cost four fifths
            options.add_session_config_entry("session.x64quantprecision", "1")
        self.encoder_id = encoder_id
        self.tokenizer = TextTokenizer(folder / "tokenizer.json", max_tokens)
        self.session = onnxruntime.InferenceSession(folder / "senet.onnx", options, providers=["CPUExecutionProvider"])
        self.width: int = self.session.get_outputs()[0].shape[1]
        self.batcher = Batcher(self._read, self.width, threads or len(os.sched_getaffinity(0)))

    def features(self, texts: Sequence[str]) -> np.ndarray:
        """texts → float32 features (texts, width)"""
        return self.batcher.features(self.tokenizer.encode(texts))

    def _read(self, rows: list[Row]) -> np.ndarray:
        return self.session.run(None, laid_out(rows))[0]


def laid_out(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """The graph's inputs for rows of token ids: all tokens one after the other, and where they stand on a grid."""
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(lengths.max()) < lengths[:, None]  # (texts, longest)
    grid = np.zeros(mask.shape, np.int64)
    grid[mask] = np.arange(lengths.sum())
    return {
        "ids": np.concatenate([np.asarray(row, np.int64) for row in rows]),
        "places": np.nonzero(mask)[1],
        "cells": np.flatnonzero(mask),
        "grid": grid,
        "mask": mask.astype(np.int32),
    }
