import numpy as np

from model import metrics
from model.evaluation import featurise, reliability, report, table, tasks_measured
from model.heads import Heads, Thresholds
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH, one_hot, target_row
from model.readers import Example, Turn


def said(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn("Ann", text) for text in texts)


def test_every_distinct_text_is_encoded_once_and_contexts_point_at_it() -> None:
    asked: list[str] = []

    def features(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[len(text)] for text in texts], np.float32)

    examples = [
        Example("a", "test", "0", "one", {}),
        Example("a", "test", "1", "three", {}, context=said("one")),
        Example("a", "test", "2", "fourty", {}, context=said("one", "three")),
    ]
    rows = featurise(features, examples)  # type: ignore[arg-type]
    assert sorted(asked) == sorted({"one", "three", "fourty"})
    assert rows.features[:, 0].tolist() == [3, 5, 6]
    views = rows.views()
    assert views is not None
    assert views[:, :, 0].tolist() == [[0, 0, 0], [3, 0, 3], [5, 3, 4]]


def test_a_task_that_is_not_answered_is_not_measured() -> None:
    targets = np.stack([target_row({"sarcasm": one_hot("sarcasm", "literal"), "valence": 3.0})] * 4)
    outputs = np.full((4, WIDTH), np.nan, np.float32)
    outputs[:, TASKS["sarcasm"].columns] = [0.9, 0.1]
    assert [task for task, _ in tasks_measured(targets, outputs, Thresholds.even())] == ["sarcasm"]
    outputs[:, TASKS["valence"].columns] = 3.1
    assert [task for task, _ in tasks_measured(targets, outputs, Thresholds.even())] == ["sarcasm", "valence"]


def test_a_report_reads_as_a_table() -> None:
    targets = np.stack([target_row({"sst5": one_hot("sst5", str(n % 5))}) for n in range(20)])
    rows = report("mine", "test", targets, np.nan_to_num(targets), Thresholds.even())
    lines = table([row | {"model": "release"} for row in rows]).splitlines()
    assert lines[0].split()[:4] == ["model", "corpus", "task", "metric"]
    assert any(
        line.split()[:5] == ["release", "mine", "sst5", "accuracy", "plain"] and " 100.0 " in line for line in lines
    )


def test_bins_hold_the_mean_confidence_and_how_often_it_came_true() -> None:
    confidence, hit = np.array([0.11, 0.19, 0.95, 1.0]), np.array([False, True, True, True])
    low, high = metrics.calibration_bins(confidence, hit, 10)
    assert (round(low["confidence"], 3), low["accuracy"], low["n"]) == (0.15, 0.5, 2)
    assert (round(high["confidence"], 3), high["accuracy"], high["n"]) == (0.975, 1.0, 2)


def test_reliability_is_told_for_each_classification_of_each_corpus() -> None:
    targets = np.stack([target_row({"sarcasm": one_hot("sarcasm", "literal"), "valence": 3.0})] * 6)
    rows = LabelledFeatures(np.zeros((6, 2), np.float32), targets, np.array(["a"] * 3 + ["b"] * 3))
    found = reliability(Heads.zeros(2), rows)
    assert [(row["corpus"], row["task"], row["confidence"], row["n"]) for row in found] == [
        ("a", "sarcasm", 0.5, 3),
        ("b", "sarcasm", 0.5, 3),
    ]
