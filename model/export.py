"""SENET to a quantised ONNX graph whose weights are split into files that any git host takes."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx.external_data_helper import set_external_data
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn

from model.network import Senet
from model.tokens import TextTokenizer

SHARD = 90_000_000  # bytes
INLINE = 1024  # bytes; smaller tensors stay in the graph
BLOCK = 128  # weights and activations that share one int8 scale in the layers that need it
INT8_PRODUCTS = 4  # MatMulNBits' accuracy level that multiplies in int8


class _Graph(nn.Module):
    def __init__(self, senet: Senet) -> None:
        super().__init__()
        self.senet = senet

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.senet(ids, mask)


def export(senet: Senet, folder: Path) -> None:
    """Write ``senet.onnx`` and its shards ``senet.N.bin`` to ``folder``, all weights as int8.

    One activation scale per tensor is fastest and does for most products; not for those that lead out of the
    feed-forward layers, whose inputs have outliers (Dettmers et al. 2022, "LLM.int8()"): they cost a tenth of the
    features' cosine, so these alone are quantised in blocks.
    """
    floating, quantised = folder / "float.onnx", folder / "int8.onnx"
    ids = torch.ones(2, 9, dtype=torch.int64)
    torch.onnx.export(
        _Graph(senet.eval()),
        (ids, ids),
        str(floating),
        dynamo=False,
        input_names=["ids", "mask"],
        output_names=["features"],
        dynamic_axes={"ids": {0: "texts", 1: "tokens"}, "mask": {0: "texts", 1: "tokens"}, "features": {0: "texts"}},
        opset_version=17,
    )
    outliers = [n.name for n in onnx.load(floating).graph.node if n.op_type == "MatMul" and _leads_out(n.name)]
    quantize_dynamic(
        floating,
        quantised,
        op_types_to_quantize=["MatMul", "Gather"],
        nodes_to_exclude=outliers,
        per_channel=True,
        weight_type=QuantType.QInt8,
    )
    quantiser = MatMulNBitsQuantizer(
        onnx.load(quantised),
        bits=8,
        block_size=BLOCK,
        is_symmetric=True,
        accuracy_level=INT8_PRODUCTS,
        op_types_to_quantize=("MatMul",),
    )
    quantiser.process()
    _shard(quantiser.model.model, folder)
    floating.unlink()
    quantised.unlink()


def _leads_out(name: str) -> bool:
    return "/output/dense/" in name and "/attention/" not in name


def _shard(model: onnx.ModelProto, folder: Path) -> None:
    shards: list[bytearray] = [bytearray()]
    for tensor in model.graph.initializer:
        data = tensor.raw_data
        if len(data) < INLINE:
            continue
        if len(shards[-1]) + len(data) > SHARD:
            shards.append(bytearray())
        shard = shards[-1]
        shard.extend(b"\0" * (-len(shard) % 64))
        name = f"senet.{len(shards) - 1}.bin"
        set_external_data(tensor, name, offset=len(shard), length=len(data))
        shard.extend(data)
        tensor.ClearField("raw_data")
    for number, shard in enumerate(shards):
        (folder / f"senet.{number}.bin").write_bytes(shard)
    (folder / "senet.onnx").write_bytes(model.SerializeToString())


@torch.no_grad()
def torch_features(senet: Senet, tokenizer: TextTokenizer, texts: list[str]) -> np.ndarray:
    """What the float network says of the texts, shape (texts, width): the exported graph is held to it."""
    ids, mask = tokenizer.batch(tokenizer.encode(texts))
    return senet.eval()(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of each row of ``a`` with that of ``b``, shape (rows,)."""
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
