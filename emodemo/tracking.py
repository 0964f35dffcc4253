"""Every training as an experiment in Trackio: configuration, curves, snapshot and release, on this machine alone.

Trackio prints, keeps one folder for the life of a process, and starts threads, so a process of its own feeds it after the
fact, from a file in ``pending``. No training waits for it, and none fails with it: what could not be fed stays there for
the next time.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from emodemo.errors import UserError
from emodemo.settings import Settings, environment
from model.config import TrainingConfig
from model.release import ReleaseFolder

LOG = logging.getLogger(__name__)
PROJECT = "emodemo"
ALONE = {
    "HF_HUB_OFFLINE": "1",
    "TRACKIO_SPACE_ID": None,
    "TRACKIO_SERVER_URL": None,
    "TRACKIO_WEBHOOK_URL": None,
    "SYSTEM": None,
}
"""What keeps Trackio from sending anything anywhere; ``SYSTEM`` tells it that it is on a Space."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One training. ``name``: of the release; ``config``: facts that do not change; ``curves``: figures by name, a step each."""

    name: str
    config: dict[str, Any]
    curves: list[dict[str, float]]


def of_retraining(
    facts: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tried: Sequence[tuple[float, Sequence[Mapping[str, Any]]]],
) -> Experiment:
    """From a run's facts, the gate's rows, and strength and locked rows of every candidate that was tried.

    The curves go by strength: what the live release reaches, then the candidates from the weakest to the strongest. What
    the gate measured on corrections, which it asks of the last candidate only, stands among the facts.
    """
    config = dict(facts)
    for row in rows:
        if row["corpus"] == "corrections":
            config |= {f"{_name(row)}/{side}": row[side] for side in ("live", "candidate")}
    by_strength = sorted(tried, key=lambda pair: pair[0])
    first = [(0.0, "live", by_strength[0][1])] if by_strength else []
    steps = first + [(strength, "candidate", found) for strength, found in by_strength]
    curves = [
        {"strength": strength} | {_name(row): row[side] for row in found if "class" not in row}
        for strength, side, found in steps
    ]
    return Experiment(str(facts["release"]), {"kind": "retrain"} | config, curves)


def of_training(config: TrainingConfig, run: Path, release: ReleaseFolder) -> Experiment:
    """From a full training's log, if it has one, and what was measured in the end, as the last step."""
    log = run / "log.jsonl"
    steps = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []
    curves = [{name: value for name, value in step.items() if not isinstance(value, str)} for step in steps]
    facts = {
        "kind": "train",
        "release": release.name,
        "snapshot": release.manifest["files"]["replay.safetensors"],  # what later retrainings replay of it
        "encoder_id": release.encoder_id,
        **asdict(config),
    }
    measured = {_name(row): row["value"] for row in release.metrics() if row["variant"] == "plain"}
    return Experiment(release.name, facts, [*curves, measured])


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['corpus']}/{row['task']} {row['metric']}"


def folder(settings: Settings) -> Path:
    return settings.home / "experiments"


def track(settings: Settings, experiment: Experiment) -> Thread | None:
    """Put the experiment down and have it fed, without waiting. A failure is a line in the log, nothing more.

    Returns the thread that waits for the process, None where nothing is tracked.
    """
    if not settings.track:
        return None
    try:
        pending = folder(settings) / "pending"
        pending.mkdir(parents=True, exist_ok=True)
        part = pending / f"{experiment.name}.part"
        part.write_text(json.dumps(asdict(experiment)), encoding="utf-8")
        part.replace(part.with_suffix(".json"))
        process = _started(folder(settings))
    except (OSError, ValueError, TypeError) as error:
        LOG.warning("The experiment %s is not tracked: %s", experiment.name, error)
        return None
    waiting = Thread(target=_wait, args=(process, folder(settings)), name="tracking", daemon=True)
    waiting.start()
    return waiting


def _started(place: Path) -> subprocess.Popen[bytes]:
    """The process that feeds Trackio; it outlives a command that has done its work."""
    with (place / "trackio.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "emodemo.tracking", str(place)],
            cwd=Path(__file__).parents[1],
            env=environment(TRACKIO_DIR=str(place), **ALONE),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def show(settings: Settings) -> None:
    """Trackio's own page of all experiments, on a loopback address, until it is stopped. Raises UserError without any."""
    place = folder(settings)
    if not place.is_dir():
        raise UserError("No training has run yet; `retrain` or `train` makes the first experiment.")
    command = [sys.executable, "-c", "from trackio.cli import main; main()", "show", "--project", PROJECT]
    with suppress(KeyboardInterrupt):
        subprocess.run(command, env=environment(TRACKIO_DIR=str(place), **ALONE), check=False)


def _wait(process: subprocess.Popen[bytes], place: Path) -> None:
    if process.wait():
        LOG.warning("The experiment is not tracked yet; %s says why.", place / "trackio.log")


def feed(place: Path) -> None:
    """Every pending experiment into Trackio. What the process runs."""
    import trackio
    from filelock import FileLock

    with FileLock(place / "pending" / ".lock"):
        for file in sorted((place / "pending").glob("*.json")):
            found = json.loads(file.read_text(encoding="utf-8"))
            run = trackio.init(
                PROJECT, found["name"], config=found["config"], embed=False, auto_log_gpu=False, auto_log_cpu=False
            )
            for step, figures in enumerate(found["curves"]):
                run.log(figures, step=step)
            trackio.finish()
            if found["name"] not in {
                kept.name for kept in trackio.Api().runs(PROJECT)
            }:  # its own failures it only prints
                raise SystemExit(f"Trackio did not keep {found['name']}.")
            file.unlink()


if __name__ == "__main__":
    feed(Path(sys.argv[1]))
