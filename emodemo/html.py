"""Rows as HTML. Every text is escaped here; nothing else in the project writes markup around what people typed."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from emodemo.palette import EMOTION_COLOURS

MOST_CARDS = 300
POLARITY_SIGNS = {"negative": "−", "neutral": "○", "positive": "+"}
SCORES_SHOWN = (("valence", 1, 5), ("arousal", 1, 5), ("dominance", 1, 5), ("review", 0, 1))


def header(release: str) -> str:
    """Name, purpose and live release."""
    return (
        '<div class="masthead"><div><h1>emodemo</h1>'
        "<p>What a text feels like, sentence by sentence. Disagree? Correct it, and the model learns.</p></div>"
        f'<span class="live" title="Release that answers now">live release <b>{escape(release)}</b></span></div>'
    )


def note(message: str, kind: str = "info") -> str:
    """A message that stays; ``kind`` is info, good or bad."""
    return f'<div class="note {kind}" role="status">{escape(message)}</div>' if message else ""


def cards(rows: Sequence[Mapping[str, Any]], chosen: int | None = None) -> str:
    """One card for each sentence, at most MOST_CARDS. A card's ``data-n`` is the number of its row."""
    shown = "".join(_card(n, row, n == chosen) for n, row in enumerate(rows[:MOST_CARDS]))
    rest = len(rows) - MOST_CARDS
    more = note(f"{rest:,} more sentences are in the downloads.") if rest > 0 else ""
    return f'<div class="cards" role="listbox" aria-label="Sentences">{shown}</div>{more}'


def _card(n: int, row: Mapping[str, Any], chosen: bool) -> str:
    emotion, share = max(row["emotions"].items(), key=lambda item: item[1])
    colour = EMOTION_COLOURS[emotion]
    polarity, sure = max(row["polarity"].items(), key=lambda item: item[1])
    labels = "".join(f"<i>{escape(label)}</i>" for label in row["labels"] if label != emotion)
    return (
        f'<div class="card" role="option" tabindex="0" data-n="{n}" aria-selected="{str(chosen).lower()}" '
        f'style="--c:{colour}"><p dir="auto">{escape(row["text"])}</p>'
        f'<div class="facts"><span class="emotion">{emotion}</span>'
        f'<span class="bar" title="{emotion} {share:.0%}"><b style="width:{share:.0%}"></b></span><em>{share:.0%}</em>'
        f'<span class="polarity">{POLARITY_SIGNS[polarity]} {polarity} {sure:.0%}</span>'
        f'{_scores(row["scores"])}<span class="fine">{labels}</span>'
        f'<span class="span">{row["start"]}–{row["end"]}</span></div></div>'
    )


def _scores(scores: Mapping[str, float]) -> str:
    return "".join(
        f'<span class="score" title="{name} {scores[name]:.2f}, from {low} to {high}">{name} <b>{scores[name]:.2f}</b></span>'
        for name, low, high in SCORES_SHOWN
    )


def item(text: str, progress: str) -> str:
    """The text to annotate."""
    return f'<div class="item"><span>{escape(progress)}</span><p dir="auto">{escape(text)}</p></div>'


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as a table; cells are escaped."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row.get(column, '')))}</td>" for column in columns) + "</tr>" for row in rows
    )
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
