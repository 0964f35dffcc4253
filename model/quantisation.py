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
DAMPING = 0.001  # of the mean second moment, added to each: channels that the samples hardly used stay apart
BLOCK = 128  # columns whose errors are passed on at once


@dataclass(frozen=True, slots=True)
class Extent:
    """How far each channel of an input reached on sample texts, (channels,) each; 0 lies between."""

    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a product read in sample texts: how far its channels reached, and the sum of x xᵀ (channels, channels)."""

    extent: Extent
    moment: np.ndarray


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


def quantise_rows(weight: np.ndarray, moment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """weight (outputs, inputs) → int8 of that shape, symmetric, and the scale of each output (outputs,)

    Rounding each weight by itself takes back a fine-tuning whose steps are smaller than half a level. So the inputs are
    rounded one after the other, those of most weight in ``moment`` (inputs, inputs) first, and what each of them loses
    is made up for by those to come, as far as they move together (Frantar et al. 2023, "GPTQ").
    """
    outputs, inputs = weight.shape
    scale = np.maximum(np.abs(weight).max(1) / 127, 1e-12).astype(np.float32)
    order = np.argsort(-moment.diagonal(), kind="stable")
    shares = _shares(moment[np.ix_(order, order)])
    left = weight[:, order].astype(np.float32)
    codes = np.empty((outputs, inputs), np.int8)
    for start in range(0, inputs, BLOCK):
        end = min(start + BLOCK, inputs)
        lost = np.empty((outputs, end - start), np.float32)
        for n in range(start, end):
            code = np.clip(np.round(left[:, n] / scale), -127, 127)
            codes[:, order[n]] = code
            lost[:, n - start] = left[:, n] - code * scale
            left[:, n:end] -= np.outer(lost[:, n - start], shares[n, n:end])
        left[:, end:] -= lost @ shares[start:end, end:]
    return codes, scale


def _shares(moment: np.ndarray) -> np.ndarray:
    """How much of the loss of each input (row) those after it (columns) take over, (inputs, inputs)"""
    damped = moment.astype(np.float64) + np.eye(len(moment)) * max(DAMPING * moment.diagonal().mean(), 1e-12)
    factor = np.linalg.cholesky(np.linalg.inv(damped)).T
    return (factor / factor.diagonal()[:, None]).astype(np.float32)


def quantise_table(table: np.ndarray) -> tuple[np.ndarray, np.float32, np.uint8]:
    """An embedding table of any shape → uint8 of that shape, one scale, one zero point"""
    low, high = min(float(table.min()), 0.0), max(float(table.max()), 0.0)
    scale = np.float32((high - low) / LEVELS)
    zero = round(-low / float(scale))
    return np.clip(np.round(table / scale) + zero, 0, LEVELS).astype(np.uint8), scale, np.uint8(zero)


@torch.no_grad()
def measure(
    modules: Mapping[str, nn.Module], forward: Callable[[Tensor, Tensor], Any], batches: Iterable[tuple[Tensor, Tensor]]
) -> dict[str, Inputs]:
    """What each module reads while ``forward`` reads batches of ids and mask (batch, tokens)."""
    seen: dict[str, tuple[Tensor, Tensor, Tensor]] = {}

    def look(name: str, _module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        rows = inputs[0][mask.bool()]
        none = torch.zeros(rows.shape[1])
        low, high, moment = seen.get(name, (none, none, torch.zeros(len(none), len(none))))
        seen[name] = torch.minimum(low, rows.amin(0)), torch.maximum(high, rows.amax(0)), moment + rows.T @ rows

    hooks = [module.register_forward_pre_hook(partial(look, name)) for name, module in modules.items()]
    for ids, mask in batches:
        forward(ids, mask)
    for hook in hooks:
        hook.remove()
    return {
        name: Inputs(Extent(low.numpy(), high.numpy()), moment.numpy()) for name, (low, high, moment) in seen.items()
    }
