"""Figures: a data frame or a row in, a Plotly figure out, nothing else. Transparent, so that they suit light and dark."""

from collections.abc import Mapping
from html import escape
from itertools import product
from textwrap import wrap
from typing import Any

import pandas as pd
from plotly.colors import qualitative
from plotly.graph_objects import Bar, Figure, Scatter
from plotly.subplots import make_subplots

from emodemo.palette import EMOTION_COLOURS, INK
from emodemo.translation import _, named
from model.labels import EMOTIONS, SCORE_RANGES

AFFECT = ("valence", "arousal", "dominance")
LINES = {"valence": "solid", "arousal": "dash", "dominance": "dot"}
STYLES = (  # of corpora
    *(("solid", "circle"), ("dash", "square"), ("dot", "diamond"), ("dashdot", "x")),
    ("longdash", "triangle-up"),
)
MOST_POINTS = 600  # of the course; more sentences are averaged in runs of equal length
FEW = 60  # points that have room for large markers
HOVER_WIDTH = 60  # characters
DISTINCT = (INK, *(qualitative.Safe[n] for n in (1, 6, 5, 7)))  # told apart by the colour-blind, seen on light and dark
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def course(frame: pd.DataFrame) -> Figure:
    """Valence, arousal and dominance over the sentences.

    ``frame`` has a row for each sentence in order: ``text``, ``emotion`` and the three scores, 1 to 5. The points of
    valence bear the colours of the emotions.
    """
    points, run = _averaged(frame)
    figure = Figure()
    for name in reversed(AFFECT):
        figure.add_trace(_line(points, name))
    unit = _("Sentence") if run == 1 else _("Sentence (each point the mean of {n})", n=run)
    figure.update_xaxes(title=unit, range=[0.4, len(frame) + 0.6], dtick=1 if len(frame) <= 12 else None)
    figure.update_yaxes(title=_("Score, 1 to 5"), range=[*SCORE_RANGES["valence"]], tickvals=[1, 2, 3, 4, 5])
    return styled(figure, _("Emotional course of the text"), height=300)


