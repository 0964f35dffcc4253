"""Rows as HTML. Every text is escaped here; nothing else in the project writes markup around what people typed.

Gradio's template ``${value}`` puts these strings into the page without reading them again; a Handlebars template would.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from db.records import AddedLabel, Correction, Verdict
from emodemo.glossary import WORDS
from emodemo.guidance import Guide, Pin
from emodemo.review import Option
from emodemo.translation import LANGUAGE, LANGUAGES, _, named, ngettext
from model.labels import FINE_TO_EMOTION

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
    return f'<div class="note {kind}" role="status">{_coded(message)}</div>' if message else ""


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
    shown = [(*map(escape, (text, said, when)), _undo(id, text)) for id, text, said, when in rows]
    return _records((_("text"), _("your answer"), "UTC", ""), shown)


def guidelines(guides: Iterable[Guide], pinned: Mapping[str, Sequence[Pin]]) -> str:
    """Each emotion's definition and examples, and the texts that set it off from others."""
    return "".join(_meaning(guide, guide.label, pinned.get(guide.label, ())) for guide in guides)


def meanings(labels: Iterable[AddedLabel]) -> str:
    """The same of labels that people added, in the colours of their emotions."""
    return "".join(
        _meaning(Guide(label.name, label.definition, tuple(filter(None, [label.example]))), label.emotion)
        for label in labels
    )


def _meaning(guide: Guide, emotion: str, pinned: Sequence[Pin] = ()) -> str:
    return (
        f'<div style="--c:var(--{escape(emotion)})"><dt class="emotion">{escape(named(guide.label))}</dt>'
        f"<dd>{_guide(guide)}{''.join(map(_pin, pinned))}</dd></div>"
    )


def _guide(guide: Guide) -> str:
    """The file's definitions are translated; what reviewers wrote is shown as they wrote it."""
    return " ".join(
        [escape(_(guide.definition)), *(f'<q lang="en">{escape(example)}</q>' for example in guide.examples)]
    )


def _pin(pin: Pin) -> str:
    decided = _("{right}, not {wrong}: a reviewer decided.", right=named(pin.right), wrong=named(pin.wrong))
    return f'<p class="pin" style="--c:var(--{escape(pin.right)})"><q lang="en">{escape(pin.text)}</q> {escape(decided)}</p>'


def versions(guides: Sequence[Guide]) -> str:
    """Every version of a guideline, the newest first; each but the newest can be brought back."""
    rows = [
        (
            *(f"{cell}" for cell in (guide.version, escape(guide.made), escape(guide.author), _guide(guide))),
            _button("version", guide.version, _("Bring back"), _("Bring version {n} back", n=guide.version))
            if n
            else _("holds now"),
        )
        for n, guide in enumerate(guides)
    ]
    return _records((_("version"), "UTC", _("by"), _("what it says"), ""), rows)


def answers(options: Sequence[Option]) -> str:
    """What people say of a text, side by side; each is accepted by its number, and shows who said so and why."""
    return "".join(
        f'<li><button type="button" class="answer" data-accept="{n}"><kbd>{n}</kbd>{_verdict(option.verdict)}</button>'
        f"<ul>{''.join(f'<li>{_speaker(correction)}</li>' for correction in option.said)}</ul></li>"
        for n, option in enumerate(options, 1)
    )


def remarks(said: Sequence[Correction]) -> str:
    """Who flagged or skipped a text, and why."""
    return "".join(f"<li>{_speaker(correction)}</li>" for correction in said)


def decisions(rows: Iterable[tuple[int, str, str, str, str]]) -> str:
    """(decision's id, text, what was decided, by whom, when) of each, with a button that takes it back."""
    shown = [(*map(escape, (text, said, who, when)), _undo(id, text)) for id, text, said, who, when in rows]
    return _records((_("text"), _("decision"), _("by"), "UTC", ""), shown)


def _records(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells that are markup already."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    cells = ("".join(f'<td dir="auto">{cell}</td>' for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f'<div class="table flips" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def found(search: str, heading: str, rows: Iterable[tuple[int, str, Sequence[str], float | None]]) -> str:
    """(text id, text, what is said of it, how alike from −1 to 1) of each text found, to be ticked. The script forgets
    what was ticked once ``search`` is another one.
    """
    body = "".join(
        f'<li><label><input type="checkbox" value="{id}" aria-label="{escape(_("Text {id}", id=id))}">'
        f'<span class="id">{id}</span>'
        f'<span class="text" dir="auto">{escape(text)}</span></label>'
        f'<button type="button" data-like="{id}" aria-label="{escape(_("Texts like text {id}", id=id))}">'
        f"{escape(_('Like this'))}</button>"
        + '<div class="facts">'
        + "".join(f"<span>{escape(each)}</span>" for each in (*_alike(alike), *said))
        + "</div></li>"
        for id, text, said, alike in rows
    )
    return (
        f'<div class="found" data-search="{escape(search)}"><div class="heading"><strong>{escape(heading)}</strong>'
        f'<label><input type="checkbox" class="all"> {escape(_("all of these"))}</label><span class="count" role="status"></span></div>'
        f"<ul>{body}</ul></div>"
    )


def _alike(cosine: float | None) -> tuple[str, ...]:
    return () if cosine is None else (_("{share:.0f} % alike", share=100 * max(cosine, 0)),)


def _undo(id: int, text: str) -> str:
    return _button("undo", id, _("Undo"), _("Undo: {text}", text=text[:60]))


def _button(deed: str, id: int, name: str, described: str) -> str:
    return f'<button type="button" data-{deed}="{id}" aria-label="{escape(described)}">{escape(name)}</button>'


def _verdict(verdict: Verdict) -> str:
    """Labels in their emotions' colours, polarity and scores."""
    labels = "".join(
        f'<span class="emotion" style="--c:var(--{FINE_TO_EMOTION.get(label, "neutral")})">{escape(named(label))}</span>'
        for label in verdict.labels or ()
    )
    polarity = (
        verdict.polarity
        and f'<span class="polarity">{POLARITY_SIGNS[verdict.polarity]} {named(verdict.polarity)}</span>'
    )
    scores = "".join(
        f'<span class="score">{escape(named(name))} <b>{n:g}</b></span>' for name, n in verdict.scores.items()
    )
    return f'<span class="facts">{labels}{polarity or ""}{scores}</span>'


def _speaker(correction: Correction) -> str:
    """Who said it and when, what they wrote beside it, and whether they knew what the model says."""
    deed = {"flag": _("flagged it"), "skip": _("skipped it")}.get(correction.action)
    blind = None if correction.visible else _("not seeing what the model says")
    facts = filter(None, (deed, f"{correction.created_at:%Y-%m-%d}", blind))
    comment = f" <q>{escape(correction.comment)}</q>" if correction.comment else ""
    return f"<b>{escape(correction.annotator)}</b> {escape(' · '.join(facts))}{comment}"


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
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
