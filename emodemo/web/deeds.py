"""Addresses that a page's script talks to past Gradio's queue: JSON in and out, an error as ``{"detail": sentence}``."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emodemo.access import Person, Role, require
from emodemo.errors import EXPECTED
from emodemo.handling import sentence
from emodemo.services import Services
from emodemo.translation import N_

Place = TypeVar("Place")
Deeds = Mapping[str, tuple[type[BaseModel], Callable[[Place, Any], dict[str, Any]]]]
"""By name, what is asked and what answers it."""


def deed_routes(
    services: Services,
    deeds: Deeds[Place],
    place: Callable[[Services, Person], Place],
    *,
    role: Role,
    verb: N_,
    afterwards: Callable[[Services], None] | None = None,
) -> list[Route]:
    """``/VERB/DEED`` for whoever has the role; what is done ``afterwards`` keeps nobody waiting."""

    def route(name: str) -> Route:
        kind, deed = deeds[name]

        def work(request: Request, raw: bytes) -> dict[str, Any]:
            require(request.state.person, role, verb)
            return deed(place(services, request.state.person), kind.model_validate_json(raw))

        async def endpoint(request: Request) -> Response:
            try:
                answer = await run_in_threadpool(work, request, await request.body())
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(map(str, first["loc"])) or "the request"
                return JSONResponse({"detail": f"{where}: {first['msg']}."}, 422)
            except Exception as error:
                return JSONResponse({"detail": sentence(error)}, 400 if isinstance(error, EXPECTED) else 500)
            return JSONResponse(answer, background=BackgroundTask(afterwards, services) if afterwards else None)

        return Route(f"/{verb}/{name}", endpoint, methods=["POST"])

    return [route(name) for name in deeds]
