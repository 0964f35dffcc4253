"""SENET, CVM and IRT as one torch network. Serving uses the exported graph and never imports this."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax, mse_loss
from transformers import AutoModel, PreTrainedModel

from model.labels import IRT_TASKS, POLARITY_OF_EMOTION, SCORE_SCALE, TASKS, WIDTH
from model.processor import multiplies_bfloat16

POLARITY_FLOOR = 1e-3
CVM_WIDTH = IRT_TASKS[0].start


class Senet(nn.Module):
    """Pretrained transformer encoder; a text's feature is its tokens' mean, of zero mean and unit variance."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.width: int = encoder.config.hidden_size

    @classmethod
    def pretrained(cls, name: str, dropout: float = 0.1) -> "Senet":
        """From a hub id or folder."""
        options = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
        return cls(AutoModel.from_pretrained(name, add_pooling_layer=False, **options))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask (batch, tokens) → features (batch, width)"""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()  # (batch, tokens, 1)
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        return nn.functional.layer_norm(pooled, (self.width,))

    @property
    def words(self) -> Tensor:
        """The embedding of every token id (vocabulary, width)."""
        return self.encoder.get_parameter("embeddings.word_embeddings.weight").detach()

    def layers(self) -> list[nn.Module]:
        """The transformer's layers, lowest first."""
        return list(self.encoder.get_submodule("encoder.layer").children())

    def freeze_lowest(self, layers: int) -> None:
        """Keep the embeddings and the lowest layers at their pretrained weights."""
        for module in (self.encoder.get_submodule("embeddings"), *self.layers()[:layers]):
            module.requires_grad_(False)
            for part in module.modules():
                if isinstance(part, nn.Dropout):
                    part.p = 0.0


class Cvm(nn.Module):
    """Classification heads. Polarity is read off the emotion distribution, plus a learned correction."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.output = nn.Linear(width, CVM_WIDTH)
        table = torch.tensor([POLARITY_OF_EMOTION[emotion] for emotion in TASKS["emotion7"].classes])
        self.register_buffer("polarity_table", table, persistent=False)  # (7, 3)

    def forward(self, features: Tensor) -> Tensor:
        """features (batch, width) → logits (batch, CVM_WIDTH)"""
        logits = self.output(features)
        emotions = logits[:, TASKS["emotion7"].columns].detach().softmax(-1)
        prior = (emotions @ self.polarity_table + POLARITY_FLOOR).log()
        columns = TASKS["sentiment3"].columns
        return torch.cat([logits[:, : columns.start], logits[:, columns] + prior, logits[:, columns.stop :]], 1)


class Irt(nn.Module):
    """Regression heads, in standard deviations around each score's mean."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.output = nn.Linear(width, WIDTH - CVM_WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        """features (batch, width) → standardised scores (batch, 4)"""
        return self.output(features)


class MultiTaskNetwork(nn.Module):
    """SENET with CVM and IRT trained jointly on top."""

    def __init__(self, senet: Senet, dropout: float = 0.1) -> None:
        super().__init__()
        self.senet = senet
        self.dropout = nn.Dropout(dropout)
        self.cvm = Cvm(senet.width)
        self.irt = Irt(senet.width)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask (batch, tokens) → outputs (batch, WIDTH): logits, then standardised scores"""
        return self.read(self.senet(ids, mask))

    def read(self, features: Tensor) -> Tensor:
        """features (batch, width) → outputs (batch, WIDTH)"""
        features = self.dropout(features)
        return torch.cat([self.cvm(features), self.irt(features)], 1)


def task_losses(outputs: Tensor, targets: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Weighted loss of every task, summed over labelled rows and divided by the batch, so that rare tasks stay calm.

    outputs, targets, weights (batch, WIDTH), NaN in targets where nothing is known.
    """
    losses = {}
    for task in TASKS.values():
        output, target, weight = (part[:, task.columns] for part in (outputs, targets, weights))
        known = ~target.isnan()
        target = target.nan_to_num()
        if task.kind == "categorical":
            loss = -(weight * target * log_softmax(output, -1)).sum()
        elif task.kind == "multilabel":
            loss = (binary_cross_entropy_with_logits(output, target, reduction="none") * known * weight).sum()
        else:
            mean, deviation = SCORE_SCALE[task.name]
            loss = (mse_loss(output, (target - mean) / deviation, reduction="none") * known * weight).sum()
        losses[task.name] = loss / len(outputs)
    return losses


def mixed_precision(device: str) -> torch.autocast:
    """Products in bfloat16, but in float32 on a processor that has no instructions for it."""
    return torch.autocast(device, torch.bfloat16, enabled=device != "cpu" or multiplies_bfloat16())
