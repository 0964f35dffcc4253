"""The parts of every page as HTML: notes, tables, chips. Each escapes what it is given; ``cards``, ``opinions`` and
``meanings`` make theirs of them, and nothing else in the project writes markup around what people typed.

Gradio's template ``${value}`` puts these strings into the page without reading them again; a Handlebars template would.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from emodemo.glossary import WORDS
from emodemo.translation import LANGUAGE, LANGUAGES, _, named

NOTE = '<div class="note'  # how a note begins


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
    """A message that stays, what stands between backticks as code; ``kind`` is info, good or bad. ``page.js`` tells it aloud."""
    return f'{NOTE} {kind}">{_coded(message)}</div>' if message else ""


def _coded(message: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(message))


def hint(message: str) -> str:
    """Small print, what stands between backticks as code."""
    return f'<p class="hint">{_coded(message)}</p>'


def caption(said: str) -> str:
    """What a table or a figure shows, and how it was found."""
    return f'<p class="caption">{escape(said)}</p>'


def heading(title: str, rule: str) -> str:
    """What a part of the page is for."""
    return f'<div class="heading"><h3>{escape(title)}</h3><p>{escape(rule)}</p></div>'


def words(*names: str) -> str:
    """Words that may be strange, each a button that says what it means; ``glossary`` must be on the page."""
    buttons = " ".join(
        f'<button type="button" class="word" popovertarget="{_word_id(name)}">{escape(_(WORDS[name][0]))}</button>'
        for name in names
    )
    return f'<p class="caption words">{_("In plain words:")} {buttons}</p>'


def glossary() -> str:
    """What ``words`` opens: by mouse, touch and keyboard, closed by Esc or a touch beside it."""
    return "".join(
        f'<div popover id="{_word_id(name)}" class="meaning" role="note"><b>{escape(_(shown))}</b> {escape(_(meaning))}</div>'
        for name, (shown, meaning) in WORDS.items()
    )


def _word_id(name: str) -> str:
    return "word-" + name.replace(" ", "-")


def progress(share: float, message: str) -> str:
    """How much of something is done, 0 to 1, as a bar with a message."""
    return (
        f'<div class="progress" role="status"><span>{escape(message)}</span>'
        f'<div class="bar"><b style="width:{share:.1%}"></b></div></div>'
    )


def figures(named: Mapping[str, str]) -> str:
    """Small figures, each over its name."""
    shown = "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in named.items())
    return f'<dl class="figures">{shown}</dl>'


def records(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells that are markup already, under headings that are not."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    cells = ("".join(f'<td dir="auto">{cell}</td>' for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f'<div class="table flips" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def button(deed: str, id: int, name: str, described: str) -> str:
    """Does a deed to what has this id; ``described``: which, for those who only hear it."""
    return f'<button type="button" data-{deed}="{id}" aria-label="{escape(described)}">{escape(name)}</button>'


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
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
