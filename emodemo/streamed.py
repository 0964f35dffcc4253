"""What the steps of a handler that yields send to the page."""

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction


class Streamed(gr.Blocks):
    """Sends a changed output whole, save that a text may grow at its end.

    Gradio sends the edits that turn a step's dictionaries and lists into the next step's. Its page makes them in the very
    objects of the step before, so that a figure is emptied before it is drawn where the next step comes at once and skips it.
    """

    def handle_streaming_diffs(
        self,
        block_fn: BlockFunction,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """Each output, from a run's second step on as Gradio's edits ``[action, path, value]``; at last each output again."""
        values = [*data]
        sent = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        if final:
            return sent
        return [each if each is value else _whole(each, value) for each, value in zip(sent, values, strict=True)]


def _whole(edits: list[list[Any]], value: Any) -> list[list[Any]]:
    return [["replace", [], value]] if any(path for _, path, _ in edits) else edits
