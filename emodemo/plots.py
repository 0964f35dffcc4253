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
STYLES = (("solid", "circle"), ("dash", "square"), ("dot", "diamond"), ("dashdot", "x"))  # of corpora
MOST_POINTS = 600  # of the course; more sentences are averaged in runs of equal length
FEW = 60  # points that have room for large markers
QUIET = {"color": INK, "width": 1}
HOVER_WIDTH = 60  # characters
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
    return _styled(figure, _("Emotional course of the text"), height=300)


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
    return _styled(figure, _("Emotions of the chosen sentence"), height=250)


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
    figure = _styled(figure, _("Can its probabilities be trusted?"), height=330)
    return figure.update_layout(margin_t=84, legend_y=1.16)


def changes(frame: pd.DataFrame) -> Figure:
    """How far each figure of a candidate lies from the live release's, with its 95 % interval; zero is no change.

    ``frame`` has a row for each: ``what``, ``measure``, and in points ``change``, ``low``, ``high``.
    """
    rows = frame.assign(what=frame["what"] + _(", ") + frame["measure"])
    return _styled(_intervals(rows), _("What the candidate changes on the locked hold-out"), height=_height(frame))


def gains(frame: pd.DataFrame) -> Figure:
    """What corrections of chosen and of random texts gain, and the difference, with 95 % intervals.

    ``frame`` as of ``changes`` without ``measure``; points of agreement with people.
    """
    return _styled(_intervals(frame), _("What as many corrections gain"), height=_height(frame))


def shares(frame: pd.DataFrame) -> Figure:
    """How often each answer is given to texts learned from and to recent ones: a line from the one share to the other.

    ``frame`` has a row for each answer: ``task``, ``class``, and from 0 to 1 ``before`` and ``after``.
    """
    tasks = frame.groupby("task", sort=False).size()
    figure = make_subplots(len(tasks), 1, shared_xaxes=True, row_heights=tasks.tolist(), vertical_spacing=0.08)
    for row, task in enumerate(tasks.index, 1):
        part = frame[frame["task"] == task]
        for name, before, after in part[["class", "before", "after"]].itertuples(index=False):
            line = Scatter(
                x=[before, after], y=[name, name], mode="lines", line=QUIET, hoverinfo="skip", showlegend=False
            )
            figure.add_trace(line, row, 1)
        for name, column, symbol in ((_("learned from"), "before", "circle-open"), (_("recent"), "after", "diamond")):
            points = Scatter(
                x=part[column],
                y=part["class"],
                name=name,
                legendgroup=name,
                showlegend=row == 1,
                mode="markers",
                marker={"size": 10, "symbol": symbol, "color": INK, "line": {"width": 2, "color": INK}},
                cliponaxis=False,
                hovertemplate=f"%{{y}}, {name}: %{{x:.1%}}<extra></extra>",
            )
            figure.add_trace(points, row, 1)
    widest = max(frame["before"].max(), frame["after"].max())
    figure.update_xaxes(tickformat=".0%", range=[-0.03 * widest, 1.05 * widest])  # markers at zero keep off the names
    figure.update_xaxes(title=_("Share of texts"), row=len(tasks))
    figure.update_yaxes(autorange="reversed")
    return _styled(figure, _("What the model finds in them"), height=110 + 30 * len(frame))


def sureness(frame: pd.DataFrame) -> Figure:
    """How sure the model was of its emotion and how often it was right, over time.

    ``frame`` has a row for each run of answers: ``at``, and from 0 to 1 ``confidence``, ``accuracy``, ``low``, ``high``;
    ``n`` answers.
    """
    right = Scatter(
        x=frame["at"],
        y=frame["accuracy"],
        name=_("was right, with 95 % interval"),
        mode="lines+markers",
        line={"color": INK, "width": 2},
        marker={"size": 8},
        error_y=_bars(frame["accuracy"], frame["low"], frame["high"]),
        customdata=frame["n"],
        hovertemplate=_("right in %{y:.0%} of %{customdata:,} answers until %{x|%Y-%m-%d}") + "<extra></extra>",
    )
    sure = Scatter(
        x=frame["at"],
        y=frame["confidence"],
        name=_("was sure"),
        mode="lines+markers",
        line={"color": INK, "width": 1.5, "dash": "dash"},
        marker={"size": 8, "symbol": "diamond-open"},
        hovertemplate=_("sure at %{y:.0%} until %{x|%Y-%m-%d}") + "<extra></extra>",
    )
    figure = Figure([sure, right])
    figure.update_xaxes(title=_("Last answer of each run, UTC"))
    figure.update_yaxes(title=_("Probability, share"), range=[-0.03, 1.03], tickformat=".0%", tickvals=[0, 0.5, 1])
    return _styled(figure, _("Sure and right, on texts drawn at random"), height=320)


def _intervals(frame: pd.DataFrame) -> Figure:
    """Points with their 95 % intervals beside zero."""
    figure = Figure(
        Scatter(
            x=frame["change"],
            y=frame["what"],
            mode="markers",
            marker={"size": 9, "color": INK},
            error_x=_bars(frame["change"], frame["low"], frame["high"]),
            customdata=frame[["low", "high"]],
            hovertemplate=_("%{y}: %{x:+.1f}, from %{customdata[0]:+.1f} to %{customdata[1]:+.1f}") + "<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"color": INK, "width": 1, "dash": "dot"})
    figure.update_xaxes(title=_("Change in points, with 95 % interval"))
    figure.update_yaxes(autorange="reversed")
    return figure


def _bars(middle: "pd.Series[float]", low: "pd.Series[float]", high: "pd.Series[float]") -> dict[str, Any]:
    """Error bars from ``low`` to ``high``."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (high - middle).clip(lower=0),
        "arrayminus": (middle - low).clip(lower=0),
        "color": INK,
        "thickness": 1.5,
    }


def _height(frame: pd.DataFrame) -> int:
    return 110 + 24 * max(len(frame), 1)


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


def _styled(figure: Figure, title: str, *, height: int) -> Figure:
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
    figure = _styled(figure, "How fast labels teach", height=460)
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
