"""Whether a text is plainly in another language than English, which is all that the model knows.

Behind it is ``py3langid``, whose model covers 139 languages. It is asked only for those below: dialects, and pidgins
close to English, would take informal English for their own.
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "ml": "Malayalam",
    "mr": "Marathi",
    "ms": "Malay",
    "nl": "Dutch",
    "no": "Norwegian",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
UNLIKELY = 0.05  # probability of English below which a text may be foreign
LIKELY = 0.4  # probability that the likeliest other language must have
FEWEST = 10  # letters; shorter Latin text ("hahaha", "mama mia") proves nothing
MOST = 20_000  # characters looked at


def foreign(text: str) -> str | None:
    """The English name of a text's language if it is surely not English, else None.

    Judges the text as a whole, so a quotation in another language passes; ask sentence by sentence for mixed texts.
    The first call takes half a second and about 80 MB, later ones some 0.1 ms a sentence.
    """
    text = _in_main_script(text[:MOST])
    if not text:
        return None
    probabilities = dict(_identifier().rank(text))
    english = probabilities.pop("en")
    likeliest = max(probabilities, key=probabilities.__getitem__)
    return LANGUAGES[likeliest] if english < UNLIKELY and probabilities[likeliest] > LIKELY else None


def _in_main_script(text: str) -> str:
    """The text, only its Latin letters where most are, empty where there are too few letters to judge by.

    The detector counts bytes, so that one Russian sentence would outweigh three English ones.
    """
    letters = [character for character in text if character.isalpha()]
    latin = {letter for letter in set(letters) if unicodedata.name(letter, "").startswith("LATIN")}
    count = sum(letter in latin for letter in letters)
    if 2 * count < len(letters):
        return text
    if count < FEWEST:
        return ""
    return "".join(character if character in latin or not character.isalpha() else " " for character in text)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", *LANGUAGES])
    return identifier
