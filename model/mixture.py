"""Seeded mixing of corpora into batches: the whole plan is a pure function of its arguments."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

BUCKET = 50  # batches sorted by length together


def draw(
    sizes: Mapping[str, int], examples: Mapping[str, int], epochs: int, seed: int
) -> Iterator[list[tuple[str, int]]]:
    """For each epoch, ``examples[corpus]`` rows of each corpus as (corpus, row); none comes
    again before all were seen."""
    queues = {
        corpus: _endless(size, np.random.default_rng([seed, n])) for n, (corpus, size) in enumerate(sizes.items())
    }
    for _ in range(epochs):
        yield [(corpus, next(queues[corpus])) for corpus, count in examples.items() for _ in range(count)]


def batches(lengths: Sequence[int], batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Row numbers in shuffled batches of similar length."""
    order = rng.permutation(len(lengths))
    sizes = np.asarray(lengths)
    planned = []
    for start in range(0, len(order), batch_size * BUCKET):
        bucket = order[start : start + batch_size * BUCKET]
        bucket = bucket[np.argsort(sizes[bucket], kind="stable")]
        planned += [bucket[i : i + batch_size] for i in range(0, len(bucket), batch_size)]
    return [planned[i] for i in rng.permutation(len(planned))]


def _endless(size: int, rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.permutation(size).tolist()
