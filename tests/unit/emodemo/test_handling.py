"""Who asks, and what an error comes to."""

from typing import Any

import gradio as gr
import pytest

from emodemo import access, html
from emodemo.errors import UserError
from emodemo.handling import DEFECT, answering, asker, streaming
from emodemo.services import Services

from .asking import OWNER, request


@pytest.mark.parametrize(
    ("asked", "person"),
    [
        (OWNER, access.OWNER),
        (request("::1", "[::1]:7860"), access.OWNER),
        (request(host="127.0.0.1"), access.OWNER),
        (request("192.0.2.7"), access.VISITOR),
        (request(x_forwarded_for="198.51.100.7"), access.VISITOR),
        (request(host="rebound.example:7860"), access.VISITOR),
    ],
)
def test_only_this_machine_under_its_own_name_is_the_owner(
    services: Services, asked: gr.Request, person: access.Person
) -> None:
    assert asker(services.settings, asked) == person


def test_a_page_for_everybody_has_no_owner(services: Services) -> None:
    public = services.settings.model_copy(update={"server_name": "0.0.0.0"})
    assert asker(public, OWNER) == access.VISITOR


def test_an_expected_error_becomes_an_escaped_message_and_leaves_the_rest(services: Services) -> None:
    def refuse(_: Services, text: str) -> tuple[str, str]:
        raise UserError(f"Not {text}.")

    message, rest = answering(refuse, 2, services)(OWNER, "<b>")
    assert message.endswith(' class="note bad">Not &lt;b&gt;.</div>')
    assert message != answering(refuse, 2, services)(OWNER, "<b>")[0]  # or the page would not change
    assert rest == gr.skip()


def test_a_defect_becomes_one_neutral_sentence_and_is_logged(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Services) -> Any:
        raise ZeroDivisionError("secret detail")
        yield

    [(message, _)] = streaming(fail, 2, services)(OWNER)
    assert message.endswith(html.note(DEFECT, "bad").removeprefix("<div"))
    assert "secret detail" in caplog.text


def test_a_note_shows_commands_as_code() -> None:
    assert html.note("Run `a <b>` now.") == '<div class="note info">Run <code>a &lt;b&gt;</code> now.</div>'
    assert html.note("") == ""
