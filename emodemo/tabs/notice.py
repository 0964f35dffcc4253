"""What everybody should know of the backups, above the tabs."""

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
    notice, timer = gr.HTML(elem_id="backups"), gr.Timer(LOOK)

    def look() -> str:
        return html.note(translated(keeper.problem), "bad")

    for event in (timer.tick, page.load):
        event(answering(look, 1), None, notice, show_progress="hidden", api_visibility="private")
