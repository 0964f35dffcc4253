"""Small networks with random weights, of both architectures that are shipped."""

from pathlib import Path

import onnx
import pytest
import torch
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from model.encoder import Encoder, laid_out
from model.export import cosines, export, torch_features
from model.network import Senet
from model.release import WEIGHTS
from model.tokens import TextTokenizer

TEXTS = ["We won the cup!", "The boat sank, and nobody had told them about it until the evening.", "ok", ""]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture(params=["mpnet", "bert"])
def senet(request: pytest.FixtureRequest) -> Senet:
    torch.manual_seed(1)
    if request.param == "mpnet":
        return Senet(MPNetModel(MPNetConfig(max_position_embeddings=140, **SIZES), add_pooling_layer=False)).eval()
    return Senet(BertModel(BertConfig(max_position_embeddings=140, **SIZES), add_pooling_layer=False)).eval()


@pytest.fixture
def tokenizer() -> TextTokenizer:
    return TextTokenizer(WEIGHTS / "tokenizer.json", 128)


def written(senet: Senet, tokenizer: TextTokenizer, folder: Path) -> Encoder:
    folder.mkdir()
    export(senet, tokenizer, TEXTS, folder)
    (folder / "tokenizer.json").write_bytes((WEIGHTS / "tokenizer.json").read_bytes())
    return Encoder(folder, "tiny", 128)


def test_the_graph_says_what_the_network_says(senet: Senet, tokenizer: TextTokenizer, tmp_path: Path) -> None:
    encoder = written(senet, tokenizer, tmp_path / "one")
    assert cosines(torch_features(senet, tokenizer, TEXTS), encoder.features(TEXTS)).min() > 0.99


def test_a_channel_that_reaches_far_costs_the_others_nothing(
    senet: Senet, tokenizer: TextTokenizer, tmp_path: Path
) -> None:
    norms = [module for module in senet.modules() if isinstance(module, torch.nn.LayerNorm)]
    with torch.no_grad():
        for norm in norms[:-1]:
            norm.weight[3] *= 60
    encoder = written(senet, tokenizer, tmp_path / "far")
    assert cosines(torch_features(senet, tokenizer, TEXTS), encoder.features(TEXTS)).min() > 0.98


def test_all_products_are_in_integers(senet: Senet, tokenizer: TextTokenizer, tmp_path: Path) -> None:
    written(senet, tokenizer, tmp_path / "graph")
    kinds = [node.op_type for node in onnx.load(tmp_path / "graph" / "senet.onnx").graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 8
    assert "MatMul" not in kinds


def test_rows_are_laid_out_without_padding() -> None:
    inputs = laid_out([[5, 6], [7, 8, 9]])
    assert inputs["ids"].tolist() == [5, 6, 7, 8, 9]
    assert inputs["places"].tolist() == [0, 1, 0, 1, 2]
    assert inputs["mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
    assert inputs["cells"].tolist() == [0, 1, 3, 4, 5]
    assert inputs["grid"].tolist() == [[0, 1, 0], [2, 3, 4]]
