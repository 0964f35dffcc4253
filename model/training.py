"""Stage 1 of the full training: adapt SENET on movie reviews, then all tasks jointly. Seeded and resumable."""

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from accelerate import Accelerator
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tqdm import tqdm
from transformers.utils.hub import cached_file

from model import readers
from model.config import Optimiser, Stage, TrainingConfig
from model.distillation import Student, Teacher, feature_loss
from model.labels import target_row
from model.mixture import batches, draw
from model.network import MultiTaskNetwork, Senet, mixed_precision, task_losses
from model.readers import Example, sst
from model.restoring import restored
from model.tokens import TextTokenizer
from model.variants import Variants

LOG_EVERY = 20  # steps


@dataclass(frozen=True, slots=True)
class Rows:
    """Tokenised texts of one corpus with their targets and the weights of these (rows, WIDTH), and a teacher's features
    where there is one.
    """

    ids: list[list[int]]
    targets: np.ndarray
    weights: np.ndarray
    features: np.ndarray | None = None


def load_examples(data: Path, source: str, limit: int) -> list[Example]:
    """Training rows of a corpus, or the treebank's distinct phrases, ``sst_phrases``; ``limit`` of them, where there are more."""
    examples = (
        sst.read_phrases(data / "sst", "train") if source == "sst_phrases" else readers.read_training(data, source)
    )
    if len(examples) <= limit:
        return examples
    return [examples[n] for n in np.random.default_rng(0).permutation(len(examples))[:limit]]


def parameter_groups(student: Student, optimiser: Optimiser) -> list[dict]:
    """Layer-wise learning rates (Howard and Ruder 2018): heads fastest, lower layers ever slower."""
    network = student.network
    heads = [*network.cvm.parameters(), *network.irt.parameters()]
    heads += student.project.parameters() if student.project else []
    groups = [{"params": heads, "lr": optimiser.head_rate}]
    layers = network.senet.layers()
    claimed = {id(p) for p in heads}
    for depth, layer in enumerate(reversed(layers)):
        parameters = [p for p in layer.parameters() if p.requires_grad]
        claimed |= {id(p) for p in parameters}
        groups.append({"params": parameters, "lr": optimiser.encoder_rate * optimiser.layer_decay**depth})
    rest = [p for p in network.parameters() if p.requires_grad and id(p) not in claimed]
    groups.append({"params": rest, "lr": optimiser.encoder_rate * optimiser.layer_decay ** len(layers)})
    return [group for group in groups if group["params"]]


def rate_factor(step: int, total: int, warmup: float) -> float:
    """Linear warm-up, then cosine decay to zero."""
    rising = max(1, int(total * warmup))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


