"""Which release is live at the start, and what a running app follows."""

from dataclasses import replace

import numpy as np
import pytest

from db import releases
from db.errors import StoreError
from emodemo.services import Services
from emodemo.serving import PRODUCTION, LiveModel, register_shipped
from model.release import ReleaseFolder


def later(services: Services, name: str, encoder_id: str = "") -> ReleaseFolder:
    """The shipped release under another name, as a newer version of the project would bring it."""
    facts = {"release": name, "encoder_id": encoder_id or services.shipped.encoder_id}
    return ReleaseFolder(services.shipped.folder, services.shipped.manifest | facts)


def add(services: Services, name: str, *, report: dict[str, str] | None, encoder_id: str = "") -> None:
    with services.database.write() as session:
        releases.add(
            session, name=name, parent=services.shipped.name, encoder_id=encoder_id or services.shipped.encoder_id,
            heads=services.shipped.heads().to_bytes(), metrics=[], snapshot=None, report=report,
        )  # fmt: skip
        releases.point(session, alias=PRODUCTION, release=name, actor="test", reason="a test")


def live(services: Services) -> str | None:
    with services.database.read() as session:
        return releases.alias(session, alias=PRODUCTION)


def test_a_newer_shipped_release_takes_the_place_of_the_one_before(services: Services) -> None:
    register_shipped(services.database, later(services, "next"))
    assert live(services) == "next"
    with services.database.write() as session:
        releases.point(session, alias=PRODUCTION, release=services.shipped.name, actor="test", reason="by hand")
    register_shipped(services.database, later(services, "next"))
    assert live(services) == services.shipped.name  # known already: the choice by hand stays


def test_a_release_retrained_on_the_users_corrections_stays_live(services: Services) -> None:
    add(services, "mine", report={"decision": "promoted"})
    register_shipped(services.database, later(services, "next"))
    assert live(services) == "mine"


def test_another_encoder_makes_its_own_release_live(services: Services) -> None:
    add(services, "mine", report={"decision": "promoted"})
    register_shipped(services.database, later(services, "other", encoder_id="another"))
    assert live(services) == "other"


def test_a_running_app_does_not_follow_a_release_of_another_encoder(services: Services) -> None:
    before = services.live.predictor
    add(services, "foreign", report=None, encoder_id="another")
    services.live.refresh()
    assert services.live.predictor is before
    with pytest.raises(StoreError, match="^foreign is live and was fitted to another model; "):
        LiveModel(services.database, before.encoder)


def test_a_running_app_follows_a_promotion(services: Services) -> None:
    heads = services.shipped.heads()
    with services.database.write() as session:
        releases.add(
            session, name="flat", parent=services.shipped.name, encoder_id=services.shipped.encoder_id,
            heads=replace(heads, weight=np.zeros_like(heads.weight)).to_bytes(), metrics=[], snapshot=None, report=None,
        )  # fmt: skip
        releases.point(session, alias=PRODUCTION, release="flat", actor="test", reason="a test")
    services.live.refresh()
    assert services.live.predictor.release == "flat"
