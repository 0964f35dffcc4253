"""``erase``."""

import sys
from typing import Annotated

import typer

from emodemo.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: python -m emodemo erase --text-id 7")(erase)


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
