"""SENET to an 8-bit ONNX graph in ONNX Runtime's fused operators, its weights in files that any git host takes.

The graph reads texts without padding: every product runs over the tokens that there are (tokens, width); only attention
lays them out on a grid (texts, longest).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data
from torch import Tensor
from tqdm import tqdm

from model.network import Senet
from model.quantisation import Inputs, Quantiser, measure, quantise_rows, quantise_table
from model.tokens import TextTokenizer

SHARD = 90_000_000  # bytes
INLINE = 1024  # bytes; smaller tensors stay in the graph
MICROSOFT = "com.microsoft"
BATCH = 16


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an architecture keeps a layer's parts, and at which row its positions begin."""

    query: str
    key: str
    value: str
    out: str
    out_norm: str
    first_position: int
    widen: str = "intermediate.dense"
    narrow: str = "output.dense"
    norm: str = "output.LayerNorm"

    @property
    def products(self) -> tuple[str, ...]:
        """One for each input that is quantised."""
        return self.query, self.out, self.widen, self.narrow


LAYOUTS = {
    "mpnet": Layout(
        "attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o", "attention.LayerNorm", 2
    ),
    "bert": Layout(
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "attention.output.LayerNorm",
        0,
    ),
}


def export(senet: Senet, tokenizer: TextTokenizer, samples: Sequence[str], folder: Path) -> None:
    """Write ``senet.onnx`` and its shards ``senet.N.bin`` to ``folder``, weights and the inputs of products as int8.

    ``samples`` are texts that show what the products read.
    """
    inputs = _inputs(senet.eval(), tokenizer, samples)
    _shard(_Graph(senet, inputs, tokenizer.max_tokens).model(), folder)


def _inputs(senet: Senet, tokenizer: TextTokenizer, samples: Sequence[str]) -> dict[str, Inputs]:
    layout = LAYOUTS[senet.encoder.config.model_type]
    parts = {f"encoder.layer.{n}.{part}": layer for n, layer in enumerate(senet.layers()) for part in layout.products}
    modules = {name: senet.encoder.get_submodule(name) for name in parts}
    return measure(modules, senet, _batches(tokenizer, samples))


def _batches(tokenizer: TextTokenizer, texts: Sequence[str]) -> Iterator[tuple[Tensor, Tensor]]:
    rows = sorted(tokenizer.encode(texts), key=len)
    for start in range(0, len(rows), BATCH):
        ids, mask = tokenizer.batch(rows[start : start + BATCH])
        yield torch.from_numpy(ids), torch.from_numpy(mask)


