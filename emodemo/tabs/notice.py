"""What everybody should know of the backups, above the tabs."""

from typing import Any

import gradio as gr

from emodemo import html
from emodemo.handling import answering
from emodemo.keeper import Keeper
from emodemo.translation import translated

LOOK = 5  # seconds between looks


def create_notice(keeper: Keeper | None, page: gr.Blocks) -> None:
    """A line for as long as the newest changes are not in the vault."""
    if keeper is None:
        return
    notice, shown, timer = gr.HTML(elem_id="backups"), gr.State(""), gr.Timer(LOOK)

    def look(known: str) -> tuple[Any, Any]:
        line = html.note(translated(keeper.problem), "bad")
        return (gr.skip(), gr.skip()) if line == known else (line, line)

    for event in (timer.tick, page.load):
        event(answering(look, 2), shown, [notice, shown], show_progress="hidden", api_visibility="private")
