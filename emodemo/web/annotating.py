"""The annotator's page talks to these addresses: one request an answer, without Gradio's queue between."""

import logging
from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emodemo import annotation
from emodemo.access import require
from emodemo.errors import EXPECTED
from emodemo.handling import sentence
from emodemo.services import Services
from emodemo.translation import N_
from emodemo.workspace import Answered, Asked, Desk, TakenBack

LOG = logging.getLogger(__name__)
TOGETHER, APART = 16, 3  # requests at once: those who write to a file share its commits, to a server they only contend
Deed = Callable[[Desk, Any], dict[str, Any]]
DEEDS: dict[str, tuple[type[BaseModel], Deed]] = {
    "next": (Asked, Desk.more),
    "answer": (Answered, Desk.answer),
    "undo": (TakenBack, Desk.undo),
    "mine": (Asked, Desk.mine),
}


def annotating_routes(services: Services) -> list[Route]:
    """``/annotate/DEED`` for annotators and above: JSON in and out, an error as ``{"detail": sentence}``."""
    at_once = CapacityLimiter(TOGETHER if services.database.file else APART)
    return [
        Route(f"/annotate/{name}", _endpoint(services, at_once, *deed), methods=["POST"])
        for name, deed in DEEDS.items()
    ]


def _endpoint(
    services: Services, at_once: CapacityLimiter, kind: type[BaseModel], deed: Deed
) -> Callable[[Request], Any]:
    def work(request: Request, raw: bytes) -> tuple[dict[str, Any], bool]:
        require(request.state.person, "annotator", N_("annotate"))
        answer = deed(Desk(services, request.state.person), kind.model_validate_json(raw))
        return answer, _is_behind(services)

    async def endpoint(request: Request) -> Response:
        try:
            answer, behind = await to_thread.run_sync(work, request, await request.body(), limiter=at_once)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the request"
            return JSONResponse({"detail": f"{where}: {first['msg']}."}, 422)
        except Exception as error:
            return JSONResponse({"detail": sentence(error)}, 400 if isinstance(error, EXPECTED) else 500)
        return JSONResponse(answer, background=BackgroundTask(_judge_more, services) if behind else None)

    return endpoint


def _is_behind(services: Services) -> bool:
    """Whether there may be texts that came lately, and nobody sees to them yet."""
    predictor = services.live.predictor
    return not services.pool.judging.locked() and services.pool.has_news(
        predictor.encoder.encoder_id, predictor.release
    )


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
