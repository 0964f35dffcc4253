"""All stages of a full training on made-up corpora with a tiny encoder of the shipped one's architecture."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from model.building import encode_split, load_network, network_heads, refit_release, train_release
from model.config import DEFAULT, ConfigError, Distillation, Optimiser, Stage, TrainingConfig
from model.export import cosines, torch_features
from model.network import CVM_WIDTH, task_losses
from model.predictor import Predictor
from model.release import ReleaseError, ReleaseFolder
from model.training import Trainer
from tests.samples import write_corpora, write_encoder

ROOT = Path(__file__).parents[3]
TEXTS = ["We won the cup!", "The boat sank, and nobody had told them.", "ok"]

pytestmark = pytest.mark.usefixtures("few_everyday")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def config() -> TrainingConfig:
    examples = {"meld": 24, "sst": 12, "emobank": 24, "goemotions": 24, "isarcasm": 12}
    return replace(
        TrainingConfig.load(),
        batch_size=8,
        checkpoint_every=2,
        optimiser=Optimiser(1e-3, 1e-2, 0.9, 0.01, 0.1, frozen_layers=1),
        stages=(Stage("adapt", 1, {"sst_phrases": 16}), Stage("joint", 3, examples)),
        context=replace(TrainingConfig.load().context, units=4, epochs=2, examples={"meld": 24, "everyday": 24}),
    )


@pytest.fixture(scope="module")
def release(config: TrainingConfig, tiny: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> ReleaseFolder:
    run = tmp_path_factory.mktemp("run")
    return ReleaseFolder.open(train_release(data, config=config, source=str(tiny), run=run, name="tiny"))


def test_a_training_ends_in_a_sealed_release_that_predicts(release: ReleaseFolder) -> None:
    predictor = Predictor(release.encoder(), release.heads(), release.name)
    [prediction] = predictor.predict(["We won the cup! (3)"])
    assert prediction.release == "tiny"
    assert sum(prediction.emotions.values()) == pytest.approx(1, abs=1e-5)
    assert {row["corpus"] for row in release.metrics()} == {
        "meld", "meld_dyadic", "goemotions", "emobank", "sst", "isarcasm", "mustard", "vader", "everyday",
    }  # fmt: skip
    assert {row["variant"] for row in release.metrics() if row["corpus"] == "meld"} == {"plain", "context"}
    assert {row["split"] for row in release.metrics() if row["corpus"] == "mustard"} == {"folds"}
    assert all(row["float"] == pytest.approx(row["value"], abs=0.2) for row in release.metrics())
    assert set(release.replay().corpus) == {"meld", "goemotions", "sst", "emobank", "isarcasm", "everyday", "vader"}
    assert set(release.holdout().corpus) == {"meld", "goemotions", "sst", "emobank", "everyday", "vader"}


def test_the_log_can_be_plotted_and_the_losses_fall(release: ReleaseFolder) -> None:
    run = release.folder.parent
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    joint = [row for row in rows if row["stage"] == "joint"]
    assert [row["step"] for row in joint] == sorted(row["step"] for row in joint)
    assert joint[-1]["emotion7"] < joint[0]["emotion7"]
    assert (run / "metrics.json").read_bytes() == (release.folder / "metrics.json").read_bytes()


def test_the_exported_graph_says_what_the_torch_network_says(release: ReleaseFolder, tiny: Path) -> None:
    network = load_network(str(tiny), release.folder.parent)
    encoder = release.encoder()
    expected = torch_features(network.senet, encoder.tokenizer, TEXTS)
    assert cosines(expected, encoder.features(TEXTS)).min() > 0.99


def test_the_numpy_heads_are_the_torch_heads(release: ReleaseFolder, tiny: Path) -> None:
    network = load_network(str(tiny), release.folder.parent)
    features = np.random.default_rng(1).normal(size=(5, 32)).astype(np.float32)
    with torch.no_grad():
        logits = network.cvm(torch.from_numpy(features)).numpy()
    outputs = network_heads(network).apply(features)
    expected = np.exp(logits[:, 7:10]) / np.exp(logits[:, 7:10]).sum(1, keepdims=True)
    assert np.allclose(outputs[:, 7:10], expected, atol=1e-5)


def test_a_training_that_was_cut_off_goes_on_as_if_it_had_not_been(
    config: TrainingConfig, tiny: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_file(Trainer(config, str(tiny), data, tmp_path / "whole").train())
    steps = 0
    step = Trainer._step

    def cut_off(self: Trainer, *arguments: object) -> dict[str, float]:
        nonlocal steps
        steps += 1
        if steps == 20:
            raise KeyboardInterrupt
        return step(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_step", cut_off)
        with pytest.raises(KeyboardInterrupt):
            Trainer(config, str(tiny), data, tmp_path / "cut").train()
    resumed = load_file(Trainer(config, str(tiny), data, tmp_path / "cut").train())
    assert all(torch.allclose(whole[name], resumed[name], atol=1e-5) for name in whole)


def test_heads_are_fitted_anew_around_a_frozen_senet(
    release: ReleaseFolder, config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    folder = refit_release(config, release, data, tmp_path, "again")
    again = ReleaseFolder.open(folder)
    assert (again.name, again.encoder_id) == ("again", release.encoder_id)
    assert again.figures()["seconds"]["SENET"] == release.figures()["seconds"]["SENET"]
    assert "again" in (folder / "README.md").read_text(encoding="utf-8")
    assert not any("float" in row for row in again.metrics())  # whose network is gone
    features = np.random.default_rng(3).normal(size=(5, 32)).astype(np.float32)
    before, after = (heads.apply(features)[:, :CVM_WIDTH].ravel() for heads in (release.heads(), again.heads()))
    assert np.corrcoef(before, after)[0, 1] > 0.9


def test_a_student_learns_its_teachers_answers_where_nothing_is_labelled(
    release: ReleaseFolder, config: TrainingConfig, tiny: Path, data: Path, tmp_path: Path
) -> None:
    taught = replace(config, distillation=Distillation(str(release.folder), share=0.5, features=1.0))
    trainer = Trainer(taught, str(tiny), data, tmp_path)
    trainer.train()
    rows, plain = trainer.rows["emobank"], Trainer(config, str(tiny), data, tmp_path / "plain")._load("emobank", 24)
    known = ~np.isnan(plain.targets)
    answers = release.heads().apply(rows.features.astype(np.float32))  # type: ignore[union-attr]
    assert not np.isnan(rows.targets).any()
    assert np.allclose(rows.targets[~known], answers[~known], atol=1e-3)
    assert np.allclose(rows.targets[known], (plain.targets[known] + answers[known]) / 2, atol=1e-3)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    joint = [row["features"] for row in log if row["stage"] == "joint"]
    assert joint[-1] < joint[0]
    assert load_network(str(tiny), tmp_path).senet.width == 32  # the projection stays behind


def test_a_training_goes_on_from_a_release(
    release: ReleaseFolder, config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    taught = Distillation(str(release.folder), share=0.5, features=0.0, unlabelled=0.25)
    trainer = Trainer(replace(config, distillation=taught), str(release.folder), data, tmp_path)
    encoder = release.encoder()
    expected = release.heads().uncalibrated().apply(encoder.features(TEXTS))[:, -4:]
    features = torch_features(trainer.network.senet, encoder.tokenizer, TEXTS)
    assert np.allclose(network_heads(trainer.network).apply(features)[:, -4:], expected, atol=0.1)
    rows = trainer._load("emobank", 24)
    weights = config.loss_weights.columns("emobank")
    assert np.allclose(rows.weights[0, -4:-1], weights[-4:-1])
    assert np.allclose(rows.weights[0, :-4], weights[:-4] / 4)


def test_a_teacher_is_asked_only_for_what_is_drawn(
    config: TrainingConfig, release: ReleaseFolder, tiny: Path, data: Path, tmp_path: Path
) -> None:
    taught = Distillation(str(release.folder), share=0.5, features=1.0, variants={"meld": 1})
    stages = (Stage("distil", 1, {"meld": 10, "emobank": 24}),)
    trainer = Trainer(replace(config, distillation=taught, stages=stages), str(tiny), data, tmp_path)
    trainer.train()
    assert {corpus: len(rows.features) for corpus, rows in trainer.rows.items()} == {"meld": 20, "emobank": 24}


def test_a_building_that_begins_again_encodes_only_what_is_new(
    release: ReleaseFolder, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = encode_split(release.encoder(), data, "train", ["meld"], tmp_path)
    assert "texts of train" in capsys.readouterr().out
    again = encode_split(release.encoder(), data, "train", ["meld"], tmp_path)
    assert capsys.readouterr().out == ""
    assert np.array_equal(first.features, again.features)
    more = encode_split(release.encoder(), data, "train", ["meld", "everyday"], tmp_path)
    assert {*more.corpus} == {"meld", "everyday"}
    assert "texts of train" in capsys.readouterr().out


def test_two_processes_train_one_network_through_accelerate(tiny: Path, data: Path, tmp_path: Path) -> None:
    script = tmp_path / "both.py"
    script.write_text(
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from model.config import Stage, TrainingConfig; from model.training import Trainer\n"
        "config = replace(TrainingConfig.load(), batch_size=8, stages=(Stage('joint', 2, {'meld': 24}),))\n"
        f"trainer = Trainer(config, {str(tiny)!r}, Path({str(data)!r}), Path(sys.argv[1]))\n"
        "assert trainer.accelerator.num_processes == 2\n"
        "trainer.train()\n"
    )
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launch, script, tmp_path / "run"], capture_output=True, text=True, cwd=ROOT, timeout=120, env=surroundings
    )
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line)["step"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert steps[-1] == 6  # 24 rows in batches of 8, twice: both processes share each batch
    assert (tmp_path / "run" / "network.safetensors").exists()


def test_an_export_of_corrections_joins_the_last_stage(config: TrainingConfig, tmp_path: Path) -> None:
    from model.building import with_own_corpora

    rows = [
        {"text": "I am zindled.", "labels": ["joy"], "split": "train"},
        {"text": "So zindled.", "labels": ["joy"], "split": "test"},
    ]
    (tmp_path / "corrections.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    joined = with_own_corpora(config, tmp_path)
    assert joined.stages[-1].examples["corrections"] == 1
    assert joined.replay["corrections"] == 1
    assert "corrections" not in joined.stages[0].examples


def test_tasks_without_a_target_add_nothing_to_the_loss() -> None:
    from model.labels import WIDTH, target_row

    targets = torch.from_numpy(np.stack([target_row({"valence": 3.0}), target_row({})]))
    losses = task_losses(torch.zeros(2, WIDTH), targets, torch.ones(2, WIDTH))
    assert {task for task, loss in losses.items() if loss > 0} == {"valence"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = ", "is not a training configuration: "),
        ("seed = 1", "is not a training configuration: 'heads'"),
        ("[loss_weights]\nvalance = 1\n[heads]\n[optimiser]\nencoder_rate=1\nhead_rate=1\nlayer_decay=1\nweight_decay=1\nwarmup=1\n"
         "frozen_layers=1\n[[stages]]\nname='a'\nepochs=1\nexamples={}", "loss_weights names 'valance'; expected tasks: emotion7, "),
    ],
)  # fmt: skip
def test_a_bad_configuration_is_refused_in_a_sentence(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        TrainingConfig.load(path)


def test_what_a_configuration_lacks_is_taken_from_the_one_that_it_extends(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(DEFAULT.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "own.toml").write_text('extends = "base.toml"\nseed = 5\n[replay]\nmeld = 3\n')
    assert TrainingConfig.load(tmp_path / "own.toml") == replace(TrainingConfig.load(), seed=5, replay={"meld": 3})
    (tmp_path / "own.toml").write_text('extends = "none.toml"\n')
    with pytest.raises(ConfigError, match="none.toml does not exist; name a training configuration such as "):
        TrainingConfig.load(tmp_path / "own.toml")


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none.toml does not exist; name a training configuration such as "):
        TrainingConfig.load(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["heads.safetensors", "senet.onnx"])
def test_an_altered_or_missing_release_file_is_refused(release: ReleaseFolder, name: str, tmp_path: Path) -> None:
    for file in release.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ReleaseError, match=rf"{name} does not match its checksum; restore it from the repository\.$"):
        ReleaseFolder.open(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ReleaseError, match=rf"{name} is missing; restore it from the repository\.$"):
        ReleaseFolder.open(tmp_path)


def test_a_folder_without_a_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=rf"^No release at {tmp_path}: release.json is missing"):
        ReleaseFolder.open(tmp_path)
