"""What all errors that a person may see have in common."""

from typing import Any


class Refusal(Exception):
    """One clear sentence, filled with ``values`` by ``str.format``. Whoever shows it may translate ``message`` first."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message.format(**values) if values else message)
        self.message, self.values = message, values
