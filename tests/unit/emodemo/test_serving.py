"""Which release is live at the start, and what a running app follows."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from db import releases, schema
from db.errors import StoreError
from emodemo.services import Services
from emodemo.serving import PRODUCTION, LiveModel, register_shipped
from model.release import ReleaseFolder


def later(services: Services, name: str, encoder_id: str = "") -> ReleaseFolder:
    """The shipped release under another name, as a newer version of the project would bring it."""
    facts = {"release": name, "encoder_id": encoder_id or services.shipped.encoder_id}
    return ReleaseFolder(services.shipped.folder, services.shipped.manifest | facts)


def refitted(services: Services, folder: Path) -> ReleaseFolder:
    """Other heads under the shipped release's name, as a second training without ``--name`` would bring them."""
    heads = services.shipped.heads()
    replace(heads, bias=heads.bias + 1).save(folder / "heads.safetensors")
    return ReleaseFolder(folder, services.shipped.manifest)


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


def test_another_release_under_a_known_name_is_refused(services: Services, tmp_path: Path) -> None:
    for other in (refitted(services, tmp_path), later(services, services.shipped.name, encoder_id="another")):
        with pytest.raises(
            StoreError, match=f"^There is another release named {services.shipped.name} in this database"
        ):
            register_shipped(services.database, other)
    assert live(services) == services.shipped.name


def test_a_known_release_whose_heads_an_earlier_version_wrote_otherwise_is_the_same(services: Services) -> None:
    tensors = load(services.shipped.heads().to_bytes()) | {"unknown": np.zeros(1, np.float32)}
    written = save(tensors, {"version": "earlier"})
    with services.database.write() as session:
        row = session.get_one(schema.Release, services.shipped.name)
        row.heads, row.heads_sha256 = written, sha256(written).hexdigest()
    register_shipped(services.database, services.shipped)
    assert live(services) == services.shipped.name


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
