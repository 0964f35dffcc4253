"""The page: header, tabs, named endpoints, and how it is launched."""

from functools import partial
from typing import Any

import gradio as gr

from emodemo import html, logs, palette, scheduler
from emodemo.access import Person
from emodemo.api import create_api
from emodemo.bilingual import Page, in_every_language
from emodemo.handling import answering, asker
from emodemo.keeper import keeping
from emodemo.services import Services
from emodemo.settings import leave_unmonitored
from emodemo.tabs.admin import create_admin_tab
from emodemo.tabs.analyse import create_analyse_tab
from emodemo.tabs.annotate import create_annotate_tab
from emodemo.tabs.models import create_models_tab
from emodemo.tabs.notice import create_notice
from emodemo.tabs.review import create_review_tab
from emodemo.tabs.texts import create_texts_tab
from emodemo.tabs.watch import create_watch_tab
from emodemo.templates import ASSETS, script
from emodemo.theme import create_theme
from emodemo.translation import _
from emodemo.web.app import create_app, serve
from emodemo.web.requests import Observe

SCRIPTS = ("page.js", "charts.js")
REOPEN = "() => window.emodemo.reopen()"
REFRESH = 4  # seconds between looks at the live release and at who is signed in
KEPT = 3600  # seconds that a session's files stay


def create_ui(services: Services) -> Page:
    """The whole page in every language; nothing of it knows another user's state."""
    leave_unmonitored()
    page = in_every_language(partial(lay_out, services))
    page.queue(default_concurrency_limit=services.settings.concurrent, max_size=services.settings.queue)
    return page


def lay_out(services: Services) -> Page:
    """The page in the language that is spoken."""
    with Page(title="emodemo", analytics_enabled=False, delete_cache=(KEPT, KEPT)) as page:
        release = services.live.predictor.release
        header, shown, timer = gr.HTML(html.header(release), elem_id="header"), gr.State(None), gr.Timer(REFRESH)
        create_notice(services.keeper, page)
        gr.HTML(html.glossary(), elem_classes="glossary")
        with gr.Tab(_("Analyse")):
            create_analyse_tab(services)
        with gr.Tab(_("Annotate")) as tab:
            create_annotate_tab(services, tab)
        with gr.Tab(_("Texts")) as tab:
            create_texts_tab(services, tab)
        with gr.Tab(_("Review")):
            create_review_tab(services)
        with gr.Tab(_("Models")) as tab:
            create_models_tab(services, tab)
        with gr.Tab(_("Watch")) as tab:
            create_watch_tab(services, tab)
        create_admin_tab(services, page)
        create_api(services)

        def follow(known: tuple[str, Person] | None, request: gr.Request) -> tuple[Any, Any]:
            found = services.live.predictor.release, asker(services.settings, request)
            return (gr.skip(), gr.skip()) if found == known else greet(request)

        def greet(request: gr.Request) -> tuple[Any, Any]:
            live, person = found = services.live.predictor.release, asker(services.settings, request)
            return html.header(live, html.account(person.name, person.role, signed_in=person.signed_in)), found

        wire: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        timer.tick(answering(follow, 2), shown, [header, shown], **wire)
        page.load(answering(greet, 2), None, [header, shown], **wire)
        page.load(None, js=REOPEN)
    return page


def launch(page: gr.Blocks, services: Services) -> None:
    """Serve until stopped. Raises UserError, StoreError."""
    logs.configure(services.settings.log)
    scheduler.start(services)
    app = create_app(
        page,
        services,
        observe=observer(services, page),
        theme=create_theme(),
        css=palette.css() + (ASSETS / "style.css").read_text(encoding="utf-8"),
        head="".join(f"<script>{script(name)}</script>" for name in SCRIPTS),
    )
    with keeping(services.keeper):
        serve(app, services.settings)


def observer(services: Services, page: gr.Blocks) -> Observe | None:
    """What measures requests; the library for it is loaded only where metrics are wanted."""
    if not services.settings.metrics_address:
        return None
    from emodemo import metrics

    return metrics.start(services, page)
