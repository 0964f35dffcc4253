import json
import logging
import sys

import pytest

from emodemo.logs import REQUEST, JsonLines, configure


def test_a_json_line_holds_what_a_program_looks_for() -> None:
    record = logging.LogRecord("emodemo.x", logging.WARNING, "x.py", 1, "Refused: %s", ('a "b"\n',), None)
    record.status = 404
    token = REQUEST.set("r1")
    line = JsonLines().format(record)
    REQUEST.reset(token)
    assert "\n" not in line
    found = json.loads(line)
    assert found.pop("time")
    assert found == {
        "level": "warning", "logger": "emodemo.x", "message": 'Refused: a "b"\n', "request": "r1", "status": 404,
    }  # fmt: skip


def test_a_traceback_stays_on_its_line() -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        record = logging.LogRecord("emodemo", logging.ERROR, "x.py", 1, "Failed.", (), sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "ZeroDivisionError" in json.loads(line)["error"]


@pytest.mark.parametrize(("kind", "starts"), [("json", '{"time": '), ("text", "WARNING Refused.")])
def test_the_log_is_on_standard_error(kind: str, starts: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    configure(kind)  # type: ignore[arg-type]
    logging.getLogger("emodemo.access").warning("Refused.")
    logging.getLogger().handlers[:] = before
    out, error = capsys.readouterr()
    assert (out, error.startswith(starts)) == ("", True)
