"""Figures of the Watch tab, as ``plots`` makes them: a data frame in, a Plotly figure out."""

import pandas as pd
from plotly.graph_objects import Figure, Scatter
from plotly.subplots import make_subplots

from emodemo.palette import INK
from emodemo.plots import error_bars, height, intervals, styled
from emodemo.translation import _

QUIET = {"color": INK, "width": 1}


def gains(frame: pd.DataFrame) -> Figure:
    """What corrections of chosen and of random texts gain, and the difference, with 95 % intervals.

    ``frame`` as of ``changes`` without ``measure``; points of agreement with people.
    """
    return styled(intervals(frame), _("What as many corrections gain"), height=height(frame))


def shares(frame: pd.DataFrame) -> Figure:
    """How often each answer is given to texts learned from and to recent ones: a line from the one share to the other.

    ``frame`` has a row for each answer: ``task`` and ``class`` as people read them, and from 0 to 1 ``before`` and ``after``.
    """
    tasks = frame.groupby("task", sort=False).size()
    figure = make_subplots(
        len(tasks), 1, row_heights=tasks.tolist(), vertical_spacing=0.17, subplot_titles=[*tasks.index]
    )
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
    figure.update_annotations(font_size=12)
    figure = styled(figure, _("What the model finds in them"), height=180 + 30 * len(frame))
    return figure.update_layout(margin_t=92, legend_y=1.09)


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
        error_y=error_bars(frame["accuracy"], frame["low"], frame["high"]),
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
    return styled(figure, _("Sure and right, on texts drawn at random"), height=320)
