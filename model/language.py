"""A warning, not a verdict: the model knows English only, and says something of any other text all the same."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

CONFIDENT = 0.97
FEWEST = 16  # letters; shorter Latin texts are too often names, slang and exclamations
SHOWN = 2000  # characters that decide
NAMES = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "ta": "Tamil",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def foreign(text: str) -> str | None:
    """English name of the text's language where the detector is confident that it is not English."""
    letters = [c for c in text[:SHOWN] if c.isalpha()]
    latin = sum(c < "\u0250" for c in letters)
    if not letters or (2 * latin > len(letters) and len(letters) < FEWEST):
        return None
    code, probability = _identifier().classify("".join(c if c.isalpha() or c == "'" else " " for c in text[:SHOWN]))
    confident = probability >= CONFIDENT or 2 * latin < len(letters)
    return NAMES[code] if code != "en" and confident else None


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier
