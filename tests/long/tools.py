"""Annotation tools over a folder of their own: how each starts, is filled with texts, and answered by keyboard."""

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import psutil

from emodemo.bench.servers import free_port, stop
from tests.browser.conftest import ROOT, show

EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")  # by keys 1 to 7, in every tool
NAME, PASSWORD = "ann@example.com", "correct horse battery"


@dataclass(frozen=True)
class Running:
    """When the commands were started, and their processes."""

    started: float
    processes: Sequence[psutil.Process]

    @property
    def tree(self) -> list[psutil.Process]:
        return [one for process in self.processes for one in (process, *process.children(recursive=True))]

    @property
    def memory(self) -> float:
        """Proportional resident memory (PSS) in MB: what processes share counts once."""
        return sum(process.memory_full_info().pss for process in self.tree) / 1e6


@dataclass
class Tool(ABC):
    """``home`` is the processes' home folder, so that their files stay there.

    ``first``: path of the first page and what makes it usable. ``text``: where the text stands. ``keys``: what answers
    one; the last key shows the next.
    """

    home: Path
    name: ClassVar[str]
    first: ClassVar[tuple[str, str]]
    text: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        self.home.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def commands(self) -> list[list[Any]]:
        """What is started, all at once."""

    @abstractmethod
    def fill(self, page: Any, texts: Sequence[str]) -> None:
        """Put the texts in; ``page`` is signed in."""

    @abstractmethod
    def stored(self, page: Any) -> int:
        """How many texts have an answer."""

    @property
    def version(self) -> str:
        return ""

    @property
    def variables(self) -> dict[str, str]:
        return {}

    def preparation(self) -> list[list[Any]]:
        """What its documentation asks to be run before the first start, in this order."""
        return []

    def sign_in(self, page: Any) -> None:
        page.goto(self.url + self.first[0])

    @abstractmethod
    def begin(self, page: Any) -> None:
        """Open the page on which the first text stands."""

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), **self.variables}

    def run(self, *command: Any) -> str:
        """Standard output of a command in the tool's environment."""
        done = subprocess.run(
            list(map(str, command)), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Its processes, ended with all that they started."""
        with (self.home / "log").open("a") as log:
            started = perf_counter()
            processes = [
                subprocess.Popen(
                    list(map(str, command)), cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
                for command in self.commands()
            ]  # fmt: skip
        run = Running(started, [psutil.Process(process.pid) for process in processes])
        try:
            yield run
        finally:
            tree = run.tree
            for process in processes:
                stop(process)
            for left in psutil.wait_procs(tree, timeout=5)[1]:
                left.kill()


class App(Tool):
    name, first = "emodemo", ("/", "#analyse-text textarea")
    text, keys = ".item > p", ("4", "Enter")

    @property
    def variables(self) -> dict[str, str]:
        return {"GRADIO_SERVER_PORT": str(self.port), "GRADIO_ANALYTICS_ENABLED": "False"}

    def commands(self) -> list[list[Any]]:
        return [[sys.executable, "app.py"]]

    def fill(self, _page: Any, texts: Sequence[str]) -> None:
        table = self.home / "texts.csv"
        table.write_text("\n".join(["text", *texts]), encoding="utf-8")
        self.run(sys.executable, "-m", "emodemo", "import", table, "--as", "pool", "--no-fold")

    def begin(self, page: Any) -> None:
        show(page, "Annotate")

    def stored(self, _page: Any) -> int:
        return len(self.run(sys.executable, "-m", "emodemo", "export").splitlines())


@dataclass
class Peer(Tool):
    """A tool in a virtual environment of its own, a Django application with users and a REST interface."""

    environment_folder: Path
    package: ClassVar[str]
    project: int = 0

    @cached_property
    def version(self) -> str:
        ask = f"from importlib.metadata import version; print(version('{self.package}'))"
        return self.run(self.program("python"), "-c", ask).strip()

    def program(self, name: str) -> Path:
        return self.environment_folder.absolute() / "bin" / name

    def sign_in(self, page: Any) -> None:
        super().sign_in(page)
        page.fill(self.first[1], NAME)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: self.first[0] not in address)

    def post(self, page: Any, path: str, body: Any) -> Any:
        token = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}.get("csrftoken", "")
        headers = {"X-CSRFToken": token, "Referer": self.url}
        return self._answer(page.request.post(self.url + path, data=body, headers=headers))

    def get(self, page: Any, path: str) -> Any:
        return self._answer(page.request.get(self.url + path))

    def _answer(self, answer: Any) -> Any:
        assert answer.ok, answer.text()
        return answer.json()


class LabelStudio(Peer):
    name, package, first = "Label Studio", "label-studio", ("/user/login/", "input[name=email]")
    text, keys = ".lsf-richtext__line", ("4", "Control+Enter")

    @property
    def variables(self) -> dict[str, str]:
        return {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false"}

    def commands(self) -> list[list[Any]]:
        account = ["--username", NAME, "--password", PASSWORD]
        return [[self.program("label-studio"), "start", "--no-browser", "--port", self.port, *account]]

    def fill(self, page: Any, texts: Sequence[str]) -> None:
        choices = "".join(f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(EMOTIONS, 1))
        layout = f"""<View><Text name="text" value="$text"/>
            <Choices name="emotion" toName="text" choice="single" showInLine="true">{choices}</Choices></View>"""
        self.project = self.post(page, "/api/projects", {"title": "Emotion", "label_config": layout})["id"]
        self.post(page, f"/api/projects/{self.project}/import", [{"text": text} for text in texts])

    def begin(self, page: Any) -> None:
        page.goto(f"{self.url}/projects/{self.project}/data?labeling=1")

    def stored(self, page: Any) -> int:
        return self.get(page, f"/api/projects/{self.project}")["num_tasks_with_annotations"]


class Doccano(Peer):
    name, package, first = "doccano", "doccano", ("/auth", "input[name=username]")
    text, keys = ".v-card__text.title", ("4", "Enter", "ArrowRight")  # Enter marks a text as done

    def preparation(self) -> list[list[Any]]:
        account = ["--username", NAME, "--password", PASSWORD]
        return [[self.program("doccano"), "init"], [self.program("doccano"), "createuser", *account]]

    def commands(self) -> list[list[Any]]:
        return [[self.program("doccano"), "webserver", "--port", self.port], [self.program("doccano"), "task"]]

    def fill(self, page: Any, texts: Sequence[str]) -> None:
        project = {
            "name": "Emotion", "description": "Emotion", "project_type": "DocumentClassification", "tags": [],
            "resourcetype": "TextClassificationProject", "single_class_classification": True,
        }  # fmt: skip
        self.project = self.post(page, "/v1/projects", project)["id"]
        for key, name in enumerate(EMOTIONS, 1):
            label = {"text": name, "suffix_key": str(key), "background_color": "#73D8FF", "text_color": "#ffffff"}
            self.post(page, f"/v1/projects/{self.project}/category-types", label)
        for text in texts:
            self.post(page, f"/v1/projects/{self.project}/examples", {"text": text})

    def begin(self, page: Any) -> None:
        page.goto(f"{self.url}/projects/{self.project}/text-classification?page=1")

    def stored(self, page: Any) -> int:
        return self.get(page, f"/v1/projects/{self.project}/metrics/progress")["complete"]
