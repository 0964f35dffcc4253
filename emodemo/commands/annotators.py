"""``python -m emodemo annotators``: who may do what."""

import sys
from enum import StrEnum
from getpass import getpass
from typing import Annotated, Any

import typer

from emodemo.errors import UserError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Accounts: who may do what.")
ACTOR = "command line"
Name = Annotated[str, typer.Argument(help="Name of an annotator.")]


class RoleName(StrEnum):
    """What somebody may do, each more than the one before."""

    visitor = "visitor"
    annotator = "annotator"
    reviewer = "reviewer"
    admin = "admin"


@app.command(epilog="Example: python -m emodemo annotators add ada --role reviewer")
def add(
    name: Name,
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = RoleName.annotator,
    hub: Annotated[
        str | None, typer.Option(help="Their user name at Hugging Face, to sign in there instead of by password.")
    ] = None,
) -> None:
    """Let somebody sign in. Asks for a password, or reads it from the first line of standard input."""
    from emodemo import accounts

    password = None if hub else _password()
    added = accounts.add(_database(), name, role.value, password=password, hub_name=hub, actor=ACTOR)
    print(f"{added.name} can sign in as {added.role}.")


@app.command("list", epilog="Example: python -m emodemo annotators list --json")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Everybody with role, how they sign in, and whether they are disabled or locked."""
    from datetime import UTC, datetime

    from db import annotators
    from emodemo.cli import print_rows

    with _database().read() as session:
        found = annotators.all(session)
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = [
        {
            "name": person.name,
            "role": person.role,
            "signs in": f"Hugging Face: {person.hub_name}" if person.hub_name else "password" if person.credential else "no",
            "disabled": person.disabled,
            "locked": bool(person.locked_until and person.locked_until > now),
        }
        for person in found
    ]  # fmt: skip
    print_rows(rows, as_json)


@app.command(epilog="Example: python -m emodemo annotators role ada admin")
def role(name: Name, role: Annotated[RoleName, typer.Argument(help="What they may do.")]) -> None:
    """Give somebody another role, from their next click on."""
    from emodemo import accounts

    accounts.change(_database(), name, role=role.value, actor=ACTOR)
    print(f"{name} is {role.value}.")


@app.command(epilog="Example: python -m emodemo annotators password ada")
def password(name: Name) -> None:
    """Set a new password, which ends every session and any lock."""
    from emodemo import accounts

    accounts.change(_database(), name, password=_password(), actor=ACTOR)
    print(f"{name} has a new password.")


@app.command(epilog="Example: python -m emodemo annotators disable ada")
def disable(name: Name) -> None:
    """Let somebody in no longer; ends every session. What they said stays."""
    from emodemo import accounts

    accounts.change(_database(), name, disabled=True, actor=ACTOR)
    print(f"{name} is disabled.")


@app.command(epilog="Example: python -m emodemo annotators enable ada")
def enable(name: Name) -> None:
    """Let somebody in again."""
    from emodemo import accounts

    accounts.change(_database(), name, disabled=False, actor=ACTOR)
    print(f"{name} is enabled.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass("Password: ")
    if getpass("Again: ") != first:
        raise UserError("The two passwords differ; try again.")
    return first


def _database() -> Any:
    from emodemo.services import open_database
    from emodemo.settings import Settings

    return open_database(Settings.load())
