"""The annotator's page talks to these addresses: one request an answer, without Gradio's queue between."""

import logging

from starlette.routing import Route

from emodemo import annotation
from emodemo.errors import EXPECTED
from emodemo.services import Services
from emodemo.translation import N_
from emodemo.web.deeds import Deeds, deed_routes
from emodemo.workspace import Answered, Asked, Desk, TakenBack

LOG = logging.getLogger(__name__)
DEEDS: Deeds[Desk] = {
    "next": (Asked, Desk.more),
    "answer": (Answered, Desk.answer),
    "undo": (TakenBack, Desk.undo),
    "mine": (Asked, Desk.mine),
    "guidelines": (Asked, Desk.guidelines),
}


def annotating_routes(services: Services) -> list[Route]:
    """``/annotate/DEED`` for annotators and above."""
    return deed_routes(services, DEEDS, Desk, role="annotator", verb=N_("annotate"), afterwards=_judge_more)


def _judge_more(services: Services) -> None:
    """Nobody waits while texts that came lately are encoded and judged, and one request at a time sees to it."""
    if not services.pool.judging.acquire(blocking=False):
        return
    try:
        annotation.refresh_pool(services, blocks=1)
    except EXPECTED as error:
        LOG.warning("The pool was not judged: %s", error)
    finally:
        services.pool.judging.release()
