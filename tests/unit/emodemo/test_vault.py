"""The vault alone: what counts, what is kept, and what happens when an upload is cut off or somebody else is there."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from emodemo.errors import VaultError
from emodemo.vault import Entry, Manifest, Refused, Unreachable, Vault, thinned


class Cut(MemoryFileSystem):
    """A storage of which the power fails in the middle of a file whose name contains ``at``."""

    protocol = "cut"
    store: dict[str, Any] = {}  # noqa: RUF012  # its own, not MemoryFileSystem's
    pseudo_dirs = [""]  # noqa: RUF012
    at = ""

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        opened = super()._open(path, mode, **options)
        if self.at and self.at in path and mode != "rb":
            write = opened.write

            def half(data: bytes) -> int:
                write(data[: len(data) // 2])
                raise OSError("Connection reset by peer")

            opened.write = half
        return opened


fsspec.register_implementation("cut", Cut, clobber=True)


@pytest.fixture(params=["folder", "memory://", "cut://"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    place = tmp_path / "vault" if request.param == "folder" else f"{request.param}{uuid4().hex}"
    yield Vault(str(place))
    Cut.at = ""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "snapshot.sqlite"
    made.write_bytes(b"first")
    return made


def add(vault: Vault, file: Path, content: str, **changes: Any) -> Manifest:
    file.write_text(content)
    options: dict[str, Any] = {"after": vault.manifest(), "backup": content, "owner": "a", "keep": 3, "released": False}
    return vault.add(file, **(options | changes))


def newest(vault: Vault, tmp_path: Path) -> str:
    vault.newest(vault.manifest(), tmp_path / "out")
    return (tmp_path / "out").read_text()


def test_an_empty_vault_has_nothing(vault: Vault, tmp_path: Path) -> None:
    assert vault.manifest() == Manifest()
    with pytest.raises(VaultError, match="has no undamaged snapshot"):
        newest(vault, tmp_path)


def test_what_was_added_last_comes_back(vault: Vault, file: Path, tmp_path: Path) -> None:
    add(vault, file, "first")
    made = add(vault, file, "second")
    assert vault.manifest() == made
    assert [entry.backup for entry in made.entries] == ["second", "first"]
    assert newest(vault, tmp_path) == "second"


def test_only_the_last_and_one_a_day_are_kept(vault: Vault, file: Path) -> None:
    for n in range(6):
        made = add(vault, file, str(n))
    assert [entry.backup for entry in made.entries] == ["5", "4", "3"]
    assert vault._snapshots() == {entry.name for entry in made.entries}
    assert len(vault._numbers()) == 3


def test_thinning_keeps_the_newest_of_each_day() -> None:
    def entry(days: int, hours: int) -> Entry:
        at = datetime(2026, 5, 9, 12, tzinfo=UTC) - timedelta(days=days, hours=hours)
        return Entry(name=f"{days} {hours}", sha256="", size=1, backup="", at=at)

    entries = [entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 5), entry(400, 0), entry(400, 1)]
    assert [e.name for e in thinned(entries, 1)] == ["0 0", "1 0", "400 0"]
    assert [e.name for e in thinned(entries, 2)] == ["0 0", "0 1", "1 0", "400 0"]


@pytest.mark.parametrize("part", ["emodemo-", "manifest-"])
def test_an_upload_that_is_cut_off_changes_nothing(file: Path, tmp_path: Path, part: str) -> None:
    vault = Vault(f"cut://{uuid4().hex}")
    add(vault, file, "first")
    Cut.at = part
    with pytest.raises(Unreachable, match=r"cannot be reached \(Connection reset by peer\); check its address"):
        add(vault, file, "second")
    Cut.at = ""
    assert [entry.backup for entry in vault.manifest().entries] == ["first"]
    assert newest(vault, tmp_path) == "first"
    assert [entry.backup for entry in add(vault, file, "third").entries] == ["third", "first"]
    assert newest(vault, tmp_path) == "third"


@pytest.mark.parametrize("part", ["emodemo-", "manifest-"])
def test_the_very_first_upload_may_be_cut_off(file: Path, tmp_path: Path, part: str) -> None:
    vault = Vault(f"cut://{uuid4().hex}")
    Cut.at = part
    with pytest.raises(Unreachable):
        add(vault, file, "first")
    Cut.at = ""
    assert vault.manifest().entries == ()
    add(vault, file, "second")
    assert newest(vault, tmp_path) == "second"


def test_a_vault_of_damaged_manifests_is_not_taken_for_an_empty_one(vault: Vault, file: Path) -> None:
    for n in range(2):
        add(vault, file, str(n))
    for number in vault._numbers():
        with vault._files.open(vault._manifest(number), "wb") as stream:
            stream.write(b"{")
    with pytest.raises(VaultError, match="has no whole manifest; restore one of its files by name instead"):
        vault.manifest()


def test_a_damaged_snapshot_is_passed_over(vault: Vault, file: Path, tmp_path: Path) -> None:
    add(vault, file, "first")
    made = add(vault, file, "second")
    assert made.head
    with vault._files.open(vault._path(made.head.name), "wb") as stream:
        stream.write(b"secomd")
    with pytest.raises(VaultError, match="is damaged: its checksum is wrong"):
        vault.fetch(made.head, tmp_path / "out")
    assert newest(vault, tmp_path) == "first"


def test_of_two_who_write_at_once_one_is_refused_and_nothing_is_overwritten(vault: Vault, file: Path) -> None:
    seen = add(vault, file, "first")
    made = add(vault, file, "mine", after=seen)
    with pytest.raises(Refused, match="Another app wrote into the vault .* at the same moment"):
        add(vault, file, "other's", after=seen, owner="b")
    assert vault.manifest() == made


def test_rewriting_replaces_every_file(vault: Vault, file: Path, tmp_path: Path) -> None:
    add(vault, file, "secret 1")
    before = add(vault, file, "secret 2")
    folder = tmp_path / "work"
    folder.mkdir()
    done = vault.rewrite(folder, owner="a", change=lambda f: f.write_text(f.read_text().replace("secret", "")) and None)
    after = vault.manifest()
    assert done == 2
    assert [(e.backup, e.at) for e in after.entries] == [(e.backup, e.at) for e in before.entries]
    assert not vault._snapshots() & {entry.name for entry in before.entries}
    assert newest(vault, tmp_path) == " 2"


def test_a_folder_that_cannot_be_used_is_named_in_a_sentence(file: Path, tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file")
    with pytest.raises(
        Unreachable, match=rf"^The vault {re.escape(str(tmp_path))}/vault cannot be reached \(.*\); check"
    ):
        add(Vault(str(tmp_path / "vault")), file, "first")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nosuch://x", r"^The vault nosuch://x cannot be used \(Protocol not known: nosuch\); name a folder, or a URL"),
        ("sftp://me:secret@host/x", r"^The vault sftp://host/x needs a package that is not installed .*`pip install s3fs` for s3://"),
    ],
)  # fmt: skip
def test_a_url_that_nothing_serves_is_refused_without_its_password(url: str, message: str) -> None:
    with pytest.raises(VaultError, match=message) as raised:
        Vault(url)
    assert "secret" not in str(raised.value)
