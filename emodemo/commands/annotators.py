"""``python -m emodemo annotators``: who may do what."""

import sys
from enum import StrEnum
from getpass import getpass
from typing import Annotated

import typer

from emodemo.commands.shared import ACTOR, Json, database, print_rows, say
from emodemo.errors import UserError

Name = Annotated[str, typer.Argument(help="Name of an annotator.")]


class RoleName(StrEnum):
    """What somebody may do, each more than the one before."""

    visitor = "visitor"
    annotator = "annotator"
    reviewer = "reviewer"
    admin = "admin"


def add(
    name: Name,
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = RoleName.annotator,
    hub: Annotated[
        str | None, typer.Option(help="Their user name at Hugging Face, to sign in there instead of by password.")
    ] = None,
) -> None:
    """Let somebody sign in, best an admin first. Asks for a password, or reads it from the first line of standard input."""
    from emodemo import accounts

    password = None if hub else _password()
    added = accounts.add(database(), name, role.value, password=password, hub_name=hub, actor=ACTOR)
    print(f"{added.name} can sign in as {added.role}.")
    if not accounts.have_admin(database()):
        say(
            "Nobody can sign in as an admin yet, who retrains and adds accounts on the page: add one with --role admin."
        )


def list_(as_json: Json = False) -> None:
    """Everybody with role, how they sign in, whether they are disabled or locked, and when they were last seen."""
    from emodemo import accounts

    rows = [
        {
            "name": person["name"],
            "role": person["role"],
            "signs in": f"Hugging Face: {person['hub_name']}" if person["hub_name"] else "password" if person["password"] else "no",
            "disabled": person["disabled"],
            "locked": person["locked"],
            "last seen": f"{person['seen']:%Y-%m-%dT%H:%MZ}" if person["seen"] else None,
        }
        for person in accounts.roster(database())
    ]  # fmt: skip
    print_rows(rows, as_json)


def role(name: Name, role: Annotated[RoleName, typer.Argument(help="What they may do.")]) -> None:
    """Give somebody another role, from their next click on."""
    from emodemo import accounts

    accounts.change(database(), name, role=role.value, actor=ACTOR)
    print(f"{name} is {role.value}.")


def password(name: Name) -> None:
    """Set a new password, which ends every session and any lock."""
    from emodemo import accounts

    accounts.change(database(), name, password=_password(), actor=ACTOR)
    print(f"{name} has a new password.")


def disable(name: Name) -> None:
    """Let somebody in no longer; ends every session. What they said stays."""
    from emodemo import accounts

    accounts.change(database(), name, disabled=True, actor=ACTOR)
    print(f"{name} is disabled.")


def enable(name: Name) -> None:
    """Let somebody in again."""
    from emodemo import accounts

    accounts.change(database(), name, disabled=False, actor=ACTOR)
    print(f"{name} is enabled.")


def unlock(name: Name) -> None:
    """Lift the lock that too many wrong passwords put on somebody."""
    from emodemo import accounts

    accounts.change(database(), name, unlocked=True, actor=ACTOR)
    print(f"{name} is unlocked.")


def agreement(as_json: Json = False) -> None:
    """Krippendorff's alpha of what several people judged, by task, pair and week, with 95 % intervals."""
    from dataclasses import asdict

    from emodemo import agreement

    rows = agreement.measure(database())
    if told := agreement.few(rows):
        say(told)
    print_rows([asdict(row) for row in rows if as_json or row.alpha is not None], as_json)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass("Password: ")
    if getpass("Again: ") != first:
        raise UserError("The two passwords differ; try again.")
    return first
