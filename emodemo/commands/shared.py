"""What commands share: services, messages, tables."""

import json
import sys
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ACTOR = "command line"


def services() -> Any:
    """Model and database, as the settings say."""
    from emodemo.services import build_services
    from emodemo.settings import Settings

    return build_services(Settings.load())


def database() -> Any:
    """The database alone."""
    from emodemo.services import open_database
    from emodemo.settings import Settings

    return open_database(Settings.load())


def say(message: str) -> None:
    """A message on standard error."""
    print(message, file=sys.stderr)


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Rows as an aligned table, or as one JSON object."""
    if as_json:
        print(json.dumps({"rows": rows}))
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [columns] + [["" if row.get(c) is None else str(row[c]) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)] if rows else []
    for line in cells if rows else []:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
