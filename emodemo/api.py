"""The named endpoints for programs; page and programs call the same functions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from emodemo import analysis, annotation, vocabulary
from emodemo.access import require
from emodemo.handling import asker, note_request, sentence
from emodemo.services import Services
from emodemo.translation import N_

BLOCK = 64  # sentences read in one go
GROWTH = 1.25


def create_api(services: Services) -> None:
    """``/analyze``, ``/correct`` and ``/release``. An error is a sentence."""

    def analyze(text: str, request: gr.Request) -> Iterator[list[dict[str, Any]]]:
        """Rows of `python -m emodemo analyze --format jsonl` for a text, all that are ready each time."""
        with _told(request):
            yield from analyse_rows(services, text)

    def correct(
        text: str, labels: list[str], polarity: str, scores: dict[str, Any], client_id: str, request: gr.Request
    ) -> dict[str, Any]:
        """Store what a signed-in annotator says of a text; the same client_id is stored once."""
        with _told(request):
            return store(services, text, labels, polarity, scores, client_id, request)

    def release(request: gr.Request) -> dict[str, Any]:
        """The live release."""
        with _told(request):
            return {"release": services.live.predictor.release}

    for endpoint in (analyze, correct, release):
        gr.api(endpoint, api_name=endpoint.__name__)


def analyse_rows(services: Services, text: str) -> Iterator[list[dict[str, Any]]]:
    """The sentences of a text as rows, at last all of them; between two looks whoever has left is noticed.

    What was shown grows by a share each time: Gradio compares it with what it showed before.
    """
    checked = analysis.check_text(text, services.settings.max_characters)
    rows: list[dict[str, Any]] = []
    shown = 0
    for block in analysis.analyze(services.live.predictor, checked, size=BLOCK):
        rows += [s.row() for s in block]
        if len(rows) >= GROWTH * shown:
            shown = len(rows)
            yield [*rows]
    if len(rows) > shown or not rows:
        yield rows


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
    require(person, "annotator", N_("correct"))
    correction = annotation.save(
        services, person, client_id=client_id, content=analysis.check_text(text, services.settings.max_characters),
        verdict=annotation.checked_verdict(labels, polarity, scores, added=vocabulary.known(services.database)),
        visible=False, release=None, seconds=None, source="api",
    )  # fmt: skip
    verdict = correction.verdict
    return {
        "text_id": correction.text_id,
        "labels": list(verdict.labels or ()),
        "polarity": verdict.polarity,
        "scores": verdict.scores,
        "annotator": correction.annotator,
    }


@contextmanager
def _told(request: gr.Request) -> Iterator[None]:
    """An error as the sentence that a program gets."""
    note_request(request)
    try:
        yield
    except Exception as error:
        raise gr.Error(sentence(error), title="emodemo", print_exception=False) from None
