"""Scoring by Ray Data: one actor a core, on this machine or a cluster that `RAY_ADDRESS` names."""

import logging
import pickle
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from emodemo.errors import UserError
from emodemo.scoring import Engine, read, score_block
from emodemo.tables import Scored
from model.heads import Heads
from model.predictor import Predictor
from model.release import ReleaseFolder

try:
    import ray
    from ray.data import ActorPoolStrategy, DataContext, Datasource, ReadTask, read_datasource
    from ray.data.block import BlockMetadata
    from ray.exceptions import RayError
except ImportError:
    raise UserError('The engine `ray` needs Ray, which is not installed; run `pip install "ray[data]"`.') from None


def engine(release: ReleaseFolder, predictor: Predictor) -> Engine:
    """Blocks read by one task, predicted by an actor on each core, and handed back in order."""
    return partial(_scored, release.folder, predictor.heads.to_bytes(), predictor.release)


def _scored(folder: Path, heads: bytes, name: str, file: Path) -> Iterator[list[Scored]]:
    _start()
    actors = ActorPoolStrategy(size=int(ray.cluster_resources()["CPU"]))
    blocks = read_datasource(_Blocks(file), override_num_blocks=1, num_cpus=0)  # reading is quick: no core of its own
    scored = blocks.map_batches(
        _Scorer,
        fn_constructor_args=(folder, heads, name),
        compute=actors,
        batch_size=1,
        num_cpus=1,
        max_restarts=0,
    )
    try:
        for batch in scored.iter_batches(batch_size=1):
            yield from map(pickle.loads, batch["block"])
    except RayError as error:
        raise UserError(f"Ray could not score {file} ({str(error).strip().splitlines()[-1]}).") from None


def _start() -> None:
    ray.init(log_to_driver=False, logging_level="ERROR", ignore_reinit_error=True)
    logging.getLogger("ray.data").setLevel("ERROR")
    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # each of ours is one of Ray's: otherwise one actor would get hundreds


class _Blocks(Datasource):
    """One task that yields the file's blocks, each pickled in a cell: a carried cell is of any type."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def estimate_inmemory_data_size(self) -> int | None:
        return None

    def get_read_tasks(self, *_: Any, **__: Any) -> list[ReadTask]:
        return [ReadTask(partial(_packed, self.file.absolute()), BlockMetadata(None, None, None, None))]


def _packed(file: Path) -> Iterator[pa.Table]:
    for block in read(file):
        yield pa.table({"block": [pickle.dumps(block)]})


class _Scorer:
    """An actor with a predictor of its own on one core."""

    def __init__(self, folder: Path, heads: bytes, name: str) -> None:
        self.predictor = Predictor(ReleaseFolder.open(folder).encoder(1), Heads.from_bytes(heads), name)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"block": [pickle.dumps(score_block(self.predictor, pickle.loads(cell))) for cell in batch["block"]]}
