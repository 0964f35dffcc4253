import ipaddress
from pathlib import Path

import pytest

from db.errors import StoreError
from emodemo.access import OWNER, VISITOR, Person, identify, require
from emodemo.errors import UserError
from emodemo.services import build_services
from emodemo.settings import Settings
from model.release import SMALL_WEIGHTS, WEIGHTS


def test_defaults_keep_everything_mutable_out_of_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMODEMO_HOME", raising=False)
    settings = Settings.load()
    assert settings.home.is_absolute()
    assert not settings.home.is_relative_to(Path.cwd())
    assert settings.store_url == f"sqlite:///{settings.home / 'emodemo.sqlite'}"


def test_the_small_model_is_served_on_request_and_a_folder_goes_before_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Settings.load().release_folder == WEIGHTS
    monkeypatch.setenv("EMODEMO_MODEL", "small")
    monkeypatch.setenv("EMODEMO_HOME", str(tmp_path))
    services = build_services(Settings.load())
    assert services.shipped.folder == SMALL_WEIGHTS
    assert services.live.predictor.predict(["I love this garden."])[0].emotion == "joy"
    assert services.live.predictor.release.endswith("-small")
    services.database.close()
    monkeypatch.setenv("EMODEMO_WEIGHTS", str(tmp_path))
    assert Settings.load().release_folder == tmp_path


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "EMODEMO_MODEL",
            "huge",
            r"^EMODEMO_MODEL has the value 'huge'\. Input should be 'large' or 'small'\.$",
        ),
        (
            "EMODEMO_RETRAIN_AFTER",
            "many",
            r"^EMODEMO_RETRAIN_AFTER has the value 'many'\. Input should be a valid integer",
        ),
        (
            "EMODEMO_THREADS",
            "-1",
            r"^EMODEMO_THREADS has the value '-1'\. Input should be greater than or equal to 0\.$",
        ),
        (
            "GRADIO_SERVER_PORT",
            "99999",
            r"^GRADIO_SERVER_PORT has the value '99999'\. Input should be less than or equal to",
        ),
    ],
)
def test_a_bad_value_is_named(variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=message):
        Settings.load()


@pytest.mark.parametrize(
    ("address", "space", "local"),
    [
        ("127.0.0.1", "", True),
        ("localhost", "", True),
        ("::1", "", True),
        ("0.0.0.0", "", False),
        ("127.0.0.1", "me/demo", False),
    ],
)
def test_only_loopback_outside_a_space_is_local(
    address: str, space: str, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_SERVER_NAME", address)
    monkeypatch.setenv("SPACE_ID", space)
    assert Settings.load().local is local


def test_a_proxied_request_is_never_the_owners() -> None:
    assert identify({}, local=True) == OWNER
    assert identify({}, local=False) == VISITOR
    assert identify({"x-forwarded-for": str(ipaddress.ip_address("127.0.0.1"))}, local=True) == VISITOR


@pytest.mark.parametrize(
    ("role", "allowed"), [("visitor", False), ("annotator", True), ("reviewer", True), ("admin", True)]
)
def test_roles_are_ordered(role: str, allowed: bool) -> None:
    person = Person("p", role)  # type: ignore[arg-type]
    if allowed:
        require(person, "annotator", "save labels")
    else:
        with pytest.raises(UserError, match="^Only a signed-in annotator may save labels; you are not signed in"):
            require(person, "annotator", "save labels")


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    settings = Settings.load().model_copy(update={"home": tmp_path / "file" / "home"})
    with pytest.raises(StoreError, match=r"^Cannot create .*/file/home \(.*\); set EMODEMO_HOME to a folder"):
        build_services(settings)
