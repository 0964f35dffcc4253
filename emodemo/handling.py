"""What every page handler shares: who asks, and errors as sentences."""

import inspect
import ipaddress
import logging
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import Any
from uuid import uuid4

import gradio as gr

from emodemo.access import Person, identify
from emodemo.errors import EXPECTED
from emodemo.html import NOTE, note
from emodemo.logs import REQUEST
from emodemo.settings import Settings
from emodemo.translation import DEFAULT, LANGUAGE, N_, _, translated

LOG = logging.getLogger(__name__)
DEFECT = N_("Something went wrong on the server; it was noted. Nothing you saved is lost, so try again.")
ENDED = object()


def asker(settings: Settings, request: gr.Request) -> Person:
    """Who sent the request, as ``emodemo.web`` found out; without it the owner, where client and page are on this machine."""
    found: Person | None = getattr(request.state, "person", None)
    return found or identify(request.headers, local=settings.local and is_near(request))


def sent(event: gr.EventData, name: str) -> Any:
    """What the page sent with an event; None where a handler is called without it."""
    return event._data.get(name) if isinstance(event._data, dict) else None


def is_near(request: Any) -> bool:
    """Whether client and page are on this machine, the page under one of this machine's own names."""
    client, host = (request.client and request.client.host) or "", request.headers.get("host", "")
    return is_loopback(client) and is_loopback(host.rpartition(":")[0] or host)


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine. A stranger's page can point a name of its own at it, not these."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def sentence(error: Exception) -> str:
    """What a user is told of an error, in the language of the request."""
    if isinstance(error, EXPECTED):
        return str(translated(error))
    LOG.error("A handler failed.", exc_info=error)
    return _(DEFECT)


def note_request(request: gr.Request) -> None:
    """What the queue would lose: the id that a handler's log lines bear, and the language that it answers in."""
    REQUEST.set(getattr(request.state, "request_id", ""))
    LANGUAGE.set(getattr(request.state, "language", DEFAULT))


def answering(handler: Callable[..., Any], outputs: int, *bound: Any) -> Callable[..., Any]:
    """The handler with its first arguments bound. Its first output is a message: an error becomes that message.

    The other ``outputs`` stay as they are then.
    """

    def answer(asked: gr.Request, *arguments: Any) -> Any:
        note_request(asked)
        try:
            return _anew(handler(*bound, *arguments))
        except Exception as error:
            return _anew(_refusal(error, outputs))

    return _as_seen_by_gradio(answer, handler, len(bound))


def streaming(handler: Callable[..., Iterator[Any]], outputs: int, *bound: Any) -> Callable[..., Iterator[Any]]:
    """``answering`` for a handler that yields. Gradio takes each step in a context of its own, the handler keeps one."""

    def answer(asked: gr.Request, *arguments: Any) -> Iterator[Any]:
        context = copy_context()
        context.run(note_request, asked)
        try:
            steps = handler(*bound, *arguments)
            yield from map(_anew, iter(partial(context.run, next, steps, ENDED), ENDED))
        except Exception as error:
            yield _anew(context.run(_refusal, error, outputs))

    return _as_seen_by_gradio(answer, handler, len(bound))


def _anew(answer: Any) -> Any:
    """An answer whose message is new to Gradio, which changes nothing on the page where it is the one before, word for word."""
    if isinstance(answer, str) and answer.startswith(NOTE):
        return f'<div data-told="{uuid4().hex}"{answer.removeprefix("<div")}'
    if isinstance(answer, tuple | list) and answer:
        return type(answer)((_anew(answer[0]), *answer[1:]))
    return answer


def _as_seen_by_gradio(answer: Callable[..., Any], handler: Callable[..., Any], bound: int) -> Callable[..., Any]:
    """Gradio finds requests and events among the arguments by their annotations: ``answer`` bears its own and the handler's."""
    signature = inspect.signature(handler, eval_str=True)
    asked = inspect.Parameter("asked", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    parameters = [asked, *list(signature.parameters.values())[bound:]]
    answer.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    answer.__name__ = answer.__qualname__ = handler.__name__  # what tests and logs call it
    answer.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return answer


def _refusal(error: Exception, outputs: int) -> Any:
    message = note(sentence(error), "bad")
    return (message, *[gr.skip()] * (outputs - 1)) if outputs > 1 else message
