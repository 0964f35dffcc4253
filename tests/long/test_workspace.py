"""The annotator's page beside Label Studio's and doccano's, in one run: start, memory, key press to the next text.

Each is installed from PyPI into a virtual environment of its own, and does the same: the same made-up sentences, one of
seven emotions by its digit, everything by keyboard in one Chromium. ``-s -n 0`` shows the table.
"""

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice, product
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import pytest

from emodemo.bench import machine, table
from emodemo.bench.servers import POLL
from emodemo.bench.timing import interleaved, middle, percentile
from model.release import ReleaseFolder
from tests.long.tools import App, Doccano, LabelStudio, Running, Tool

PEERS = [(LabelStudio, os.environ.get("EMODEMO_LABEL_STUDIO")), (Doccano, os.environ.get("EMODEMO_DOCCANO"))]
COUNT = 200  # texts
STARTS = 3  # of each, in turn
BLOCK = 20  # texts that one tool is asked before it is the next one's turn
KEY, READ = 100, 300  # milliseconds that a person takes from key to key, and for a text
GOAL = 1 / 3  # of the better of the others
PATIENCE = 60_000  # milliseconds for anything in the browser
UP = 600  # seconds; a first start fills a database
pytestmark = pytest.mark.timeout(0)  # two installations and a thousand answers
WHO = ("My sister", "The neighbour", "Our teacher", "A stranger", "The baker", "His uncle")
DID = ("hugged", "forgot", "thanked", "shouted at", "missed", "surprised")
WHOM = ("the old dog", "me", "her best friend", "the whole class", "them at the station", "a tired nurse")

TIMED = """([text, key]) => {
  const shown = () => document.querySelector(text)?.textContent;
  window.waits = [];
  window.addEventListener("keydown", (event) => {
    if (event.key !== key) return;
    const before = shown();
    const seen = new MutationObserver(() => {
      if (!shown() || shown() === before) return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - event.timeStamp)));
    });
    seen.observe(document, { subtree: true, childList: true, characterData: true });
  }, true);
}"""  # milliseconds from the key to the frame in which another text is painted


class Desk:
    """A tool that runs, filled, and a browser's page on its first text."""

    def __init__(self, tool: Tool, page: Any, run: Running) -> None:
        self.tool, self._page, self.run = tool, page, run

    def open(self, texts: Sequence[str]) -> None:
        self.tool.sign_in(self._page)
        self.tool.fill(self._page, texts)
        self.tool.begin(self._page)
        self._page.wait_for_selector(self.tool.text)
        self._page.evaluate(TIMED, [self.tool.text, self.tool.keys[-1].split("+")[-1]])

    def answer(self, count: int) -> None:
        self._page.bring_to_front()
        for _ in range(count):
            done = len(self.waits)
            for key in self.tool.keys:
                self._page.wait_for_timeout(KEY)
                self._page.keyboard.press(key)
            self._page.wait_for_function("(done) => window.waits.length > done", arg=done)
            self._page.wait_for_timeout(READ)

    @property
    def waits(self) -> list[float]:
        """Milliseconds from the last key to the next text, of each text."""
        return self._page.evaluate("window.waits")

    @property
    def stored(self) -> int:
        return self.tool.stored(self._page)


def sentences(count: int) -> list[str]:
    """Up to 216 different sentences."""
    return [f"{' '.join(words)}." for words in islice(product(WHO, DID, WHOM), count)]


def opened(browser: Any) -> Any:
    """A page in a profile of its own, so that nothing is cached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def listening(tool: Tool) -> None:
    """Wait until it takes connections."""
    deadline = perf_counter() + UP
    while perf_counter() < deadline:
        try:
            socket.create_connection(("127.0.0.1", tool.port)).close()
        except ConnectionRefusedError:
            sleep(POLL)
        else:
            return
    raise AssertionError(f"{tool.name} did not come up; it said: {(tool.home / 'log').read_text()[-500:]}")


def started(browser: Any, tool: Tool) -> float:
    """Seconds from the command to a first page that can be used."""
    path, usable = tool.first
    page = opened(browser)
    with tool.running() as run:
        listening(tool)
        page.goto(tool.url + path)
        page.wait_for_selector(usable)
        seconds = perf_counter() - run.started
    page.context.close()
    return seconds


def measured(browser: Any, tools: Sequence[Tool]) -> tuple[dict[str, list[float]], list[int]]:
    """By row, the figure of each tool; how many answers each has stored."""
    with ExitStack() as stack:
        desks = []
        for tool in tools:
            for command in tool.preparation():
                tool.run(*command)
            desks.append(Desk(tool, opened(browser), stack.enter_context(tool.running())))
            listening(tool)
            desks[-1].open(sentences(COUNT + 1))
        for _ in range(0, COUNT, BLOCK):
            for desk in desks:
                desk.answer(BLOCK)
        memory = [desk.run.memory for desk in desks]
        waits = [desk.waits for desk in desks]
        stored = [desk.stored for desk in desks]
    starts = interleaved([lambda _, tool=tool: started(browser, tool) for tool in tools], STARTS)  # type: ignore[misc]
    rows = {
        "start, s": list(map(middle, starts)),
        f"memory after {COUNT} texts, MB": memory,
        "key press to next text, ms, p50": list(map(middle, waits)),
        "the same, p95": [percentile(each, 95) for each in waits],
    }
    return rows, stored


def markdown(tools: Sequence[Tool], rows: dict[str, list[float]], stored: Sequence[int]) -> str:
    """The table, the app first, with its share of the better of the others."""
    lines = [["", *(f"{tool.name} {tool.version}".strip() for tool in tools), "of the better", "goal", "met"]]
    lines.append(["---"] * len(lines[0]))
    for row, (ours, *others) in rows.items():
        share = ours / min(others)
        figures = [table.figure(value) for value in (ours, *others)]
        lines.append([row, *figures, f"{share:.2f}", "≤ 0.33", "yes" if share <= GOAL else "no"])
    lines.append([f"answers stored, of {COUNT}", *map(str, stored), "", "", ""])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@pytest.mark.skipif(not any(venv for _, venv in PEERS), reason="EMODEMO_LABEL_STUDIO and EMODEMO_DOCCANO name nothing")
def test_the_app_stores_every_answer_beside_its_peers(browser: Any, tmp_path: Path) -> None:
    tools: list[Tool] = [App(tmp_path / "emodemo")]
    tools += [peer(tmp_path / peer.package, Path(venv)) for peer, venv in PEERS if venv]
    rows, stored = measured(browser, tools)
    print("", table.described(machine.facts(ReleaseFolder.open())), markdown(tools, rows, stored), sep="\n\n")
    assert stored[0] == COUNT
