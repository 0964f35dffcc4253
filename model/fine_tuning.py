"""A pretrained encoder under heads of ours, fine-tuned on some rows or frozen: what baselines and ablations are made of."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

from model import readers
from model.baselines import SEED, Baseline, answered, targets_of
from model.building import SAMPLES, network_heads
from model.config import SMALL, Stage, TrainingConfig
from model.encoder import Encoder
from model.export import export, torch_features
from model.heads import Heads, fit
from model.labels import WIDTH
from model.network import Senet, mixed_precision
from model.readers import Example
from model.tokens import TextTokenizer
from model.training import Trainer, tokenizer_file

LONGEST = 128  # tokens
DROPOUT = 0.1  # without a teacher's soft answers


@dataclass(frozen=True, slots=True)
class Budget:
    """What a fine-tuning sees once: rows drawn of each corpus, and before them phrases of movie reviews."""

    rows: int = 6_000
    reviews: int = 0

    def stages(self, data: Path, group: Sequence[str]) -> tuple[Stage, ...]:
        examples = {corpus: min(len(readers.read_training(data, corpus)), self.rows) for corpus in group}
        reviews = Stage("reviews", 1, {"sst_phrases": self.reviews})
        return (*([reviews] if self.reviews else []), Stage("+".join(group), 1, examples))


def fine_tuned(
    source: str, data: Path, groups: Sequence[Sequence[str]], *, budget: Budget = Budget(), seed: int = SEED
) -> Baseline:
    """The encoder, a hub id or a folder, fine-tuned once for each group of corpora, jointly within it.

    Of several groups each answers for its own corpora, a single one for all; tasks without a label in it stay open.
    """
    networks: list[tuple[Sequence[str], Callable[[Sequence[Example]], Tensor], np.ndarray]] = []
    for group in groups:
        trainer = _trained(source, data, budget.stages(data, group), seed)
        labelled = [trainer.rows[corpus].targets for corpus in group]
        trained = np.logical_or.reduce([(~np.isnan(targets)).any(0) for targets in labelled])
        networks.append((group, partial(_read, trainer.tokenizer, trainer.network.eval()), trained))

    def outputs(examples: Sequence[Example]) -> np.ndarray:
        rows = np.full((len(examples), WIDTH), np.nan, np.float32)
        for group, network, trained in networks:
            own = [n for n, e in enumerate(examples) if len(groups) == 1 or e.corpus.removesuffix("_dyadic") in group]
            if own:
                rows[own] = np.where(trained, answered(network, [examples[n] for n in own]), np.nan)
        return rows

    return Baseline(outputs)


def float_and_eight_bit(
    source: str, data: Path, group: Sequence[str], *, budget: Budget, seed: int
) -> tuple[Baseline, Baseline]:
    """One encoder fine-tuned jointly, as trained and as a release serves it: exported, its products in 8 bits."""
    trainer = _trained(source, data, budget.stages(data, group), seed)
    network = trainer.network.eval()
    texts = [e.text for corpus in group for e in readers.read_training(data, corpus)[:SAMPLES]]
    with TemporaryDirectory() as folder:
        tokenizer = shutil.copy(tokenizer_file(source), folder)
        export(network.senet, TextTokenizer(Path(tokenizer), LONGEST), texts, Path(folder))
        encoder = Encoder(Path(folder), "in 8 bits", LONGEST)
    heads = network_heads(network)
    return (
        Baseline(partial(answered, partial(_read, trainer.tokenizer, network))),
        Baseline(lambda examples: heads.apply(encoder.features([example.text for example in examples]))),
    )


def frozen(source: str, train: Sequence[Example]) -> Baseline:
    """A pretrained encoder, a hub id or a folder, never adapted, under linear heads."""
    return _under_linear(Senet.pretrained(source), TextTokenizer(tokenizer_file(source), LONGEST), train)


def frozen_after_reviews(source: str, data: Path, train: Sequence[Example], *, reviews: int, seed: int) -> Baseline:
    """As the article has it: the encoder learns ``reviews`` phrases of movie reviews, then is frozen under linear heads."""
    trainer = _trained(source, data, (Stage("reviews", 1, {"sst_phrases": reviews}),), seed)
    return _under_linear(trainer.network.senet, trainer.tokenizer, train)


def _trained(source: str, data: Path, stages: Sequence[Stage], seed: int) -> Trainer:
    config = replace(TrainingConfig.load(SMALL), distillation=None, dropout=DROPOUT, stages=tuple(stages), seed=seed)
    with TemporaryDirectory() as run:
        trainer = Trainer(config, source, data, Path(run))
        trainer.train()
    return trainer


def _under_linear(senet: Senet, tokenizer: TextTokenizer, train: Sequence[Example]) -> Baseline:
    def features(texts: Sequence[str]) -> np.ndarray:
        with mixed_precision("cpu"):
            return torch_features(senet, tokenizer, texts)

    x, targets = features([example.text for example in train]), targets_of(train)
    heads = fit(x, targets, weights=np.ones_like(targets), start=Heads.zeros(senet.width), decay=1e-3)
    return Baseline(lambda examples: heads.apply(features([example.text for example in examples])), features)


def _read(tokenizer: TextTokenizer, network: nn.Module, examples: Sequence[Example]) -> Tensor:
    ids, mask = map(torch.from_numpy, tokenizer.batch(tokenizer.encode([example.text for example in examples])))
    with mixed_precision("cpu"):
        return network(ids, mask)
