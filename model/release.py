"""Release files: encoder, heads, replay set, locked hold-out, metrics and checksums in one folder.

``release.json`` names every other file with its sha256; a file that differs is refused before it is used.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import Refusal
from model.heads import Heads
from model.labelled import LabelledFeatures

if TYPE_CHECKING:
    from model.encoder import Encoder

WEIGHTS = Path(__file__).parent / "weights"
SMALL_WEIGHTS = Path(__file__).parent / "weights_small"


class ReleaseError(Refusal, RuntimeError):
    """A release folder that is missing, incomplete or altered; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class ReleaseFolder:
    """A verified release on disk."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, folder: Path = WEIGHTS) -> "ReleaseFolder":
        """Check every file against its checksum. Raises ReleaseError."""
        path = folder / "release.json"
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            files = manifest["files"]
        except FileNotFoundError:
            raise ReleaseError(
                f"No release at {folder}: {path.name} is missing; restore it from the repository."
            ) from None
        except (json.JSONDecodeError, KeyError):
            raise ReleaseError(f"{path} is not a release manifest; restore it from the repository.") from None
        for name, checksum in files.items():
            file = folder / name
            if not file.is_file():
                raise ReleaseError(f"The release file {file} is missing; restore it from the repository.")
            if sha256(file) != checksum:
                raise ReleaseError(
                    f"The release file {file} does not match its checksum; restore it from the repository."
                )
        return cls(folder, manifest)

    @property
    def name(self) -> str:
        return self.manifest["release"]

    @property
    def encoder_id(self) -> str:
        return self.manifest["encoder_id"]

    def encoder(self, threads: int = 0) -> "Encoder":
        from model.encoder import Encoder  # not every command needs the runtime

        return Encoder(self.folder, self.encoder_id, self.manifest["max_tokens"], threads)

    def heads(self) -> Heads:
        return Heads.from_bytes((self.folder / "heads.safetensors").read_bytes())

    def figures(self) -> dict[str, Any]:
        """Everything that was measured when the release was built."""
        return json.loads((self.folder / "metrics.json").read_text(encoding="utf-8"))

    def metrics(self) -> list[dict[str, Any]]:
        """What was measured on the corpora's test splits: rows of ``evaluate --json``."""
        return self.figures()["rows"]

    def replay(self) -> LabelledFeatures:
        """What corrections are fitted together with, so that they do not wipe out what was learnt."""
        return LabelledFeatures.load(self.folder / "replay.safetensors")

    def holdout(self) -> LabelledFeatures:
        """What the gate measures on and nothing is ever fitted on."""
        return LabelledFeatures.load(self.folder / "holdout.safetensors")


def write_manifest(folder: Path, **facts: Any) -> None:
    """Seal a release folder: facts and the checksum of every file in it."""
    files = {p.name: sha256(p) for p in sorted(folder.iterdir()) if p.name not in ("release.json", "README.md")}
    text = json.dumps({**facts, "files": files}, indent=1)
    (folder / "release.json").write_text(text + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
