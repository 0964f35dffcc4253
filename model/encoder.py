"""SENET as served: the exported, quantised graph in ONNX Runtime. No torch, no transformers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from model.tokens import TextTokenizer

BATCH = 32


class Encoder:
    """Texts to frozen features; thread-safe."""

    def __init__(self, folder: Path, encoder_id: str, max_tokens: int, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.encoder_id = encoder_id
        self.tokenizer = TextTokenizer(folder / "tokenizer.json", max_tokens)
        self.session = onnxruntime.InferenceSession(folder / "senet.onnx", options, providers=["CPUExecutionProvider"])
        self.width: int = self.session.get_outputs()[0].shape[1]

    def features(self, texts: Sequence[str]) -> np.ndarray:
        """texts → float32 features (texts, width), encoded in batches of similar length."""
        rows = self.tokenizer.encode(texts)
        features = np.empty((len(rows), self.width), np.float32)
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            ids, mask = self.tokenizer.batch([rows[n] for n in chosen])
            features[chosen] = self.session.run(None, {"ids": ids, "mask": mask})[0]
        return features
