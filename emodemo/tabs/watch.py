"""Whether texts have drifted, how right and how sure the model is on texts drawn at random, and what choosing texts saves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gradio as gr
import pandas as pd
from plotly.graph_objects import Figure

from emodemo import drawn, html, lessons, plots, watch_plots, watching
from emodemo.access import require
from emodemo.drawn import Drawn
from emodemo.handling import asker, streaming
from emodemo.lessons import Lessons
from emodemo.services import Services
from emodemo.translation import N_, _, joined, named
from emodemo.watching import Drift

WORKING = N_("Comparing recent texts with those that the model learned from …")
TEACHING = N_("Teaching the shipped model with either kind of corrections, fifty times …")
DRIFT_HELP = N_(
    "Stability index: how far two distributions lie apart; by custom under 0.1 is no change to speak of and over 0.25 a large "
    "one. p: how often texts of one source lie as far apart by accident. Shares are of the live release's answers."
)
TIME_HELP = N_(
    "Each point is a run of answers to texts that the queue drew at random, judged by what the model said when they were "
    "given. Where it is surer than it is right, its probabilities are too high."
)
DRAWN_HELP = N_(
    "Right: the model's likeliest emotion or polarity is one that the person named. Who sees a prediction tends to agree "
    "with it, so blind answers tell most. The live release is judged only on texts that it was not trained on."
)
COMPARED = {"subjects": N_("groups of like texts"), "emotions": N_("emotions"), "polarity": N_("polarity")}
JUDGED = {"then": N_("the release of that time"), "now": N_("the live release")}
ANSWERS = {"all": N_("all"), "blind": N_("blind"), "shown": N_("prediction shown")}
PARTS = {"emotion": N_("emotion"), "polarity": N_("polarity")}
COLUMNS = {
    "compared": N_("compared"),
    "measure": N_("measure"),
    "apart": N_("how far apart"),
    "p": N_("p"),
    "what": N_("what"),
    "answers": N_("kind of answer"),
    "judged": N_("judged by"),
    "n": N_("answers given"),
    "right": N_("right"),
    "interval": N_("95 % interval"),
}
NUMBERS = ("apart", "p", "n", "right", "interval")


def create_watch_tab(services: Services, tab: gr.Tab) -> None:
    """Three parts, each a sentence, a figure and its table: drift, answers drawn at random, what choosing saves."""
    with gr.Column(elem_id="watch"):
        message = gr.HTML(elem_id="watch-message")
        drift = gr.HTML(elem_id="watch-drift")
        shares = gr.Plot(
            visible=False, show_label=False, container=False, elem_classes="figure", elem_id="watch-shares"
        )
        drift_table = gr.HTML(elem_id="watch-drift-table")
        accuracy = gr.HTML(elem_id="watch-accuracy")
        course = gr.Plot(
            visible=False, show_label=False, container=False, elem_classes="figure", elem_id="watch-course"
        )
        calibration = gr.Plot(
            visible=False, show_label=False, container=False, elem_classes="figure", elem_id="watch-calibration"
        )
        accuracy_table = gr.HTML(elem_id="watch-accuracy-table")
        taught = gr.HTML(elem_id="watch-lessons")
        gains = gr.Plot(visible=False, show_label=False, container=False, elem_classes="figure", elem_id="watch-gains")
    shown = [
        *(message, drift, shares, drift_table),
        *(accuracy, course, calibration, accuracy_table),
        *(taught, gains),
    ]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(streaming(watch, len(shown), services), None, shown, **wire)


def watch(services: Services, request: gr.Request) -> Iterator[list[Any]]:
    """Every part as soon as it is there. Raises UserError unless they may annotate."""
    require(asker(services.settings, request), "annotator", N_("watch the model"))
    yield [html.note(_(WORKING)), *_skips(9)]
    found, taught = drawn.drawn(services), lessons.lessons(services)
    parts = [*drift_part(watching.drift(services)), *drawn_part(found)]
    yield ["" if any(taught.missing) else html.note(_(TEACHING)), *parts, *_skips(2)]
    yield ["", *_skips(7), *lessons_part(taught, services.settings.random_share)]


def _skips(count: int) -> list[Any]:
    return [gr.skip()] * count


def drift_part(found: Drift) -> list[Any]:
    """Sentence, figure, table."""
    kind = "bad" if found.amount >= watching.LARGE else "info"
    said = f"<h3>{_('Have texts changed?')}</h3>{html.note(watching.sentence(found), kind)}"
    if not found.features:
        return [said, _shown(None), ""]
    index = _("stability index")
    compared = [(_(COMPARED[name]), index, f"{shift.size:.2f}", shift) for name, shift in found.shifts.items()]
    discrepancy = f"{found.features.size:.4f}"
    compared.append((_("the encoder's features"), _("squared mean discrepancy"), discrepancy, found.features))
    rows = [
        {"compared": what, "measure": measure, "apart": size, "p": f"{shift.p:.3f}"}
        for what, measure, size, shift in compared
    ]
    shares = [{**row, "task": _(PARTS[drawn.PARTS[row["task"]]]), "class": named(row["class"])} for row in found.shares]
    return [said, _shown(watch_plots.shares(pd.DataFrame(shares))), _table(_(DRIFT_HELP), rows)]


def drawn_part(found: Drawn) -> list[Any]:
    """Sentence, two figures, tables."""
    said = f"<h3>{_('How right is it, and how sure?')}</h3>{html.note(drawn.sentence(found))}"
    course, levels = drawn.over_time(found), drawn.calibration(found)
    if not course:
        return [said, _shown(None), _shown(None), ""]
    shares = [
        {
            "what": _(PARTS[row["part"]]),
            "answers": _(ANSWERS[row["answers"]]),
            "judged": _(JUDGED[row["judged"]]),
            **_right(row),
        }
        for row in drawn.accuracy(found)
        if row["n"]
    ]
    named_levels = pd.DataFrame(levels).assign(head=_("emotion"), corpus=_("texts drawn at random"))
    calibration = plots.reliability(named_levels) if levels else None
    table = _table(joined(_(TIME_HELP), _(DRAWN_HELP)), shares)
    return [said, _shown(watch_plots.sureness(pd.DataFrame(course))), _shown(calibration), table]


def lessons_part(found: Lessons, share: float) -> list[Any]:
    """Sentence, figure, table."""
    said = f"<h3>{_('Does choosing texts save work?')}</h3>{html.note(lessons.sentence(found, share))}"
    result = lessons.compare(found)
    if result is None:
        return [said, _shown(None)]
    estimates = {
        _("chosen by the model"): result.chosen,
        _("drawn at random"): result.random,
        _("difference"): result.difference,
    }
    rows = [
        {"what": what, "change": 100 * found.mean, "low": 100 * found.low, "high": 100 * found.high}
        for what, found in estimates.items()
    ]
    return [said, _shown(watch_plots.gains(pd.DataFrame(rows)))]


def _right(row: Mapping[str, Any]) -> dict[str, Any]:
    interval = _("{low} to {high}", low=_percent(row["low"]), high=_percent(row["high"]))
    return {"n": row["n"], "right": _percent(row["accuracy"]), "interval": interval}


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _table(help: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """What the figure does not show, folded, under a caption."""
    shown = html.table(rows, {name: _(COLUMNS[name]) for name in rows[0]}, numbers=NUMBERS)
    return f'<p class="caption">{help}</p><details class="keys"><summary>{_("In numbers")}</summary>{shown}</details>'


def _shown(figure: Figure | None) -> Any:
    return gr.update(value=figure, visible=figure is not None)
