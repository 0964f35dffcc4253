"""A release's SENET and heads as float weights again: what a training starts from when the float weights are gone.

The inverse of ``export``: its weights come back as they were rounded to 8 bits, its biases and norms as they were.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnx.external_data_helper import load_external_data_for_model
from torch import Tensor
from transformers import AutoModel, BertConfig, MPNetConfig, PreTrainedConfig

from model.export import LAYOUTS, Layout
from model.network import CVM_WIDTH, MultiTaskNetwork, Senet
from model.quantisation import LEVELS
from model.release import ReleaseFolder

CONFIGS: dict[str, Callable[..., PreTrainedConfig]] = {"mpnet": MPNetConfig, "bert": BertConfig}


def restored(folder: Path, dropout: float = 0.1) -> MultiTaskNetwork:
    """The network of the release in ``folder``, without the context's part. Raises ReleaseError."""
    heads = ReleaseFolder.open(folder).heads().uncalibrated()
    network = MultiTaskNetwork(restored_senet(folder, dropout), dropout)
    weight, bias = torch.from_numpy(heads.weight.T.copy()), torch.from_numpy(heads.bias.copy())
    with torch.no_grad():
        for part, columns in ((network.cvm, slice(None, CVM_WIDTH)), (network.irt, slice(CVM_WIDTH, None))):
            part.output.weight.copy_(weight[columns])
            part.output.bias.copy_(bias[columns])
    return network


def restored_senet(folder: Path, dropout: float = 0.1) -> Senet:
    """The encoder that was exported to ``folder``, of either architecture that ``export`` knows."""
    graph = onnx.load(folder / "senet.onnx", load_external_data=False)
    load_external_data_for_model(graph, str(folder))
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
    kind = "mpnet" if "distances" in stored else "bert"
    layout = LAYOUTS[kind]
    config = _config(kind, graph.graph, stored)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    senet = Senet(AutoModel.from_config(config, add_pooling_layer=False))
    weights = _embeddings(layout, stored)
    for n in range(config.num_hidden_layers):
        weights |= _layer(f"encoder.layer.{n}.", layout, stored)
    state = senet.encoder.state_dict()
    for name, array in weights.items():
        state[name][: len(array)] = torch.from_numpy(np.array(array))
    if kind == "mpnet":
        state["encoder.relative_attention_bias.weight"] = _relative(senet, stored["distances"])
    else:
        state["embeddings.token_type_embeddings.weight"].zero_()  # the positions hold them
    senet.encoder.load_state_dict(state)
    return senet


def _config(kind: str, graph: onnx.GraphProto, stored: Mapping[str, np.ndarray]) -> PreTrainedConfig:
    attributes = {
        node.op_type: {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        for node in reversed(graph.node)
    }
    vocabulary, width = stored["words"].shape
    return CONFIGS[kind](
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=sum(node.op_type == "MultiHeadAttention" for node in graph.node),
        num_attention_heads=attributes["MultiHeadAttention"]["num_heads"],
        intermediate_size=stored["encoder.layer.0.intermediate.dense.int8"].shape[1],
        max_position_embeddings=len(stored["positions"]) + LAYOUTS[kind].first_position,
        layer_norm_eps=attributes["LayerNormalization"]["epsilon"],
    )


def _embeddings(layout: Layout, stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    words = (stored["words"].astype(np.float32) - stored["words.zero"]) * stored["words.scale"]
    places = np.pad(stored["positions"], ((layout.first_position, 0), (0, 0)))
    norm = {name: array for name, array in stored.items() if name.startswith("embeddings.LayerNorm.")}
    return {"embeddings.word_embeddings.weight": words, "embeddings.position_embeddings.weight": places, **norm}


def _layer(name: str, layout: Layout, stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    norms = {key: array for key, array in stored.items() if key.startswith(name) and "LayerNorm" in key}
    joined = ((layout.query, layout.key, layout.value), (layout.out,), (layout.widen,), (layout.narrow,))
    return norms | {key: array for parts in joined for key, array in _product(name, parts, stored).items()}


def _product(layer: str, parts: tuple[str, ...], stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights and biases of the products that share an input, those of its far channels taken off again."""
    first = layer + parts[0]
    codes = np.concatenate([stored[f"{layer}{part}.int8"] for part in parts], 1)  # (inputs, outputs)
    weight = (codes * stored[f"{first}.scale"]).T
    bias = stored[f"{first}.bias"]
    if f"{first}.channels" in stored:
        unit = stored[f"{first}.unit"]
        bottom, span = -unit * stored[f"{first}.zero"], unit * LEVELS
        within = np.where(stored[f"{first}.offsets"] > 0, bottom, bottom + span)
        bias = bias + weight[:, stored[f"{first}.channels"]] @ within
    weights, biases = np.split(weight, len(parts)), np.split(bias, len(parts))
    found = {f"{layer}{part}.weight": array for part, array in zip(parts, weights, strict=True)}
    return found | {f"{layer}{part}.bias": array for part, array in zip(parts, biases, strict=True)}


def _relative(senet: Senet, distances: np.ndarray) -> Tensor:
    """MPNet's bias of each bucket of distances, (buckets, heads), read where the bucket is met."""
    tokens = distances.shape[-1]
    places = torch.arange(tokens)
    count = senet.encoder.config.relative_attention_num_buckets
    bucket: Callable[..., Tensor] = senet.encoder.get_submodule("encoder").relative_position_bucket  # type: ignore[assignment]
    buckets = bucket(places[None, :] - places[:, None], num_buckets=count)
    table = torch.zeros(count, distances.shape[1])
    table[buckets.flatten()] = torch.from_numpy(distances[0].reshape(distances.shape[1], -1).T.copy())
    return table
