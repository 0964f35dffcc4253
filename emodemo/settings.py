"""The only reader and writer of the environment. README lists every variable; a test holds it to that."""

import ipaddress
import os
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import (
    AliasChoices,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.records import Chosen
from emodemo.errors import UserError
from model.release import SMALL_WEIGHTS, WEIGHTS

PRIVATE = ("127.0.0.1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")  # networks


def leave_unmonitored() -> None:
    """Tell pages that are made from now on to work out nothing for Gradio's monitoring page, which is shut here.

    By default it is worked out anew after every answer, over the last 10,000.
    """
    os.environ.update(GRADIO_ANALYTICS_CACHE_FREQUENCY="1000000000", GRADIO_ANALYTICS_MAX_EVENTS="1")


def environment(**changed: str | None) -> dict[str, str]:
    """This process's environment, for a program that it starts, with variables changed, or left out where None."""
    return {name: value for name, value in {**os.environ, **changed}.items() if value is not None}


class Settings(BaseSettings):
    """Each field is the variable ``EMODEMO_<NAME>``, but for those with an alias."""

    model_config = SettingsConfigDict(env_prefix="EMODEMO_", env_ignore_empty=True, frozen=True)

    home: Path = Field(user_data_path("emodemo"), description="Folder of everything mutable; created when missing.")
    database_url: str = Field("", description="Any SQLAlchemy URL; empty for an SQLite file in `EMODEMO_HOME`.")
    data: Path = Field(
        Path("../shared/data"), description="Folder of the corpora, for `evaluate`, `simulate`, `bench` and the tests."
    )
    model: Literal["large", "small"] = Field("large", description="Which shipped model to serve: `large` or `small`.")
    weights: Path | None = Field(None, description="Folder of another release to serve in place of the shipped ones.")
    threads: int = Field(0, ge=0, description="Threads that one prediction may use; 0 for all cores.")
    max_characters: int = Field(1_000_000, ge=1, description="Longest text that the page takes.")
    max_file_mb: int = Field(5, ge=1, description="Largest file that the page takes, in megabytes.")
    max_rows: int = Field(100_000, ge=1, description="Most rows of one file that the page takes.")
    user_rate: int = Field(600, ge=1, description="Requests a minute of one user who is signed in.")
    address_rate: int = Field(1200, ge=1, description="Requests a minute of one address, this machine's own left out.")
    sign_in_rate: int = Field(20, ge=1, description="Sign-ins a minute from one address.")
    queue: int = Field(64, ge=1, description="Requests of all that may wait at once.")
    concurrent: int = Field(4, ge=2, description="Requests of one kind that are worked on at once.")
    jobs: int = Field(3, ge=1, description="Of these, how many one user or address may have.")
    log: Literal["text", "json"] = Field(
        "text", description="The log on standard error: `text`, or `json`, an object a line."
    )
    metrics_address: str = Field(
        "", pattern=r"^$|^[^/]+:\d{1,5}$", description="`HOST:PORT` for Prometheus metrics; empty for none."
    )
    schedule: str = Field(
        "", description="Retrain by itself when due: `daily HH:MM` (UTC) or `every N hours`; empty for not."
    )
    webhook: HttpUrl | None = Field(
        None, description='Address to POST `{"text": …}` to when something unattended failed.'
    )
    random_share: float = Field(0.1, ge=0, le=1, description="Share of the queue that is drawn at random.")
    conflict_share: float = Field(
        0.1, ge=0, le=1, description="Share on which the heads contradict one another, as joy with low valence."
    )
    diverse_share: float = Field(0.0, ge=0, le=1, description="Share that is typical of the pool's many kinds of text.")
    uncertain_share: float = Field(
        0.0,
        ge=0,
        le=1,
        validate_default=True,
        description="Share that the model is least sure of, each text by itself.",
    )
    blind_share: float = Field(0.1, ge=0, le=1, description="Share of the queue whose prediction is hidden.")
    overlap: float = Field(0.0, ge=0, le=1, description="Share of the pool that two people are asked.")
    claim_minutes: float = Field(30, gt=0, description="Minutes that a text in somebody's hands is kept from others.")
    retrain_after: int = Field(25, ge=1, description="New corrections that make `retrain --if-due` due.")
    retrain_days: float = Field(7.0, gt=0, description="Days after which fewer new corrections are due as well.")
    retrain_drift: float = Field(
        0.0,
        ge=0,
        description="Population stability index of recent texts, 0.25 say, from which on any new correction is due; 0 for never.",
    )
    track: bool = Field(True, description="Keep each training as an experiment of Trackio's in `EMODEMO_HOME`.")
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
        description="Address to listen on; on any but a loopback address who is not signed in is a visitor.",
    )
    server_port: int = Field(
        7860, ge=1, le=65535, validation_alias=AliasChoices("GRADIO_SERVER_PORT"), description="Port to listen on."
    )
    space: str = Field(
        "",
        validation_alias=AliasChoices("SPACE_ID"),
        description="Set by Hugging Face Spaces; whoever is not signed in is a visitor.",
    )
    space_host: str = Field(
        "", validation_alias=AliasChoices("SPACE_HOST"), description="Set by Hugging Face Spaces: the page's host."
    )

    secret: SecretStr = Field(
        SecretStr(""), description="Signs session cookies; empty for one that is made once and kept in `EMODEMO_HOME`."
    )
    session_hours: float = Field(72, gt=0, description="Hours that somebody stays signed in.")
    secure_cookies: bool = Field(False, description="Send the session cookie over HTTPS only; always so on a Space.")
    sign_in_tries: int = Field(5, ge=1, description="Wrong passwords in a row that lock a name.")
    lock_minutes: float = Field(15, gt=0, description="Minutes that a name stays locked.")
    proxies: str = Field(
        "127.0.0.1",
        description="Addresses or networks of proxies whose `X-Forwarded-For` is believed, joined by commas; on a Space private "
        "networks as well.",
    )
    oauth_client: str = Field(
        "",
        validation_alias=AliasChoices("OAUTH_CLIENT_ID"),
        description="Set by Spaces with `hf_oauth: true`; turns sign-in through Hugging Face on.",
    )
    oauth_secret: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("OAUTH_CLIENT_SECRET"), description="Set by Spaces as well."
    )
    oauth_provider: str = Field(
        "https://huggingface.co",
        validation_alias=AliasChoices("OPENID_PROVIDER_URL"),
        description="Set by Spaces: who is asked for the user's name.",
    )
    admins: str = Field("", description="Hugging Face users who are admins when they first sign in, joined by commas.")

    @field_validator("uncertain_share")
    @classmethod
    def _at_most_all(cls, share: float, info: ValidationInfo) -> float:
        others = [info.data.get(f"{part}_share", 0.0) for part in ("random", "conflict", "diverse")]
        if (total := share + sum(others)) > 1 + 1e-9:
            raise ValueError(
                f"EMODEMO_RANDOM_SHARE, _CONFLICT_SHARE, _DIVERSE_SHARE and _UNCERTAIN_SHARE add up to {total:g}; "
                "together they are at most 1"
            )
        return share

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
    def max_unpacked(self) -> int:
        """Most characters of a file, however small it was packed."""
        return 20_000_000 * self.max_file_mb

    @property
    def queue_shares(self) -> dict[Chosen, float]:
        """How much of the queue each of its parts has; what is left is the strategy's."""
        return {
            "random": self.random_share,
            "conflict": self.conflict_share,
            "diverse": self.diverse_share,
            "uncertain": self.uncertain_share,
        }

    @property
    def secure(self) -> bool:
        """Whether the session cookie goes over HTTPS only."""
        return self.secure_cookies or bool(self.space)

    @property
    def damaged(self) -> Path:
        """Where a damaged database is moved when a backup takes its place."""
        return self.home / "damaged"

    @property
    def trusted_proxies(self) -> str:
        """As uvicorn takes them. A Space is reached through its host's own proxies alone, which have private addresses."""
        return ",".join((self.proxies, *PRIVATE)) if self.space else self.proxies

    @property
    def local(self) -> bool:
        """Whether only this machine's own users can reach the page."""
        if self.space:
            return False
        try:
            return ipaddress.ip_address(self.server_name).is_loopback
        except ValueError:
            return self.server_name == "localhost"
