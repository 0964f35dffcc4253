"""The benchmark: its rows, how they are written, and the cheapest ones measured."""

import json
import re
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emodemo.bench import machine, samples, table
from emodemo.bench.pool import fill
from emodemo.bench.retraining import correct
from emodemo.bench.rows import ROWS, Row, row
from emodemo.bench.run import MEASURES, bench
from emodemo.cli import app
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.settings import Settings
from model import sentences

ISSUE = (
    "bulk", "bulk_roberta", "roofline", "single", "single_p99", "page", "visitors", "start", "memory", "retrain",
    "retrain_growth", "stream", "pool_order", "pool_next", "search", "similar",
)  # fmt: skip
FACTS = {"cpu": "A processor", "memory_gb": 8.0}
FAST = row("single", 3.14159, met=True, peer=("a pipeline", 31.4), ratio=9.9947, spread=(3.0, 3.5), note="of ten")
ALONE = row("retrain", 20.0, met=False)


def test_every_row_is_measured_once_and_explained() -> None:
    assert tuple(ROWS) == ISSUE
    assert sorted(name for names in MEASURES.values() for name in names) == sorted(ISSUE)
    assert all(spec.what and spec.unit and spec.goal for spec in ROWS.values())


def test_help_names_every_row_and_shows_an_example() -> None:
    shown = CliRunner().invoke(app, ["bench", "--help"], env={"COLUMNS": "400"}).output
    assert set(ISSUE) <= set(re.findall(r"\w+", shown))
    assert "Example: python -m emodemo bench" in shown


def test_an_unknown_row_is_refused_in_one_sentence() -> None:
    with pytest.raises(UserError) as refused:
        bench(Settings.load(), print, ["bulk", "speed"])
    assert str(refused.value) == f"The benchmark has no row 'speed'; expected one of: {', '.join(ISSUE)}."


def test_a_row_is_flat_json_rounded_to_four_digits() -> None:
    read = json.loads(json.dumps(asdict(FAST)))
    assert list(read) == [field.name for field in fields(Row)]
    assert {key: read[key] for key in ("name", "value", "unit", "peer", "peer_value", "ratio", "low", "high")} == {
        "name": "single", "value": 3.142, "unit": "ms", "peer": "a pipeline", "peer_value": 31.4, "ratio": 9.995,
        "low": 3.0, "high": 3.5,
    }  # fmt: skip
    assert asdict(ALONE)["ratio"] is None


def test_people_read_aligned_columns_and_the_notes_below() -> None:
    assert table.text(FACTS, [FAST, ALONE]).splitlines() == [
        "cpu A processor; memory gb 8.0",
        "",
        "row      value    spread    peer        peer's  ratio   goal    met",
        "single   3.14 ms  3 to 3.5  a pipeline  31.4    9.99 ×  ≥ 8 ×   yes",
        "retrain  20 s                                           ≤ 15 s  no",
        "",
        "single: of ten",
    ]


def test_markdown_has_the_same_cells_and_what_they_measure() -> None:
    lines = table.markdown(FACTS, [FAST]).splitlines()
    assert lines[2:5] == [
        "| row | what | value | spread | peer | peer's | ratio | goal | met |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| `single` | one sentence in process, p50 | 3.14 ms | 3 to 3.5 | a pipeline | 31.4 | 9.99 × | ≥ 8 × | yes |",
    ]
    assert lines[-1] == "- `single`: of ten"


def test_made_up_texts_are_as_many_and_as_long_as_melds(tmp_path: Path) -> None:
    texts, described = samples.bulk_texts(tmp_path)
    assert len(texts) == samples.COUNT
    assert described.startswith("2,610 made-up sentences")
    assert 7.5 < sum(len(text.split()) for text in texts) / len(texts) < 9


def test_made_up_sentences_differ_and_are_found_again() -> None:
    several = list(islice(samples.sentences(seed=1), 5000))
    assert len(set(several)) == len(several)
    counts = [len(sentences.split(paragraph)) for paragraph in islice(samples.paragraphs(5), 200)]
    assert sum(counts) / len(counts) == pytest.approx(5, abs=0.1)


def test_turned_texts_keep_their_words() -> None:
    assert samples.turned(["We went home today.", "Hm."], 1) == ["went home today. We", "Hm."]


def test_machine_names_processor_cores_versions_and_release(services: Services) -> None:
    facts = machine.facts(services.shipped)
    assert facts["cpu"]
    assert facts["cores"] >= 1
    assert {"python", "onnxruntime", "torch", "gradio"} <= facts.keys()
    assert facts["release"] == services.shipped.name
    assert facts["release_mb"] > 10


def test_made_up_corrections_are_accepted_labels(services: Services) -> None:
    from db import labels

    correct(services.database, 60, seed=0)
    with services.database.read() as session:
        accepted = labels.accepted(session)
    assert len(accepted) == 60
    assert 0 < sum(label.measured for label in accepted) < 30


def test_a_made_up_pool_has_features_and_waits_to_be_judged(services: Services) -> None:
    from db import suggestions, texts

    fill(services, 12)
    release, encoder_id = services.live.predictor.release, services.shipped.encoder_id
    with services.database.read() as session:
        assert texts.pool_size(session) == (12, 12)
        ids, _ = suggestions.missing(session, release=release, encoder_id=encoder_id, limit=99)
    assert ids == list(range(1, 13))


def test_single_is_measured_beside_its_peer() -> None:
    said: list[str] = []
    facts, [single, tail] = bench(Settings.load(), said.append, ["single_p99", "single"], scale=0.02)
    assert facts["cpu"]
    assert (single.name, tail.name) == ("single", "single_p99")
    assert 0 < single.value <= tail.value
    assert single.peer == "distilroberta-base pipeline"
    assert single.ratio == pytest.approx(single.peer_value / single.value, rel=0.01)  # type: ignore[operator]
    assert said[0] == "Measuring single, single_p99 …"


@pytest.mark.parametrize("names", [["pool_order", "pool_next"], ["search", "similar"]])
def test_a_pool_is_measured_in_small(names: list[str]) -> None:
    _, rows = bench(Settings.load(), lambda _: None, names, scale=0.005)
    assert [found.name for found in rows] == names
    assert all(found.value > 0 for found in rows)
