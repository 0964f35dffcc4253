"""Signing in, staying in, and no longer being in."""

import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from db import annotators, events
from emodemo import accounts
from emodemo.settings import Settings
from emodemo.web.signing import session_secret
from tests.web.conftest import PASSWORD, Site, started

WRONG = "Name or password is wrong; after 5 wrong passwords a name is locked for 15 minutes."


@pytest.fixture
def zoe(site: Site) -> str:
    """An annotator of this test's own."""
    name = f"zoe-{uuid4().hex[:8]}"
    accounts.add(site.services.database, name, "annotator", password=PASSWORD, hub_name=None, actor="test")
    return name


def enter(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password})


def shown_as(site: Site, client: httpx.Client) -> str:
    return site.call(client, "greet")["output"]["data"][0]


def test_an_annotator_signs_in_and_out(site: Site, zoe: str) -> None:
    client = site.client()
    assert "Sign in</a>" in shown_as(site, client)
    entered = enter(client, zoe)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    flags = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=259200"} <= flags
    assert f"{zoe} · annotator" in shown_as(site, client)
    assert client.post("/logout").status_code == 303
    assert "Sign in</a>" in shown_as(site, client)


@pytest.mark.parametrize(
    ("name", "password"), [("admin", "guess"), ("nobody", PASSWORD), ("", ""), ("a\x00", "\ud7ff")]
)
def test_whatever_is_wrong_gets_the_same_sentence(site: Site, name: str, password: str) -> None:
    refused = enter(site.client(), name, password)
    assert refused.status_code == 401
    assert WRONG in refused.text
    assert "set-cookie" not in refused.headers


def test_the_name_that_was_typed_stays_and_is_text(site: Site) -> None:
    refused = enter(site.client(), '"><b>zoe', "guess")
    assert 'name="name" value="&#34;&gt;&lt;b&gt;zoe"' in refused.text


def test_wrong_passwords_in_a_row_lock_a_name_even_for_the_right_one(site: Site, zoe: str) -> None:
    client = site.client()
    for _ in range(5):
        assert enter(client, zoe, "not this one").status_code == 401
    assert enter(client, zoe).status_code == 401
    with site.services.database.read() as session:
        assert annotators.get(session, name=zoe).locked_until is not None
    accounts.change(site.services.database, zoe, password=PASSWORD + "!", actor="test")
    assert enter(client, zoe, PASSWORD + "!").status_code == 303


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "another long password"}])
def test_a_session_ends_with_its_account_or_password(site: Site, zoe: str, change: dict[str, object]) -> None:
    client = site.client()
    enter(client, zoe)
    assert zoe in shown_as(site, client)
    accounts.change(site.services.database, zoe, actor="test", **change)  # type: ignore[arg-type]
    assert "Sign in</a>" in shown_as(site, client)


def test_a_new_role_counts_from_the_next_click(site: Site, zoe: str) -> None:
    client = site.client()
    enter(client, zoe)
    accounts.change(site.services.database, zoe, role="reviewer", actor="test")
    assert f"{zoe} · reviewer" in shown_as(site, client)
    with site.services.database.read() as session:
        [changed, *_] = events.recent(session, kind="account")
    assert (changed.subject, changed.actor, changed.detail["role"]) == (zoe, "test", "reviewer")


def test_a_cookie_of_ones_own_making_is_nobodys(site: Site, zoe: str) -> None:
    client = site.client()
    enter(client, zoe)
    genuine = client.cookies["emodemo"]
    payload, *rest = genuine.split(".")
    for forged in (f"{payload[:-4]}AAAA.{'.'.join(rest)}", payload, "null", "x" * 3000):
        client.cookies.clear()
        client.cookies["emodemo"] = forged
        assert "Sign in</a>" in shown_as(site, client)


def test_passwords_are_kept_as_argon2_hashes_only(site: Site) -> None:
    with site.services.database.read() as session:
        credential = annotators.get(session, name="admin").credential or ""
    assert credential.startswith("$argon2id$")
    home = site.services.settings.home
    assert not [file for file in home.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]


def test_the_secret_is_made_once_and_nobody_elses_to_read(tmp_path: Path) -> None:
    settings = Settings.load().model_copy(update={"home": tmp_path / "home"})
    secret = session_secret(settings)
    assert len(secret) >= 43
    assert session_secret(settings) == secret
    assert stat.S_IMODE((tmp_path / "home" / "secret").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["secret"]


def test_without_accounts_only_this_machine_is_the_owner(tmp_path: Path, small: tuple) -> None:  # type: ignore[type-arg]
    with started(tmp_path / "home", *small) as bare:
        near, far = bare.client(), bare.client(address="198.51.100.7")
        assert 'class="account"' not in shown_as(bare, near)
        assert "Sign in</a>" in shown_as(bare, far)
        added = {"password": PASSWORD, "hub_name": None, "actor": "test"}
        accounts.add(bare.services.database, "first", "admin", **added)  # type: ignore[arg-type]
        assert "Sign in</a>" in shown_as(bare, near)


def test_hugging_face_is_asked_for_the_name_and_nothing_else(tmp_path: Path, small: tuple) -> None:  # type: ignore[type-arg]
    from tests.web.provider import provider

    with provider() as hub, started(
        tmp_path / "home", *small, oauth_client="client", oauth_provider=hub.url, admins="boss-hf, other"
    ) as space:  # fmt: skip

        def came(who: str, status: int, said: str) -> None:
            client = space.client()
            assert 'href="login/huggingface"' in client.get("/login").text
            asked = client.get("/login/huggingface")
            query = parse_qs(urlsplit(asked.headers["location"]).query)
            assert query["scope"] == ["openid profile"]
            hub.name, hub.nonce = who, query["nonce"][0]
            back = client.get("/login/callback", params={"code": "c", "state": query["state"][0]})
            assert back.status_code == status, back.text
            assert said in (shown_as(space, client) if status == 303 else back.text)

        came("boss-hf", 303, "boss-hf · admin")
        added = {"password": None, "hub_name": "ada-hf", "actor": "boss-hf"}
        accounts.add(space.services.database, "ada", "reviewer", **added)  # type: ignore[arg-type]
        came("ada-hf", 303, "ada · reviewer")
        came("stranger", 403, "The Hugging Face user stranger has no account here; ask an admin to add you.")
        forged = space.client().get("/login/callback", params={"code": "c", "state": "made up"})
        assert (forged.status_code, "did not confirm who you are" in forged.text) == (401, True)


def test_without_a_database_nobody_can_sign_in_and_is_told_so(tmp_path: Path, small: tuple) -> None:  # type: ignore[type-arg]
    with started(tmp_path / "home", *small, space="me/demo") as lost:
        lost.services.database.close()
        for part in (tmp_path / "home").glob("emodemo.sqlite*"):
            part.unlink()
        (tmp_path / "home" / "emodemo.sqlite").mkdir()
        refused = enter(lost.client(), "zoe")
        assert refused.status_code == 503
        assert "emodemo.sqlite cannot be opened" in refused.text
        assert WRONG not in refused.text
