"""One colour for each emotion, used by chips, bars and charts alike; nothing else on the page is coloured.

Found by a search for the largest smallest distance in OKLab between any two, as seen with normal vision and with each
of the three kinds of colour blindness (simulated as in Machado et al. 2009). A test holds them to it.
"""

from collections.abc import Iterable

from emodemo.vocabulary import MOST
from model.labels import EMOTIONS, FINE_LABELS, FINE_TO_EMOTION

EMOTION_COLOURS = {
    "anger": "#b93a0f",
    "disgust": "#789159",
    "fear": "#c466f9",
    "joy": "#d49d10",
    "neutral": "#6f7071",
    "sadness": "#2b70b5",
    "surprise": "#4e9bb5",
}
INK = "#7d828c"  # lines and texts of charts, legible on light and on dark
FINER = tuple(label for label in FINE_LABELS if label not in EMOTIONS)  # the 21 that are no emotion of the seven


def css() -> str:
    """Variables ``--anger`` and so on, and ``--c`` for each chip of the groups ``emotions``, ``finer`` and those of ``places``."""
    colours = "".join(f"--{emotion}:{colour};" for emotion, colour in EMOTION_COLOURS.items())
    chips = [(f".emotions label:nth-child({n})", emotion) for n, emotion in enumerate(EMOTIONS, 1)]
    chips += [(f".finer label:nth-child({n})", FINE_TO_EMOTION[label]) for n, label in enumerate(FINER, 1)]
    chips += [(f".{emotion}-{n} label:nth-child({n})", emotion) for emotion in EMOTIONS for n in range(1, MOST + 1)]
    return f":root{{{colours}}}" + "".join(f"{place}{{--c:var(--{emotion})}}" for place, emotion in chips)


def places(emotions: Iterable[str]) -> list[str]:
    """Classes by which Gradio's chips, at most ``MOST``, get the colours of these emotions, the first that of the first."""
    return [f"{emotion}-{n}" for n, emotion in enumerate(emotions, 1)]
