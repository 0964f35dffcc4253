"""The full training from corpora to a sealed release: after stage 1, SENET is frozen and exported, heads are fitted."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_torch

from model import readers, robustness
from model.cached import FeatureCache
from model.calibration import calibrate
from model.card import model_card
from model.config import TrainingConfig
from model.context_training import fit_context
from model.encoder import Encoder
from model.evaluation import ReleaseSubject, evaluate, featurise, primary_metrics
from model.export import cosines, export, torch_features
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.network import MultiTaskNetwork
from model.readers import Example
from model.release import ReleaseFolder, sha256, write_manifest
from model.tokens import TextTokenizer
from model.training import Trainer, starting_network, tokenizer_file, training_seconds

SAMPLES = 200  # texts of a corpus that fix the ranges of quantised inputs
PROBE = Path(__file__).with_name("probe.txt")  # sentences of our own that hold the exported encoder to the float one


Features = Callable[[Sequence[str]], np.ndarray]


def train_release(data: Path, *, config: TrainingConfig, source: str, run: Path, name: str) -> Path:
    """All stages of a full training, resumed where ``run`` has something. Returns the sealed release's folder.

    ``source`` is the hub id or folder that SENET starts from, ``config.encoder`` what the release calls it.
    Raises CorpusError.
    """
    config = with_own_corpora(config, data)
    release = run / "release"
    if not (run / "network.safetensors").exists():
        trainer = Trainer(config, source, data, run)
        trainer.train()
        if not trainer.accelerator.is_main_process:
            return release
    return build_release(config, source, data, run, release, name)


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
    shutil.copy(tokenizer_file(source), folder / "tokenizer.json")
    export(network.senet, TextTokenizer(folder / "tokenizer.json", config.max_tokens), samples(config, data), folder)
    encoder = Encoder(folder, name_encoder(folder), config.max_tokens)
    probe = torch_features(network.senet, encoder.tokenizer, _probe())
    save_file({"features": probe}, folder / "probe.safetensors")
    spent = {"SENET": _spent_before(source) + training_seconds(run)}
    exact = partial(torch_features, network.senet, encoder.tokenizer)
    return _finish(config, network_heads(network), encoder, data, run, folder, name, spent, exact)


def refit_release(config: TrainingConfig, frozen: ReleaseFolder, data: Path, run: Path, name: str) -> Path:
    """A new release around the frozen SENET of another: only heads are fitted. Returns its folder. Raises CorpusError."""
    config = replace(with_own_corpora(config, data), encoder=frozen.manifest["encoder"])
    folder = run / "release"
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*frozen.folder.glob("senet.*"), frozen.folder / "tokenizer.json", frozen.folder / "probe.safetensors"):
        shutil.copy(file, folder)
    spent = {"SENET": _spent_on(frozen)}
    return _finish(config, frozen.heads().uncalibrated(), frozen.encoder(), data, run, folder, name, spent)


def _spent_before(source: str) -> float:
    return _spent_on(ReleaseFolder.open(Path(source))) if (Path(source) / "release.json").is_file() else 0


def _spent_on(release: ReleaseFolder) -> float:
    """Seconds that its SENET was trained, in all releases that it goes on from."""
    return release.figures().get("seconds", {}).get("SENET", 0)


def _finish(
    config: TrainingConfig,
    start: Heads,
    encoder: Encoder,
    data: Path,
    run: Path,
    folder: Path,
    name: str,
    seconds: Mapping[str, float],
    exact: Features | None = None,
) -> Path:
    """Fit, calibrate, measure, seal: ``folder`` has the exported encoder, ``start`` is what the heads start from,
    ``seconds`` what was spent before, ``exact`` the float network's features where it is at hand.
    """
    started = time.monotonic()
    train = encode_split(encoder, data, "train", config.replay, run)
    dev = encode_split(encoder, data, "dev", config.holdout, run)
    heads, decay = fit_heads(config, start, train, dev)
    heads.save(folder / "heads.safetensors")
    heads = Heads.from_bytes((folder / "heads.safetensors").read_bytes())  # as served
    sample(train, config.replay, config.seed).save(folder / "replay.safetensors")
    sample(dev, config.holdout, config.seed).save(folder / "holdout.safetensors")
    rows = evaluate(ReleaseSubject(encoder.features, heads), data, readers.present(data))
    if exact:  # what 8 bits cost, row by row
        unrounded = evaluate(ReleaseSubject(exact, heads), data, readers.present(data))
        rows = [row | {"float": other["value"]} for row, other in zip(rows, unrounded, strict=True)]
    expected = load_file(folder / "probe.safetensors")["features"]
    parity = float(cosines(expected, encoder.features(_probe())).mean())
    apply: robustness.Outputs = lambda texts: heads.apply(encoder.features(texts))  # noqa: E731
    figures = {
        "parity": parity,
        "decay": decay,
        "seconds": {**seconds, "features, heads and measuring": round(time.monotonic() - started)},
        "cores": len(os.sched_getaffinity(0)),
        "robustness": robustness.measure(apply),
        "fairness": robustness.fairness(apply),
        "rows": rows,
    }
    (folder / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    shutil.copy(folder / "metrics.json", run)
    (folder / "README.md").write_text(model_card(name, config.encoder, figures, config.history), encoding="utf-8")
    facts = {"encoder_id": encoder.encoder_id, "encoder": config.encoder, "max_tokens": config.max_tokens}
    write_manifest(folder, release=name, **facts)
    return folder


def samples(config: TrainingConfig, data: Path) -> list[str]:
    """Train texts of every corpus that the release replays, to quantise by."""
    rng = np.random.default_rng(config.seed)
    texts = [[example.text for example in readers.read_training(data, corpus)] for corpus in config.replay]
    return [corpus[n] for corpus in texts for n in rng.permutation(len(corpus))[:SAMPLES]]


def _probe() -> list[str]:
    return PROBE.read_text(encoding="utf-8").splitlines()


def name_encoder(folder: Path) -> str:
    """The id that features are kept under: graph, weights and tokenizer by content."""
    parts = [*sorted(folder.glob("senet.*")), folder / "tokenizer.json"]
    return f"senet-{hashlib.sha256(''.join(map(sha256, parts)).encode()).hexdigest()[:12]}"


def load_network(source: str, run: Path) -> MultiTaskNetwork:
    network = starting_network(source)
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
    """Features and targets of one split of some corpora; features of texts are kept in ``run``."""
    examples = [e for corpus in corpora for e in READ[split](data, corpus) if e.text.strip()]
    cache = FeatureCache(run, encoder, partial(print, flush=True))
    return featurise(partial(cache.features, split), examples)


def fit_heads(
    config: TrainingConfig, start: Heads, train: LabelledFeatures, dev: LabelledFeatures
) -> tuple[Heads, float]:
    """Heads fitted to the exported features with the decay that does best on dev, calibrated there. Returns both."""
    by_corpus = {corpus: config.heads.loss_weights.columns(corpus) for corpus in set(train.corpus)}
    weights = np.stack([by_corpus[corpus] for corpus in train.corpus])
    candidates = {}
    for decay in config.heads.decays:
        linear = fit(train.features, train.targets, weights=weights, start=start, decay=decay)
        candidates[decay] = calibrate(linear, dev.plain())
        print(f"decay {decay:g}: {dev_score(candidates[decay], dev.plain()):.4f} on dev", flush=True)
    best = max(candidates, key=lambda decay: dev_score(candidates[decay], dev.plain()))
    linear = replace(candidates[best], temperature=start.temperature)
    heads = calibrate(replace(linear, context=fit_context(config.context, linear, train, config.seed)), dev)
    print(f"with context: {dev_score(heads, dev):.4f} on dev, without {dev_score(heads, dev.plain()):.4f}", flush=True)
    return heads, best


def dev_score(heads: Heads, dev: LabelledFeatures) -> float:
    """Mean of the primary metrics over corpora and tasks."""
    return float(np.mean([*primary_metrics(heads, dev).values()]))


def sample(rows: LabelledFeatures, sizes: Mapping[str, int], seed: int) -> LabelledFeatures:
    """At most ``sizes[corpus]`` random rows of each corpus named, none of the others, without what was said before."""
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.permutation(np.flatnonzero(rows.corpus == corpus))[:n] for corpus, n in sizes.items()])
    return rows.plain().take(chosen)
