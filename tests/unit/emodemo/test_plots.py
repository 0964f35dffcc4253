"""The figures' axes, titles, ranges, colours and hover texts, and the palette's promises."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from emodemo import palette, plots
from model.labels import EMOTIONS, FINE_TO_EMOTION

LIGHT, DARK = "#ffffff", "#161920"  # what charts and chips stand on, as in theme.py
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
# Ottosson 2020, "A perceptual color space for image processing".
TO_CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_OKLAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def oklab(colour: str, vision: np.ndarray) -> np.ndarray:
    return TO_OKLAB @ np.cbrt(TO_CONES @ np.clip(vision @ linear(colour), 0, 1))


@pytest.mark.parametrize("vision", VISION)
def test_no_two_emotions_look_alike(vision: str) -> None:
    seen = {emotion: oklab(colour, VISION[vision]) for emotion, colour in palette.EMOTION_COLOURS.items()}
    distances = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(EMOTIONS, 2)}
    assert min(distances.values()) > 0.08, min(distances, key=distances.__getitem__)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_colour_stands_out_on_light_and_dark(emotion: str) -> None:
    colour = palette.EMOTION_COLOURS[emotion]
    assert contrast(colour, DARK) > 3
    assert contrast(colour, LIGHT) > (2.4 if emotion == "joy" else 3)  # a darker yellow is brown, and no joy


def test_chips_take_their_colours_by_place() -> None:
    css = palette.css()
    assert f"--fear:{palette.EMOTION_COLOURS['fear']};" in css
    for n, emotion in enumerate(EMOTIONS, 1):
        assert f".emotions label:nth-child({n}){{--c:var(--{emotion})}}" in css
    for n, label in enumerate(palette.FINER, 1):
        assert f".finer label:nth-child({n}){{--c:var(--{FINE_TO_EMOTION[label]})}}" in css


def frame(count: int) -> pd.DataFrame:
    rows = [
        {"text": f"Sentence {n}.", "emotion": EMOTIONS[n % 7], "valence": 1 + n % 5, "arousal": 3.0, "dominance": 2.5}
        for n in range(count)
    ]
    return pd.DataFrame(rows)


def test_course_has_a_line_for_each_score_over_the_sentences() -> None:
    figure = plots.course(frame(3))
    assert [trace.name for trace in figure.data] == ["dominance", "arousal", "valence"]
    assert figure.layout.title.text == "Emotional course of the text"
    assert figure.layout.xaxis.title.text == "Sentence"
    assert figure.layout.yaxis.title.text == "Score, 1 to 5"
    assert figure.layout.yaxis.range == (1, 5)
    assert figure.layout.xaxis.range == (0.4, 3.6)
    valence = figure.data[2]
    assert list(valence.x) == [1, 2, 3]
    assert list(valence.y) == [1, 2, 3]


def test_valence_bears_the_emotions_colours_and_the_lines_differ_without_colour() -> None:
    dominance, arousal, valence = plots.course(frame(3)).data
    assert list(valence.marker.color) == [palette.EMOTION_COLOURS[emotion] for emotion in EMOTIONS[:3]]
    assert len({line.line.dash for line in (dominance, arousal, valence)}) == 3


def test_hovering_shows_the_sentence_as_text() -> None:
    rows = frame(1)
    rows["text"] = "<b>Ouch</b> " + "and on " * 60
    [hover] = plots.course(rows).data[2].customdata
    assert hover.startswith("anger: &lt;b&gt;Ouch&lt;/b&gt; and on")
    assert hover.endswith(" …")
    assert hover.count("<br>") == 3
    assert plots.course(rows).data[2].hovertemplate == "<b>valence %{y:.2f}</b><br>%{customdata}<extra></extra>"


def test_a_long_course_is_averaged_and_says_so() -> None:
    figure = plots.course(frame(1500))
    assert figure.layout.xaxis.title.text == "Sentence (each point the mean of 3)"
    assert figure.layout.xaxis.range == (0.4, 1500.6)
    valence = figure.data[2]
    assert len(valence.x) == 500
    assert list(valence.x[:2]) == [2, 5]
    assert list(valence.y[:2]) == [2, pytest.approx((4 + 5 + 1) / 3)]


def test_distribution_shows_seven_coloured_bars_in_order() -> None:
    shares = dict(zip(EMOTIONS, (0.5, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02), strict=True))
    figure = plots.distribution(shares)
    [bars] = figure.data
    assert list(bars.y) == list(EMOTIONS)
    assert list(bars.x) == list(shares.values())
    assert list(bars.marker.color) == [palette.EMOTION_COLOURS[emotion] for emotion in EMOTIONS]
    assert list(bars.text)[:2] == ["50%", "20%"]
    assert bars.hovertemplate == "%{y}: %{x:.1%}<extra></extra>"
    assert figure.layout.xaxis.range == (0, 1)
    assert figure.layout.xaxis.title.text == "Probability"
    assert figure.layout.title.text == "Emotions of the chosen sentence"
    assert figure.layout.yaxis.autorange == "reversed"


def test_reliability_draws_each_head_beside_its_diagonal_and_names_each_corpus_once() -> None:
    bins = [
        {"head": "emotions", "corpus": "MELD", "confidence": 0.3, "accuracy": 0.2, "n": 5},
        {"head": "emotions", "corpus": "MELD", "confidence": 0.8, "accuracy": 0.9, "n": 1200},
        {"head": "emotions", "corpus": "SST", "confidence": 0.5, "accuracy": 0.5, "n": 7},
        {"head": "polarity", "corpus": "MELD", "confidence": 0.6, "accuracy": 0.7, "n": 9},
    ]
    figure = plots.reliability(pd.DataFrame(bins))
    drawn = [(line.name, list(line.x), list(line.y)) for line in figure.data if line.name]
    assert drawn == [("MELD", [0.3, 0.8], [0.2, 0.9]), ("SST", [0.5], [0.5]), ("MELD", [0.6], [0.7])]
    assert [line.showlegend for line in figure.data if line.name] == [True, True, False]
    diagonals = [list(line.x) == list(line.y) == [0, 1] for line in figure.data if not line.name]
    assert diagonals == [True, True]
    assert [note.text for note in figure.layout.annotations] == ["emotions", "polarity"]
    assert "1,200" not in figure.data[1].hovertemplate
    assert list(figure.data[1].customdata) == [5, 1200]


def test_figures_suit_light_and_dark() -> None:
    for figure in (plots.course(frame(2)), plots.distribution(dict.fromkeys(EMOTIONS, 1 / 7))):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_agreement_has_a_mark_with_its_interval_for_everybody_and_each_pair() -> None:
    rows = [(who, task, 0.5) for who in ("everybody", "a<b, ben") for task in ("emotions", "polarity")]
    frame = pd.DataFrame(rows, columns=["who", "task", "alpha"]).assign(low=0.25, high=0.875, texts=20)
    figure = plots.agreement(frame)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Task", "Krippendorff's alpha")
    assert [trace.name for trace in figure.data] == ["everybody", "a<b, ben"]
    assert len({(trace.marker.symbol, trace.marker.color) for trace in figure.data}) == 2
    assert list(figure.data[0].error_y.array) == [0.375, 0.375]
    assert list(figure.data[0].error_y.arrayminus) == [0.25, 0.25]
    assert "a&lt;b" in figure.data[1].hovertemplate


def test_agreement_over_time_has_a_line_for_each_task() -> None:
    weeks = ["2026-11-02", "2026-11-09"]
    frame = pd.DataFrame({"week": weeks * 2, "task": ["emotions"] * 2 + ["polarity"] * 2, "alpha": [0.5, -0.5] * 2})
    figure = plots.agreement_course(frame.assign(low=-0.75, high=0.75, texts=10))
    assert [trace.name for trace in figure.data] == ["emotions", "polarity"]
    assert figure.layout.xaxis.title.text == "Week from Monday"
    assert figure.layout.yaxis.range[0] < -0.75
