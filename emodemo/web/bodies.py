"""What a call to a handler may look like, checked before Gradio sees it: anything else would end as a defect there."""

import json
from collections.abc import Sequence
from typing import Any

from gradio.blocks import BlockFunction

from emodemo.translation import N_

NO_OBJECT = N_("The request is not a JSON object that names a handler and its data.")
FETCHES = N_("Files are uploaded; an address to fetch one from is not taken.")
DEEPEST = 32
SESSION = 64  # characters of a session's name
CALL = {"data", "fn_index", "session_hash", "event_data", "trigger_id"}


def call_fault(raw: bytes, functions: dict[int, BlockFunction]) -> str | None:
    """One sentence on what is wrong with the body of ``/queue/join``, None for a sound one."""
    body = parsed(raw)
    if body is None or not isinstance(body.get("data"), list):
        return NO_OBJECT
    function = functions.get(body["fn_index"]) if isinstance(body.get("fn_index"), int) else None
    session = body.get("session_hash")
    if function is None or not isinstance(session, str) or not 0 < len(session) <= SESSION:
        return NO_OBJECT
    if unknown := set(body) - CALL:
        return N_("The request has fields that are not known: {names}.", names=", ".join(sorted(unknown))[:100])
    if not function.cancels and len(body["data"]) != len(function.inputs):
        count = {"wanted": len(function.inputs), "found": len(body["data"])}
        return N_("The handler takes {wanted} values, the request has {found}.", **count)
    return FETCHES if fetches(body["data"]) else None


def named_fault(raw: bytes, parameters: Sequence[str], *, by_name: bool) -> str | None:
    """The same of ``/call/NAME``, where ``data`` is a list, and ``/call/v2/NAME``, where values stand under their names."""
    body = parsed(raw)
    if body is None or not (by_name or isinstance(body.get("data"), list)):
        return NO_OBJECT
    given = list(body) if by_name else body["data"]
    if len(given) != len(parameters) or (by_name and set(given) != set(parameters)):
        return N_("The endpoint takes {names}.", names=", ".join(parameters) or N_("nothing"))
    return FETCHES if fetches(body) else None


def parsed(raw: bytes) -> dict[str, Any] | None:
    """The JSON object, None for anything else."""
    try:
        body = json.loads(raw)
        body_text = json.dumps(body, ensure_ascii=False)
        body_text.encode()  # half a character cannot be stored or sent on
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and not _deeper(body, DEEPEST) else None


def fetches(value: Any) -> bool:
    """Whether a file inside is named by an address, or by a path that climbs."""
    if isinstance(value, list):
        return any(map(fetches, value))
    if not isinstance(value, dict):
        return False
    place = str(value.get("path") or "")
    if "meta" in value and ("://" in place or ".." in place or place.startswith(("data:", "//"))):
        return True
    return any(map(fetches, value.values()))


def _deeper(value: Any, most: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most < 0 or any(_deeper(item, most - 1) for item in inner)
