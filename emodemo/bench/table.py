"""The rows for people: as a table on the terminal, and as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from emodemo.bench.rows import ROWS, Row

COLUMNS = ("row", "value", "spread", "peer", "peer's", "ratio", "goal", "met")


def text(machine: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Machine, table and notes for the terminal."""
    lines = [list(COLUMNS), *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([described(machine), "", *table, "", *notes])


def markdown(machine: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The same for a README, with what each row measures."""
    head = (COLUMNS[0], "what", *COLUMNS[1:])
    lines = [head, ["---"] * len(head), *([f"`{row.name}`", ROWS[row.name].what, *cells(row)[1:]] for row in rows)]
    table = [f"| {' | '.join(line)} |" for line in lines]
    notes = [f"- `{row.name}`: {row.note}" for row in rows if row.note]
    return "\n".join([described(machine), "", *table, "", *notes])


def described(machine: Mapping[str, Any]) -> str:
    """The machine in one line."""
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())


def cells(row: Row) -> list[str]:
    spread = "" if row.low is None or row.high is None else f"{figure(row.low)} to {figure(row.high)}"
    return [
        row.name,
        f"{figure(row.value)} {row.unit}",
        spread,
        row.peer or "",
        figure(row.peer_value),
        f"{figure(row.ratio)} ×" if row.ratio is not None else "",
        row.goal,
        "yes" if row.met else "no",
    ]


def figure(value: float | None) -> str:
    """Three digits or all before the point; empty for None."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
