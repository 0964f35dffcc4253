"""What the measurements share: settings, texts, the model in process, and processes of their own."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from emodemo.bench import samples
from emodemo.settings import Settings
from model.predictor import Predictor
from model.release import ReleaseFolder

ROOT = Path(__file__).parents[2]
WARM = 64  # texts before anything is timed

Say = Callable[[str], None]


@dataclass
class Workbench:
    """``folder`` is temporary; ``long`` measures at full size; ``scale`` shortens rounds, for tests."""

    settings: Settings
    folder: Path
    say: Say
    long: bool = False
    scale: float = 1.0

    @cached_property
    def release(self) -> ReleaseFolder:
        return ReleaseFolder.open(self.settings.release_folder)

    @cached_property
    def predictor(self) -> Predictor:
        """The shipped release, warm."""
        encoder = self.release.encoder(self.settings.threads)
        predictor = Predictor(encoder, self.release.heads(), self.release.name)
        predictor.predict(self.texts[:WARM])
        return predictor

    @property
    def texts(self) -> list[str]:
        return self._sampled[0]

    @property
    def described(self) -> str:
        """What ``texts`` are."""
        return self._sampled[1]

    @cached_property
    def _sampled(self) -> tuple[list[str], str]:
        return samples.bulk_texts(self.settings.data)

    def times(self, count: int, least: int = 1) -> int:
        """``count``, or as little of it as ``scale`` says."""
        return max(least, round(count * self.scale))

    def settings_at(self, name: str) -> Settings:
        """The settings with an empty home and database in the temporary folder."""
        home = self.folder / name
        return self.settings.model_copy(update={"home": home, "database_url": "", "space": ""})

    def command(self, settings: Settings, *arguments: str, port: int = 0) -> list[str]:
        """A Python process under ``settings``, to be started in ``ROOT``."""
        variables = {
            "EMODEMO_HOME": settings.home,
            "EMODEMO_DATABASE_URL": settings.database_url,
            "EMODEMO_WEIGHTS": settings.release_folder.absolute(),
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SERVER_PORT": port or "",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "SPACE_ID": "",
        }
        return ["env", *(f"{name}={value}" for name, value in variables.items()), sys.executable, *arguments]
