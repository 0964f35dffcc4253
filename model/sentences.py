"""Sentence spans that never lose a character: text[start:end] is the sentence, nothing visible lies between.

``sentencex`` finds where sentences end. It is shown a copy of the text, of the same length, in which nothing misleads
it; what closes a sentence (quotation marks, brackets, emoji) is then given back to it.
"""

import re
import unicodedata
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from model.text import normalise

WRAPPED = 60  # a line at least this long that ends without a full stop is taken as wrapped, not as a line of its own
LONGEST = 500  # characters; a longer sentence is cut at white space

# Abbreviations to sentencex that end a sentence more often in what people write about feelings ("He hates me. Go.").
_EVERYDAY = "art btw con fed hon i id ill may me min miss no ok op ore pl plz ps re ref rep res sec".replace(" ", "|")
_ADDRESS = r"https?://\S*\w|www\.\S*\w|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}\w"
_HIDDEN = re.compile(rf"(?i:{_ADDRESS}|\b(?:{_EVERYDAY})(?=\.\s+\D))|\betc(?=\.\s+[A-Z])|[\ud800-\udfff]")
_ELLIPSIS = re.compile(r"…(?=\s+[A-Z])")
_QUOTE = re.compile(r"(?<!\w)['’]|['’](?!\w)")  # not the apostrophe within a word
_PLAIN = str.maketrans(
    dict.fromkeys('"“”„‟‘‚‛«»‹›「」『』`´()[]{}<>（）*_\r\t\u00a0\u2009\u202f\u3000', " ")
    | dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n")
)

_EMOJI = r"[\u200d\u20e3\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
_EMOTICON = r"(?:[:;=]['’-]?[()\[\]DPpOo3/|*]+(?!\w)|<3+|[xX]D+\b)"
_CLOSERS = re.compile(r"(?:[\"'”’»›」』)\]}>）*_\u200b-\u200f\u202a-\u202e\u2060-\u2069]|\[\d+\])*")
_FEELINGS = re.compile(rf"(?:[ \t]*(?:{_EMOJI}+|{_EMOTICON})[.!?]*)*")
_AFTER_SPEECH = "\"'”’»)]"  # "Stop!" he cried.
_MARKER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]")
_LINE = re.compile(r"[^\n]*\n?")


def split(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, in order. Nothing visible lies outside; empty where nothing is visible."""
    plain = _plain(text)
    spans = []
    for start, end in _sentences(text, plain):
        for line in _lines(plain, start, end):
            for piece in _cut(text, *line):
                left, right = _trim(text, *piece)
                if left < right and normalise(text[left:right]):
                    spans.append((left, right))
    return spans


def _plain(text: str) -> str:
    """The text as sentencex sees it, every character at its place."""
    plain = _ELLIPSIS.sub(".", re.sub(r"\r(?!\n)", "\n", text)).translate(_PLAIN)
    return _QUOTE.sub(" ", _HIDDEN.sub(lambda match: "~" * len(match[0]), plain))


def _sentences(text: str, plain: str) -> Iterator[tuple[int, int]]:
    start = 0
    for boundary in get_sentence_boundaries("en", plain):
        sentence = boundary["text"].rstrip()
        if not sentence or boundary["end_index"] <= start:
            continue
        stop = _after(_CLOSERS, text, boundary["start_index"] + len(sentence))
        end = _after(_FEELINGS, text, stop)
        goes_on = text[stop - 1] in _AFTER_SPEECH and text[end : end + 2].lstrip()[:1].islower()
        if end > start and not goes_on and not _MARKER.fullmatch(text[start:end].strip()):
            yield start, end
            start = end
    yield start, len(text)


def _after(pattern: re.Pattern[str], text: str, index: int) -> int:
    match = pattern.match(text, index)
    return match.end() if match else index


def _lines(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Break at newlines, as chats, verse and lists mean them, but not where prose is wrapped."""
    begin = start
    for match in _LINE.finditer(plain, start, end):
        if begin < match.end() and (len(match[0].strip()) < WRAPPED or match.end() == end):
            yield begin, match.end()
            begin = match.end()


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST:
        space = max(text.rfind(blank, start, start + LONGEST) for blank in " \n\t")
        middle = space + 1 if space > start else _between_characters(text, start + LONGEST)
        yield start, middle
        start = middle
    yield start, end


def _between_characters(text: str, index: int) -> int:
    """The last place up to ``index`` that parts no accent, joined emoji or surrogate pair from what it belongs to."""
    places = range(index, index - 32, -1)
    return next((place for place in places if not _belongs(text[place]) and text[place - 1] != "\u200d"), index)


def _belongs(character: str) -> bool:
    """Whether a character is shown with the one before it."""
    joins = unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")
    return joins or "🏻" <= character <= "🏿" or "\udc00" <= character <= "\udfff"


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
