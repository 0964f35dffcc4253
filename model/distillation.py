"""A finished release as teacher of a smaller encoder (Hinton et al. 2015): its answers and its features."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.cached import FeatureCache
from model.network import MultiTaskNetwork
from model.release import WEIGHTS, ReleaseFolder

SHIPPED = "shipped"


class Teacher:
    """What a release answers to training texts, kept in ``cache`` so that a resumed run asks only once."""

    def __init__(self, folder: str, cache: Path) -> None:
        self.release = ReleaseFolder.open(WEIGHTS if folder == SHIPPED else Path(folder))
        self.encoder, self.heads = self.release.encoder(), self.release.heads()
        self.cache = FeatureCache(cache, self.encoder, partial(print, "teacher:", flush=True))

    def features(self, source: str, texts: Sequence[str]) -> np.ndarray:
        """The teacher's features of a corpus's texts (texts, width)."""
        return self.cache.features(source, texts)

    def targets(self, features: np.ndarray, targets: np.ndarray, share: float) -> np.ndarray:
        """Labels mixed with the teacher's answers: ``share`` of the latter where labelled, all where not.

        features (rows, width), targets (rows, WIDTH) with NaN for unknown → (rows, WIDTH)
        """
        answers = self.heads.apply(features)
        return np.where(np.isnan(targets), answers, (1 - share) * targets + share * answers)


class Student(nn.Module):
    """The network in training, with a projection of its features onto a teacher's where there is one."""

    def __init__(self, network: MultiTaskNetwork, teacher_width: int = 0) -> None:
        super().__init__()
        self.network = network
        self.project = nn.Linear(network.senet.width, teacher_width) if teacher_width else None

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """ids, mask (batch, tokens) → outputs (batch, WIDTH), projected features (batch, teacher_width)"""
        features = self.network.senet(ids, mask)
        return self.network.read(features), self.project(features) if self.project else None


def feature_loss(projected: Tensor, expected: Tensor) -> Tensor:
    """Mean squared distance between two sets of features (batch, width)."""
    return torch.nn.functional.mse_loss(projected.float(), expected.float())
