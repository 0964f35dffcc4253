"""Addresses that a page's script talks to past Gradio's queue: JSON in and out, an error as ``{"detail": sentence}``."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emodemo.access import Person, Role, require
from emodemo.errors import EXPECTED
from emodemo.handling import sentence
from emodemo.services import Services
from emodemo.translation import N_

TOGETHER, APART = 16, 3  # requests at once: those who write to a file share its commits, to a server they only contend
Place = TypeVar("Place")
Deeds = Mapping[str, tuple[type[BaseModel], Callable[[Place, Any], dict[str, Any]]]]
"""By name, what is asked and what answers it."""


def deed_routes(
    services: Services,
    deeds: Deeds[Place],
    place: Callable[[Services, Person], Place],
    *,
    path: str,
    role: Role,
    verb: N_,
    afterwards: Callable[[Services], None] | None = None,
    needed: Callable[[Services], bool] = lambda _: True,
) -> list[Route]:
    """``/PATH/DEED`` for whoever has the role; what is done ``afterwards``, where it is ``needed``, keeps nobody waiting."""
    at_once = CapacityLimiter(TOGETHER if services.database.file else APART)

    def route(name: str) -> Route:
        kind, deed = deeds[name]

        def work(request: Request, raw: bytes) -> tuple[dict[str, Any], BackgroundTask | None]:
            require(request.state.person, role, verb)
            answer = deed(place(services, request.state.person), kind.model_validate_json(raw))
            return answer, BackgroundTask(afterwards, services) if afterwards and needed(services) else None

        async def endpoint(request: Request) -> Response:
            try:
                answer, later = await to_thread.run_sync(work, request, await request.body(), limiter=at_once)
            except ClientDisconnect:  # while the request was read: nobody is there to be answered
                return Response(status_code=400)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(map(str, first["loc"])) or "the request"
                return JSONResponse({"detail": f"{where}: {first['msg']}."}, 422)
            except Exception as error:
                return JSONResponse({"detail": sentence(error)}, 400 if isinstance(error, EXPECTED) else 500)
            return JSONResponse(answer, background=later)

        return Route(f"/{path}/{name}", endpoint, methods=["POST"])

    return [route(name) for name in deeds]
