"""One text at a time from the pool, by mouse or keyboard. The page's script talks to ``emodemo.web.annotating``."""

from html import escape

import gradio as gr
from markupsafe import Markup

from emodemo import html, templates
from emodemo.palette import FINER
from emodemo.services import Services
from emodemo.tabs.adding import create_adding
from emodemo.tabs.editor import ENDS, STEP
from emodemo.tabs.labels import create_vocabulary
from emodemo.translation import _, named
from model.labels import EMOTIONS, POLARITIES, SCORE_RANGES, SCORES

LETTERS = dict(zip(EMOTIONS, "agejndu", strict=True))  # each in its emotion's name, and none of S, F and Z
POLARITY_KEYS = dict(zip(POLARITIES, (("8", "-"), ("9",), ("0", "+", "=")), strict=True))


def create_annotate_tab(services: Services, tab: gr.Tab) -> None:
    """The text large, the controls prefilled with what the live release says; below, how texts come into the pool."""
    with gr.Column(elem_id="annotate"):
        gr.HTML(workspace(), js_on_load=templates.script("annotate.js"))
        create_adding(services, tab)
        create_vocabulary(services, tab)


def workspace() -> str:
    """The page's markup; its script fills in the texts."""
    return templates.page("annotate.html", **controls())


def controls() -> dict[str, Markup]:
    """Chips and scales with which a person says what a text carries, by part."""
    emotions = [html.chip("checkbox", "emotion", name, (str(n), LETTERS[name])) for n, name in enumerate(EMOTIONS, 1)]
    parts = {
        "emotions": "".join(emotions),
        "finer": "".join(html.chip("checkbox", "finer", name) for name in FINER),
        "polarities": "".join(html.chip("radio", "polarity", name, POLARITY_KEYS[name]) for name in POLARITIES),
        "scales": "".join(map(_scale, SCORES)),
        "words": html.words(*SCORES, "uncertainty"),
    }
    return {name: Markup(part) for name, part in parts.items()}


def _scale(name: str) -> str:
    low, high = SCORE_RANGES[name]
    off = escape(_("Take this score off"))
    return (
        f'<label class="scale"><span><b>{escape(named(name).capitalize())}</b> {escape(_(ENDS[name]))}</span>'
        f'<span><output></output><button type="button" class="off" aria-label="{off}" title="{off}">×</button></span>'
        f'<input type="range" name="{name}" min="{low:g}" max="{high:g}" step="{STEP}"></label>'
    )
