"""Whether texts have drifted, how right and how sure the model is on texts drawn at random, and what choosing texts saves."""

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr
import pandas as pd
from plotly.graph_objects import Figure

from emodemo import drawn, html, lessons, plots, watching
from emodemo.access import require
from emodemo.drawn import Drawn
from emodemo.handling import asker, streaming
from emodemo.lessons import Lessons
from emodemo.services import Services
from emodemo.watching import Drift

WORKING = "Comparing recent texts with those that the model learned from …"
TEACHING = "Teaching the shipped model with either kind of corrections, fifty times …"
DRIFT_HELP = (
    "Stability index: how far two distributions lie apart; by custom under 0.1 is no change to speak of and over 0.25 a large "
    "one. p: how often texts of one source lie as far apart by accident. Shares are of the live release's answers."
)
TIME_HELP = (
    "Each point is a run of answers to texts that the queue drew at random, judged by what the model said when they were "
    "given. Where it is surer than it is right, its probabilities are too high."
)
DRAWN_HELP = (
    "Right: the model's likeliest emotion or polarity is one that the person named. Who sees a prediction tends to agree "
    "with it, so blind answers tell most. The live release is judged only on texts that it was not trained on."
)
COMPARED = {"subjects": "groups of like texts", "emotions": "emotions", "polarity": "polarity"}
JUDGED = {"then": "the release of that time", "now": "the live release"}
NUMBERS = ("n", "sure", "right", "95 % interval")


def create_watch_tab(services: Services, tab: gr.Tab) -> None:
    """Three parts, each a sentence, a figure and its table: drift, answers drawn at random, what choosing saves."""
    with gr.Column(elem_id="watch"):
        message = gr.HTML(elem_id="watch-message")
        drift = gr.HTML(elem_id="watch-drift")
        shares = gr.Plot(visible=False, show_label=False, container=False, elem_id="watch-shares")
        drift_table = gr.HTML(elem_id="watch-drift-table")
        accuracy = gr.HTML(elem_id="watch-accuracy")
        course = gr.Plot(visible=False, show_label=False, container=False, elem_id="watch-course")
        calibration = gr.Plot(visible=False, show_label=False, container=False, elem_id="watch-calibration")
        accuracy_table = gr.HTML(elem_id="watch-accuracy-table")
        taught = gr.HTML(elem_id="watch-lessons")
        gains = gr.Plot(visible=False, show_label=False, container=False, elem_id="watch-gains")
        taught_table = gr.HTML(elem_id="watch-lessons-table")
    shown = [
        *(message, drift, shares, drift_table),
        *(accuracy, course, calibration, accuracy_table),
        *(taught, gains, taught_table),
    ]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(streaming(watch, len(shown), services), None, shown, **wire)


def watch(services: Services, request: gr.Request) -> Iterator[list[Any]]:
    """Every part as soon as it is there. Raises UserError unless they may annotate."""
    require(asker(services.settings, request), "annotator", "watch the model")
    yield [html.note(WORKING), *_skips(10)]
    found, taught = drawn.drawn(services), lessons.lessons(services)
    parts = [*drift_part(watching.drift(services)), *drawn_part(found)]
    yield ["" if any(taught.missing) else html.note(TEACHING), *parts, *_skips(3)]
    yield ["", *_skips(7), *lessons_part(taught, services.settings.random_share)]


def _skips(count: int) -> list[Any]:
    return [gr.skip()] * count


def drift_part(found: Drift) -> list[Any]:
    """Sentence, figure, table."""
    kind = "bad" if found.amount >= watching.LARGE else "info"
    said = f"<h3>Have texts changed?</h3>{html.note(watching.sentence(found), kind)}"
    if not found.features:
        return [said, _hidden(), ""]
    compared = [(COMPARED[name], "stability index", f"{shift.size:.2f}", shift) for name, shift in found.shifts.items()]
    compared.append(
        ("the encoder's features", "squared mean discrepancy", f"{found.features.size:.4f}", found.features)
    )
    rows = [
        {"compared": what, "measure": measure, "how far apart": size, "p": f"{shift.p:.3f}"}
        for what, measure, size, shift in compared
    ]
    shares = [
        {"answer": row["class"], "learned from": f"{row['before']:.1%}", "recent": f"{row['after']:.1%}"}
        for row in found.shares
    ]
    tables = html.table(rows, tuple(rows[0]), numbers=("how far apart", "p"))
    tables += html.table(shares, tuple(shares[0]), numbers=("learned from", "recent"))
    return [said, _visible(plots.shares(pd.DataFrame(found.shares))), _folded(DRIFT_HELP, tables)]


def drawn_part(found: Drawn) -> list[Any]:
    """Sentence, two figures, tables."""
    said = f"<h3>How right is it, and how sure?</h3>{html.note(drawn.sentence(found))}"
    course, levels = drawn.over_time(found), drawn.calibration(found)
    if not course:
        return [said, _hidden(), _hidden(), ""]
    shares = [
        {"what": row["part"], "answers": row["answers"], "judged by": JUDGED[row["judged"]], **_right(row)}
        for row in drawn.accuracy(found)
        if row["n"]
    ]
    times = [
        {"until, UTC": f"{row['at']:%Y-%m-%d %H:%M}", "sure": _percent(row["confidence"]), **_right(row)}
        for row in course
    ]
    bins = [{"n": row["n"], "sure": _percent(row["confidence"]), "right": _percent(row["accuracy"])} for row in levels]
    tables = "".join(html.table(rows, tuple(rows[0]), numbers=NUMBERS) for rows in (shares, times, bins) if rows)
    calibration = (
        plots.reliability(pd.DataFrame(levels).assign(head="Emotion", corpus="texts drawn at random"))
        if levels
        else None
    )
    figures = plots.sureness(pd.DataFrame(course)), calibration
    return [said, *map(_visible, figures), _folded(f"{TIME_HELP} {DRAWN_HELP}", tables)]


def _right(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = _percent(row["low"]), _percent(row["high"])
    return {"n": row["n"], "right": _percent(row["accuracy"]), "95 % interval": f"{low} to {high}"}


def _percent(share: float) -> str:
    return f"{share:.1%}"


def lessons_part(found: Lessons, share: float) -> list[Any]:
    """Sentence, figure, table."""
    said = f"<h3>Does choosing texts save work?</h3>{html.note(lessons.sentence(found, share))}"
    result = lessons.compare(found)
    if result is None:
        return [said, _hidden(), ""]
    named = {
        "chosen by the model": result.chosen,
        "drawn at random": result.random,
        "difference": result.difference,
    }
    rows = [
        {"what": what, "change": 100 * found.mean, "low": 100 * found.low, "high": 100 * found.high}
        for what, found in named.items()
    ]
    cells = [
        {
            "texts": row["what"],
            "points": f"{row['change']:+.1f}",
            "95 % interval": f"{row['low']:+.1f} to {row['high']:+.1f}",
        }
        for row in rows
    ]
    table = html.table(cells, ("texts", "points", "95 % interval"), numbers=("points", "95 % interval"))
    return [said, _visible(plots.gains(pd.DataFrame(rows))), _folded("", table)]


def _folded(help: str, tables: str) -> str:
    """A caption, and the figures behind the plot for whoever opens them."""
    caption = f'<p class="caption">{help}</p>' if help else ""
    return f'{caption}<details class="keys"><summary>The figures as a table</summary>{tables}</details>'


def _visible(figure: Figure | None) -> Any:
    return gr.update(value=figure, visible=figure is not None)


def _hidden() -> Any:
    return gr.update(visible=False)
