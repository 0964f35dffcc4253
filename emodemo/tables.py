"""Tables of scored rows, a block at a time: what a file carries besides its texts, and one written whole or not at all."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emodemo.analysis import blocks, encodable
from emodemo.errors import UserError
from emodemo.exchange import ANALYSIS, NAMED, flat_analysis, safe_cell, whole
from model.readers import CorpusError, tabular

BLOCK = 1024  # rows read, predicted and written together

Row = dict[str, Any]
Scored = tuple[Row, Row]  # a row of ``analyze``, and the input's other cells
Write = Callable[[list[Scored]], None]


def carried(path: Path, *, typed: bool) -> dict[str, Any]:
    """The columns beside ``text``, with their Arrow types where ``typed``. Reads the file once, in bounded memory.

    So a bad row is refused before anything is predicted. Raises CorpusError naming file and line.
    """
    found: dict[str, Any] = {}
    for block in blocks(tabular.rows(path), BLOCK):
        for name in dict.fromkeys(name for _, row in block for name in row if name != "text"):
            found.setdefault(name, None)
            if typed and path.suffix != ".parquet":
                found[name] = _kind(path, block, name, found[name])
    return found | _declared(path) if typed else found


def _declared(path: Path) -> dict[str, Any]:
    """The types that a Parquet file gives its columns."""
    if path.suffix != ".parquet":
        return {}
    with tabular.opened(path) as file:
        return {field.name: field.type for field in file.schema_arrow if field.name != "text"}


def _kind(path: Path, block: list[tuple[int, Row]], name: str, known: Any) -> Any:
    """The Arrow type of a column, of this block and what is ``known`` of those before it."""
    import pyarrow as pa

    try:
        kinds = [kind for kind in (known, pa.array([row.get(name) for _, row in block]).type) if kind is not None]
        schemas = [pa.schema({name: kind}) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field(name).type
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        lines = f"lines {block[0][0]} to {block[-1][0]}"
        raise CorpusError(path, None, f"values of one kind for Parquet in the column {name!r}, {lines}") from None


@contextmanager
def writer(path: Path, columns: dict[str, Any]) -> Iterator[Write]:
    """Writes blocks into a file of the format that its suffix names; it appears when all is written, or not at all.

    ``columns`` as of ``carried``; one whose name a result has gets ``input`` before it. Raises UserError.
    """
    if path.suffix not in WRITERS:
        raise UserError(f"{path} has a suffix that cannot be written; name a file that ends in {', '.join(WRITERS)}.")
    try:
        with whole(path) as part, WRITERS[path.suffix](part, columns, renamed(columns)) as write:
            yield write
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}); choose another file.") from None


def renamed(columns: dict[str, Any]) -> dict[str, str]:
    """The name in the output of each column carried over."""
    taken = {"text", *NAMED, *ANALYSIS}
    names: dict[str, str] = {}
    for column in columns:
        name = column
        while name in taken or (name != column and name in columns):
            name = f"input {name}"
        names[column] = name
        taken.add(name)
    return names


@contextmanager
def _jsonl(path: Path, _: dict[str, Any], names: dict[str, str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:

        def write(block: list[Scored]) -> None:
            for row, other in block:
                row = row | {names[name]: _plain(cell) for name, cell in other.items()}
                stream.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

        yield write


def _plain(cell: Any) -> Any:
    return None if cell != cell else cell  # JSON has no nan


@contextmanager
def _csv(path: Path, _: dict[str, Any], names: dict[str, str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(map(safe_cell, [*ANALYSIS, *names.values()]))

        def write(block: list[Scored]) -> None:
            for row, other in block:
                cells = [_cell(other.get(name)) for name in names]
                lines.writerow(map(safe_cell, [*flat_analysis(row).values(), *cells]))

        yield write


def _cell(value: Any) -> Any:
    nested = isinstance(value, list | dict)
    return json.dumps(value, ensure_ascii=False, default=str) if nested else value


@contextmanager
def _parquet(path: Path, columns: dict[str, Any], names: dict[str, str]) -> Iterator[Write]:
    import pyarrow as pa
    from pyarrow import parquet

    strings, whole = {"text", "labels", "release"}, {"start", "end"}
    kinds = {
        name: pa.string() if name in strings else pa.int64() if name in whole else pa.float64() for name in ANALYSIS
    }
    schema = pa.schema(kinds | {names[name]: kind for name, kind in columns.items()})
    with parquet.ParquetWriter(path, schema) as file:

        def write(block: list[Scored]) -> None:
            rows = [
                flat_analysis(row) | {names[name]: _stored(cell) for name, cell in other.items()}
                for row, other in block
            ]
            file.write_table(pa.Table.from_pylist(rows, schema))

        yield write


def _stored(cell: Any) -> Any:
    return encodable(cell) if isinstance(cell, str) else cell


WRITERS = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
