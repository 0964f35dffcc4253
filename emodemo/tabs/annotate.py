"""One text at a time from the pool, by mouse or keyboard. The page's script talks to ``emodemo.web.annotating``."""

from html import escape
from pathlib import Path
from string import Template

import gradio as gr

from emodemo import html
from emodemo.palette import FINER
from emodemo.services import Services
from emodemo.tabs.adding import create_adding
from emodemo.tabs.editor import SCALES, STEP
from model.labels import EMOTIONS, POLARITIES, SCORE_RANGES, SCORES

ASSETS = Path(__file__).parents[1] / "assets"
LETTERS = dict(zip(EMOTIONS, "agejndu", strict=True))  # each in its emotion's name, and none of S, F and Z
POLARITY_KEYS = dict(zip(POLARITIES, (("8", "-"), ("9",), ("0", "+", "=")), strict=True))


def create_annotate_tab(services: Services, tab: gr.Tab) -> None:
    """The text large, the controls prefilled with what the live release says; below, how texts come into the pool."""
    with gr.Column(elem_id="annotate"):
        gr.HTML(workspace(), js_on_load=(ASSETS / "annotate.js").read_text(encoding="utf-8"))
        create_adding(services, tab)


def workspace() -> str:
    """The page's markup; its script fills in the texts."""
    return Template((ASSETS / "annotate.html").read_text(encoding="utf-8")).substitute(controls())


def controls() -> dict[str, str]:
    """Chips and scales with which a person says what a text carries, by part."""
    emotions = [html.chip("checkbox", "emotion", name, (str(n), LETTERS[name])) for n, name in enumerate(EMOTIONS, 1)]
    return {
        "emotions": "".join(emotions),
        "finer": "".join(html.chip("checkbox", "finer", name) for name in FINER),
        "polarities": "".join(html.chip("radio", "polarity", name, POLARITY_KEYS[name]) for name in POLARITIES),
        "scales": "".join(map(_scale, SCORES)),
    }


def _scale(name: str) -> str:
    low, high = SCORE_RANGES[name]
    title, _, ends = SCALES[name].partition(", ")
    return (
        f'<label class="scale"><span><b>{escape(title)}</b> {escape(ends)}</span><output></output>'
        f'<input type="range" name="{name}" min="{low:g}" max="{high:g}" step="{STEP}"></label>'
    )
