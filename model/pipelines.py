"""What serving is measured against: transformers pipelines with random weights, and the machine's matrix product.

Weights are random, in the shapes of well-known models: speed is the same, and nothing is downloaded.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForSequenceClassification, logging, pipeline

BATCH = 32
SHAPES = {"distilroberta-base": (6, 7), "roberta-base": (12, 28)}  # layers; labels of the emotion models built on them
VOCABULARY, POSITIONS = 50_265, 514  # RoBERTa's
ROWS = 1024  # tokens in one product: about two batches of sentences

Answer = Callable[[list[str]], list[Any]]


def classifier(shape: str, tokenizer: Path) -> Answer:
    """A text-classification pipeline, fp32, in batches of 32, every label's score out.

    ``tokenizer``: a tokenizer.json whose ids lie within RoBERTa's vocabulary. The release's serves, so that both
    sides read the same tokens.
    """
    logging.set_verbosity_error()
    layers, labels = SHAPES[shape]
    config = RobertaConfig(
        vocab_size=VOCABULARY, num_hidden_layers=layers, id2label={n: str(n) for n in range(labels)}, max_position_embeddings=POSITIONS,
        type_vocab_size=1,
    )  # fmt: skip
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(tokenizer)), pad_token="<pad>", model_max_length=POSITIONS - 2,
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    network = RobertaForSequenceClassification(config).eval()
    built = pipeline("text-classification", model=network, tokenizer=wrapped, device="cpu", top_k=None)
    return lambda texts: built(texts, batch_size=BATCH, truncation=True)


@torch.inference_mode()
def bf16_ceiling(width: int, limit: float) -> float:
    """Best rate in FLOP/s of the four products of one transformer layer in bfloat16, tried for ``limit`` seconds."""
    shapes = [(width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)]
    pairs = [
        (torch.randn(ROWS, rows, dtype=torch.bfloat16), torch.randn(rows, columns, dtype=torch.bfloat16))
        for rows, columns in shapes
    ]
    work = sum(2 * ROWS * rows * columns for rows, columns in shapes)
    best, deadline = float("inf"), perf_counter() + limit
    while perf_counter() < deadline or best == float("inf"):
        started = perf_counter()
        for left, right in pairs:
            left @ right
        best = min(best, perf_counter() - started)
    return work / best
