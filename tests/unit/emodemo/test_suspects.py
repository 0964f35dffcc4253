"""Wrong labels in the store and in a corpus, on the shipped model, and on a reviewer's table."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from db.records import Verdict
from emodemo import review, suspects
from emodemo.access import Person
from emodemo.docket import Asked, Docket
from emodemo.services import Services
from tests.answers import ANGRY, PLAIN, answered, sentences

ROSA = Person("rosa", "reviewer", signed_in=True)
WRONG = 10  # one in so many


def labelled(services: Services) -> tuple[list[str], set[str]]:
    """60 plain and 60 angry sentences, every so manieth with the other's label; all of them, and the wrong ones."""
    contents = [text for pair in zip(sentences(PLAIN)[:60], sentences(ANGRY)[:60], strict=True) for text in pair]
    right = [Verdict((("neutral", "anger")[n % 2],)) for n in range(len(contents))]
    said = [right[n + 1 - 2 * (n % 2)] if n % WRONG == 0 else right[n] for n in range(len(contents))]
    answered(services.database, contents, said, release=services.live.predictor.release, chosen="strategy")
    return contents, set(contents[::WRONG])


def test_wrong_labels_of_the_store_are_found(services: Services) -> None:
    _, wrong = labelled(services)
    found = suspects.suspects(services)
    texts = [suspect.text for suspect in found]
    assert len(wrong & set(texts)) >= 0.7 * len(wrong)
    assert len(wrong & set(texts)) >= 0.5 * len(texts)  # chance would be right in one of ten
    assert {(suspect.given, suspect.likelier) for suspect in found if suspect.text in wrong} == {("anger", "neutral")}


def test_with_few_labels_nothing_is_suspect(services: Services) -> None:
    contents = sentences(PLAIN)[:40]
    answered(services.database, contents, [Verdict(("joy",))] * 40, release="r", chosen="random")
    assert suspects.suspects(services) == []


def test_a_reviewer_gets_suspects_until_they_are_decided_on(services: Services) -> None:
    _, wrong = labelled(services)
    docket = Docket(services, ROSA)
    assert docket.more(Asked())["counts"]["suspect"] == 0  # the first look sends for them
    services.suspects.wait()
    told = docket.more(Asked(only="suspect"))
    first, second, *_ = told["items"]
    assert {first["text"], second["text"]} <= wrong
    assert first["why"].startswith("emotion: neutral is more probable than anger by ")
    assert told["counts"]["suspect"] >= 0.7 * len(wrong)
    for item, action in ((first, "keep"), (second, "reject")):
        own = {name: item[name] for name in ("client_id", "kind", "seen", "after")}
        docket.decide(docket_decision(item["id"], action, own))
    left = docket.more(Asked(only="suspect"))
    assert left["counts"]["suspect"] == told["counts"]["suspect"] - 2
    assert not {first["id"], second["id"]} & {item["id"] for item in left["items"]}


def docket_decision(text_id: int, action: str, own: dict[str, object]):  # type: ignore[no-untyped-def]
    from emodemo.docket import Decided

    return Decided.model_validate({"text_id": text_id, "action": action, **own})


def test_a_second_search_waits_its_time(services: Services) -> None:
    labelled(services)
    with services.database.read() as session:
        assert suspects.waiting(services, session) == []
    services.suspects.wait()
    answered(services.database, ["One more is here."], [Verdict(("joy",))], release="r", chosen="random")
    with services.database.read() as session:
        before = suspects.waiting(services, session)
    assert before
    assert services.suspects.latest("another state", lambda: pytest.fail("too soon")) is not None


def test_wrong_labels_of_a_corpus_are_listed_with_place_and_score(
    tmp_path: Path, services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from emodemo.commands import watching

    contents = [text for pair in zip(sentences(PLAIN)[:60], sentences(ANGRY)[:60], strict=True) for text in pair]
    right = ["neutral" if n % 2 == 0 else "anger" for n in range(len(contents))]
    rows = [{"text": t, "labels": ["anger"] if n % WRONG == 0 else [right[n]], "split": "train"}
            for n, t in enumerate(contents)]  # fmt: skip
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(watching, "services", lambda: services)
    watching.suspects(data=tmp_path, corpus=["own"], format=watching.RowFormat.csv)
    found = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    wrong = set(contents[::WRONG])
    hits = [row["text"] in wrong for row in found if row["task"] == "emotion7"]
    assert np.sum(hits) >= 0.8 * len(wrong)
    assert np.mean(hits) >= 0.5
    assert all(row["where"].startswith("own/train/") for row in found)
    scores = [float(row["score"]) for row in found]
    assert scores == sorted(scores, reverse=True)


def test_review_knows_the_kind() -> None:
    assert review.KINDS[suspects.KIND].rulings.keys() == {"keep", "reject"}