class _Graph:
    """Builds the graph; each method adds nodes and returns the name of what they yield."""

    def __init__(self, senet: Senet, inputs: dict[str, Inputs], max_tokens: int) -> None:
        config = senet.encoder.config
        self.layout = LAYOUTS[config.model_type]
        self.heads, self.layers, self.width = config.num_attention_heads, config.num_hidden_layers, config.hidden_size
        self.epsilon = config.layer_norm_eps
        self.weights = {name: tensor.float().numpy() for name, tensor in senet.encoder.state_dict().items()}
        self.relative = _relative_bias(senet, max_tokens)
        self.inputs, self.max_tokens = inputs, max_tokens
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        """ids, places (tokens,): every token and its place in its text; grid (texts, longest): the token of each cell;
        mask of the cells that count; cells (tokens,): each token's cell → features (texts, width)
        """
        x = self.embedded()
        bias = self.attention_bias()
        for n in range(self.layers):
            x = self.layer(f"encoder.layer.{n}.", x, bias)
        self.pooled(x)
        tokens, grid = ["tokens"], ["texts", "longest"]
        shapes = {"ids": tokens, "places": tokens, "cells": tokens, "grid": grid}
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name, shape in shapes.items()]
        inputs.append(helper.make_tensor_value_info("mask", TensorProto.INT32, grid))
        output = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["texts", self.width])
        graph = helper.make_graph(self.nodes, "senet", inputs, [output], [*self.constants.values()])
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def constant(self, name: str, value: Any) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> Any:
        names = [f"{kind}.{len(self.nodes)}.{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, names[0], domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def embedded(self) -> str:
        """Words and their places, normalised: (tokens, width)"""
        codes, scale, zero = quantise_table(self.weights["embeddings.word_embeddings.weight"])
        rows = self.node("Gather", self.constant("words", codes), "ids")
        words = self.node(
            "DequantizeLinear", rows, self.constant("words.scale", scale), self.constant("words.zero", zero)
        )
        first = self.layout.first_position
        places = self.weights["embeddings.position_embeddings.weight"][first : first + self.max_tokens]
        if "embeddings.token_type_embeddings.weight" in self.weights:
            places = places + self.weights["embeddings.token_type_embeddings.weight"][0]
        placed = self.node("Gather", self.constant("positions", places), "places")
        return self.normalised(self.node("Add", words, placed), "embeddings.LayerNorm")

    def attention_bias(self) -> str:
        """What attention gets for the distance of two tokens, (1, heads, longest, longest); nothing where there is none."""
        if self.relative is None:
            return ""
        longest = self.node("Shape", "grid", start=1, end=2)
        ends = self.node("Concat", longest, longest, axis=0)
        starts, axes = self.constant("starts", np.array([0, 0])), self.constant("axes", np.array([2, 3]))
        return self.node("Slice", self.constant("distances", self.relative), starts, ends, axes)

    def layer(self, name: str, x: str, bias: str) -> str:
        """One transformer layer, (tokens, width) → (tokens, width)"""
        part = self.layout
        attended = self.attended(name, x, bias)
        x = self.normalised(self.node("Add", self.product(name, (part.out,), attended), x), name + part.out_norm)
        wide = self.node("Gelu", self.product(name, (part.widen,), x), domain=MICROSOFT)
        return self.normalised(self.node("Add", self.product(name, (part.narrow,), wide), x), name + part.norm)

    def attended(self, name: str, x: str, bias: str) -> str:
        """Self-attention within each text, (tokens, width)"""
        part = self.layout
        joined = self.product(name, (part.query, part.key, part.value), x)
        query, key, value = self.node("Split", self.node("Gather", joined, "grid"), outputs=3, axis=-1, num_outputs=3)
        mixed = self.node(
            "MultiHeadAttention", query, key, value, "", "mask", bias, domain=MICROSOFT, num_heads=self.heads
        )
        flat = self.node("Reshape", mixed, self.constant("flat", np.array([-1, self.width])))
        return self.node("Gather", flat, "cells")

    def product(self, layer: str, parts: Sequence[str], x: str) -> str:
        """``x`` quantised, times the weights of one or more parts side by side, as float: (tokens, outputs)"""
        names = [layer + part for part in parts]
        inputs = self.inputs[names[0]]
        quantiser = Quantiser.of(inputs.extent)
        rounded = [quantise_rows(self.weights[f"{name}.weight"], inputs.moment) for name in names]
        codes, scales = zip(*rounded, strict=True)
        weight = self.joined([self.constant(f"{n}.int8", code.T) for n, code in zip(names, codes, strict=True)], 1)
        scale, bias = np.concatenate(scales), np.concatenate([self.weights[f"{name}.bias"] for name in names])
        unit, zero = (
            self.constant(f"{names[0]}.unit", quantiser.scale),
            self.constant(f"{names[0]}.zero", quantiser.zero),
        )
        read = self.node("QuantizeLinear", x, unit, zero)
        if len(quantiser.channels):
            channels = self.constant(f"{names[0]}.channels", quantiser.channels)
            offsets = self.constant(f"{names[0]}.offsets", quantiser.offsets)
            far = self.node("Sub", self.node("Gather", x, channels, axis=-1), offsets)
            read = self.node("Concat", read, self.node("QuantizeLinear", far, unit, zero), axis=-1)
            weight = self.joined([weight, self.node("Gather", weight, channels, axis=0)], 0)
            rows = np.concatenate(codes)[:, quantiser.channels] * scale[:, None]
            bias = bias - rows @ quantiser.constant
        return self.node(
            "MatMulIntegerToFloat",
            read,
            weight,
            unit,
            self.constant(f"{names[0]}.scale", scale),
            zero,
            "",
            self.constant(f"{names[0]}.bias", bias.astype(np.float32)),
            domain=MICROSOFT,
        )

    def joined(self, parts: Sequence[str], axis: int) -> str:
        """Constants side by side; the runtime joins them once, when it loads the graph."""
        return parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=axis)

    def normalised(self, x: str, name: str) -> str:
        scale, bias = (self.constant(f"{name}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=self.epsilon)

    def pooled(self, x: str) -> None:
        """As ``Senet.forward``: the mean over each text's tokens, of zero mean and unit variance."""
        mask = self.node("Cast", "mask", to=TensorProto.FLOAT)
        rows = self.node("Unsqueeze", mask, self.constant("last", np.array([2])))
        tokens = self.constant("tokens", np.array([1]))
        total = self.node("ReduceSum", self.node("Mul", self.node("Gather", x, "grid"), rows), tokens, keepdims=0)
        mean = self.node("Div", total, self.node("ReduceSum", mask, tokens))
        ones = self.constant("ones", np.ones(self.width, np.float32))
        self.nodes.append(helper.make_node("LayerNormalization", [mean, ones], ["features"], axis=-1, epsilon=1e-5))


@torch.no_grad()
def _relative_bias(senet: Senet, tokens: int) -> np.ndarray | None:
    """MPNet's bias for the distance of two tokens, (1, heads, tokens, tokens); None for other architectures."""
    if senet.encoder.config.model_type != "mpnet":
        return None
    blank = torch.zeros(1, tokens, senet.width)
    bias: Tensor = senet.encoder.get_submodule("encoder").compute_position_bias(blank)  # type: ignore[operator]
    return bias.numpy()


def _shard(model: onnx.ModelProto, folder: Path) -> None:
    """Move all large tensors to shards and write these and the graph."""
    shards = [bytearray()]
    for tensor in model.graph.initializer:
        data = tensor.raw_data
        if len(data) < INLINE:
            continue
        if len(shards[-1]) + len(data) > SHARD:
            shards.append(bytearray())
        shard = shards[-1]
        shard.extend(b"\0" * (-len(shard) % 64))
        set_external_data(tensor, f"senet.{len(shards) - 1}.bin", offset=len(shard), length=len(data))
        tensor.ClearField("raw_data")
        shard.extend(data)
    for n, shard in enumerate(shards):
        (folder / f"senet.{n}.bin").write_bytes(shard)
    (folder / "senet.onnx").write_bytes(model.SerializeToString())


@torch.no_grad()
def torch_features(senet: Senet, tokenizer: TextTokenizer, texts: Sequence[str]) -> np.ndarray:
    """What the float network says of the texts, shape (texts, width): the exported graph is held to it."""
    senet.eval()
    rows = tokenizer.encode(texts)
    found = np.empty((len(rows), senet.width), np.float32)
    order = np.argsort([*map(len, rows)], kind="stable")
    blocks = np.array_split(order, len(order) // BATCH + 1)
    for block in tqdm(blocks, "float network", mininterval=5, delay=5):
        ids, mask = tokenizer.batch([rows[n] for n in block])
        found[block] = senet(torch.from_numpy(ids), torch.from_numpy(mask)).float().numpy()
    return found


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of each row of ``a`` with that of ``b``, shape (rows,)."""
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
