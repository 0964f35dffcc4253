"""``simulate``: replays annotation on labelled corpora."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emodemo.commands.shared import Json, say


class Start(StrEnum):
    """What the heads know before the first label."""

    nothing = "nothing"
    shipped = "shipped"


class Split(StrEnum):
    """What is measured on."""

    test = "test"
    dev = "dev"


def simulate(
    corpora: Annotated[list[str] | None, typer.Argument(help="Corpora to learn; any with a reader.")] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A corpus to learn after all others that share a task; repeatable.")
    ] = None,
    start: Annotated[Start, typer.Option(help="What the heads know of the corpora named first.")] = Start.nothing,
    strategy: Annotated[
        list[str] | None, typer.Option(help="A query strategy, all where none is named; repeatable.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Replays of each strategy.")] = 5,
    batch: Annotated[int, typer.Option(min=1, help="Labels asked for at once.")] = 25,
    most: Annotated[int, typer.Option(min=1, help="Labels asked for in all.")] = 1000,
    noise: Annotated[float, typer.Option(min=0, max=1, help="Share of answers that are another text's.")] = 0.0,
    rows: Annotated[int, typer.Option(min=50, help="Most texts of a corpus to label; half as many to measure.")] = 4000,
    split: Annotated[Split, typer.Option(help="Split to measure on.")] = Split.test,
    data: Annotated[Path | None, typer.Option(help="Folder of corpora; EMODEMO_DATA where none is given.")] = None,
    to: Annotated[
        Path | None, typer.Option(help="Folder of the figure; under EMODEMO_HOME where none is given.")
    ] = None,
    new_labels: Annotated[
        bool, typer.Option("--new-labels", help="What a label of one's own needs instead; reads no corpus.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Replay annotation with several query strategies → learning curves and a table of labels needed.

    The encoder was trained on the train splits of the corpora but MUStARD, so that their texts are easier than new ones.
    """
    from emodemo import new_labels as labels_study
    from emodemo import simulating
    from emodemo.settings import Settings
    from model import curves
    from model.cached import FeatureCache
    from model.release import ReleaseFolder
    from model.scenarios import Source
    from model.simulation import Plan

    settings = Settings.load()
    release = ReleaseFolder.open(settings.release_folder)
    if new_labels:
        study = labels_study.study(release.replay(), release.holdout(), seeds, say)
        print(json.dumps({"release": release.name, **study}) if as_json else labels_study.as_text(study))
        return
    cache = FeatureCache(settings.home / "features", release.encoder(settings.threads), say)
    wanted = simulating.Wanted(corpora or (), without or (), start is Start.shipped, strategy or (), seeds)
    source = Source(data or settings.data, cache.features, rows, split.value)
    found = simulating.simulate(wanted, source, release.heads(), Plan(batch, most, noise), say)
    simulating.draw(found, to or settings.home / "simulation", say)
    if as_json:
        facts = {"release": release.name, "split": split.value, "rows": curves.summary(found)}
        print(json.dumps(facts | {"curves": simulating.points(found)}))
    else:
        print(simulating.as_text(found))
