"""The annotator's page talks to these addresses: one request an answer, without Gradio's queue between."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
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

Deed = Callable[[Desk, Any], dict[str, Any]]
DEEDS: dict[str, tuple[type[BaseModel], Deed]] = {
    "next": (Asked, Desk.more),
    "answer": (Answered, Desk.answer),
    "undo": (TakenBack, Desk.undo),
    "mine": (Asked, Desk.mine),
    "preview": (Asked, Desk.preview),
    "news": (Asked, Desk.news),
}


def annotating_routes(services: Services) -> list[Route]:
    """``/annotate/DEED`` for annotators and above: JSON in and out, an error as ``{"detail": sentence}``."""
    return [Route(f"/annotate/{name}", _endpoint(services, *deed), methods=["POST"]) for name, deed in DEEDS.items()]


def _endpoint(services: Services, kind: type[BaseModel], deed: Deed) -> Callable[[Request], Any]:
    def work(request: Request, raw: bytes) -> dict[str, Any]:
        require(request.state.person, "annotator", N_("annotate"))
        return deed(Desk(services, request.state.person), kind.model_validate_json(raw))

    async def endpoint(request: Request) -> Response:
        try:
            answer = await run_in_threadpool(work, request, await request.body())
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the request"
            return JSONResponse({"detail": f"{where}: {first['msg']}."}, 422)
        except Exception as error:
            return JSONResponse({"detail": sentence(error)}, 400 if isinstance(error, EXPECTED) else 500)
        return JSONResponse(answer, background=BackgroundTask(annotation.keep_up, services))

    return endpoint
