"""Snapshots at an fsspec URL: a folder, S3-compatible storage, a Hugging Face dataset or bucket.

A snapshot is a file that is never rewritten, and it counts once a manifest names it with its checksum. Manifests are
numbered, each is made once, and the highest one that is whole holds: an upload cut off anywhere changes nothing, and of
two apps that write the same number one is refused.
"""

import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, NoReturn

from pydantic import AwareDatetime, BaseModel, ValidationError

from emodemo.errors import VaultError

MANIFEST = re.compile(r"manifest-(\d{8})\.json")
SNAPSHOT = re.compile(r"emodemo-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.sqlite")
STAMP = "%Y%m%dT%H%M%SZ"
MANIFESTS = 3  # kept, so that a damaged one has one before it
STRAY = timedelta(days=1)  # age at which what no manifest names is cleared away
BLOCK = 1 << 20  # bytes


class Unreachable(VaultError):
    """The storage does not answer as it should; trying again may help."""


class Refused(VaultError):
    """Somebody else's work would be overwritten; trying again does not help."""


class Entry(BaseModel, frozen=True):
    """One snapshot: its file, and the ``backup`` that the database in it calls it by."""

    name: str
    sha256: str
    size: int  # bytes
    backup: str
    at: AwareDatetime


class Manifest(BaseModel, frozen=True):
    """What counts, newest snapshot first; ``owner`` wrote it, and is at work until it is ``released``."""

    number: int = 0
    owner: str = ""
    released: bool = True
    at: AwareDatetime = datetime.min.replace(tzinfo=UTC)
    entries: tuple[Entry, ...] = ()

    @property
    def head(self) -> Entry | None:
        return self.entries[0] if self.entries else None