class Trainer:
    """Runs the stages of a configuration in ``run``, where log, checkpoint and weights are kept.

    On one processor as it is; on several under ``accelerate launch``, each taking its share of every batch.
    """

    def __init__(self, config: TrainingConfig, source: str, data: Path, run: Path) -> None:
        self.config, self.data, self.run = config, data, run
        run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.accelerator = Accelerator()
        self.tokenizer = TextTokenizer(tokenizer_file(source), config.max_tokens)
        self.network = starting_network(source, config.dropout)
        self.network.senet.freeze_lowest(config.optimiser.frozen_layers)
        self.teacher = Teacher(config.distillation.teacher, run) if config.distillation else None
        self.student = Student(self.network, self.teacher.encoder.width if self.teacher else 0)
        self.model = self.accelerator.prepare_model(self.student)
        self.variants = (  # of the network as it starts, so that a resumed run makes the same
            Variants(self.tokenizer, self.network.senet.words)
            if config.distillation and config.distillation.variants
            else None
        )
        self.rows: dict[str, Rows] = {}

    def train(self) -> Path:
        """All stages from the last checkpoint on. Returns the file of weights."""
        weights = self.run / "network.safetensors"
        done, step = self._resume()
        for number, stage in enumerate(self.config.stages):
            if number >= done:
                self._run_stage(number, stage, step if number == done else 0)
        if self.accelerator.is_main_process:
            save_file(self.network.state_dict(), self.run / "network.tmp")
            (self.run / "network.tmp").replace(weights)
            (self.run / "config.json").write_text(json.dumps(asdict(self.config), indent=1))
        self.accelerator.wait_for_everyone()
        return weights

    def _load(self, source: str, limit: int) -> Rows:
        examples = load_examples(self.data, source, limit)
        texts = [example.text for example in examples]
        targets = np.stack([target_row(example.targets) for example in examples])
        weights = np.tile(self.config.loss_weights.columns(source), (len(texts), 1))
        if self.teacher is None or (taught := self.config.distillation) is None:
            return Rows(self.tokenizer.encode(texts), targets, weights)
        weights[np.isnan(targets)] *= taught.unlabelled
        if self.variants and (times := taught.variants.get(source, 0)):
            texts += self.variants.of(texts, times, np.random.default_rng(self.config.seed))
            targets = np.pad(targets, ((0, len(texts) - len(targets)), (0, 0)), constant_values=np.nan)
            weights = np.vstack(
                [weights, np.tile(self.config.loss_weights.columns(source), (len(texts) - len(weights), 1))]
            )
        with self.accelerator.main_process_first():
            features = self.teacher.features(source, texts)
        targets = self.teacher.targets(features, targets, taught.share)
        return Rows(self.tokenizer.encode(texts), targets.astype(np.float32), weights, features)

    def _plan(self, stage: Stage, seed: int) -> list[list[tuple[str, int]]]:
        drawn = {
            source: sum(s.examples.get(source, 0) * s.epochs for s in self.config.stages) for source in stage.examples
        }
        for source in stage.examples:
            if source not in self.rows:
                self.rows[source] = self._load(source, drawn[source])
        sizes = {source: len(self.rows[source].ids) for source in stage.examples}
        rng = np.random.default_rng(seed)
        planned = []
        for epoch in draw(sizes, stage.examples, stage.epochs, seed):
            lengths = [len(self.rows[source].ids[row]) for source, row in epoch]
            planned += [[epoch[i] for i in batch] for batch in batches(lengths, self.config.batch_size, rng)]
        return planned

    def _run_stage(self, number: int, stage: Stage, start: int) -> None:
        plan = self._plan(stage, self.config.seed + number)
        optimiser = torch.optim.AdamW(
            parameter_groups(self.student, self.config.optimiser),
            weight_decay=self.config.optimiser.weight_decay,
            fused=True,
        )
        factor: Callable[[int], float] = lambda step: rate_factor(step, len(plan), self.config.optimiser.warmup)  # noqa: E731
        rates = [group["lr"] for group in optimiser.param_groups]
        if start:
            self._load_optimiser(optimiser)
        self.model.train()
        since, logged, texts = time.monotonic(), time.monotonic(), 0
        recent: list[dict[str, float]] = []
        steps = tqdm(
            range(start, len(plan)),
            initial=start,
            total=len(plan),
            desc=stage.name,
            mininterval=5,
            disable=not self.accelerator.is_main_process,
        )
        for step in steps:
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor(step)
            recent.append(self._step(plan[step], optimiser))
            texts += len(plan[step])
            if step % LOG_EVERY == LOG_EVERY - 1 or step == len(plan) - 1:
                speed = texts / (time.monotonic() - since)
                place = {"stage": stage.name, "step": step + 1, "of": len(plan)}
                now = time.monotonic()
                self._log(**place, rate=factor(step), speed=speed, seconds=now - logged, **_mean(recent))
                logged = now
                recent.clear()
            if (step + 1) % self.config.checkpoint_every == 0:
                self._checkpoint(number, step + 1, optimiser)
        self._checkpoint(number + 1, 0, None)

    def _step(self, batch: list[tuple[str, int]], optimiser: torch.optim.Optimizer) -> dict[str, float]:
        device = self.accelerator.device
        batch = batch[self.accelerator.process_index :: self.accelerator.num_processes] or batch
        ids, mask = self.tokenizer.batch([self.rows[source].ids[row] for source, row in batch])
        with mixed_precision(device.type):
            outputs, projected = self.model(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
        targets, weights = (
            torch.from_numpy(np.stack(rows)).to(device)
            for rows in (
                [self.rows[source].targets[row] for source, row in batch],
                [self.rows[source].weights[row] for source, row in batch],
            )
        )
        losses = task_losses(outputs.float(), targets, weights)
        if projected is not None and self.config.distillation:
            features = np.stack([self.rows[source].features[row] for source, row in batch])  # type: ignore[index]
            drawn = feature_loss(projected, torch.from_numpy(features).to(device))
            losses["features"] = self.config.distillation.features * drawn
        self.accelerator.backward(torch.stack([*losses.values()]).sum())
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        return {task: loss.item() for task, loss in losses.items()}

    def _log(self, **row: object) -> None:
        if not self.accelerator.is_main_process:
            return
        with (self.run / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")

    def _checkpoint(self, stage: int, step: int, optimiser: torch.optim.Optimizer | None) -> None:
        if not self.accelerator.is_main_process:
            return
        tensors = {f"student.{name}": tensor for name, tensor in self.student.state_dict().items()}
        tensors["rng"] = torch.get_rng_state()
        if optimiser:
            for n, state in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser.{n}.{name}": tensor for name, tensor in state.items()}
        temporary = self.run / "checkpoint.tmp"
        save_file(tensors, temporary, {"stage": str(stage), "step": str(step)})
        temporary.replace(self.run / "checkpoint.safetensors")

    def _resume(self) -> tuple[int, int]:
        path = self.run / "checkpoint.safetensors"
        if not path.exists():
            return 0, 0
        with safe_open(path, "pt") as file:
            metadata = file.metadata()
        tensors = load_file(path)
        prefix = "student."
        self.student.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        torch.set_rng_state(tensors["rng"])
        return int(metadata["stage"]), int(metadata["step"])

    def _load_optimiser(self, optimiser: torch.optim.Optimizer) -> None:
        tensors = load_file(self.run / "checkpoint.safetensors")
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, tensor in tensors.items():
            if key.startswith("optimiser."):
                _, n, name = key.split(".", 2)
                state.setdefault(int(n), {})[name] = tensor
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _mean(losses: Sequence[dict[str, float]]) -> dict[str, float]:
    return {task: round(fmean(loss[task] for loss in losses), 4) for task in losses[0]}


def starting_network(source: str, dropout: float = 0.1) -> MultiTaskNetwork:
    """From a pretrained encoder, a hub id or a folder, or from a release's folder, heads and all. Raises ReleaseError."""
    if (Path(source) / "release.json").is_file():
        return restored(Path(source), dropout)
    return MultiTaskNetwork(Senet.pretrained(source, dropout), dropout)


def tokenizer_file(encoder: str) -> Path:
    """The encoder's tokenizer.json, from its folder or the hub."""
    found = cached_file(encoder, "tokenizer.json")
    if found is None:
        raise FileNotFoundError(f"{encoder} has no tokenizer.json.")
    return Path(found)


def training_seconds(run: Path) -> float:
    """Seconds that a run's steps took, from its log."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    return round(sum(row["seconds"] for row in rows))
