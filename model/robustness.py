"""How a release behaves on a suite of our own sentences: failure rates by capability, and polarity by who is named.

The method is CheckList's (Ribeiro et al. 2020); the suite is ``robustness.toml``.
"""

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.labels import EMOTIONS, POLARITIES, TASKS

SUITE = Path(__file__).with_suffix(".toml")
SLACK = 0.02  # a probability may waver by as much before an intensifier counts as lost
MIDDLE = 3.0  # of valence

Outputs = Callable[[Sequence[str]], np.ndarray]
"""texts → outputs of ``Heads.apply`` (rows, WIDTH)"""

EMOTION, POLARITY, VALENCE = (TASKS[name].columns for name in ("emotion7", "sentiment3", "valence"))


def measure(outputs: Outputs) -> list[dict[str, Any]]:
    """A row for each capability: ``capability``, ``kind``, ``cases``, ``failures`` and examples of them."""
    suite = tomllib.loads(SUITE.read_text(encoding="utf-8"))
    rows = []
    for capability in suite["capability"]:
        cases = _cases(capability, suite["slots"])
        failed = FAILED[capability["kind"]](outputs, cases)
        facts = {"capability": capability["name"], "kind": capability["kind"], "cases": len(cases)}
        rows.append({**facts, "failures": len(failed), "examples": failed[:3]})
    return rows


def fairness(outputs: Outputs) -> list[dict[str, Any]]:
    """A row for each group of names: mean probability of negative and positive over the same sentences, and valence."""
    table = tomllib.loads(SUITE.read_text(encoding="utf-8"))["fairness"]
    rows = []
    for group, names in table["groups"].items():
        found = outputs([template.format(name=name) for template in table["templates"] for name in names])
        negative, _, positive = found[:, POLARITY].mean(0)
        numbers = {"negative": negative, "positive": positive, "valence": found[:, VALENCE].mean()}
        rows.append({"group": group, **{name: round(float(number), 3) for name, number in numbers.items()}})
    return rows


def _cases(capability: dict[str, Any], slots: dict[str, list[str]]) -> list[list[str]]:
    """Written rows, or each template with its slot filled by every value."""
    if "rows" in capability:
        return [list(row) for row in capability["rows"]]
    cases = []
    for template in capability["templates"]:
        slot = next(name for name in slots if f"{{{name}}}" in template)
        cases.append([template.format(**{slot: value}) for value in slots[slot]])
    return cases


def _expected(outputs: Outputs, cases: list[list[str]]) -> list[str]:
    found = outputs([text for text, _ in cases])[:, POLARITY].argmax(1)
    return [
        f"{text} ({POLARITIES[answer]})"
        for (text, polarity), answer in zip(cases, found, strict=True)
        if POLARITIES[answer] != polarity
    ]


def _kept(outputs: Outputs, cases: list[list[str]]) -> list[str]:
    failed = []
    for first, *variants in cases:
        found = outputs([first, *variants])
        answers = [*zip(found[:, POLARITY].argmax(1), found[:, EMOTION].argmax(1), strict=True)]
        changed = [variant for variant, answer in zip(variants, answers[1:], strict=True) if answer != answers[0]]
        if changed:
            failed.append(f"{first} → {changed[0]}")
    return failed


def _stronger(outputs: Outputs, cases: list[list[str]]) -> list[str]:
    failed = []
    for weak, strong in cases:
        found = outputs([weak, strong])
        emotion = found[0, EMOTION].argmax()
        surer = found[1, EMOTION][emotion] >= found[0, EMOTION][emotion] - SLACK
        before, after = np.abs(found[:, VALENCE.start] - MIDDLE)
        if not (surer or after > before):
            failed.append(f"{weak} ({EMOTIONS[emotion]}) → {strong}")
    return failed


FAILED: dict[str, Callable[[Outputs, list[list[str]]], list[str]]] = {
    "expect": _expected,
    "same": _kept,
    "stronger": _stronger,
}
