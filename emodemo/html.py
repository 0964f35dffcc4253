"""Rows as HTML. Every text is escaped here; nothing else in the project writes markup around what people typed.

Gradio's template ``${value}`` puts these strings into the page without reading them again; a Handlebars template would.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from emodemo.translation import LANGUAGE, LANGUAGES, _, named, ngettext

Row = Mapping[str, Any]  # of ``analyze --format jsonl``
POLARITY_SIGNS = {"negative": "−", "neutral": "○", "positive": "+"}
SCORES_SHOWN = (("valence", 1, 5), ("arousal", 1, 5), ("dominance", 1, 5), ("review", 0, 1))


def header(release: str, account: str = "") -> str:
    """Name, purpose, live release, and who is asking."""
    return (
        '<div class="masthead"><div><h1>emodemo</h1>'
        f"<p>{_('What a text feels like, sentence by sentence. Disagree? Correct it, and the model learns.')}</p></div>"
        f'<div class="corner"><span class="live" title="{_("Release that answers now")}">'
        f"{_('live release')} <b>{escape(release)}</b></span>{account}{switch()}</div></div>"
    )


def switch() -> str:
    """A button for each language that is not spoken now, named as that language calls itself."""
    buttons = "".join(
        f'<button name="language" value="{language}" lang="{language}">{name}</button>'
        for language, name in LANGUAGES.items()
        if language != LANGUAGE.get()
    )
    return f'<form class="account language" method="post" action="language">{buttons}</form>'


def account(name: str, role: str, *, signed_in: bool) -> str:
    """Whoever is signed in, with role and a way out; for a visitor the way in; nothing for this machine's owner."""
    if not signed_in:
        return f'<a class="account" href="login">{_("Sign in")}</a>' if role == "visitor" else ""
    return (
        f'<form class="account" method="post" action="logout"><span title="{_("You are signed in as {role}", role=named(role))}">'
        f"{escape(name)} · {escape(named(role))}</span><button>{_('Sign out')}</button></form>"
    )


def note(message: str, kind: str = "info") -> str:
    """A message that stays, what stands between backticks as code; ``kind`` is info, good or bad."""
    text = re.sub("`([^`]+)`", r"<code>\1</code>", escape(message))
    return f'<div class="note {kind}" role="status">{text}</div>' if message else ""


def hint(message: str) -> str:
    """Small print."""
    return f'<p class="hint">{escape(message)}</p>'


def heading(title: str, rule: str) -> str:
    """What a part of the page is for."""
    return f'<div class="heading"><h3>{escape(title)}</h3><p>{escape(rule)}</p></div>'


def progress(share: float, message: str) -> str:
    """How much of something is done, 0 to 1, as a bar with a message."""
    return (
        f'<div class="progress" role="status"><span>{escape(message)}</span>'
        f'<div class="bar"><b style="width:{share:.1%}"></b></div></div>'
    )


def summary(count: int, emotions: Mapping[str, int], release: str) -> str:
    """How many sentences, how many of which emotion, and whose answers these are."""
    chips = "".join(
        f'<span class="emotion" style="--c:var(--{emotion})">{named(emotion)} <b>{number:,}</b></span>'
        for emotion, number in sorted(emotions.items(), key=lambda item: -item[1])
    )
    sentences = ngettext("{n:,} sentence", "{n:,} sentences", count)
    by = escape(_("answered by {release}", release=release))
    return f'<div class="summary" role="status"><strong>{sentences}</strong>{chips}<span>{by}</span></div>'


def cards(rows: Sequence[Row], chosen: int | None = None) -> str:
    """One card for each sentence. A card's ``data-n`` is the number of its row."""
    shown = "".join(_card(n, row, n == chosen) for n, row in enumerate(rows))
    return f'<div class="cards" role="listbox" aria-label="{_("Sentences")}">{shown}</div>'


def _card(n: int, row: Row, chosen: bool) -> str:
    return (
        f'<div class="card" role="option" tabindex="0" data-n="{n}" aria-selected="{str(chosen).lower()}" '
        f'style="--c:var(--{_top(row["emotions"])})"><p dir="auto">{escape(row["text"])}</p>'
        f'<div class="facts">{_answer(row)}</div><div class="facts">{_scores(row["scores"])}{_finer(row)}'
        f'<span class="span" title="{_("Place in the text, in characters")}">{row["start"]}–{row["end"]}</span></div></div>'
    )


