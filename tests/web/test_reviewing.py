"""The addresses of the reviewer's page."""

import logging
from uuid import uuid4

import httpx
import pytest

from db import annotators, corrections, texts
from db.records import Verdict
from tests.web.conftest import Site

DEEDS = {
    "next": {},
    "decide": {"client_id": "12345678", "text_id": 1, "kind": "flag", "action": "keep", "seen": 0, "after": 0},
    "undo": {"client_id": "12345678"},
    "decided": {},
    "guideline": {"label": "joy"},
    "revise": {"label": "joy", "definition": "Glad."},
}
STANDING = {
    "visitor": "you are not signed in: sign in at the top of the page",
    "annotator": "you are signed in as annotator",
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("role", STANDING)
def test_whoever_is_below_a_reviewer_is_refused_and_noted(
    site: Site, role: str, deed: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="emodemo.access"):
        refused = site.client(role).post(f"/review/{deed}", json=DEEDS[deed])
    assert refused.status_code == 400
    assert refused.json() == {"detail": f"Only a signed-in reviewer may review texts; {STANDING[role]}."}
    assert f"Refused: {role} ({role}) wanted to review" in caplog.text


def proposed(site: Site, content: str) -> None:
    with site.services.database.write() as session:
        visitor = annotators.ensure(session, name="visitor", role="visitor")
        [text_id] = texts.add(session, contents=[content], source="page", pooled=False)
        corrections.save(
            session, client_id=uuid4().hex, text_id=text_id, annotator_id=visitor.id, visible=True,
            verdict=Verdict(("joy",), "positive"),
        )  # fmt: skip


def found(client: httpx.Client, content: str) -> dict:
    items = client.post("/review/next", json={"only": "proposal"}).json()["items"]
    return next(item for item in items if item["text"] == content)


@pytest.mark.parametrize("role", ["reviewer", "admin"])
def test_a_proposal_is_found_accepted_and_taken_back(site: Site, role: str) -> None:
    client, content = site.client(role), f"The parcel is for {role}."
    proposed(site, content)
    item = found(client, content)
    decision = {name: item[name] for name in ("client_id", "kind", "seen", "after")}
    asked = {**decision, "text_id": item["id"], "action": "accept", "labels": ["joy"], "have": [item["id"]]}
    told = client.post("/review/decide", json=asked).json()
    assert told["said"] == "Accepted: joy."
    back = client.post("/review/undo", json={"client_id": uuid4().hex}).json()["back"]
    assert (back["id"], back["text"]) == (item["id"], content)
    assert found(client, content)["id"] == item["id"]
    for refused in ({**asked, "action": "praise"}, {**asked, "kind": "rumour"}):
        assert client.post("/review/decide", json=refused).status_code in (400, 422)


def test_what_a_reviewer_writes_annotators_read(site: Site) -> None:
    told = site.client("reviewer").post("/review/revise", json={"label": "fear", "definition": "Expects <harm>."})
    assert told.json()["said"] == "What fear means was changed."
    shown = site.client("annotator").post("/annotate/guidelines", json={}).json()["html"]
    assert "Expects &lt;harm&gt;." in shown
