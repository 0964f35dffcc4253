"""What the page's handlers answer, called as Gradio calls them, on the real model and a real database."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from starlette.requests import Request

from db import annotators, corrections, events, labels, releases, texts
from db.records import Verdict
from emodemo import access, html, registry
from emodemo.analysis import Sentence
from emodemo.errors import UserError
from emodemo.handling import DEFECT, answering, asker, streaming
from emodemo.services import Services
from emodemo.tabs import adding, analyse, correct, editor, models
from model.labels import EMOTIONS, POLARITIES, SCORES

HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} ${alert(2)} \"quoted\" 'single' & more."


def request(client: str = "127.0.0.1", host: str = "localhost:7860", **headers: str) -> gr.Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    return gr.Request(
        Request({"type": "http", "headers": named, "client": (client, 5000), "query_string": b"", "path": "/"})
    )


OWNER, VISITOR = request(), request(host="demo.example", x_forwarded_for="198.51.100.7")


def row(services: Services, text: str = "The kettle sings again.") -> dict[str, Any]:
    return Sentence(0, len(text), text, services.live.predictor.predict([text])[0]).row()


def said_by(services: Services, text: str) -> Verdict | None:
    """What the owner now says of a text."""
    with services.database.write() as session:
        owner = annotators.ensure(session, name="local", role="admin")
        [text_id] = texts.add(session, contents=[text], source="test", pooled=False)
        current = corrections.current(session, annotator_id=owner.id, text_id=text_id)
    return current.verdict if current else None


def controls(emotions: list[str], polarity: str, prefilled: list[Any], **moved: float) -> list[Any]:
    """What the page sends: the prefilled controls with emotions, polarity and some sliders changed."""
    sliders = [moved.get(name, value) for name, value in zip(SCORES, prefilled[4:8], strict=True)]
    return [emotions, [], [], polarity, *sliders]


# Who asks


@pytest.mark.parametrize(
    ("asked", "person"),
    [
        (OWNER, access.OWNER),
        (request("::1", "[::1]:7860"), access.OWNER),
        (request(host="127.0.0.1"), access.OWNER),
        (request("192.0.2.7"), access.VISITOR),
        (request(x_forwarded_for="198.51.100.7"), access.VISITOR),
        (request(host="rebound.example:7860"), access.VISITOR),
    ],
)
def test_only_this_machine_under_its_own_name_is_the_owner(
    services: Services, asked: gr.Request, person: access.Person
) -> None:
    assert asker(services.settings, asked) == person


def test_a_page_for_everybody_has_no_owner(services: Services) -> None:
    public = services.settings.model_copy(update={"server_name": "0.0.0.0"})
    assert asker(public, OWNER) == access.VISITOR


# Errors as sentences


def test_an_expected_error_becomes_an_escaped_message_and_leaves_the_rest(services: Services) -> None:
    def refuse(_: Services, text: str) -> tuple[str, str]:
        raise UserError(f"Not {text}.")

    message, rest = answering(refuse, 2, services)("<b>")
    assert message == '<div class="note bad" role="status">Not &lt;b&gt;.</div>'
    assert rest == gr.skip()


def test_a_defect_becomes_one_neutral_sentence_and_is_logged(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Services) -> Any:
        raise ZeroDivisionError("secret detail")
        yield

    [(message, _)] = streaming(fail, 2, services)()
    assert message == html.note(DEFECT, "bad")
    assert "secret detail" in caplog.text


def test_a_note_shows_commands_as_code() -> None:
    assert (
        html.note("Run `a <b>` now.") == '<div class="note info" role="status">Run <code>a &lt;b&gt;</code> now.</div>'
    )
    assert html.note("") == ""


# Analyse


def seen(steps: Iterable[list[Any]]) -> dict[str, Any]:
    """What the page shows in the end: the newest value of each output."""
    names = (
        "message",
        "stop",
        "results",
        "cards",
        "rows",
        "course",
        "table",
        "exact",
        "outcome",
        "quote",
        "figure",
        "picked",
    )
    shown: dict[str, Any] = {}
    for step in steps:
        shown |= {name: value for name, value in zip(names, step, strict=False) if value != gr.skip()}
    return shown


def run(services: Services, text: str) -> dict[str, Any]:
    return seen(analyse.analyse(services, text))


def test_analyse_shows_every_sentence_with_its_answer_and_place(services: Services) -> None:
    shown = run(services, "We won at last! Who took my coat?")
    assert [found["text"] for found in shown["rows"]] == ["We won at last!", "Who took my coat?"]
    assert "<strong>2 sentences</strong>" in shown["message"]
    assert f"answered by {services.live.predictor.release}" in shown["message"]
    assert shown["cards"].count('role="option"') == 2
    for n, found in enumerate(shown["rows"]):
        emotion = max(found["emotions"], key=found["emotions"].get)
        place = f'data-n="{n}" aria-selected="{"true" if n == 0 else "false"}" style="--c:var(--{emotion})"'
        assert place in shown["cards"]
        assert f"{found['start']}–{found['end']}" in shown["cards"]
        assert f"{found['emotions'][emotion]:.0%}" in shown["cards"]
    assert list(shown["course"].data[2].y) == [found["scores"]["valence"] for found in shown["rows"]]


def test_analyse_starts_with_the_first_sentence_picked(services: Services) -> None:
    first, *_ = analyse.analyse(services, "We won at last! Who took my coat?")
    outcome, quote, figure, picked, client_id, last, *values = first[8:]
    assert (outcome, last) == ("", "")
    assert picked["text"] == "We won at last!"
    assert "We won at last!" in quote
    assert list(figure.data[0].x) == [picked["emotions"][emotion] for emotion in EMOTIONS]
    assert len(client_id) == 32
    assert values == editor.prefilled(picked)


def test_downloads_hold_every_sentence_exactly_and_safely(services: Services) -> None:
    for step in analyse.analyse(services, '=SUM(1,2) is what she said. "Fine," he said.'):
        if step[4] != gr.skip():
            rows = step[4]
        if isinstance(step[6], str):  # read while the handler waits, as Gradio does
            table, exact = Path(step[6]).read_text(), Path(step[7]).read_text()
    assert [json.loads(line) for line in exact.splitlines()] == rows
    assert next(csv.DictReader(table.splitlines()))["text"].startswith("'=SUM")
    assert not Path(step[6]).exists()


def test_hostile_text_is_shown_as_text_everywhere(services: Services) -> None:
    shown = run(services, HOSTILE)
    item, table = html.history([(1, HOSTILE, HOSTILE, "")]), html.table([{"a": HOSTILE}], ("a",))
    for part in (
        shown["message"],
        shown["cards"],
        shown["quote"],
        item,
        table,
        html.note(HOSTILE),
        html.header(HOSTILE),
    ):
        assert "<img" not in part
    for part in (shown["cards"], shown["quote"], item, table):
        assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}} ${alert(2)}" in part
    assert "<img" not in shown["course"].data[2].customdata[0]


def test_a_long_text_reports_true_progress_and_shows_the_first_cards(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse, "BLOCK", 2)
    monkeypatch.setattr(analyse, "MOST_CARDS", 3)
    *steps, last = analyse.analyse(services, "One cup. Two cups. Three cups. Four cups. Five cups.")
    assert [step[0] for step in steps] == [
        html.progress(18 / 52, "2 sentences read, 35% of the text …"),
        html.progress(41 / 52, "4 sentences read, 79% of the text …"),
        html.progress(1, "5 sentences read, 100% of the text …"),
    ]
    assert [step[1]["visible"] for step in (*steps, last)] == [True, True, True, False]
    shown = seen([*steps, last])
    assert shown["cards"].count('role="option"') == len(shown["rows"]) == 3
    assert "The first 3 sentences are below; the downloads hold all." in shown["message"]
    assert len(shown["course"].data[2].x) == 5


def test_a_sentence_picked_while_the_rest_is_read_stays(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "BLOCK", 1)
    first, *rest = analyse.analyse(services, "One cup. Two cups. Three cups.")
    assert first[11]["text"] == "One cup."
    assert all(step[8:] == [gr.skip()] * analyse.PICKED for step in rest)


def test_every_step_has_a_value_for_every_output(services: Services) -> None:
    with gr.Blocks() as page:
        analyse.create_analyse_tab(services)
    wanted = {len(fn.outputs) for fn in page.fns.values() if (fn.name or "").startswith("analyse")}
    steps = list(analyse.analyse(services, "One cup. Two cups."))
    assert {len(step) for step in steps} == {23}
    assert wanted == {23, 24}  # that of an opened file has the box as well


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no text to analyse; type or paste some."),
        (" \n\t", "There is no text to analyse; type or paste some."),
        ("\u200b\u200b", "There is no sentence in this text; type some words."),
        ("a" * 1_000_001, "The text has 1,000,001 characters; at most 1,000,000 can be analysed at once, "
         "so split it or use `python -m emodemo analyze`."),
    ],
)  # fmt: skip
def test_text_that_cannot_be_analysed_gets_one_sentence(services: Services, text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        run(services, text)
    assert str(refused.value) == message


@pytest.mark.parametrize("text", ["👍🎉", "مرحبا كيف حالك اليوم يا صديقي", "a\x00b\x07c", "x" * 50_000, "\ud800 alone"])
def test_odd_text_is_analysed(services: Services, text: str) -> None:
    assert run(services, text)["rows"]


def test_a_foreign_text_gets_a_visible_warning(services: Services) -> None:
    message = run(services, "Heute ist ein wunderbarer Tag, und ich freue mich sehr auf den Abend mit euch allen.")[
        "message"
    ]
    assert "This looks like German; the model knows English only, so do not trust these answers." in message
    assert 'class="note bad"' in message
    assert "This looks like" not in run(services, "Today is a wonderful day, and I look forward to tonight.")["message"]


def test_a_text_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "diary.TXT"
    file.write_bytes("\ufeffWe won. Who knew?\n".encode())
    assert analyse.read_file(str(file)) == "We won. Who knew?\n"


def test_a_table_gives_its_texts_apart(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "reviews.CSV"
    file.write_text('id,text\n1,"A warm, long evening on the terrace with hardly any wind at all"\n2,Too loud\n')
    steps = list(analyse.analyse_file(services, str(file)))
    assert [found["text"] for found in seen(steps)["rows"]] == [
        "A warm, long evening on the terrace with hardly any wind at all",
        "Too loud",
    ]
    assert steps[0][-1].startswith("A warm, long evening")
    assert steps[-1][-1] == gr.skip()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.csv", b"id,body\n1,hello\n", "notes.csv, line 1: expected a column 'text', found id, body."),
        ("notes.csv", b"text\nna\xefve\n", "notes.csv, line 2: expected UTF-8 text, found byte 0xef."),
        ("notes.txt", b"caf\xe9 at noon\n", "notes.txt, line 1: expected UTF-8 text; convert the file to UTF-8 first."),
        ("notes.pdf", b"%PDF", "notes.pdf cannot be read; open a .txt file, or a .csv file with a column 'text'."),
    ],
)
def test_a_file_that_cannot_be_read_is_named_without_its_place(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as refused:
        analyse.read_file(str(tmp_path / name))
    assert str(refused.value) == message


def test_picking_a_card_shows_that_sentence(services: Services) -> None:
    rows = run(services, "We won at last! Who took my coat?")["rows"]
    assert analyse.pick(services, rows, gr.EventData(None, {"n": 1}))[3] == rows[1]
    for gone in ({"n": 7}, {"n": "x"}, {}):
        with pytest.raises(UserError, match=f"^{analyse.GONE}$"):
            analyse.pick(services, rows, gr.EventData(None, gone))


def test_the_examples_are_there_and_differ() -> None:
    found = analyse.examples()
    assert [example["title"] for example in found] == ["A diary entry", "A chat", "A review", "A scene"]
    assert len({example["text"] for example in found}) == 4


# What a person says


def test_the_controls_start_from_the_prediction(services: Services) -> None:
    found = row(services)
    emotions, finer, added, polarity, *sliders, guess = editor.prefilled(found)
    assert max(found["emotions"], key=found["emotions"].get) in emotions
    assert finer == []
    assert (added["choices"], added["visible"]) == ([], False)
    assert polarity == max(found["polarity"], key=found["polarity"].get)
    assert guess == ",".join(emotions)
    for name, value in zip(SCORES, sliders, strict=True):
        assert value == pytest.approx(found["scores"][name], abs=editor.STEP / 2 + 1e-9)


def test_sliders_that_nobody_moved_are_no_judgement(services: Services) -> None:
    found = row(services)
    start = editor.prefilled(found)
    verdict = editor.said(found, controls(["joy"], "positive", start))
    assert verdict == Verdict(("joy",), "positive", {})
    moved = editor.said(found, controls(["joy"], "positive", start, valence=4.5))
    assert moved.scores == {"valence": 4.5}
    assert editor.in_words(moved) == "joy; positive; valence 4.5"


def test_saying_nothing_is_refused(services: Services) -> None:
    found = row(services)
    with pytest.raises(
        UserError, match=r"^Nothing was chosen; pick an emotion, a polarity or a score before saving\.$"
    ):
        editor.said(found, controls([], "", editor.prefilled(found)))


# Correct


def save(
    services: Services, found: dict[str, Any], client_id: str, who: gr.Request = OWNER, emotion: str = "joy"
) -> tuple[str, str, str]:
    return correct.save_correction(
        services, found, client_id, who, *controls([emotion], "positive", editor.prefilled(found))
    )


def test_a_correction_is_stored_and_the_owner_is_told_what_comes_next(services: Services) -> None:
    found = row(services)
    message, following, last = save(services, found, "one")
    assert message == html.note(
        "Saved: joy; positive. 1 corrected text will train the next release: retrain in Models, "
        "or run `python -m emodemo retrain`.",
        "good",
    )
    assert (last, len(following)) == ("one", 32)
    assert said_by(services, found["text"]) == Verdict(("joy",), "positive", {})


def test_sent_twice_it_is_stored_once(services: Services) -> None:
    found = row(services)
    save(services, found, "one")
    save(services, found, "one")
    with services.database.read() as session:
        assert len(corrections.history(session)) == 1


def test_a_correction_belongs_to_its_text_not_to_its_place(services: Services) -> None:
    old = run(services, "We won at last! Who took my coat?")["rows"]
    panel = analyse.pick(services, old, gr.EventData(None, {"n": 1}))
    run(services, "Another text. With other sentences.")
    save(services, panel[3], panel[4])
    assert said_by(services, "Who took my coat?") is not None
    assert said_by(services, "With other sentences.") is None


def test_undo_brings_back_what_was_said_before(services: Services) -> None:
    found = row(services)
    save(services, found, "one", emotion="joy")
    save(services, found, "two", emotion="fear")
    message, *_ = correct.undo_correction(services, found, "two", OWNER)
    assert message == html.note("Taken back: your last correction of this sentence no longer counts.")
    assert said_by(services, found["text"]) == Verdict(("joy",), "positive", {})
    correct.undo_correction(services, found, "", OWNER)
    assert said_by(services, found["text"]) is None
    with pytest.raises(UserError, match=r"^There is nothing to undo\.$"):
        correct.undo_correction(services, found, "", OWNER)


def test_a_visitors_proposal_waits_and_trains_nothing(services: Services) -> None:
    message, *_ = save(services, row(services), "one", VISITOR)
    assert message == html.note("Saved: joy; positive. Thank you: your proposal waits for a reviewer.", "good")
    with services.database.read() as session:
        assert labels.count(session) == 0
        assert corrections.pending_count(session) == 1


def test_a_visitor_undoes_only_what_this_visitor_saved(services: Services) -> None:
    found = row(services)
    save(services, found, "mine", VISITOR)
    save(services, found, "somebody else's", VISITOR)
    with pytest.raises(UserError, match=r"^There is nothing of yours to undo\.$"):
        correct.undo_correction(services, found, "mine", VISITOR)
    assert "Taken back" in correct.undo_correction(services, found, "somebody else's", VISITOR)[0]


def test_without_a_picked_sentence_nothing_is_saved(services: Services) -> None:
    with pytest.raises(UserError, match=f"^{correct.UNPICKED}$"):
        correct.save_correction(services, None, "one", OWNER)
    with pytest.raises(UserError, match=f"^{correct.UNPICKED}$"):
        correct.undo_correction(services, None, "", OWNER)


# Annotate


def ended(steps: Iterable[Any]) -> Any:
    return [*steps][-1]


def test_lines_fill_the_pool(services: Services) -> None:
    message, lines = ended(adding.add_lines(services, "The roof leaks.\nWe danced.\n\nWe  danced.", OWNER))
    assert message == html.note("2 texts were added to the pool. 1 was there already.", "good")
    assert lines == ""
    with pytest.raises(UserError, match=r"^There is no line to add; paste some texts first\.$"):
        ended(adding.add_lines(services, " \n", OWNER))


@pytest.mark.parametrize(
    ("name", "content"),
    [("pool.csv", "body,thread\nThe roof leaks.,a\n,a\nWe danced.,a\n"), ("POOL.TXT", "The roof leaks.\n \nWe danced.\n"),
     ("pool.jsonl", '{"body": "The roof leaks."}\n{"body": null}\n{"body": "We danced."}\n')],
)  # fmt: skip
def test_a_file_is_looked_at_and_then_fills_the_pool(
    services: Services, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    message, path, _, text, dialogue, order, preview = adding.open_file(services, str(tmp_path / name), OWNER)
    assert message == ""
    assert "2 of 3 rows have a text, 1 left out" in preview
    assert "We danced." in preview
    chosen = [part["value"] for part in (text, dialogue, order)]
    assert chosen[0] in ("body", "text")
    message, panel = ended(adding.add_rows(services, path, *chosen, OWNER))
    assert "2 texts were added to the pool. Left out: 1 (" in message
    assert panel["visible"] is False


def test_another_column_is_shown_before_it_is_stored(services: Services, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("text,remark\nThe roof leaks.,We danced.\n")
    _, path, *_ = adding.open_file(services, str(tmp_path / "pool.csv"), OWNER)
    assert "We danced." in adding.look_at(services, path, "remark", adding.NONE, adding.NONE, OWNER)[1]


def test_a_file_that_cannot_fill_the_pool_is_named(services: Services, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("body\nhello,there\n")
    with pytest.raises(UserError, match=r"^pool\.csv, line 2: expected 1 columns, found 2\.$"):
        adding.open_file(services, str(tmp_path / "pool.csv"), OWNER)


def test_adding_texts_needs_an_annotator(services: Services) -> None:
    sentence = r"^Only a signed-in annotator may add texts; this page is open to visitors\.$"
    attempts = [
        lambda: ended(adding.add_lines(services, "The roof leaks.", VISITOR)),
        lambda: adding.open_file(services, "pool.csv", VISITOR),
        lambda: adding.look_at(services, "pool.csv", "text", "", "", VISITOR),
        lambda: ended(adding.add_rows(services, "pool.csv", "text", "", "", VISITOR)),
    ]
    for attempt in attempts:
        with pytest.raises(UserError, match=sentence):
            attempt()
    assert adding.reach(services, VISITOR)[1]["visible"] is False


# Models


def retrained(services: Services) -> list[list[Any]]:
    save(services, row(services), "one", emotion="joy")
    return list(models.run_retraining(services, OWNER))


def second_release(services: Services) -> str:
    """A release that changes nothing, made live."""
    with services.database.write() as session:
        second = releases.add(
            session, name="second", parent=services.shipped.name, encoder_id=services.shipped.encoder_id,
            heads=services.shipped.heads().to_bytes(), metrics=[], snapshot=None, report=None,
        )  # fmt: skip
        releases.point(session, alias="production", release=second.name, actor="test", reason="a test")
    services.live.refresh()
    return second.name


def test_the_shipped_release_alone(services: Services) -> None:
    message, overview, report, owner, confirm, choices, reliability, changes = models.opened(services, OWNER)
    assert changes["visible"] is False
    assert message == ""
    assert [note.text for note in reliability.layout.annotations] == [
        "seven emotions", "three polarities", "28 labels", "five classes",
    ]  # fmt: skip
    assert f"{services.shipped.name} is live. 0 corrected texts are accepted." in overview
    assert "No retraining has run yet." in report
    assert (owner["visible"], confirm["visible"]) == (True, False)
    assert (choices["choices"], choices["value"]) == ([services.shipped.name], services.shipped.name)


def test_retraining_tells_how_far_it_is_and_what_came_of_it(services: Services) -> None:
    *steps, last = retrained(services)
    assert steps[0][0] == html.note("Encoding and fitting 1 corrected texts …")
    assert all(step[0].startswith('<div class="note info" role="status">') for step in steps)
    with services.database.read() as session:
        [newest, _] = releases.all(session)
    report = newest.report or {}
    live = newest.name if report["decision"] == "promoted" else services.shipped.name
    assert last[0] == html.note(report["reason"], "good" if live == newest.name else "info")
    assert f'<tr class="marked"><td>{live}</td>' in last[1]
    assert services.live.predictor.release == live
    reason = html.escape(report["reason"])
    assert f"{newest.name}, judged against {services.shipped.name}. {reason}" in last[2]
    assert "<td>MELD: seven emotions</td><td>weighted F1</td>" in last[2]
    assert "MELD: seven emotions, weighted F1" in list(last[7]["value"].data[0].y)
    assert not any("f1" in str(name) for name in last[7]["value"].data[0].y)


FLIPPED = [{"text_id": 1, "live": "neutral, neutral", "candidate": "joy, positive", "accepted": "joy, positive"}]


@pytest.mark.parametrize(("asked", "shown"), [(OWNER, "The kettle sings again."), (VISITOR, "text 1")])
def test_what_was_corrected_is_shown_to_annotators_only(services: Services, asked: gr.Request, shown: str) -> None:
    save(services, row(services), "one")
    second_release(services)
    with services.database.write() as session:
        report = {"decision": "kept", "reason": "Kept.", "live": "first", "rows": [], "flips": FLIPPED}
        releases.set_report(session, name="second", report=report)
    _, _, found, owner, *_ = models.opened(services, asked)
    assert f"<td>{shown}</td><td>neutral, neutral</td><td>joy, positive</td>" in found
    assert owner["visible"] is (asked is OWNER)


def test_a_release_is_made_live_after_a_question(services: Services) -> None:
    second_release(services)
    _, confirm, question, wanted = models.ask(services, services.shipped.name, OWNER)
    assert confirm["visible"]
    assert f"Make {services.shipped.name} live for everybody who uses this page?" in question
    assert services.live.predictor.release == "second"
    message, *_ = models.make_live(services, wanted, "it was better", OWNER)
    assert message == html.note(f"{services.shipped.name} is live.", "good")
    assert services.live.predictor.release == registry.live_name(services.database) == services.shipped.name


def test_rolling_back_makes_the_parent_live_and_leaves_a_record(services: Services) -> None:
    second_release(services)
    _, _, question, wanted = models.ask_rollback(services, OWNER)
    assert f"Make {services.shipped.name} live for everybody who uses this page?" in question
    models.make_live(services, wanted, "it was better", OWNER)
    with services.database.read() as session:
        [newest, *_] = events.recent(session, kind="point")
    assert (newest.actor, newest.detail["to"]) == ("local", services.shipped.name)
    assert newest.detail["reason"] == "rolled back from second: it was better"
    with pytest.raises(UserError, match="is the shipped release; there is none before it to roll back to"):
        models.ask_rollback(services, OWNER)


def test_models_change_only_for_the_owner(services: Services) -> None:
    with pytest.raises(UserError, match=r"^Only a signed-in admin may retrain; this page is open to visitors\.$"):
        list(models.run_retraining(services, VISITOR))
    name = services.shipped.name
    for attempt in (
        lambda: models.ask(services, name, VISITOR),
        lambda: models.ask_keep(services, VISITOR),
        lambda: models.make_live(services, name, "", VISITOR),
    ):
        with pytest.raises(UserError, match=r"^Only a signed-in admin may promote a release; "):
            attempt()


def test_keeping_the_live_release_is_noted_with_its_reason(services: Services) -> None:
    _, _, question, wanted = models.ask_keep(services, OWNER)
    assert f"Keep {services.shipped.name} live, and note why?" in question
    message, *_ = models.make_live(services, wanted, " The candidate is too sad. ", OWNER)
    assert message == html.note(f"{services.shipped.name} stays live; that is noted.", "good")
    with services.database.read() as session:
        [kept] = events.recent(session, kind="keep")
    assert (kept.subject, kept.detail) == (services.shipped.name, {"reason": "The candidate is too sad."})


def test_two_retrainings_at_once_are_refused_in_a_sentence(services: Services) -> None:
    save(services, row(services), "one")
    with services.database.exclusive("retrain"):
        handler = streaming(models.run_retraining, 8, services)
        [(message, *_)] = handler(OWNER)
    assert 'class="note bad"' in message
    assert "Traceback" not in message


def test_nothing_to_do_is_said(services: Services) -> None:
    [(message, *_)] = models.run_retraining(services, OWNER)
    assert message == html.note("Nothing to do: there is no accepted correction yet.")


def test_every_polarity_has_a_sign_and_every_score_is_shown() -> None:
    assert set(html.POLARITY_SIGNS) == set(POLARITIES)
    assert tuple(name for name, *_ in html.SCORES_SHOWN) == SCORES == tuple(editor.SCALES)