def distribution(emotions: Mapping[str, float]) -> Figure:
    """One sentence's probabilities of the seven emotions, as bars."""
    shares = [emotions[emotion] for emotion in EMOTIONS]
    bars = Bar(
        x=shares,
        y=[named(emotion) for emotion in EMOTIONS],
        orientation="h",
        marker={"color": [EMOTION_COLOURS[emotion] for emotion in EMOTIONS], "cornerradius": 3},
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = Figure(bars)
    figure.update_xaxes(title=_("Probability"), range=[0, 1], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(bargap=0.35)
    return styled(figure, _("Emotions of the chosen sentence"), height=250)


def reliability(frame: pd.DataFrame) -> Figure:
    """How often each head is right at each level of its probability; on the diagonal it is as sure as it should be.

    ``frame`` has a row for each bin: ``head``, ``corpus``, ``confidence`` and ``accuracy`` from 0 to 1, ``n`` answers.
    """
    heads = [*dict.fromkeys(frame["head"])]
    figure = make_subplots(1, max(len(heads), 1), subplot_titles=heads, horizontal_spacing=0.06)
    styles = dict(zip(dict.fromkeys(frame["corpus"]), STYLES, strict=False))
    named: set[str] = set()
    for place, head in enumerate(heads, 1):
        figure.add_trace(_diagonal(), 1, place)
        for corpus, part in frame[frame["head"] == head].groupby("corpus"):
            style = styles.get(corpus, STYLES[-1])
            figure.add_trace(_reliability_line(str(corpus), part, style, first=corpus not in named), 1, place)
            named.add(str(corpus))
    figure.update_annotations(font_size=12)
    figure.update_xaxes(title=_("Probability given"), range=[-0.03, 1.03], tickformat=".0%", tickvals=[0, 0.5, 1])
    figure.update_yaxes(range=[-0.03, 1.03], tickformat=".0%", tickvals=[0, 0.5, 1])
    figure.update_yaxes(title=_("Came true"), col=1)
    figure = styled(figure, _("Can its probabilities be trusted?"), height=330)
    return figure.update_layout(margin_t=84, legend_y=1.16)


def changes(frame: pd.DataFrame) -> Figure:
    """How far each figure of a candidate lies from the live release's, with its 95 % interval; zero is no change.

    ``frame`` has a row for each: ``what``, ``measure``, and in points ``change``, ``low``, ``high``.
    """
    pairs = zip(frame["what"], frame["measure"], strict=True)
    rows = frame.assign(what=[_("{what}, {measure}", what=what, measure=measure) for what, measure in pairs])
    return styled(intervals(rows), _("What the candidate changes on the locked hold-out"), height=height(frame))


def intervals(frame: pd.DataFrame) -> Figure:
    """Points with their 95 % intervals beside zero."""
    figure = Figure(
        Scatter(
            x=frame["change"],
            y=frame["what"],
            mode="markers",
            marker={"size": 9, "color": INK},
            error_x=error_bars(frame["change"], frame["low"], frame["high"]),
            customdata=frame[["low", "high"]],
            hovertemplate=_("%{y}: %{x:+.1f}, from %{customdata[0]:+.1f} to %{customdata[1]:+.1f}") + "<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"color": INK, "width": 1, "dash": "dot"})
    figure.update_xaxes(title=_("Change in points, with 95 % interval"))
    figure.update_yaxes(autorange="reversed")
    return figure


def error_bars(
    middle: "pd.Series[float]", low: "pd.Series[float]", high: "pd.Series[float]", colour: str = INK
) -> dict[str, Any]:
    """Error bars from ``low`` to ``high``."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (high - middle).clip(lower=0),
        "arrayminus": (middle - low).clip(lower=0),
        "color": colour,
        "thickness": 1.5,
    }


def height(frame: pd.DataFrame) -> int:
    """Pixels for a line for each row."""
    return 110 + 24 * max(len(frame), 1)


def agreement(frame: pd.DataFrame) -> Figure:
    """Krippendorff's alpha of each task, of everybody and of each pair, with its 95 % interval.

    ``frame`` has a row for each: ``task``, ``who``, ``alpha``, ``low``, ``high`` and ``texts``, the shared ones.
    """
    figure = Figure()
    groups = [*dict.fromkeys(frame["who"])]
    for number, who in enumerate(groups):
        part, symbol = frame[frame["who"] == who], STYLES[number % len(STYLES)][1]
        colour = DISTINCT[number % len(DISTINCT)]
        marks = {"mode": "markers", "marker": {"size": 9, "symbol": symbol, "color": colour}}
        figure.add_trace(_alphas(part, part["task"].map(named), _(who), colour).update(marks))
    figure.add_hline(y=0, line={"color": INK, "width": 1, "dash": "dot"})
    figure.update_xaxes(title=_("Task"))
    figure.update_yaxes(title=_("Krippendorff's alpha"), range=[min(-0.05, frame["low"].min() - 0.05), 1.03])
    figure = styled(figure, _("How far annotators agree"), height=360)
    return figure.update_layout(scattermode="group", showlegend=True, margin_t=84, legend_traceorder="normal")


def agreement_course(frame: pd.DataFrame) -> Figure:
    """Alpha of each task by week. ``frame`` as for ``agreement``, with ``week``, its Monday."""
    figure = Figure()
    for number, (task, part) in enumerate(frame.groupby("task", sort=False)):
        (dash, symbol), colour = STYLES[number % len(STYLES)], DISTINCT[number % len(DISTINCT)]
        line = {
            "mode": "lines+markers",
            "line": {"dash": dash, "color": colour},
            "marker": {"size": 8, "symbol": symbol},
        }
        figure.add_trace(_alphas(part, pd.to_datetime(part["week"]), named(str(task)), colour).update(line))
    figure.update_xaxes(title=_("Week from Monday"))
    figure.update_yaxes(title=_("Krippendorff's alpha"), range=[min(-0.05, frame["low"].min() - 0.05), 1.03])
    figure = styled(figure, _("Agreement over time"), height=330)
    return figure.update_layout(showlegend=True, margin_t=84, legend_traceorder="normal")


def _alphas(part: pd.DataFrame, x: "pd.Series[Any]", name: str, colour: str) -> Scatter:
    return Scatter(
        x=x,
        y=part["alpha"],
        name=name,
        error_y=error_bars(part["alpha"], part["low"], part["high"], colour),
        customdata=part[["low", "high", "texts"]],
        hovertemplate=f"{escape(name)}, %{{x}}: %{{y:.2f}} (%{{customdata[0]:.2f}}–%{{customdata[1]:.2f}}), "
        f"{_('texts')}: %{{customdata[2]:,}}<extra></extra>",
    )


def _diagonal() -> Scatter:
    return Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": INK, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )


def _reliability_line(corpus: str, part: pd.DataFrame, style: tuple[str, str], *, first: bool) -> Scatter:
    dash, symbol = style
    return Scatter(
        x=part["confidence"],
        y=part["accuracy"],
        name=corpus,
        legendgroup=corpus,
        showlegend=first,
        mode="lines+markers",
        line={"color": INK, "width": 1.5, "dash": dash},
        marker={"size": 8, "symbol": symbol},
        customdata=part["n"],
        hovertemplate=f"{escape(corpus)}: {_('given %{x:.0%}, came true %{y:.0%} of %{customdata:,}')}<extra></extra>",
    )


def _line(points: pd.DataFrame, name: str) -> Scatter:
    first = name == "valence"
    colours = [EMOTION_COLOURS[emotion] for emotion in points["emotion"]] if first else INK
    return Scatter(
        x=points["place"],
        y=points[name],
        name=named(name),
        mode="lines+markers",
        line={"color": INK, "dash": LINES[name], "width": 2 if first else 1.5},
        marker={"color": colours, "size": (10 if len(points) <= FEW else 5) if first else 3, "line": {"width": 0}},
        customdata=points["hover"],
        hovertemplate=f"<b>{named(name)} %{{y:.2f}}</b><br>%{{customdata}}<extra></extra>",
    )


def _averaged(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """At most MOST_POINTS rows with ``place`` (from 1) and ``hover``, and how many sentences each stands for."""
    run = -(-len(frame) // MOST_POINTS) or 1
    frame = frame.reset_index(drop=True).assign(place=range(1, len(frame) + 1))
    if run > 1:
        groups = frame.groupby(frame.index // run)
        frame = groups.agg({"text": "first", "emotion": _commonest, "place": "mean", **dict.fromkeys(AFFECT, "mean")})
    return frame.assign(hover=frame["emotion"].map(named) + ": " + frame["text"].map(_hover_text)), run


def _commonest(emotions: "pd.Series[str]") -> str:
    return str(emotions.mode().iloc[0])


def _hover_text(text: str) -> str:
    lines = wrap(text, HOVER_WIDTH)
    return "<br>".join(map(escape, lines[:4])) + (" …" if len(lines) > 4 else "")


def styled(figure: Figure, title: str, *, height: int) -> Figure:
    axes: dict[str, Any] = {
        "gridcolor": "rgba(125,130,140,.22)",
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
    figure.update_xaxes(**axes, title_font_size=12)
    figure.update_yaxes(**axes, title_font_size=12)
    return figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "container", "y": 0.98, "yanchor": "top"},
        template="none",
        font={"family": FONT, "color": INK, "size": 12},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 48, "r": 24, "t": 48, "b": 44},
        height=height,
        dragmode=False,
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "reversed",
        },
        hoverlabel={"font": {"family": FONT}, "align": "left"},
    )


def learning(frame: pd.DataFrame) -> Figure:
    """Learning curves, a panel for each scenario: the mean over seeds of what is reached of what all labels give.

    ``frame`` has a row for each step of a replay: ``scenario``, ``strategy``, ``seed``, ``labels``, ``share`` (0 to 1).
    Random sampling is dotted, what is recommended thick.
    """
    scenarios, strategies = ([*dict.fromkeys(frame[name])] for name in ("scenario", "strategy"))
    figure = make_subplots(1, max(len(scenarios), 1), subplot_titles=scenarios, horizontal_spacing=0.05)
    means = frame.groupby(["scenario", "strategy", "labels"], as_index=False)["share"].mean()
    named: set[str] = set()
    for (place, scenario), (number, strategy) in product(enumerate(scenarios, 1), enumerate(strategies)):
        part = means[(means["scenario"] == scenario) & (means["strategy"] == strategy)]
        if len(part):
            figure.add_trace(_learning_line(part, number, first=strategy not in named), 1, place)
            named.add(strategy)
    figure.update_annotations(font_size=12)
    figure.update_xaxes(title="Labels", rangemode="tozero")
    figure.update_yaxes(tickformat=".0%", range=[max(means["share"].quantile(0.05) - 0.03, 0), 1.02])
    figure.update_yaxes(title="Reached of what all labels give", col=1)
    figure = styled(figure, "How fast labels teach", height=460)
    legend = {"y": -0.18, "yanchor": "top", "traceorder": "normal", "x": 0, "xanchor": "left"}
    return figure.update_layout(width=max(360 * len(scenarios), 560), margin={"t": 72, "b": 120}, legend=legend)


def _learning_line(part: pd.DataFrame, number: int, *, first: bool) -> Scatter:
    strategy = part["strategy"].iloc[0]
    colour = INK if strategy == "random" else qualitative.Safe[number % len(qualitative.Safe)]
    dash = "dot" if strategy == "random" else ("dash" if ":" in strategy else "solid")
    return Scatter(
        x=part["labels"],
        y=part["share"],
        name=strategy,
        legendgroup=strategy,
        showlegend=first,
        mode="lines",
        line={"color": colour, "dash": dash, "width": 3.5 if strategy == "recommended" else 1.5},
        hovertemplate=f"{escape(strategy)}: %{{y:.1%}} after %{{x:,}} labels<extra></extra>",
    )
