"""English and Simplified Chinese, gettext's way: an English sentence is its own id, ``assets/locales`` has the others.

A sentence with ``{names}`` is filled by ``str.format`` after it was translated, so that a translation may put them in
another order. ``docs/extending.md`` shows how to write one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, reduce
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

DEFAULT = "en"
LANGUAGES = {DEFAULT: "English", "zh-CN": "简体中文"}  # as each calls itself
LANGUAGE: ContextVar[str] = ContextVar("language", default=DEFAULT)  # of the request that is being answered
LOCALES = Path(__file__).parent / "assets" / "locales"


@runtime_checkable
class Told(Protocol):
    """What can be said in another language later: an error of this project, or what ``N_`` returns."""

    message: str
    values: Mapping[str, Any]


class N_(str):
    """Marks a sentence that is translated where it is shown: the English one, which remembers its id and values."""

    message: str
    values: Mapping[str, Any]

    def __new__(cls, message: str, **values: Any) -> Self:
        self = super().__new__(cls, message.format(**values) if values else message)
        self.message, self.values = message, values
        return self


def _(message: str, **values: Any) -> str:
    """The sentence in the language of the request. Values that are ``Told`` are translated as well."""
    return _filled(_catalogue(LANGUAGE.get()).gettext(message), values)


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """The sentence for a number, which it may name as ``{n}``."""
    return _filled(_catalogue(LANGUAGE.get()).ngettext(one, many, n), {"n": n, **values})


def joined(*sentences: str) -> str:
    """Sentences one after the other; Chinese has no space between them."""
    return str(translated(in_a_row(sentences)))


def translated(said: Any) -> Any:
    """What an error or ``N_`` says, in the language of the request; anything else as it is."""
    return _(said.message, **said.values) if isinstance(said, Told) else said


def said_by(error: Exception) -> N_:
    """An error's sentence, to keep."""
    return N_(error.message, **error.values) if isinstance(error, Told) else N_(str(error))


def in_a_row(sentences: Sequence[str]) -> str:
    """As ``joined``, of sentences that are not translated yet."""
    return reduce(lambda first, after: N_("{first} {next}", first=first, next=after), sentences)


def listed(sentences: Sequence[str]) -> str:
    """Phrases after each other, none of them translated yet; "" where there is none."""
    return reduce(lambda first, after: N_("{first}; {next}", first=first, next=after), sentences) if sentences else ""


def kept(said: Any) -> Any:
    """A sentence as JSON can hold it, to be said in another language later. Other values as they are."""
    return (
        {"message": said.message, "values": {n: kept(v) for n, v in said.values.items()}}
        if isinstance(said, Told)
        else said
    )


def recalled(found: Any) -> Any:
    """What ``kept`` was given."""
    if not (isinstance(found, dict) and found.keys() == {"message", "values"}):
        return found
    return N_(found["message"], **{name: recalled(value) for name, value in found["values"].items()})


def reason(report: Mapping[str, Any]) -> str:
    """Why it came out so, of a report that a release keeps: ``said`` in the language of the request, ``reason`` where
    nothing else was kept.
    """
    return str(translated(recalled(report.get("said", report["reason"]))))


def named(name: str) -> str:
    """A label, score, role or language by the name that people read. What is stored and exported is ``name``."""
    return _(name)


def choices(names: Iterable[str]) -> list[tuple[str, str]]:
    """(shown, stored) of each name, as Gradio's groups and dropdowns take them."""
    return [(named(name), name) for name in names]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything inside is said in ``language``."""
    token = LANGUAGE.set(language)
    try:
        yield
    finally:
        LANGUAGE.reset(token)


def chosen(wanted: str | None, accepted: str) -> str:
    """The language that a person chose, else the one that their browser would rather have (``Accept-Language``)."""
    if wanted in LANGUAGES:
        return wanted
    tags = [part.partition(";q=") for part in accepted.replace(" ", "").lower().split(",")]
    by_weight = sorted(tags, key=lambda tag: _weight(tag[2]), reverse=True)
    known = {language.partition("-")[0]: language for language in LANGUAGES}
    return next((known[t] for tag, *_ in by_weight if (t := tag.partition("-")[0]) in known), DEFAULT)


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


def _filled(sentence: str, values: Mapping[str, Any]) -> str:
    return sentence.format(**{name: translated(value) for name, value in values.items()}) if values else sentence


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == DEFAULT:
        return NullTranslations()
    import polib

    whole = polib.POFile()
    for file in files(language):
        whole.extend(part := polib.pofile(str(file)))
        whole.metadata = part.metadata
    return GNUTranslations(BytesIO(whole.to_binary()))


def files(language: str) -> list[Path]:
    """The files that hold a language's sentences, one for each part of the page."""
    return sorted((LOCALES / language.replace("-", "_")).glob("*.po"))
