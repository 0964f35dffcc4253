"""The controls with which a person says what a sentence carries, and how a prediction fills them in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from db.records import AddedLabel, Verdict
from emodemo.annotation import checked_verdict
from emodemo.palette import FINER, places
from emodemo.translation import N_, _, choices, named
from model.labels import EMOTIONS, POLARITIES, SCORE_RANGES, SCORES

LIKELY = 0.3  # an emotion from this probability on is ticked beside the top one
STEP = 0.05
ENDS = {
    "valence": N_("unpleasant to pleasant"),
    "arousal": N_("calm to excited"),
    "dominance": N_("overwhelmed to in control"),
    "review": N_("worst to best"),
}
ADDED = ("chips", "added")  # classes of the chips of added labels
FIRST = "(...shown) => window.emodemo.firstTicked(...shown)"


@dataclass(frozen=True, slots=True)
class Editor:
    """``controls``: emotions, finer labels, added ones, polarity, then the four scores. ``guess``: the model's emotions
    and polarity till one is touched.
    """

    controls: tuple[gr.components.Component, ...]
    guess: gr.Textbox

    @property
    def shown(self) -> list[gr.components.Component]:
        """What ``prefilled`` gives values to."""
        return [*self.controls, self.guess]


def create_editor(prefix: str) -> Editor:
    """Lay the controls out where they are created; ids begin with ``prefix``."""
    emotions, finer, added, polarity = create_labels(prefix)
    with gr.Accordion(_("Scores"), open=False, elem_classes="fold"), gr.Row(elem_classes="sliders"):
        sliders = [
            gr.Slider(*SCORE_RANGES[name], step=STEP, label=scale(name), buttons=[], min_width=200) for name in SCORES
        ]
    guess = gr.Textbox(elem_classes="unseen")
    first = [emotions, guess, polarity]
    emotions.input(None, first, first, js=FIRST)
    return Editor((emotions, finer, added, polarity, *sliders), guess)


def create_labels(prefix: str) -> tuple[gr.CheckboxGroup, gr.CheckboxGroup, gr.CheckboxGroup, gr.Radio]:
    """Emotions, finer labels, added ones and polarity alone."""
    emotions = gr.CheckboxGroup(
        choices(EMOTIONS),
        label=_("Emotions, several at once"),
        elem_id=f"{prefix}-emotions",
        elem_classes=["chips", "emotions"],
    )
    with gr.Accordion(_("Finer labels"), open=False, elem_classes="fold"):
        finer = gr.CheckboxGroup(
            choices(FINER),
            show_label=False,
            container=False,
            elem_id=f"{prefix}-finer",
            elem_classes=["chips", "finer"],
        )
    added = gr.CheckboxGroup(
        [], label=_("Your own labels"), visible=False, elem_id=f"{prefix}-added", elem_classes=[*ADDED]
    )
    polarity = gr.Radio(
        choices(POLARITIES), label=_("Polarity"), elem_id=f"{prefix}-polarity", elem_classes=["chips", "polarities"]
    )
    return emotions, finer, added, polarity


def scale(name: str) -> str:
    """A score with what its ends mean."""
    return _("{score}, {ends}", score=named(name).capitalize(), ends=_(ENDS[name]))


def prefilled(row: Mapping[str, Any], offered: Sequence[AddedLabel] = ()) -> list[Any]:
    """Values of ``Editor.shown`` that repeat a prediction; of added labels those ``offered`` now, with their meaning."""
    emotions = row["emotions"]
    top = max(emotions, key=emotions.__getitem__)
    ticked = [name for name in EMOTIONS if name == top or emotions[name] >= LIKELY]
    polarity = max(row["polarity"], key=row["polarity"].__getitem__)
    return [
        ticked,
        [],
        own_chips(offered),
        polarity,
        *(slider_value(row, name) for name in SCORES),
        f"{','.join(ticked)};{polarity}",
    ]


def own_chips(offered: Sequence[AddedLabel]) -> dict[str, Any]:
    """The chips of added labels as they are now, none ticked."""
    meanings = " · ".join(f"{named(label.name)}: {label.definition}" for label in offered)
    shown: dict[str, Any] = gr.update(
        choices=choices([label.name for label in offered]),
        value=[],
        info=meanings,
        visible=bool(offered),
        elem_classes=[*ADDED, *places(label.emotion for label in offered)],
    )
    return shown


def slider_value(row: Mapping[str, Any], name: str) -> float:
    """A predicted score as the slider shows it."""
    return round(round(row["scores"][name] / STEP) * STEP, 2)


def said(row: Mapping[str, Any], controls: Sequence[Any], known: Collection[str] = ()) -> Verdict:
    """What the controls say of a row: emotions and polarity as shown, and each score that was moved; ``known``: names of
    added labels. Raises UserError.
    """
    emotions, finer, added, polarity, *values = controls
    moved = {
        name: value
        for name, value in zip(SCORES, values, strict=True)
        if value is not None and abs(value - slider_value(row, name)) > 0.01
    }
    return checked_verdict([*(emotions or []), *(finer or []), *(added or [])], polarity, moved, added=known)


def in_words(verdict: Verdict) -> str:
    """``joy, love; positive; valence 4.5``"""
    labels = _(", ").join(map(named, verdict.labels or ()))
    scores = _(", ").join(f"{named(name)} {value:g}" for name, value in verdict.scores.items())
    return _("; ").join(filter(None, (labels, verdict.polarity and named(verdict.polarity), scores)))