def quoted(row: Row) -> str:
    """The chosen sentence large, with what the model says of it."""
    return (
        f'<div class="quoted" style="--c:var(--{_top(row["emotions"])})">'
        f'<blockquote dir="auto">{escape(row["text"])}</blockquote><div class="facts">{_answer(row)}{_finer(row)}</div></div>'
    )


def facts(row: Row) -> str:
    """What the model says of a text to annotate."""
    return f'<div class="facts" style="--c:var(--{_top(row["emotions"])})">{_answer(row)}{_scores(row["scores"])}{_finer(row)}</div>'


def figures(named: Mapping[str, str]) -> str:
    """Small figures, each over its name."""
    shown = "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in named.items())
    return f'<dl class="figures">{shown}</dl>'


def history(rows: Iterable[tuple[int, str, str, str]]) -> str:
    """(text id, text, what was said, when) of each answer, with a button that takes it back."""
    body = "".join(
        f'<tr><td dir="auto">{escape(text)}</td><td>{escape(said)}</td><td class="number">{escape(when)}</td>'
        f'<td><button type="button" data-undo="{id}" aria-label="{escape(_("Undo: {text}", text=text[:60]))}">'
        f"{_('Undo')}</button></td></tr>"
        for id, text, said, when in rows
    )
    head = f"<th>{_('text')}</th><th>{_('your answer')}</th><th>UTC</th><th></th>"
    return f'<div class="table flips" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def guidelines(labels: Mapping[str, Mapping[str, str]], colours: Mapping[str, str]) -> str:
    """Each label's definition and, where there is one, its example; ``colours``: the emotions that they are coloured by."""
    return "".join(
        f'<div style="--c:var(--{escape(colours[name])})"><dt class="emotion">{escape(named(name))}</dt>'
        f"<dd>{escape(_(said['definition']))}{_example(said['example'])}</dd></div>"
        for name, said in labels.items()
    )


def _example(text: str) -> str:
    return f' <q lang="en">{escape(text)}</q>' if text else ""


def chip(kind: str, group: str, name: str, keys: Sequence[str] = (), *, title: str = "", colour: str = "") -> str:
    """A checkbox or radio with its keys; a letter of the shown name that is a key is underlined. ``title``: what it means;
    ``colour``: the emotion that it is coloured by, where the page's style does not say.
    """
    shown = named(name)
    letter = next((key for key in keys if key.isalpha() and key in shown), "")
    before, found, after = shown.partition(letter) if letter else (shown, "", "")
    marked = f"{escape(before)}<u>{escape(found)}</u>{escape(after)}"
    caps = "".join(f"<kbd>{escape(key.upper())}</kbd>" for key in keys if key not in letter + "=")
    shortcut = f' aria-keyshortcuts="{escape(" ".join(keys))}"' if keys else ""
    about = f' title="{escape(title)}"' if title else ""
    about += f' style="--c:var(--{escape(colour)})"' if colour else ""
    return f'<label{about}><input type="{kind}" name="{group}" value="{escape(name)}"{shortcut}><span>{marked}</span>{caps}</label>'


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


def table(
    rows: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    numbers: Collection[str] = (),
    marked: str | None = None,
) -> str:
    """Rows as a table; cells are escaped. ``columns``: what of a row is shown, under which heading.

    Columns of ``numbers`` stand on the right; the row that starts with ``marked`` stands out.
    """
    first = next(iter(columns))
    sides = {column: ' class="number"' if column in numbers else "" for column in columns}
    head = "".join(f"<th{sides[column]}>{escape(title)}</th>" for column, title in columns.items())
    body = "".join(
        f'<tr class="{"marked" if row.get(first) == marked else ""}">'
        + "".join(f"<td{sides[column]}>{escape(str(row.get(column, '')))}</td>" for column in columns)
        + "</tr>"
        for row in rows
    )
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
