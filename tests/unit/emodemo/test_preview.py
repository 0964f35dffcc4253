"""What one's corrections would change, tried out and thrown away."""

import pytest
from sqlalchemy import func, select

from db import texts
from db.records import Verdict
from db.schema import Base
from emodemo import annotation, html, preview
from emodemo.access import OWNER
from emodemo.errors import UserError
from emodemo.services import Services

SAID = [f"After the {what} I feel completely zindled." for what in ("concert", "walk", "letter", "dinner", "party")]
POOL = ["After the play we all felt zindled.", "My aunt felt zindled on Sunday, too.", "The lid is blue."]


def say(services: Services, content: str, *names: str) -> None:
    annotation.save(
        services, OWNER, client_id=content, content=content, verdict=Verdict(names, "positive", {}), visible=False,
        release=None, seconds=None,
    )  # fmt: skip


def counts(services: Services) -> dict[str, int]:
    with services.database.read() as session:
        tables = Base.metadata.sorted_tables
        return {each.name: session.scalar(select(func.count()).select_from(each)) or 0 for each in tables}


def test_it_shows_which_texts_would_change_most_changed_first_and_stores_nothing(large: Services) -> None:
    with large.database.write() as session:
        ids = texts.add(session, contents=POOL, source="test", pooled=True)
    annotation.refresh_pool(large)
    for content in SAID:
        say(large, content, "joy")
    live, before = large.live.predictor, counts(large)
    found = preview.preview(large, OWNER)
    assert counts(large) == before
    assert large.live.predictor is live
    assert (found.corrections, found.looked_at, found.held) == (len(SAID), len(POOL), len(SAID))
    assert {change.text_id for change in found.changes} == set(ids[:2])
    assert [change.moved for change in found.changes] == sorted((c.moved for c in found.changes), reverse=True)
    assert all("joy" not in change.before and change.after.startswith("joy ") for change in found.changes)
    assert found.f1 is not None
    assert found.f1[1] > found.f1[0]
    shown = preview.page(large, OWNER)
    assert shown.startswith(html.note(preview.summary(found)))
    assert "Your 5 corrections would change the answer to 2 of 3 texts of the pool." in shown
    assert POOL[0] in shown
    assert POOL[2] not in shown


def test_one_at_a_time_for_everybody_and_few_at_once(services: Services) -> None:
    with pytest.raises(UserError, match=r"^You have not corrected an emotion, a polarity or a score yet"):
        preview.preview(services, OWNER)
    with (
        services.sandbox.of(OWNER.name),
        pytest.raises(UserError, match=r"^Your last preview is still being made"),
    ):
        preview.preview(services, OWNER)
    with (
        services.sandbox.of("ann"),
        services.sandbox.of("bob"),
        pytest.raises(UserError, match=r"^Others are previewing their corrections; try again in some seconds\.$"),
    ):
        preview.preview(services, OWNER)
    with services.sandbox.of("ann"):
        pass
