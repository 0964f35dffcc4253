"""The named endpoints for programs; page and programs call the same functions."""

from functools import partial
from typing import Any

import gradio as gr

from emodemo import analysis, annotation
from emodemo.access import require
from emodemo.handling import asker, sentence
from emodemo.services import Services


def create_api(services: Services) -> None:
    """``/analyze``, ``/correct`` and ``/release``. An error is a sentence."""

    def analyze(text: str) -> list[dict[str, Any]]:
        """Rows of `python -m emodemo analyze --format jsonl` for a text."""
        return _told(partial(analyse_rows, services, text))

    def correct(
        text: str, labels: list[str], polarity: str, scores: dict[str, Any], client_id: str, request: gr.Request
    ) -> dict[str, Any]:
        """Store what a signed-in annotator says of a text; the same client_id is stored once."""
        return _told(partial(store, services, text, labels, polarity, scores, client_id, request))

    def release() -> dict[str, Any]:
        """The live release."""
        return _told(lambda: {"release": services.live.predictor.release})

    for endpoint in (analyze, correct, release):
        gr.api(endpoint, api_name=endpoint.__name__)


def analyse_rows(services: Services, text: str) -> list[dict[str, Any]]:
    """Every sentence of a text as a row."""
    checked = analysis.check_text(text, services.settings.max_characters)
    return [s.row() for block in analysis.analyze(services.live.predictor, checked) for s in block]


def store(
    services: Services,
    text: str,
    labels: list[str],
    polarity: str,
    scores: dict[str, Any],
    client_id: str,
    request: gr.Request,
) -> dict[str, Any]:
    """Check, store, and say what is stored."""
    person = asker(services.settings, request)
    require(person, "annotator", "correct")
    correction = annotation.save(
        services, person, client_id=client_id, content=analysis.check_text(text, services.settings.max_characters),
        verdict=annotation.checked_verdict(labels, polarity, scores), visible=False, release=None, seconds=None, source="api",
    )  # fmt: skip
    verdict = correction.verdict
    return {
        "text_id": correction.text_id,
        "labels": list(verdict.labels or ()),
        "polarity": verdict.polarity,
        "scores": verdict.scores,
        "annotator": correction.annotator,
    }


def _told(answer: Any) -> Any:
    try:
        return answer()
    except Exception as error:
        raise gr.Error(sentence(error), title="emodemo", print_exception=False) from None
