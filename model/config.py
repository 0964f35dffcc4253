"""The configuration of a full training, read from a TOML file (``further.toml`` made the shipped release)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from model.errors import Refusal
from model.labels import TASKS, target_row

DEFAULT = Path(__file__).with_name("config.toml")
SMALL = Path(__file__).with_name("small.toml")


class ConfigError(Refusal, ValueError):
    """A training configuration that cannot be used; the message names the key and what was expected."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weight of every task's loss, and of some tasks for some corpora."""

    by_task: dict[str, float]
    by_corpus: dict[str, dict[str, float]]

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> Self:
        """From a TOML table: numbers are tasks, tables are corpora. Raises ConfigError."""
        by_task = {name: float(value) for name, value in table.items() if not isinstance(value, Mapping)}
        by_corpus = {name: dict(value) for name, value in table.items() if isinstance(value, Mapping)}
        named = {*by_task, *(task for corpus in by_corpus.values() for task in corpus)}
        if unknown := named - set(TASKS):
            raise ConfigError(f"loss_weights names {min(unknown)!r}; expected tasks: {', '.join(TASKS)}.")
        if missing := set(TASKS) - set(by_task):
            raise ConfigError(f"loss_weights lacks {min(missing)!r}; give every task a number, 0 to leave it out.")
        return cls(by_task, by_corpus)

    def columns(self, corpus: str) -> np.ndarray:
        """Weight of every column of a row of targets of one corpus, shape (WIDTH,)."""
        return target_row(self.by_task | self.by_corpus.get(corpus, {}))


@dataclass(frozen=True, slots=True)
class Optimiser:
    """AdamW's settings; rates are at the top of the schedule."""

    encoder_rate: float
    head_rate: float
    layer_decay: float
    weight_decay: float
    warmup: float
    frozen_layers: int


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs over examples drawn from each corpus."""

    name: str
    epochs: int
    examples: dict[str, int]


@dataclass(frozen=True, slots=True)
class Distillation:
    """A release that teaches: what share of a labelled target is its answer (all of it where nothing is labelled), and
    the weight of the loss that draws a projection of the student's features to its own. What is not labelled weighs
    ``unlabelled`` as much as what is. ``variants``: how many of each text of a corpus the teacher answers beside it.
    """

    teacher: str  # a release's folder, "shipped" for the one in the project
    share: float
    features: float
    unlabelled: float = 1.0
    variants: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeadsConfig:
    """How the heads are fitted to frozen features: the decays that dev chooses from, and loss weights."""

    decays: list[float]
    loss_weights: LossWeights


@dataclass(frozen=True, slots=True)
class ContextConfig:
    """How the context's part of the heads is trained on frozen features.

    ``blind``: share of rows that are shown alone, so that one sentence alone keeps its quality;
    ``smoothing``: share of a corpus's targets that is spread evenly, where the frozen features know its rows by heart;
    ``kept``: corpora whose sentences, shown alone, have the matrix's own answer for a target.
    """

    units: int
    epochs: int
    rate: float
    weight_decay: float
    dropout: float
    blind: float
    smoothing: dict[str, float]
    kept: list[str]
    examples: dict[str, int]
    loss_weights: LossWeights

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> Self:
        """From a TOML table. Raises ConfigError."""
        plain = {name: value for name, value in table.items() if name != "loss_weights"}
        return cls(loss_weights=LossWeights.parse(table["loss_weights"]), **plain)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that a training depends on beside the corpora."""

    encoder: str
    seed: int
    max_tokens: int
    batch_size: int
    checkpoint_every: int
    dropout: float
    optimiser: Optimiser
    loss_weights: LossWeights
    stages: tuple[Stage, ...]
    heads: HeadsConfig
    context: ContextConfig
    replay: dict[str, int]
    holdout: dict[str, int]
    distillation: Distillation | None = None
    history: str = ""  # of the release that is made, for its card

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Self:
        """From a TOML file; whatever it lacks is taken from the file beside it that it ``extends``. Raises ConfigError."""
        try:
            raw = _toml(path)
            if base := raw.pop("extends", None):
                raw = _toml(path.with_name(base)) | raw
            heads, distillation = raw.pop("heads"), raw.pop("distillation", None)
            return cls(
                optimiser=Optimiser(**raw.pop("optimiser")),
                stages=tuple(Stage(**stage) for stage in raw.pop("stages")),
                loss_weights=LossWeights.parse(raw.pop("loss_weights")),
                heads=HeadsConfig(heads.pop("decays"), LossWeights.parse(heads.pop("loss_weights"))),
                context=ContextConfig.parse(raw.pop("context")),
                distillation=Distillation(**distillation) if distillation else None,
                **raw,
            )
        except FileNotFoundError as error:
            raise ConfigError(
                f"{error.filename} does not exist; name a training configuration such as {DEFAULT}."
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, KeyError, ValueError) as error:
            if isinstance(error, ConfigError):
                raise
            raise ConfigError(f"{path} is not a training configuration: {error}.") from None


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