class Vault:
    """The snapshots under one URL. Every method raises Unreachable where the storage fails."""

    def __init__(self, url: str) -> None:
        """Raises VaultError for a URL that no installed package can serve."""
        from fsspec.core import url_to_fs

        self.url = re.sub(r"//[^/@]*@", "//", url)  # without user and password
        try:
            self._files, self._folder = url_to_fs(url)
        except ImportError as error:
            raise VaultError(
                f"The vault {self.url} needs a package that is not installed ({error}); install it with pip, "
                "`pip install s3fs` for s3://."
            ) from None
        except ValueError as error:
            raise VaultError(
                f"The vault {self.url} cannot be used ({error}); name a folder, or a URL such as s3://BUCKET/FOLDER "
                "or hf://datasets/USER/NAME."
            ) from None

    def manifest(self) -> Manifest:
        """What counts now; an empty one before the first is whole. Raises VaultError where several are there, none whole."""
        numbers = self._numbers()
        for number in numbers:
            with self._reached():
                content = self._files.cat_file(self._manifest(number))
            try:
                found = Manifest.model_validate_json(content)
            except ValidationError:
                continue  # cut off while it was written
            return found.model_copy(update={"number": numbers[0]})
        if len(numbers) > 1:
            raise VaultError(f"The vault {self.url} has no whole manifest; restore one of its files by name instead.")
        return Manifest(number=max(numbers, default=0))

    def add(self, file: Path, *, after: Manifest, backup: str, owner: str, keep: int, released: bool) -> Manifest:
        """Upload a checked snapshot, read it back, and only then let it count. Raises Refused if others were quicker."""
        entry = self._upload(file, backup)
        kept = thinned((entry, *after.entries), keep)
        manifest = self._write(after, owner=owner, released=released, entries=kept)
        self._clear(manifest, [old.name for old in after.entries if old not in kept])
        return manifest

    def release(self, after: Manifest, *, owner: str) -> None:
        """Let others take over."""
        self._clear(self._write(after, owner=owner, released=True, entries=after.entries), [])

    def fetch(self, entry: Entry, to: Path) -> None:
        """Download a snapshot. Raises VaultError where its bytes are not what was uploaded."""
        self.download(entry.name, to)
        if _sha256(to) != entry.sha256:
            raise VaultError(f"The snapshot {entry.name} in {self.url} is damaged: its checksum is wrong.")

    def newest(self, manifest: Manifest, to: Path) -> Entry:
        """Download the newest snapshot that is undamaged. Raises VaultError where none is."""
        for entry in manifest.entries:
            try:
                self.fetch(entry, to)
            except Unreachable:
                if self._exists(entry.name):
                    raise
            except VaultError:
                continue
            else:
                return entry
        raise VaultError(f"The vault {self.url} has no undamaged snapshot.")

    def download(self, name: str, to: Path) -> None:
        """A file as it is."""
        with self._reached(), self._files.open(self._path(name), "rb") as source, to.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK)

    def rewrite(self, folder: Path, *, owner: str, change: Callable[[Path], None]) -> int:
        """Put a changed copy in place of every snapshot and delete every other. Returns how many were changed."""
        before = self.manifest()
        entries = []
        for entry in before.entries:
            file = folder / entry.name
            try:
                self.fetch(entry, file)
            except Unreachable:
                raise
            except VaultError:
                continue  # damaged, of no use to anybody: it goes
            change(file)
            entries.append(self._upload(file, entry.backup, at=entry.at))
            file.unlink()
        if before.entries:
            self._write(before, owner=owner, released=before.released, entries=entries)
        self._remove(self._snapshots() - {entry.name for entry in entries})
        return len(entries)

    def _upload(self, file: Path, backup: str, *, at: datetime | None = None) -> Entry:
        at = at or datetime.now(UTC)
        name = f"emodemo-{at:{STAMP}}-{secrets.token_hex(4)}.sqlite"
        entry = Entry(name=name, sha256=_sha256(file), size=file.stat().st_size, backup=backup, at=at)
        with self._reached():
            self._files.makedirs(self._folder, exist_ok=True)
            with file.open("rb") as source, self._files.open(self._path(name), "xb") as target:
                shutil.copyfileobj(source, target, BLOCK)
        check = file.with_suffix(".check")
        try:
            self.fetch(entry, check)
        finally:
            check.unlink(missing_ok=True)
        return entry

    def _write(self, before: Manifest, *, owner: str, released: bool, entries: Sequence[Entry]) -> Manifest:
        if self.manifest() != before:
            self._lost()
        manifest = Manifest(
            number=before.number + 1, owner=owner, released=released, at=datetime.now(UTC), entries=tuple(entries)
        )
        path, content = self._manifest(manifest.number), manifest.model_dump_json(indent=1).encode()
        with self._reached():
            try:
                with self._files.open(path, "xb") as target:
                    target.write(content)
            except FileExistsError:
                self._lost()
            if self._files.cat_file(path) != content:
                self._lost()
        return manifest

    def _lost(self) -> NoReturn:
        raise Refused(f"Another app wrote into the vault {self.url} at the same moment; nothing of it was overwritten.")

    def _clear(self, manifest: Manifest, dropped: Sequence[str]) -> None:
        """Delete what no longer counts. What fails here is left for the next time."""
        old = f"{datetime.now(UTC) - STRAY:{STAMP}}"
        try:
            strays = self._snapshots() - {entry.name for entry in manifest.entries}
            self._remove({*dropped} | {name for name in strays if _stamp(name) < old})
            with self._reached():
                for number in self._numbers()[MANIFESTS:]:
                    self._files.rm_file(self._manifest(number))
        except VaultError:
            return

    def _remove(self, names: Collection[str]) -> None:
        with self._reached():
            for name in sorted(names):
                self._files.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"

    def _manifest(self, number: int) -> str:
        return self._path(f"manifest-{number:08}.json")

    def _names(self) -> set[str]:
        with self._reached():
            self._files.invalidate_cache()
            try:
                paths = self._files.ls(self._folder, detail=False)
            except FileNotFoundError:
                return set()
            if paths == [self._folder]:
                raise NotADirectoryError("it is a file, not a folder")
            return {path.rpartition("/")[2] for path in paths}

    def _numbers(self) -> list[int]:
        """Of the manifests, newest first."""
        return sorted((int(found[1]) for name in self._names() if (found := MANIFEST.fullmatch(name))), reverse=True)

    def _snapshots(self) -> set[str]:
        return {name for name in self._names() if SNAPSHOT.fullmatch(name)}

    def _exists(self, name: str) -> bool:
        return name in self._names()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Whatever a storage's package raises becomes one sentence."""
        try:
            yield
        except VaultError:
            raise
        except Exception as error:
            message: Any = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
            raise Unreachable(
                f"The vault {self.url} cannot be reached ({message}); check its address, its key and the network."
            ) from error


def thinned(entries: Sequence[Entry], keep: int) -> tuple[Entry, ...]:
    """The ``keep`` newest of the entries, newest first, and the newest of every day (UTC)."""
    newest_of_day: dict[Any, Entry] = {}
    for entry in entries:
        newest_of_day.setdefault(entry.at.astimezone(UTC).date(), entry)
    return tuple(e for n, e in enumerate(entries) if n < keep or e in newest_of_day.values())


def _stamp(name: str) -> str:
    found = SNAPSHOT.fullmatch(name)
    return found[1] if found else ""


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
