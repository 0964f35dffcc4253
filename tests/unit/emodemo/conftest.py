"""The real thing for every test: a shipped release, the small one where not said, a fresh database in a folder of its own."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from db.engine import Database
from emodemo.services import Services, open_database
from emodemo.serving import LiveModel, register_shipped
from emodemo.settings import Settings
from model.encoder import Encoder
from model.release import ReleaseFolder
from tests.databases import migrated_file

from .vaulted import App


@cache
def shipped(model: str = "small") -> tuple[ReleaseFolder, Encoder]:
    """Loaded once for all tests: it never changes."""
    settings = Settings.load().model_copy(update={"model": model, "weights": None})
    folder = ReleaseFolder.open(settings.release_folder)
    return folder, folder.encoder()


def make_services(home: Path, model: str = "small") -> Services:
    folder, encoder = shipped(model)
    changed = {"home": home, "database_url": "", "model": model, "weights": None, "track": False}
    settings = Settings.load().model_copy(update=changed)
    if not (file := home / "emodemo.sqlite").exists():
        home.mkdir(parents=True, exist_ok=True)
        file.write_bytes(migrated_file())
    database: Database = open_database(settings)
    register_shipped(database, folder)
    return Services(settings, database, folder, LiveModel(database, encoder))


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    built = make_services(tmp_path / "home")
    yield built
    built.database.close()


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Services]:
    """Of the release that is served where nobody asks for another."""
    built = make_services(tmp_path / "home", "large")
    yield built
    built.database.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Callable[[str], App]]:
    """Makes apps by name, all with the vault in the folder ``vault``."""
    made: list[App] = []

    def make(name: str) -> App:
        made.append(App(tmp_path / name, tmp_path / "vault"))
        return made[-1]

    yield make
    for each in made:
        each.database.close()
