"""The errors that people see: each is one sentence that names what was wrong and what to do."""

from pathlib import Path

from db.errors import StoreError
from model.config import ConfigError
from model.errors import Refusal
from model.labels import LabelError
from model.readers.base import CorpusError
from model.release import ReleaseError


class UserError(Refusal, ValueError):
    """Something a user gave that cannot be used; the message is one clear sentence."""


class VaultError(Refusal, RuntimeError):
    """Backups that cannot be written, read or used, in one sentence."""


def without_folder(error: Exception, folder: Path) -> UserError:
    """The error without where on this machine an upload lies."""
    if not isinstance(error, Refusal):
        return UserError(str(error).replace(f"{folder}/", ""))
    return UserError(error.message, **{n: v.name if isinstance(v, Path) else v for n, v in error.values.items()})


EXPECTED: tuple[type[Exception], ...] = (
    UserError,
    VaultError,
    StoreError,
    ReleaseError,
    CorpusError,
    LabelError,
    ConfigError,
)
"""What command line and page show as it is; anything else is a defect."""
