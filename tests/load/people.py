"""People at a running app, played by locust: ``python tests/load/people.py URL PASSWORD ANNOTATORS VISITORS SECONDS``.

A program of its own, since locust turns all of a process's input and output into gevent's. Prints one JSON object.
"""

import json
import re
import sys
from collections import Counter
from itertools import count
from random import random
from typing import Any

import gevent
from locust import FastHttpUser, between, constant_pacing, task
from locust.env import Environment

TWICE = 10  # every so manieth save is sent again, as by a page that did not hear the answer
SPAWN = 25  # people a second who come
SETTLE = 5  # seconds until all who came are signed in; what is timed begins then
PATIENCE = 120  # seconds for an answer
numbers = count()
sent: list[str] = []
confirmed: list[str] = []
failures: Counter[str] = Counter()


class Person(FastHttpUser):
    """Whatever is not an answer with status 200 counts as a failure, with what was said."""

    abstract = True
    connection_timeout = network_timeout = PATIENCE

    def ask(self, address: str, name: str, **said: Any) -> Any:
        """The answer as JSON, or None."""
        with self.client.post(address, name=name, catch_response=True, allow_redirects=False, **said) as answer:
            if answer.status_code not in (200, 303):
                answer.failure(refusal(answer))
                return None
            return answer.json() if answer.status_code == 200 else {}


def note(name: str, exception: Exception | None, **_: Any) -> None:
    """Keep what failed, by whatever was asked."""
    if exception:
        failures[f"{name}: {exception}"] += 1


def refusal(answer: Any) -> str:
    """Status and sentence, taken out of a page where it is one."""
    found = re.search(r'role="alert">(.*?)<', answer.text or "")
    return f"{answer.status_code} {found[1] if found else (answer.text or answer.error or '')[:300]}"


class Annotator(Person):
    """``annotator0`` and so on. Answers a text of the pool every second."""

    password = ""
    wait_time = constant_pacing(1)

    def on_start(self) -> None:
        self.called = f"annotator{next(numbers)}"
        self.ask("/login", "sign in", data={"name": self.called, "password": self.password})
        self.items = self._more("next", {})
        self.saved = 0
        gevent.sleep(random())  # locust lets all of a second come at once; people are out of step

    def _more(self, deed: str, said: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.ask(f"/annotate/{deed}", deed, json=said)
        return answer["items"] if answer else []

    @task
    def save(self) -> None:
        have = [item["id"] for item in self.items]
        self.saved += 1
        client_id = f"{self.called} {self.saved}"
        said = {
            "client_id": client_id,
            "text_id": have[0],
            "action": "label",
            "labels": ["joy"],
            "seconds": 1,
            "have": have,
        }
        sent.append(client_id)
        if answer := self.ask("/annotate/answer", "save", json=said):
            confirmed.append(client_id)
            self.items = self.items[1:] + answer["items"]
        if self.saved % TWICE == 0:
            self.items += self._more("answer", said | {"have": [item["id"] for item in self.items]})


class Visitor(Person):
    """Has a text analysed, reads what came for 5 to 15 seconds, and comes with the next one."""

    wait_time = between(5, 15)

    @task
    def analyse(self) -> None:
        place = "/gradio_api/call/analyze"
        if queued := self.ask(place, "analyse", json={"data": ["What a day. I missed the bus!"]}):
            with self.client.get(f"{place}/{queued['event_id']}", name="read", catch_response=True) as answer:
                if "event: complete" not in (answer.text or ""):
                    answer.failure(refusal(answer))


def play(url: str, password: str, annotators: int, visitors: int, seconds: float) -> dict[str, Any]:
    """All of them at it for so long once everybody is there; what is under way at the end is waited for."""
    Annotator.password, Annotator.fixed_count, Visitor.fixed_count = password, annotators, visitors
    environment = Environment(user_classes=[Annotator, Visitor], host=url.rstrip("/"), stop_timeout=PATIENCE)
    environment.events.request.add_listener(note)
    environment.events.user_error.add_listener(lambda exception, **_: failures.update([repr(exception)]))
    runner = environment.create_local_runner()
    runner.start(annotators + visitors, spawn_rate=SPAWN)
    runner.spawning_greenlet.join()
    gevent.sleep(SETTLE)
    environment.stats.reset_all()
    gevent.sleep(seconds)
    runner.quit()
    stats = environment.stats
    return {
        "sent": sent,
        "confirmed": confirmed,
        "visits": stats.get("read", "GET").num_requests,
        "failures": dict(failures),
        "p50": stats.get("save", "POST").get_response_time_percentile(0.5),
        "p95": stats.get("save", "POST").get_response_time_percentile(0.95),
    }


if __name__ == "__main__":
    where, known, annotating, visiting, lasting = sys.argv[1:]
    print(json.dumps(play(where, known, int(annotating), int(visiting), float(lasting))))
