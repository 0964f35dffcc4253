"""A model made and measured: ``retrain``, ``evaluate``, ``train``, ``fetch``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from emodemo.commands.shared import Json, say, services
from emodemo.errors import UserError


def retrain(
    if_due: Annotated[bool, typer.Option("--if-due", help="Only with enough new corrections; for cron.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge a candidate but change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Fold accepted corrections into the model: train a candidate, gate it, promote it if it passes."""
    from db.errors import Busy
    from emodemo import failures, retraining

    built = services()
    run = retraining.retrain_if_due if if_due else retraining.retrain
    try:
        outcome = run(built, dry_run=dry_run, say=say)
    except Exception as error:
        if if_due and not isinstance(error, Busy):  # nobody may be there to read this
            failures.record(built, failures.RETRAINING, error)
        raise
    print(json.dumps(outcome.report()) if as_json else retraining.describe(outcome, dry_run=dry_run))


def evaluate(
    release: Annotated[str | None, typer.Option(help="Name of a release; the live one where none is given.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of corpora; EMODEMO_DATA where none is given.")] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Train and measure what the release is compared with, on the same rows.")
    ] = False,
    encoder: Annotated[
        str | None, typer.Option(help="Hub id or folder of a pretrained encoder, for the baselines that need one.")
    ] = None,
    ablations: Annotated[
        int,
        typer.Option(help="With so many seeds, measure what each part of the training brings, in place of a release."),
    ] = 0,
    run: Annotated[Path, typer.Option(help="Folder of the ablations' results; resumes what it holds.")] = Path(
        "runs/ablations"
    ),
    as_json: Json = False,
) -> None:
    """Metrics of a release on the test split of every corpus present, with 95 % bootstrap intervals."""
    from db import releases
    from model import evaluation, readers
    from model.corpora import CORPORA
    from model.heads import Heads

    built = services()
    predictor = built.live.predictor
    name, heads, folder = release or predictor.release, predictor.heads, data or built.settings.data
    if name != predictor.release:
        with built.database.read() as session:
            heads = Heads.from_bytes(releases.heads(session, name=name))
    corpora = readers.present(folder)
    if not corpora:
        raise UserError(f"There is no corpus under {folder}; see `python -m emodemo fetch --help`.")
    for missing in [name for name in CORPORA if name not in corpora]:
        say(f"{missing} is not under {folder} and is left out.")
    if ablations:
        _ablate(folder, encoder, run, ablations, as_json)
        return
    rows = evaluation.evaluate(evaluation.ReleaseSubject(predictor.encoder.features, heads), folder, corpora)
    rows = [row | {"model": "release"} for row in rows]
    if baselines:
        from model.baselines import compare

        rows += compare(folder, corpora, encoder, say)
    print(json.dumps({"release": name, "rows": rows}) if as_json else evaluation.table(rows))


def _ablate(data: Path, encoder: str | None, run: Path, seeds: int, as_json: bool) -> None:
    from model import ablations

    if encoder is None:
        raise UserError("Ablations need a pretrained encoder; name it with --encoder.")
    rows = ablations.ablate(data, encoder, run, seeds, say)
    print(json.dumps({"rows": rows}) if as_json else ablations.table(rows))


def train(
    data: Annotated[Path, typer.Option(help="Folder of the corpora.")],
    config: Annotated[Path | None, typer.Option(help="Training configuration; model/config.toml otherwise.")] = None,
    run: Annotated[Path, typer.Option(help="Folder of log, checkpoint and result; resumes what it holds.")] = Path(
        "runs/train"
    ),
    encoder: Annotated[
        str | None, typer.Option(help="Hub id, folder or release's folder to start SENET from, over the file's.")
    ] = None,
    senet: Annotated[
        Path | None, typer.Option(help="Folder of a release whose frozen SENET is kept; only heads are fitted.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the new release.")] = "local",
) -> None:
    """The full training of SENET and heads: adapt, train jointly, freeze, export, fit, measure. Hours on a CPU."""
    from model.config import DEFAULT, TrainingConfig

    chosen = TrainingConfig.load(config or DEFAULT)  # refused before torch comes, which takes seconds

    from emodemo import tracking
    from emodemo.settings import Settings
    from model.building import refit_release, train_release
    from model.release import ReleaseFolder

    if senet:
        made = refit_release(chosen, ReleaseFolder.open(senet), data, run, name)
    else:
        made = train_release(data, config=chosen, source=encoder or chosen.encoder, run=run, name=name)
    if (made / "release.json").is_file():  # of several processes only the first one makes it
        tracking.track(Settings.load(), tracking.of_training(chosen, run, ReleaseFolder.open(made)))
    print(made)


def fetch(
    corpora: Annotated[list[str], typer.Argument(help="Names of corpora.")],
    to: Annotated[Path, typer.Option(help="Folder to put them in.")],
) -> None:
    """Download corpora from their official addresses, verified by checksum; resumes where it was cut off."""
    from model.corpora import fetch as download

    download(corpora, to, progress=True)
