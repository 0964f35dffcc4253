"""The log on standard error: lines for people, or one JSON object a line with the request that it belongs to."""

import json
import logging
import sys
from contextvars import ContextVar
from typing import Literal

REQUEST: ContextVar[str] = ContextVar("request", default="")  # id of the request that is being answered
EXTRA = ("method", "path", "status", "milliseconds", "person")


class JsonLines(logging.Formatter):
    """time, level, logger, message, request, and what a record of a request holds; a traceback as ``error``."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": REQUEST.get() or None,
            **{name: getattr(record, name) for name in EXTRA if hasattr(record, name)},
            "error": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False)


def configure(kind: Literal["text", "json"]) -> None:
    """Own loggers from INFO on, those of libraries from WARNING on; a line for each request in JSON only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if kind == "json" else logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("emodemo").setLevel(logging.INFO)
    logging.getLogger("emodemo.web.requests").setLevel(logging.INFO if kind == "json" else logging.WARNING)
