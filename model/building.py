"""The full training from corpora to a sealed release: after stage 1, SENET is frozen and exported, heads are fitted."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file as load_torch
from tqdm import tqdm

from model import readers
from model.calibration import calibrate
from model.card import model_card
from model.config import TrainingConfig
from model.encoder import BATCH, Encoder
from model.evaluation import evaluate, primary_metrics
from model.export import cosines, export, torch_features
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import target_row
from model.network import MultiTaskNetwork, Senet
from model.readers import Example
from model.release import sha256, write_manifest
from model.training import Trainer, tokenizer_file

PROBE = Path(__file__).with_name("probe.txt")  # sentences of our own that hold the exported encoder to the float one


def train_release(data: Path, *, config: TrainingConfig, source: str, run: Path, name: str) -> Path:
    """All stages of a full training, resumed where ``run`` has something. Returns the sealed release's folder.

    ``source`` is the hub id or folder that SENET starts from, ``config.encoder`` what the release calls it.
    Raises CorpusError.
    """
    config = with_own_corpora(config, data)
    if not (run / "network.safetensors").exists():
        Trainer(config, source, data, run).train()
    return build_release(config, source, data, run, run / "release", name)


def with_own_corpora(config: TrainingConfig, data: Path) -> TrainingConfig:
    """Tabular corpora under ``data``, an export of corrections say, join the last stage and the replay set whole."""
    own = {corpus: len(readers.read_training(data, corpus)) for corpus in readers.present(data)}
    own = {corpus: rows for corpus, rows in own.items() if corpus not in readers.READERS and rows}
    *stages, last = config.stages
    joint = replace(last, examples=last.examples | own)
    return replace(config, stages=(*stages, joint), replay=config.replay | own)


def build_release(config: TrainingConfig, source: str, data: Path, run: Path, folder: Path, name: str) -> Path:
    """From the weights in ``run`` to a sealed release in ``folder``; figures are also kept in ``run``."""
    folder.mkdir(parents=True, exist_ok=True)
    network = load_network(source, run)
    export(network.senet, folder)
    shutil.copy(tokenizer_file(source), folder / "tokenizer.json")
    encoder_id = name_encoder(folder)
    encoder = Encoder(folder, encoder_id, config.max_tokens)
    train = encode_split(encoder, data, "train", config.replay, run)
    dev = encode_split(encoder, data, "dev", config.holdout, run)
    heads, decay = fit_heads(config, network_heads(network), train, dev)
    heads.save(folder / "heads.safetensors")
    sample(train, config.replay, config.seed).save(folder / "replay.safetensors")
    sample(dev, config.holdout, config.seed).save(folder / "holdout.safetensors")
    probe = PROBE.read_text(encoding="utf-8").splitlines()
    expected = torch_features(network.senet, encoder.tokenizer, probe)
    save_file({"features": expected}, folder / "probe.safetensors")
    rows = evaluate(lambda texts: heads.apply(encoder.features(texts)), heads.thresholds, data, readers.present(data))
    figures = {"parity": float(cosines(expected, encoder.features(probe)).mean()), "decay": decay, "rows": rows}
    (folder / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    shutil.copy(folder / "metrics.json", run)
    (folder / "README.md").write_text(model_card(name, config.encoder, rows), encoding="utf-8")
    write_manifest(folder, release=name, encoder_id=encoder_id, encoder=config.encoder, max_tokens=config.max_tokens)
    return folder


def name_encoder(folder: Path) -> str:
    """The id that features are kept under: graph, weights and tokenizer by content."""
    parts = [*sorted(folder.glob("senet.*")), folder / "tokenizer.json"]
    return f"senet-{hashlib.sha256(''.join(map(sha256, parts)).encode()).hexdigest()[:12]}"


def load_network(source: str, run: Path) -> MultiTaskNetwork:
    network = MultiTaskNetwork(Senet.pretrained(source))
    network.load_state_dict(load_torch(run / "network.safetensors"))
    return network.eval()


def network_heads(network: MultiTaskNetwork) -> Heads:
    """CVM and IRT as trained, before they are fitted to the exported features."""
    with torch.no_grad():
        layers = (network.cvm.output, network.irt.output)
        weight = torch.cat([layer.weight for layer in layers]).T.numpy().copy()
        bias = torch.cat([layer.bias for layer in layers]).numpy().copy()
    return replace(Heads.zeros(len(weight)), weight=weight, bias=bias)


READ: dict[str, Callable[[Path, str], list[Example]]] = {
    "train": readers.read_training,
    "dev": lambda data, corpus: readers.read(data, corpus, "dev"),
}


def encode_split(encoder: Encoder, data: Path, split: str, corpora: Iterable[str], run: Path) -> LabelledFeatures:
    """Features and targets of one split of some corpora, kept in ``run`` under the encoder's id."""
    cache = run / f"{encoder.encoder_id}-{split}.safetensors"
    if not cache.exists():
        examples = [e for corpus in corpora for e in READ[split](data, corpus) if e.text.strip()]
        examples.sort(key=lambda example: len(example.text))
        blocks = [examples[i : i + BATCH] for i in range(0, len(examples), BATCH)]
        LabelledFeatures(
            np.vstack([encoder.features([e.text for e in block]) for block in tqdm(blocks, desc=split, mininterval=5)]),
            np.stack([target_row(example.targets) for example in examples]),
            np.array([example.corpus for example in examples]),
        ).save(cache)
    return LabelledFeatures.load(cache)


def fit_heads(
    config: TrainingConfig, start: Heads, train: LabelledFeatures, dev: LabelledFeatures
) -> tuple[Heads, float]:
    """Heads fitted to the exported features with the decay that does best on dev, calibrated there. Returns both."""
    by_corpus = {corpus: config.heads.loss_weights.columns(corpus) for corpus in set(train.corpus)}
    weights = np.stack([by_corpus[corpus] for corpus in train.corpus])
    candidates = {}
    for decay in config.heads.decays:
        fitted = fit(train.features, train.targets, weights=weights, start=start, decay=decay)
        candidates[decay] = calibrate(fitted, dev.features, dev.targets)
        print(f"decay {decay:g}: {dev_score(candidates[decay], dev):.4f} on dev", flush=True)
    best = max(candidates, key=lambda decay: dev_score(candidates[decay], dev))
    return candidates[best], best


def dev_score(heads: Heads, dev: LabelledFeatures) -> float:
    """Mean of the primary metrics over corpora and tasks."""
    return float(np.mean([*primary_metrics(heads, dev).values()]))


def sample(rows: LabelledFeatures, sizes: Mapping[str, int], seed: int) -> LabelledFeatures:
    """At most ``sizes[corpus]`` random rows of each corpus named, none of the others."""
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.permutation(np.flatnonzero(rows.corpus == corpus))[:n] for corpus, n in sizes.items()])
    return LabelledFeatures(rows.features[chosen], rows.targets[chosen], rows.corpus[chosen])
