"""What was exported in 8 bits comes back as a float network."""

from pathlib import Path

import numpy as np
import torch

from model.export import cosines, export, torch_features
from model.network import Senet
from model.release import WEIGHTS, ReleaseFolder
from model.restoring import restored, restored_senet
from model.tokens import TextTokenizer
from tests.unit.model.test_export import TEXTS, senet, tokenizer

__all__ = ["senet", "tokenizer"]  # fixtures


def test_an_exported_encoder_comes_back(senet: Senet, tokenizer: TextTokenizer, tmp_path: Path) -> None:
    norms = [module for module in senet.modules() if isinstance(module, torch.nn.LayerNorm)]
    with torch.no_grad():
        norms[1].weight[3] *= 60  # a channel that gets columns of its own
    export(senet, tokenizer, TEXTS, tmp_path)
    again = restored_senet(tmp_path)
    assert cosines(torch_features(senet, tokenizer, TEXTS), torch_features(again, tokenizer, TEXTS)).min() > 0.99
    for name, weight in senet.encoder.state_dict().items():
        if "layer" in name and name.endswith("dense.weight"):
            level = weight.abs().amax(1, keepdim=True) / 127
            levels = again.encoder.state_dict()[name] / level
            assert torch.allclose(levels, levels.round(), atol=1e-3)
        if "layer" in name and name.endswith("bias"):
            assert torch.allclose(again.encoder.state_dict()[name], weight, atol=1e-4)


def test_the_shipped_release_comes_back_with_its_heads() -> None:
    release = ReleaseFolder.open(WEIGHTS)
    network, encoder = restored(WEIGHTS).eval(), release.encoder()
    served = encoder.features(TEXTS)
    assert cosines(torch_features(network.senet, encoder.tokenizer, TEXTS), served).min() > 0.99
    with torch.no_grad():
        scores = network.irt(torch.from_numpy(served)).numpy()
    heads = release.heads().uncalibrated()
    assert np.allclose(scores, (served @ heads.weight + heads.bias)[:, -scores.shape[1] :], atol=1e-4)
