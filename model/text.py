"""The one normalisation that training and serving share, so that both feed the tokenizer the same characters."""

import re

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'", "\u00a0": " "})
_BLANK = re.compile(r"[\x00-\x20\x7f-\x9f\u200b\ufeff]+")


def normalise(text: str) -> str:
    """Straight quotes, no control characters, single spaces."""
    return _BLANK.sub(" ", text.translate(_QUOTES)).strip()
