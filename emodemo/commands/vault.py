"""What is kept and what goes for good: ``backup``, ``restore``, ``erase``."""

import sys
from typing import Annotated

import typer

from emodemo.commands.shared import say
from emodemo.errors import UserError


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
        say(f"What was there before is in {kept}.")
    print(said)


def erase(
    text_id: Annotated[int | None, typer.Option(help="A text, as `export` numbers it.")] = None,
    annotator: Annotated[str | None, typer.Option(help="A person's name.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """A text or a person out of database, exports and backups; says which releases were trained on it."""
    from emodemo import erasing
    from emodemo.services import open_database
    from emodemo.settings import Settings

    if (text_id is None) == (annotator is None):
        raise typer.BadParameter("give either --text-id or --annotator")
    settings = Settings.load()
    database = open_database(settings)
    target = erasing.find(database, text_id=text_id, annotator=annotator)
    _confirm(f"Erase {target.name} from the database, its backups and exports? This cannot be undone.", yes)
    print("\n".join(erasing.erase(database, settings, target)))


def _confirm(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(f"{question} Add --yes to do it.")
    if not typer.confirm(question, err=True):
        raise UserError("Nothing was erased.")
