"""Files of any size scored in bounded memory, in this process or by whoever else predicts blocks."""

from collections.abc import Callable, Iterator
from pathlib import Path

from emodemo import tables
from emodemo.analysis import Sentence, blocks, encodable
from emodemo.errors import UserError
from emodemo.tables import BLOCK, Row, Scored
from model.predictor import Predictor
from model.readers import tabular

Engine = Callable[[Path], Iterator[list[Scored]]]


def score(file: Path, to: Path, engine: Engine) -> int:
    """Every text of ``file`` read alone, into ``to`` with the columns beside it. Returns the rows.

    A bad row is refused before anything is predicted, and leaves ``to`` as it was. Raises CorpusError, UserError.
    """
    if to.is_dir():
        raise UserError(f"{to} is a folder; name a file.")
    count = 0
    with tables.writer(to, tables.carried(file, typed=to.suffix == ".parquet")) as write:
        for block in engine(file):
            write(block)
            count += len(block)
    return count


def local(predictor: Predictor) -> Engine:
    """Blocks predicted here, one after the other, each on all cores."""
    return lambda file: (score_block(predictor, block) for block in read(file))


def read(file: Path) -> Iterator[list[Row]]:
    """The rows of a table in blocks. Raises CorpusError."""
    return blocks((row for _, row in tabular.rows(file)), BLOCK)


def score_block(predictor: Predictor, block: list[Row]) -> list[Scored]:
    """Each row of a table as a row of ``analyze`` and its other cells."""
    texts = [encodable(row["text"]) for row in block]
    others = [{name: cell for name, cell in row.items() if name != "text"} for row in block]
    predicted = zip(texts, predictor.predict(texts), others, strict=True)
    return [(Sentence(0, len(text), text, prediction).row(), other) for text, prediction, other in predicted]
