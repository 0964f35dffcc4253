"""Weights and activations as 8-bit integers, with ranges that are fixed once, so that no text's answer hangs on its company.

A transformer's activations have a few channels that reach many times as far as all others (Dettmers et al. 2022,
"LLM.int8()"). Such a channel is laid over several columns, each holding one segment of its range, against copies of
its row of weights: the range of all others stays fine (after Zhao et al. 2019, "outlier channel splitting").
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

WIDE = 16  # channels of an input that may reach farther than its range
LEVELS = 255


@dataclass(frozen=True, slots=True)
class Extent:
    """How far each channel of an input reached on sample texts, (channels,) each; 0 lies between."""

    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True)
class Quantiser:
    """Fixed quantisation of an input to uint8: ``round(x / scale) + zero``, saturated.

    channels, offsets (extra,): the input's further columns, ``x[channels] - offsets`` in the same range; constant
    (extra,): what each of them holds while its channel is within the range itself.
    """

    scale: np.float32
    zero: np.uint8
    channels: np.ndarray
    offsets: np.ndarray
    constant: np.ndarray

    @classmethod
    def of(cls, extent: Extent) -> "Quantiser":
        """The range of all but the ``WIDE`` widest channels; those get as many columns as they need."""
        reach = np.maximum(-extent.low, extent.high)
        order = np.argsort(-reach, kind="stable")
        rest = order[min(WIDE, len(order) - 1) :]
        low, high = float(extent.low[rest].min()), float(extent.high[rest].max())
        scale = np.float32(max(high - low, 1e-6) / LEVELS)
        zero = np.uint8(round(-low / scale))
        bottom, span = -float(zero) * float(scale), LEVELS * float(scale)
        above = [(c, n * span) for c in order[:WIDE] for n in range(1, _segments(extent.high[c] - bottom, span))]
        below = [(c, -n * span) for c in order[:WIDE] for n in range(1, _segments(bottom + span - extent.low[c], span))]
        constant = [bottom] * len(above) + [bottom + span] * len(below)
        channels, offsets = zip(*above, *below, strict=True) if above or below else ((), ())
        return cls(
            scale,
            zero,
            np.array(channels, np.int64),
            np.array(offsets, np.float32),
            np.array(constant, np.float32),
        )


def _segments(length: float, span: float) -> int:
    return int(np.ceil(length / span - 1 / LEVELS))  # less than a level beyond is not worth a column


def quantise_rows(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """weight (outputs, inputs) → int8 of that shape, symmetric, and the scale of each output (outputs,)"""
    scale = np.maximum(np.abs(weight).max(1) / 127, 1e-12).astype(np.float32)
    return np.round(weight / scale[:, None]).astype(np.int8), scale


def quantise_table(table: np.ndarray) -> tuple[np.ndarray, np.float32, np.uint8]:
    """An embedding table of any shape → uint8 of that shape, one scale, one zero point"""
    low, high = min(float(table.min()), 0.0), max(float(table.max()), 0.0)
    scale = np.float32((high - low) / LEVELS)
    zero = round(-low / float(scale))
    return np.clip(np.round(table / scale) + zero, 0, LEVELS).astype(np.uint8), scale, np.uint8(zero)


@torch.no_grad()
def measure(
    modules: Mapping[str, nn.Module], forward: Callable[[Tensor, Tensor], Any], batches: Iterable[tuple[Tensor, Tensor]]
) -> dict[str, Extent]:
    """How far the input of each module reaches while ``forward`` reads batches of ids and mask (batch, tokens)."""
    seen: dict[str, tuple[Tensor, Tensor]] = {}

    def look(name: str, _module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        rows = inputs[0][mask.bool()]
        low, high = seen.get(name, (torch.zeros(rows.shape[1]), torch.zeros(rows.shape[1])))
        seen[name] = torch.minimum(low, rows.amin(0)), torch.maximum(high, rows.amax(0))

    hooks = [module.register_forward_pre_hook(partial(look, name)) for name, module in modules.items()]
    for ids, mask in batches:
        forward(ids, mask)
    for hook in hooks:
        hook.remove()
    return {name: Extent(low.numpy(), high.numpy()) for name, (low, high) in seen.items()}
