"""The addresses of the annotator's page."""

import logging
from uuid import uuid4

import pytest

from db import texts
from tests.web.conftest import Site

DEEDS = {
    "next": {},
    "answer": {"client_id": "12345678", "text_id": 1, "action": "skip", "seconds": 1},
    "undo": {"client_id": "12345678"},
    "mine": {},
    "guidelines": {},
    "preview": {},
    "news": {},
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_visitor_is_refused_and_noted(site: Site, deed: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="emodemo.access"):
        refused = site.client().post(f"/annotate/{deed}", json=DEEDS[deed])
    assert refused.status_code == 400
    assert refused.json() == {
        "detail": "Only a signed-in annotator may annotate; you are not signed in: sign in at the top of the page."
    }
    assert "Refused: visitor (visitor) wanted to annotate" in caplog.text


@pytest.mark.parametrize("role", ["annotator", "reviewer", "admin"])
def test_everybody_above_is_let_in(site: Site, role: str) -> None:
    for deed in ("next", "mine", "news"):
        assert site.client(role).post(f"/annotate/{deed}", json={}).status_code == 200


def test_two_people_hold_different_texts_and_answers_are_theirs(site: Site) -> None:
    with site.services.database.write() as session:
        texts.add(session, contents=[f"Lamp {n}." for n in range(7)], source="test", pooled=True)
    held = {}
    for role in ("annotator", "reviewer"):
        client = site.client(role)
        held[role] = [item["id"] for item in client.post("/annotate/next", json={}).json()["items"]]
        said = {"text_id": held[role][0], "client_id": uuid4().hex, "action": "label", "labels": ["joy"], "seconds": 1}
        assert client.post("/annotate/answer", json=said).json()["said"] == "Saved: joy."
    assert len({*held["annotator"], *held["reviewer"]}) == 6


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "the request: Invalid JSON"),
        (b"[]", "the request: Input should be an object"),
        (b'{"client_id": "12345678", "text_id": "x", "action": "skip", "seconds": 1}', "text_id: Input should be"),
        (
            b'{"client_id": "12345678", "text_id": 1, "action": "praise", "seconds": 1}',
            "action: Input should be 'label'",
        ),
    ],
)
def test_a_request_of_another_form_is_told_what_is_wrong(site: Site, body: bytes, sentence: str) -> None:
    refused = site.client("annotator").post("/annotate/answer", content=body)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(sentence)
