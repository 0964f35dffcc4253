"""The context's part of the heads, trained in torch on frozen features. Seeded; serving never imports this."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from model import context
from model.config import ContextConfig
from model.context import ContextHead
from model.heads import POLARITY_FLOOR, POLARITY_TABLE, Heads
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH
from model.mixture import draw
from model.network import task_losses

BATCH = 256
EMOTIONS, POLARITY = (TASKS[name].columns for name in context.REFINED)


class Refinement(nn.Module):
    """``ContextHead`` in training. Its output starts at zero: at first it adds nothing."""

    def __init__(self, width: int, units: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear((1 + context.VIEWS) * width, units)
        self.output = nn.Linear(units, context.WIDTH)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)
        self.register_buffer("polarity_table", torch.from_numpy(POLARITY_TABLE), persistent=False)

    def forward(self, seen: Tensor, linear: Tensor) -> Tensor:
        """seen (batch, (1 + VIEWS) · width), the matrix's logits (batch, context.WIDTH) → logits with polarity's prior"""
        units = torch.relu(self.hidden(self.dropout(seen)))
        logits = linear + self.output(self.dropout(units))
        implied = logits[:, EMOTIONS].detach().softmax(-1) @ self.polarity_table
        return torch.cat([logits[:, EMOTIONS], logits[:, POLARITY] + (implied + POLARITY_FLOOR).log()], 1)

    def head(self) -> ContextHead:
        """As served."""
        layers = (self.hidden, self.output)
        return ContextHead(*(_stacked(layer) for layer in layers))


def _stacked(layer: nn.Linear) -> np.ndarray:
    return torch.cat([layer.weight.T, layer.bias[None]]).detach().numpy().copy()


def fit_context(config: ContextConfig, heads: Heads, train: LabelledFeatures, seed: int) -> ContextHead:
    """Fitted to what the matrix of ``heads`` leaves open, over every corpus that the configuration names.

    A sentence of a corpus in ``config.kept`` that is shown alone has the matrix's own answer for a target (Li and
    Hoiem 2016, "Learning without Forgetting"), so that what other corpora teach about single texts takes nothing from it.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    examples = _Examples(config, heads, train)
    network = Refinement(train.features.shape[1], config.units, config.dropout)
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.rate, weight_decay=config.weight_decay)
    for epoch, rows in enumerate(tqdm(examples.epochs(seed), total=config.epochs, desc="context", mininterval=5)):
        for group in optimiser.param_groups:
            group["lr"] = config.rate * (1 - epoch / config.epochs)
        for batch in np.array_split(rng.permutation(rows), len(rows) // BATCH or 1):
            alone = rng.random(len(batch)) < config.blind
            seen = torch.from_numpy(examples.seen(batch, alone))
            loss = examples.loss(batch, alone, network(seen, torch.from_numpy(examples.linear[batch])))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.head()


class _Examples:
    """Training rows as the refinement sees them."""

    def __init__(self, config: ContextConfig, heads: Heads, train: LabelledFeatures) -> None:
        self.config, self.train = config, train
        self.linear = (train.features @ heads.weight + heads.bias)[:, : context.WIDTH]
        self.targets = _smoothed(train, config.smoothing)
        self.answers = heads.apply(train.features)
        self.kept = np.isin(train.corpus, config.kept)
        self.weights = {corpus: config.loss_weights.columns(corpus) for corpus in config.examples}
        width = train.features.shape[1]
        preceded = _preceded(train)
        self.place = np.full(len(train.features), -1)
        self.place[preceded] = np.arange(len(preceded))
        views = train.take(preceded).views()
        self.views = np.zeros((0, context.VIEWS, width)) if views is None else views.astype(np.float16)

    def epochs(self, seed: int) -> Iterator[np.ndarray]:
        """Row numbers of each epoch."""
        places = {corpus: np.flatnonzero(self.train.corpus == corpus) for corpus in self.config.examples}
        sizes = {corpus: len(rows) for corpus, rows in places.items() if len(rows)}
        examples = {corpus: self.config.examples[corpus] for corpus in sizes}
        for epoch in draw(sizes, examples, self.config.epochs, seed):
            yield np.array([places[corpus][row] for corpus, row in epoch])

    def seen(self, rows: np.ndarray, alone: np.ndarray) -> np.ndarray:
        """A row's feature and its views, zeros where it is shown alone, (rows, (1 + VIEWS) · width)"""
        features = self.train.features[rows]
        views = np.zeros((len(rows), context.VIEWS, features.shape[1]), np.float32)
        shown = (self.place[rows] >= 0) & ~alone
        views[shown] = self.views[self.place[rows[shown]]]
        return np.hstack([features, views.reshape(len(rows), -1)])

    def loss(self, rows: np.ndarray, alone: np.ndarray, logits: Tensor) -> Tensor:
        """Of the refined tasks."""
        kept = (alone & self.kept[rows])[:, None]
        targets = np.where(kept, self.answers[rows], self.targets[rows])
        outputs = torch.cat([logits, torch.zeros(len(rows), WIDTH - context.WIDTH)], 1)
        weight = torch.from_numpy(np.stack([self.weights[corpus] for corpus in self.train.corpus[rows]]))
        losses = task_losses(outputs, torch.from_numpy(targets), weight)
        return torch.stack([losses[task] for task in context.REFINED]).sum()


def _preceded(train: LabelledFeatures) -> np.ndarray:
    """Numbers of the rows that something was said before."""
    return np.arange(0) if train.earlier is None else np.flatnonzero((train.earlier >= 0).any(1))


def _smoothed(train: LabelledFeatures, smoothing: Mapping[str, float]) -> np.ndarray:
    """Targets (rows, WIDTH), those of the refined tasks mixed with an even distribution (Szegedy et al. 2016)."""
    targets = train.targets.copy()
    share = np.array([smoothing.get(corpus, 0.0) for corpus in train.corpus], np.float32)[:, None]
    for columns in (EMOTIONS, POLARITY):
        targets[:, columns] = (1 - share) * targets[:, columns] + share / (columns.stop - columns.start)
    return targets
