"""What the model says, as HTML: a card for each sentence, the chosen one large, its answers in their colours."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from emodemo.translation import _, named, ngettext

Row = Mapping[str, Any]  # of ``analyze --format jsonl``
POLARITY_SIGNS = {"negative": "−", "neutral": "○", "positive": "+"}
SCORES_SHOWN = (("valence", 1, 5), ("arousal", 1, 5), ("dominance", 1, 5), ("review", 0, 1))


def summary(count: int, emotions: Mapping[str, int], release: str) -> str:
    """How many sentences, how many of which emotion, and whose answers these are."""
    chips = "".join(
        f'<span class="emotion" style="--c:var(--{emotion})">{named(emotion)} <b>{number:,}</b></span>'
        for emotion, number in sorted(emotions.items(), key=lambda item: -item[1])
    )
    sentences = ngettext("{n:,} sentence", "{n:,} sentences", count)
    by = escape(_("answered by {release}", release=release))
    return f'<div class="summary"><strong>{sentences}</strong>{chips}<span>{by}</span></div>'


def cards(rows: Sequence[Row], reading: str = "") -> str:
    """One card for each sentence. A card's ``data-n`` is the number of its row; ``reading`` names the analysis that they are
    of. Which card is chosen the page's script says.
    """
    shown = "".join(_card(n, row) for n, row in enumerate(rows))
    return f'<div class="cards" role="listbox" aria-label="{_("Sentences")}" data-reading="{reading}">{shown}</div>'


def _card(n: int, row: Row) -> str:
    return (
        f'<div class="card" role="option" tabindex="-1" data-n="{n}" aria-selected="false" '
        f'style="--c:var(--{_top(row["emotions"])})"><p dir="auto">{escape(row["text"])}</p>'
        f'<div class="facts">{_answer(row)}</div><div class="facts">{_scores(row["scores"])}{_finer(row)}'
        f'<span class="span" title="{_("Place in the text, in characters")}">{row["start"]}–{row["end"]}</span></div></div>'
    )


def quoted(row: Row) -> str:
    """The chosen sentence large, with what the model says of it."""
    return (
        f'<div class="quoted" style="--c:var(--{_top(row["emotions"])})">'
        f'<blockquote dir="auto" tabindex="0">{escape(row["text"])}</blockquote><div class="facts">{_answer(row)}{_finer(row)}</div></div>'
    )


def facts(row: Row) -> str:
    """What the model says of a text to annotate."""
    return f'<div class="facts" style="--c:var(--{_top(row["emotions"])})">{_answer(row)}{_scores(row["scores"])}{_finer(row)}</div>'


def _answer(row: Row) -> str:
    """Emotion with its colour and probability, and polarity."""
    emotion, polarity = _top(row["emotions"]), _top(row["polarity"])
    share = row["emotions"][emotion]
    return (
        f'<span class="emotion">{named(emotion)}</span>'
        f'<span class="bar" title="{named(emotion)} {share:.0%}"><b style="width:{share:.0%}"></b></span><em>{share:.0%}</em>'
        f'<span class="polarity">{POLARITY_SIGNS[polarity]} {named(polarity)} {row["polarity"][polarity]:.0%}</span>'
    )


def _scores(scores: Mapping[str, float]) -> str:
    return "".join(
        f'<span class="score" title="{_("from {low} to {high}", low=low, high=high)}">{named(name)} '
        f"<b>{scores[name]:.2f}</b></span>"
        for name, low, high in SCORES_SHOWN
    )


def _finer(row: Row) -> str:
    labels = "".join(f"<i>{escape(named(label))}</i>" for label in row["labels"] if label != _top(row["emotions"]))
    return f'<span class="fine">{labels}</span>' if labels else ""


def _top(shares: Mapping[str, float]) -> str:
    return max(shares, key=shares.__getitem__)
