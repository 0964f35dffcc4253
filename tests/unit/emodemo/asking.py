"""Who asks the page's handlers, and what they say, for the tests that call them as Gradio does."""

from collections.abc import Iterable
from typing import Any

import gradio as gr
from starlette.requests import Request

from db import annotators, corrections, texts
from db.records import Verdict
from emodemo.analysis import Sentence
from emodemo.services import Services
from emodemo.tabs import analyse, correct, editor
from model.labels import SCORES

HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} ${alert(2)} \"quoted\" 'single' & more."


def request(client: str = "127.0.0.1", host: str = "localhost:7860", **headers: str) -> gr.Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    return gr.Request(
        Request({"type": "http", "headers": named, "client": (client, 5000), "query_string": b"", "path": "/"})
    )


OWNER, VISITOR = request(), request(host="demo.example", x_forwarded_for="198.51.100.7")


def row(services: Services, text: str = "The kettle sings again.") -> dict[str, Any]:
    return Sentence(0, len(text), text, services.live.predictor.predict([text])[0]).row()


def said_by(services: Services, text: str) -> Verdict | None:
    """What the owner now says of a text."""
    with services.database.write() as session:
        owner = annotators.ensure(session, name="local", role="admin")
        [text_id] = texts.add(session, contents=[text], source="test", pooled=False)
        current = corrections.current(session, annotator_id=owner.id, text_id=text_id)
    return current.verdict if current else None


def controls(emotions: list[str], polarity: str, prefilled: list[Any], **moved: float) -> list[Any]:
    """What the page sends: the prefilled controls with emotions, polarity and some sliders changed."""
    sliders = [moved.get(name, value) for name, value in zip(SCORES, prefilled[4:8], strict=True)]
    return [emotions, [], [], polarity, *sliders]


def save(
    services: Services, found: dict[str, Any], client_id: str, who: gr.Request = OWNER, emotion: str = "joy"
) -> tuple[str, str, str]:
    return correct.save_correction(
        services, found, client_id, who, *controls([emotion], "positive", editor.prefilled(found))
    )


def seen(steps: Iterable[list[Any]]) -> dict[str, Any]:
    """What the page shows in the end: the newest value of each output."""
    names = (
        "message",
        "stop",
        "results",
        "cards",
        "rows",
        "course",
        "table",
        "exact",
        "outcome",
        "quote",
        "figure",
        "picked",
    )
    shown: dict[str, Any] = {}
    for step in steps:
        shown |= {name: value for name, value in zip(names, step, strict=False) if value != gr.skip()}
    return shown


def run(services: Services, text: str) -> dict[str, Any]:
    return seen(analyse.analyse(services, text))
