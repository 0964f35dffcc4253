"""The errors that people see: each is one sentence that names what was wrong and what to do."""

from db.errors import StoreError
from model.config import ConfigError
from model.labels import LabelError
from model.readers.base import CorpusError
from model.release import ReleaseError


class UserError(ValueError):
    """Something a user gave that cannot be used; the message is one clear sentence."""


class VaultError(RuntimeError):
    """Backups that cannot be written, read or used, in one sentence."""


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
