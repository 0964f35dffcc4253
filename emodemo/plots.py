"""Rows of ``analyze`` in, Plotly figures out; no other effect."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from emodemo.palette import EMOTION_COLOURS, SCORE_COLOURS, SCORE_DASHES

INK = "#6B7280"  # readable on light and dark
GRID = "rgba(128, 128, 128, 0.2)"
EXCERPT = 70  # characters of a sentence in its hover text


def course(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Valence, arousal and dominance (1 to 5) over the sentences of a text."""
    figure = go.Figure()
    numbers = list(range(1, len(rows) + 1))
    for name, colour in SCORE_COLOURS.items():
        figure.add_scatter(
            x=numbers,
            y=[row["scores"][name] for row in rows],
            name=name,
            mode="lines+markers" if len(rows) < 100 else "lines",
            line={"color": colour, "dash": SCORE_DASHES[name], "width": 2.5},
            customdata=[_excerpt(row["text"]) for row in rows],
            hovertemplate=f"{name} %{{y:.2f}}<br>%{{customdata}}<extra></extra>",
        )
    _dress(figure, "Sentence", "Score (1 low to 5 high)")
    figure.update_xaxes(range=[0.5, len(rows) + 0.5], dtick=1 if len(rows) <= 20 else None)
    figure.update_yaxes(range=[1, 5])
    return figure


def distribution(row: Mapping[str, Any]) -> go.Figure:
    """Probability of each of the seven emotions in one sentence, most likely on top."""
    emotions = sorted(row["emotions"].items(), key=lambda item: item[1])
    figure = go.Figure(
        go.Bar(
            x=[probability for _, probability in emotions],
            y=[name for name, _ in emotions],
            orientation="h",
            marker={"color": [EMOTION_COLOURS[name] for name, _ in emotions]},
            text=[f"{probability:.0%}" for _, probability in emotions],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} %{x:.1%}<extra></extra>",
        )
    )
    _dress(figure, "Probability", "")
    figure.update_xaxes(range=[0, 1.08], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_layout(height=300, showlegend=False)
    return figure


def _dress(figure: go.Figure, x: str, y: str) -> None:
    figure.update_layout(
        template="none",
        height=320,
        margin={"l": 70, "r": 20, "t": 20, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 13},
        legend={"orientation": "h", "y": 1.12},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(title=x, gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title=y, gridcolor=GRID, zeroline=False, automargin=True)


def _excerpt(text: str) -> str:
    """The start of a text, with nothing that Plotly would read as markup."""
    short = text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
