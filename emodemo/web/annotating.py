"""The annotator's page talks to these addresses: one request an answer, without Gradio's queue between."""

from starlette.routing import Route

from emodemo import annotation
from emodemo.services import Services
from emodemo.translation import N_
from emodemo.web.deeds import Deeds, deed_routes
from emodemo.workspace import Answered, Asked, Desk, TakenBack

DEEDS: Deeds[Desk] = {
    "next": (Asked, Desk.more),
    "answer": (Answered, Desk.answer),
    "undo": (TakenBack, Desk.undo),
    "mine": (Asked, Desk.mine),
    "guidelines": (Asked, Desk.guidelines),
    "preview": (Asked, Desk.preview),
    "news": (Asked, Desk.news),
}


def annotating_routes(services: Services) -> list[Route]:
    """``/annotate/DEED`` for annotators and above."""
    return deed_routes(
        services,
        DEEDS,
        Desk,
        path="annotate",
        role="annotator",
        verb=N_("annotate"),
        afterwards=annotation.keep_up,
        needed=_is_behind,
    )


def _is_behind(services: Services) -> bool:
    """Whether there may be texts that came lately, or the front of the queue may run low, and nobody sees to it yet."""
    predictor, pool = services.live.predictor, services.pool
    if pool.judging.locked():
        return False
    return pool.is_front_due(predictor.release) or pool.has_news(predictor.encoder.encoder_id, predictor.release)
