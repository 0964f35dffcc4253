"""What is too much for the server, each refused with one sentence that names the limit."""

import json
from pathlib import Path

import pyarrow
from pyarrow import parquet

from emodemo import accounts
from tests.web.conftest import PASSWORD, Site, started

from .sending import raw, said, upload


def test_what_is_too_long_or_of_no_length_is_refused(site: Site) -> None:
    status, body = raw(site, "POST", "/gradio_api/queue/join", **{"content-length": "900000000"})
    assert (status, json.loads(body)["detail"]) == (
        413,
        "The request has 900,000,000 bytes; at most 7,000,000 are taken.",
    )
    status, body = raw(site, "POST", "/gradio_api/upload", **{"content-length": "6000001"})
    assert (status, json.loads(body)["detail"]) == (
        413,
        "The request has 6,000,001 bytes; at most 6,000,000 are taken.",
    )
    client = site.client()
    chunked = client.post("/gradio_api/upload", content=iter([b"x"]))
    assert (chunked.status_code, chunked.json()["detail"]) == (411, "The request does not say how long it is.")
    upload = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 5_500_000)})
    assert upload.status_code == 413


def test_what_the_page_itself_sends_comes_through(site: Site) -> None:
    client = site.client(address="198.51.100.20")
    client.headers.update({"origin": site.url, "sec-fetch-site": "same-origin"})
    file = upload(client, "rain.txt", b"Rain again.")
    sent = {
        "url": f"{site.url}/gradio_api/file={file['path']}",
        "size": 11,
        "mime_type": "text/plain",
        "is_stream": False,
    }
    answer = site.call(client, "analyse_file", [file | sent])
    assert "Rain again." in str(answer["output"]), answer
    assert client.get(f"/gradio_api/file={file['path']}").content == b"Rain again."


def test_a_stream_is_for_a_session_that_asked_for_something(site: Site) -> None:
    refused = site.client().get("/gradio_api/queue/data", params={"session_hash": "nobody"})
    assert (refused.status_code, refused.json()["detail"]) == (404, "This session has asked for nothing.")
    assert site.client().get("/gradio_api/call/analyze/nobody").status_code == 404


def test_a_file_with_too_many_rows_is_refused(site: Site) -> None:
    client = site.client("annotator")
    rows = upload(client, "rows.csv", b"text\n" + b"a\n" * 100_001)
    expected = "The file has more than 100,000 rows, which is the most at once; split it."
    assert expected in said(site.call(client, "open_file", [rows]))


def test_a_parquet_bomb_does_not_go_off(site: Site, tmp_path: Path) -> None:
    texts = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 200_000, "int32"), pyarrow.array(["x" * 500_000]))
    parquet.write_table(pyarrow.table({"text": texts}), tmp_path / "bomb.parquet", compression="zstd")
    packed = (tmp_path / "bomb.parquet").read_bytes()
    assert len(packed) < 100_000
    client = site.client("annotator")
    answer = said(site.call(client, "open_file", [upload(client, "bomb.parquet", packed)]))
    assert "note bad" in answer
    assert "Something went wrong" not in answer


def test_one_user_cannot_ask_without_end_nor_hold_every_place(tmp_path: Path, small: tuple) -> None:  # type: ignore[type-arg]
    with started(tmp_path / "home", *small, address_rate=5, user_rate=8, sign_in_rate=2, jobs=2) as tight:
        added = {"password": PASSWORD, "hub_name": None, "actor": "test"}
        for role in ("admin", "annotator"):
            accounts.add(tight.services.database, role, role, **added)  # type: ignore[arg-type]
        call = {"data": ["", None], "fn_index": tight.index("follow"), "session_hash": "s"}
        guest, other = tight.client(address="198.51.100.7"), tight.client(address="198.51.100.8")
        answers = [guest.post("/gradio_api/queue/join", json=call) for _ in range(6)]
        assert answers[-1].status_code == 429
        assert answers[-1].json()["detail"] == (
            "Too many requests: at most 5 a minute for one address; try again in a minute."
        )
        guesses = [other.post("/login", data={"name": "a", "password": "b"}) for _ in range(3)]
        assert [guess.status_code for guess in guesses] == [401, 401, 429]
        assert "Too many sign-ins: at most 2 a minute for one address" in guesses[-1].text


def test_a_fourth_long_text_of_one_address_waits_for_the_first(site: Site) -> None:
    text = "The kettle sings again. " * 20_000
    call = {"data": [text], "fn_index": site.index("analyse"), "session_hash": "long"}
    greedy = site.client(address="203.0.113.9")
    answers = [greedy.post("/gradio_api/queue/join", json=call) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["detail"] == (
        "3 requests of this kind are already under way for you, which is the most at once; wait for one to end."
    )
    assert "1 sentence" in str(site.call(site.client(address="203.0.113.10"), "analyse", ["We won at last!"]))
    for answer in answers[:3]:
        greedy.post("/gradio_api/cancel", json={"session_hash": "long", "fn_index": call["fn_index"], "event_id": answer.json()["event_id"]})  # fmt: skip
