"""What people say, as HTML: answers side by side, lists of what was answered, decided or found."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from db.records import Correction, Verdict
from emodemo.cards import POLARITY_SIGNS
from emodemo.html import button, hint, records
from emodemo.review import Option
from emodemo.translation import _, named


def answers(options: Sequence[Option], families: Mapping[str, str]) -> str:
    """What people say of a text, side by side; each is accepted by its number, and shows who said so and why.
    ``families``: the emotion that each label is coloured by.
    """
    return "".join(
        f'<li><button type="button" class="answer" data-accept="{n}"><kbd>{n}</kbd>{_verdict(option.verdict, families)}</button>'
        f"<ul>{''.join(f'<li>{_speaker(correction)}</li>' for correction in option.said)}</ul></li>"
        for n, option in enumerate(options, 1)
    )


def remarks(said: Sequence[Correction]) -> str:
    """Who flagged or skipped a text, and why."""
    return "".join(f"<li>{_speaker(correction)}</li>" for correction in said)


def history(rows: Iterable[tuple[int, str, str, str]]) -> str:
    """(text id, text, what was said, when) of each answer, with a button that takes it back."""
    shown = [(*map(escape, (text, said, when)), _undo(id, text)) for id, text, said, when in rows]
    return records((_("text"), _("your answer"), "UTC", ""), shown)


def decisions(rows: Iterable[tuple[int, str, str, str, str]]) -> str:
    """(decision's id, text, what was decided, by whom, when) of each, with a button that takes it back."""
    shown = [(*map(escape, (text, said, who, when)), _undo(id, text)) for id, text, said, who, when in rows]
    return records((_("text"), _("decided"), _("by"), "UTC", ""), shown)


def found(
    search: str, heading: str, rows: Iterable[tuple[int, str, Sequence[str], float | None]], advice: str = ""
) -> str:
    """(text id, text, what is said of it, how alike from −1 to 1) of each text found, to be ticked; ``advice`` where there
    is none. The script forgets what was ticked once ``search`` is another one.
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
    every = f'<label><input type="checkbox" class="all"> {escape(_("all of these"))}</label><span class="count" role="status"></span>'
    return (
        f'<div class="found" data-search="{escape(search)}"><div class="heading"><strong>{escape(heading)}</strong>'
        f"{every if body else hint(advice)}</div><ul>{body}</ul></div>"
    )


def _alike(cosine: float | None) -> tuple[str, ...]:
    return () if cosine is None else (_("{share:.0f} % alike", share=100 * max(cosine, 0)),)


def _undo(id: int, text: str) -> str:
    return button("undo", id, _("Undo"), _("Undo: {text}", text=text[:60]))


def _verdict(verdict: Verdict, families: Mapping[str, str]) -> str:
    """Labels in their emotions' colours, polarity and scores."""
    labels = "".join(
        f'<span class="emotion" style="--c:var(--{escape(families[label])})">{escape(named(label))}</span>'
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
