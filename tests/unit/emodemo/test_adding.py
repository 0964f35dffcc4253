"""Texts of one's own into the pool, by the page's handlers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from emodemo import html
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.tabs import adding

from .asking import OWNER, VISITOR


def ended(steps: Iterable[Any]) -> Any:
    return [*steps][-1]


def test_lines_fill_the_pool(services: Services) -> None:
    message, folds, _, lines = ended(adding.add_lines(services, "The roof leaks.\nWe danced.\n\nWe  danced.", OWNER))
    assert message == html.note("2 texts were added to the pool. 1 was there already.", "good")
    assert (folds, lines) == ([], "")
    with pytest.raises(UserError, match=r"^There is no line to add; paste some texts first\.$"):
        ended(adding.add_lines(services, " \n", OWNER))


def test_what_was_folded_is_shown_escaped_and_can_be_added(services: Services) -> None:
    message, folds, keep, _ = ended(adding.add_lines(services, "<b>We won</b>!\n<b>we won</b> !!", OWNER))
    assert "1 text was added" in message
    assert "1 row nearly repeats another and was left out." in message
    assert "<td>&lt;b&gt;we won&lt;/b&gt; !!</td>" in message
    assert keep["visible"] is True
    message, folds, keep = ended(adding.add_folded(services, folds, OWNER))
    assert ("1 text was added" in message, folds, keep["visible"]) == (True, [], False)
    with pytest.raises(UserError, match=r"^No folded text is left to add\.$"):
        ended(adding.add_folded(services, folds, OWNER))


@pytest.mark.parametrize(
    ("name", "content"),
    [("pool.csv", "body,thread\nThe roof leaks.,a\n,a\nWe danced.,a\n"), ("POOL.TXT", "The roof leaks.\n \nWe danced.\n"),
     ("pool.jsonl", '{"body": "The roof leaks."}\n{"body": null}\n{"body": "We danced."}\n')],
)  # fmt: skip
def test_a_file_is_looked_at_and_then_fills_the_pool(
    services: Services, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    message, path, _, text, dialogue, order, preview = adding.open_file(services, str(tmp_path / name), OWNER)
    assert message == ""
    assert "passed over" not in preview
    assert "2 of 3 rows have a text. Left out: 1 (" in preview
    assert "We danced." in preview
    chosen = [part["value"] for part in (text, dialogue, order)]
    assert chosen[0] in ("body", "text")
    message, _, _, panel = ended(adding.add_rows(services, path, *chosen, OWNER))
    assert "2 texts were added to the pool. Left out: 1 (" in message
    assert panel["visible"] is False


def test_columns_that_are_not_chosen_are_told_before_and_after(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "pool.csv"
    file.write_text("text,thread,labels\nThe roof leaks.,a,joy\n")
    _, path, *_, preview = adding.open_file(services, str(file), OWNER)
    told = "Columns passed over: &#x27;labels&#x27;."
    assert told in preview
    assert "&#x27;thread&#x27;" in adding.look_at(services, path, "text", adding.NONE, adding.NONE, OWNER)[1]
    message, *_ = ended(adding.add_rows(services, path, "text", "thread", adding.NONE, OWNER))
    assert f"1 text was added to the pool. {told}" in message


def test_another_column_is_shown_before_it_is_stored(services: Services, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("text,remark\nThe roof leaks.,We danced.\n")
    _, path, *_ = adding.open_file(services, str(tmp_path / "pool.csv"), OWNER)
    assert "We danced." in adding.look_at(services, path, "remark", adding.NONE, adding.NONE, OWNER)[1]


def test_a_file_that_cannot_fill_the_pool_is_named(services: Services, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("body\nhello,there\n")
    with pytest.raises(UserError, match=r"^pool\.csv, line 2: expected 1 columns, found 2\.$"):
        adding.open_file(services, str(tmp_path / "pool.csv"), OWNER)


def test_adding_texts_needs_an_annotator(services: Services) -> None:
    sentence = r"^Only a signed-in annotator may add texts; you are not signed in: sign in at the top of the page\.$"
    attempts = [
        lambda: ended(adding.add_lines(services, "The roof leaks.", VISITOR)),
        lambda: adding.open_file(services, "pool.csv", VISITOR),
        lambda: adding.look_at(services, "pool.csv", "text", "", "", VISITOR),
        lambda: ended(adding.add_rows(services, "pool.csv", "text", "", "", VISITOR)),
    ]
    for attempt in attempts:
        with pytest.raises(UserError, match=sentence):
            attempt()
    assert adding.reach(services, VISITOR)[1]["visible"] is False
