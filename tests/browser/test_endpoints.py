"""The named endpoints, called as a program does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.browser.conftest import App, serve

SAID = {"text": "The gate is open.", "labels": ["joy", "relief"], "polarity": "positive", "scores": {"valence": 4.0}}


@pytest.fixture(scope="module")
def client(app: App) -> Client:
    return Client(app.url, verbose=False)


def test_analyze_answers_with_the_rows_of_the_command(client: Client, app: App) -> None:
    text = "We won! Who took my coat?"
    rows = client.predict(text, api_name="/analyze")
    file = Path(app.environment["EMODEMO_HOME"]).parent / "text.txt"
    file.write_text(text)
    assert rows == [json.loads(line) for line in app.command("analyze", str(file)).splitlines()]


def test_release_names_what_is_live(client: Client, app: App) -> None:
    [live] = [row["release"] for row in json.loads(app.command("releases", "list", "--json"))["rows"] if row["live"]]
    assert client.predict(api_name="/release") == {"release": live}


def test_correct_sent_twice_stores_one(client: Client, app: App) -> None:
    stored = client.predict(**SAID, client_id="c-1", api_name="/correct")
    assert client.predict(**SAID, client_id="c-1", api_name="/correct") == stored
    assert stored["labels"] == SAID["labels"]
    assert stored["annotator"] == "local"
    [exported] = map(json.loads, app.command("export").splitlines())
    assert {name: exported[name] for name in SAID} == SAID


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["glee"]}, "Unknown label 'glee'; expected one of: "),
        ({"polarity": "mixed"}, "Unknown polarity 'mixed'; expected one of: negative, neutral, positive."),
        ({"scores": {"valence": 9}}, "Score 'valence' is 9; expected a number from 1 to 5."),
        ({"text": " "}, "There is no text to analyse; type or paste some."),
    ],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence(
    client: Client, change: dict[str, object], message: str
) -> None:
    with pytest.raises(AppError) as refused:
        client.predict(**(SAID | change), client_id="c-2", api_name="/correct")
    assert str(refused.value).startswith(message)


def test_nothing_else_is_public(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert set(described["named_endpoints"]) == {"/analyze", "/correct", "/release"}
    assert described["unnamed_endpoints"] == {}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield from serve(tmp_path_factory.mktemp("space") / "home", SPACE_ID="somebody/emodemo")


def test_correct_refuses_a_visitor(proxied: App) -> None:
    visitor = Client(proxied.url, verbose=False)
    with pytest.raises(AppError) as refused:
        visitor.predict(**SAID, client_id="c-3", api_name="/correct")
    assert (
        str(refused.value)
        == "Only a signed-in annotator may correct; you are not signed in: sign in at the top of the page."
    )
    assert proxied.command("export") == ""
