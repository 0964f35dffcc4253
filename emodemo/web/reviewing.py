"""The reviewer's page talks to these addresses."""

from starlette.routing import Route

from emodemo.docket import Asked, Decided, Docket, Looked, Revised, TakenBack
from emodemo.services import Services
from emodemo.translation import N_
from emodemo.web.deeds import Deeds, deed_routes

DEEDS: Deeds[Docket] = {
    "next": (Asked, Docket.more),
    "decide": (Decided, Docket.decide),
    "undo": (TakenBack, Docket.undo),
    "decided": (Asked, Docket.decided),
    "guideline": (Looked, Docket.guideline),
    "revise": (Revised, Docket.revise),
}


def reviewing_routes(services: Services) -> list[Route]:
    """``/review/DEED`` for reviewers and above."""
    return deed_routes(services, DEEDS, Docket, path="review", role="reviewer", verb=N_("review texts"))
