"""``backup`` and ``restore``."""

import sys
from typing import Annotated

import typer

BACKUP_EXAMPLE = "Example: python -m emodemo backup hf://datasets/ada/emodemo-vault"
RESTORE_EXAMPLE = "Example: python -m emodemo restore s3://bucket/emodemo"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=BACKUP_EXAMPLE)(backup)
    app.command(epilog=RESTORE_EXAMPLE)(restore)


def backup(
    url: Annotated[str, typer.Argument(help="A folder, s3://BUCKET/FOLDER, hf://datasets/USER/NAME, any fsspec URL.")],
) -> None:
    """A checked snapshot of everything mutable, whether the app runs or not."""
    from emodemo.backups import Backups
    from emodemo.services import open_database
    from emodemo.settings import Settings

    settings = Settings.load()
    backups = Backups.of(settings, open_database(settings), url)
    entry, _ = backups.push(released=url != settings.vault)  # a running app goes on holding its own
    print(f"{backups.vault.url.rstrip('/')}/{entry.name}")


def restore(
    url: Annotated[str, typer.Argument(help="What `backup` was given, or the address of one file there.")],
) -> None:
    """A backup in place of the database; what was there before is kept in `snapshots` under EMODEMO_HOME."""
    from emodemo import recovery
    from emodemo.settings import Settings

    said, kept = recovery.restore(Settings.load(), url)
    if kept:
        print(f"What was there before is in {kept}.", file=sys.stderr)
    print(said)
