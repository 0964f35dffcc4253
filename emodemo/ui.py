"""The page: header, three tabs, named endpoints, and how it is launched."""

from pathlib import Path
from typing import Any

import gradio as gr

from emodemo import html, palette
from emodemo.api import create_api
from emodemo.keeper import keeping
from emodemo.services import Services
from emodemo.tabs.analyse import create_analyse_tab
from emodemo.tabs.annotate import create_annotate_tab
from emodemo.tabs.models import create_models_tab
from emodemo.tabs.notice import create_notice
from emodemo.theme import create_theme

ASSETS = Path(__file__).parent / "assets"
REFRESH = 4  # seconds between looks at the live release
KEPT = 3600  # seconds that a session's files stay
SESSIONS = 200  # whose state is kept, the newest
CONCURRENT = 4  # handlers at once


def create_ui(services: Services) -> gr.Blocks:
    """The whole page; nothing of it knows another user's state."""
    with gr.Blocks(title="emodemo", analytics_enabled=False, delete_cache=(KEPT, KEPT)) as page:
        release = services.live.predictor.release
        header, shown, timer = gr.HTML(html.header(release), elem_id="header"), gr.State(release), gr.Timer(REFRESH)
        create_notice(services.keeper, page)
        with gr.Tab("Analyse"):
            create_analyse_tab(services)
        with gr.Tab("Annotate") as tab:
            create_annotate_tab(services, tab)
        with gr.Tab("Models") as tab:
            create_models_tab(services, tab)
        create_api(services)

        def follow(known: str) -> tuple[Any, Any]:
            live = services.live.predictor.release
            return (gr.skip(), gr.skip()) if live == known else (html.header(live), live)

        for event in (timer.tick, page.load):
            event(follow, shown, [header, shown], show_progress="hidden", api_visibility="private")
    return page.queue(default_concurrency_limit=CONCURRENT, max_size=64)


def launch(page: gr.Blocks, services: Services) -> None:
    """Serve until stopped."""
    with keeping(services.keeper):
        page.launch(
            server_name=services.settings.server_name,
            server_port=services.settings.server_port,
            share=False,
            show_error=False,
            enable_monitoring=False,
            strict_cors=True,
            ssr_mode=False,
            run_history=False,
            state_session_capacity=SESSIONS,
            max_file_size="5mb",
            blocked_paths=[str(services.settings.home)],
            footer_links=["api"],
            theme=create_theme(),
            css=palette.css() + (ASSETS / "style.css").read_text(encoding="utf-8"),
            head=f"<script>{(ASSETS / 'page.js').read_text(encoding='utf-8')}</script>",
        )
