import pytest

from emodemo.analysis import analyze, analyze_lines, check_text
from emodemo.errors import UserError
from emodemo.services import Services
from model.labels import EMOTIONS, FINE_LABELS, POLARITIES, SCORE_RANGES

TEXT = "I am so happy today! Nobody came to the party, and I cried.  \n\nIt rained."


def sentences(services: Services, text: str) -> list:  # type: ignore[type-arg]
    return [s for block in analyze(services.live.predictor, text) for s in block]


def test_rows_are_those_of_the_contract(services: Services) -> None:
    rows = [sentence.row() for sentence in sentences(services, TEXT)]
    assert [TEXT[row["start"] : row["end"]] for row in rows] == [row["text"] for row in rows]
    assert len(rows) == 3
    for row in rows:
        assert list(row) == [
            "text", "start", "end", "emotions", "labels", "polarity", "sarcasm", "scores", "release",
        ]  # fmt: skip
        assert list(row["emotions"]) == list(EMOTIONS)
        assert sum(row["emotions"].values()) == pytest.approx(1, abs=1e-4)
        assert list(row["polarity"]) == list(POLARITIES)
        assert sum(row["polarity"].values()) == pytest.approx(1, abs=1e-4)
        assert set(row["labels"]) <= set(FINE_LABELS)
        assert 0 <= row["sarcasm"] <= 1
        assert all(low <= row["scores"][name] <= high for name, (low, high) in SCORE_RANGES.items())
        assert row["release"] == services.shipped.name


def test_the_shipped_model_tells_joy_from_sorrow(large: Services) -> None:
    happy, sad, _ = sentences(large, TEXT)
    assert happy.prediction.emotion == "joy"
    assert sad.prediction.emotion == "sadness"
    assert happy.prediction.scores["valence"] > sad.prediction.scores["valence"] + 0.5
    assert happy.prediction.polarity["positive"] > 0.8 > 0.2 > sad.prediction.polarity["positive"]


def test_lines_are_neither_split_nor_dropped_and_offsets_count_line_ends(services: Services) -> None:
    lines = ["One. Two.\r\n", "\n", "three"]
    rows = list(analyze_lines(services.live.predictor, lines))
    assert [(row.start, row.end, row.text) for row in rows] == [(0, 9, "One. Two."), (11, 11, ""), (12, 17, "three")]


def test_an_answer_does_not_depend_on_the_texts_around_it(services: Services) -> None:
    """Ranges of int8 inputs are fixed; only a value between two of its levels may fall to either side."""
    [alone] = services.live.predictor.predict(["I miss her."])
    among = services.live.predictor.predict(
        ["Short.", "I miss her.", "A rather longer sentence that needs more tokens."]
    )
    assert among[1].emotions == pytest.approx(alone.emotions, abs=0.01)
    assert among[1].emotion == alone.emotion


@pytest.mark.parametrize(
    "text",
    [
        "a" * 50_000,
        "word " * 10_000,
        "🎉🎉🎉",
        "\x07\x1b[31mred\x1b[0m",
        "שלום עולם. مرحبا.",
        "Das ist gut. 这很好。 I like it.",
        "\ud800 lone",
        "?!?!?! ...",
        "ﷺ" * 300,
    ],
    ids=["no space", "no full stop", "emoji", "control", "right to left", "mixed", "surrogate", "marks", "ligature"],
)
def test_odd_text_is_answered(services: Services, text: str) -> None:
    checked = check_text(text, 1_000_000)
    found = sentences(services, checked)
    assert found
    assert [checked[s.start : s.end] for s in found] == [s.text for s in found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n\t", r"^There is no text to analyse; type or paste some\.$"),
        ("x" * 101, r"^The text has 101 characters; at most 100 can be analysed at once, so split it or use "),
    ],
)
def test_blank_and_too_long_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_text(text, 100)


def test_a_sentence_is_read_with_those_before_it_whatever_the_blocks(services: Services) -> None:
    text = (
        "My father called from the hospital. He could not speak. Nobody said a word. I put the phone down. It was over."
    )
    whole = sentences(services, text)
    pieces = [s for block in analyze(services.live.predictor, text, size=2) for s in block]
    alone = services.live.predictor.predict([sentence.text for sentence in whole])
    moved = [
        max(abs(p - b.emotions[emotion]) for emotion, p in a.prediction.emotions.items())
        for a, b in zip(whole, alone, strict=True)
    ]
    assert moved[0] < 0.05
    assert max(moved) > 0.1
    for one, other in zip(whole, pieces, strict=True):
        assert one.prediction.emotions == pytest.approx(other.prediction.emotions, abs=0.06)


def test_lines_are_read_alone(services: Services) -> None:
    text = "The dog died in the night.\nI went to bed.\n"
    [_, line] = analyze_lines(services.live.predictor, text.splitlines(keepends=True))
    [alone] = services.live.predictor.predict(["I went to bed."])
    assert line.prediction.emotions == pytest.approx(alone.emotions, abs=0.01)
