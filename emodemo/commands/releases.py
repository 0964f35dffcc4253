"""``python -m emodemo releases``: the model registry."""

import json
import sys
from typing import Annotated

import typer

from emodemo.commands.shared import ACTOR, Json, database, print_rows, say, services

Why = Annotated[str, typer.Option(help="The reason, which is kept with the record.")]


def list_(as_json: Json = False) -> None:
    """Every release, newest first, the live one marked."""
    from db import releases
    from emodemo import registry

    store = services().database
    live = registry.live_name(store)
    with store.read() as session:
        found = releases.all(session)
    rows = [
        {
            "release": release.name,
            "live": release.name == live,
            "parent": release.parent,
            "created": f"{release.created_at:%Y-%m-%d %H:%M} UTC",
            "corrections": (release.report or {}).get("corrections", 0),
            "decision": (release.report or {}).get("decision", "shipped"),
        }
        for release in found
    ]
    print_rows(rows, as_json)


def show(name: Annotated[str, typer.Argument(help="Name of a release.")], as_json: Json = False) -> None:
    """A release's metrics and the gate's report."""
    from db import releases

    with services().database.read() as session:
        release = releases.get(session, name=name)
    if as_json:
        facts = {"release": release.name, "parent": release.parent, "snapshot": release.snapshot}
        print(json.dumps({**facts, "created": release.created_at.isoformat(), "rows": release.metrics}))
    else:
        print((release.report or {}).get("reason", "Shipped with the project."))
        print_rows(release.metrics, False)


def diff(
    old: Annotated[str, typer.Argument(help="Name of a release.")],
    new: Annotated[str, typer.Argument(help="Name of another.")],
    as_json: Json = False,
) -> None:
    """What two releases differ in: texts, labels, metrics."""
    from emodemo import registry

    print_rows(registry.diff(services().database, old, new), as_json)


def snapshot(name: Annotated[str, typer.Argument(help="Name of a release.")]) -> None:
    """What a release was trained and measured on, JSON lines: each text with the label that was accepted then.

    Its name is the sha256 of the rows without their texts as one line of JSON, keys sorted and no spaces.
    """
    from emodemo import exchange, registry

    named, rows = registry.exported(database(), name)
    say(f"Snapshot {named}, {len(rows):,} texts." if named else f"{name} was trained on no correction.")
    exchange.write_jsonl(rows, sys.stdout)


def promote(name: Annotated[str, typer.Argument(help="Name of a release.")], why: Why = "promoted by hand") -> None:
    """Make a release live; every running app follows within seconds."""
    from emodemo import registry

    built = services()
    registry.promote(built.database, name, encoder_id=built.shipped.encoder_id, actor=ACTOR, reason=why)
    print(f"{name} is live.")


def rollback(why: Why = "") -> None:
    """Make the live release's parent live again."""
    from emodemo import registry

    built = services()
    name = registry.rollback(built.database, encoder_id=built.shipped.encoder_id, actor=ACTOR, why=why)
    print(f"{name} is live.")
