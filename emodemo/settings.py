"""The only reader of the environment. README lists every variable; a test holds it to that."""

import ipaddress
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from emodemo.errors import UserError
from model.release import SMALL_WEIGHTS, WEIGHTS


class Settings(BaseSettings):
    """Each field is the variable ``EMODEMO_<NAME>``, but for those with an alias."""

    model_config = SettingsConfigDict(env_prefix="EMODEMO_", env_ignore_empty=True, frozen=True)

    home: Path = Field(user_data_path("emodemo"), description="Folder of everything mutable; created when missing.")
    database_url: str = Field("", description="Any SQLAlchemy URL; empty for an SQLite file in `EMODEMO_HOME`.")
    data: Path = Field(Path("../shared/data"), description="Folder of the corpora, for `evaluate` and `train`.")
    model: Literal["large", "small"] = Field("large", description="Which shipped model to serve: `large` or `small`.")
    weights: Path | None = Field(None, description="Folder of another release to serve in place of the shipped ones.")
    threads: int = Field(0, ge=0, description="Threads that one prediction may use; 0 for all cores.")
    max_characters: int = Field(1_000_000, ge=1, description="Longest text that the page takes.")
    retrain_after: int = Field(25, ge=1, description="New corrections that make `retrain --if-due` due.")
    retrain_days: float = Field(7.0, gt=0, description="Days after which fewer new corrections are due as well.")
    vault: str = Field(
        "", description="Where backups go, any fsspec URL: a folder, `s3://…`, `hf://…`; empty for none."
    )
    vault_after: int = Field(20, ge=1, description="Changes after which a backup is made at once.")
    vault_quiet: float = Field(
        30.0, ge=0, description="Seconds without a change after which the last ones are backed up."
    )
    vault_keep: int = Field(10, ge=1, description="Newest backups to keep, besides the last of each day.")
    server_name: str = Field(
        "127.0.0.1",
        validation_alias=AliasChoices("GRADIO_SERVER_NAME"),
        description="Address to listen on; on any but a loopback address everyone is a visitor.",
    )
    server_port: int = Field(
        7860, ge=1, le=65535, validation_alias=AliasChoices("GRADIO_SERVER_PORT"), description="Port to listen on."
    )
    space: str = Field(
        "", validation_alias=AliasChoices("SPACE_ID"), description="Set by Hugging Face Spaces; everyone is a visitor."
    )

    @classmethod
    def load(cls) -> "Settings":
        """From the environment. Raises UserError naming variable, value and what was expected."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0])
            variable = field if field.isupper() else f"EMODEMO_{field.upper()}"
            raise UserError(f"{variable} has the value {first['input']!r}. {first['msg']}.") from None

    @property
    def release_folder(self) -> Path:
        return self.weights or (SMALL_WEIGHTS if self.model == "small" else WEIGHTS)

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'emodemo.sqlite'}"

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def damaged(self) -> Path:
        """Where a damaged database is moved when a backup takes its place."""
        return self.home / "damaged"

    @property
    def local(self) -> bool:
        """Whether only this machine's own users can reach the page."""
        if self.space:
            return False
        try:
            return ipaddress.ip_address(self.server_name).is_loopback
        except ValueError:
            return self.server_name == "localhost"
