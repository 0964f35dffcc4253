"""The releases, which one is live, what the gate said; retrain, promote, roll back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, NamedTuple

import gradio as gr
import pandas as pd
from plotly.graph_objects import Figure

from db import labels, releases
from db.records import Release
from emodemo import drawn, html, lessons, plots, registry, retraining
from emodemo.access import Person, require
from emodemo.errors import UserError
from emodemo.handling import answering, asker, streaming
from emodemo.services import Services
from emodemo.tabs.gate_report import CORPORA, TASKS, called, changes_plot, gate_report
from emodemo.translation import N_, _, ngettext, translated
from model import evaluation

HEADLINE = {  # the figures of a release that fit a table: corpus, task, metric
    "MELD emotions": ("meld", "emotion7", "weighted_f1"),
    "MELD polarity": ("meld", "polarity", "accuracy"),
    "GoEmotions labels": ("goemotions", "labels28", "macro_f1"),
    "SST‑2": ("sst", "sst2", "accuracy"),
    "EmoBank valence": ("emobank", "valence", "pearson"),
}
COLUMNS = {
    "release": N_("release"),
    "made": N_("made"),
    "parent": N_("parent"),
    "texts": N_("texts"),
    "decision": N_("decision"),
    "MELD emotions": N_("MELD emotions"),
    "MELD polarity": N_("MELD polarity"),
    "GoEmotions labels": N_("GoEmotions labels"),
    "SST‑2": "SST‑2",
    "EmoBank valence": N_("EmoBank valence"),
}
CAPTION = N_(
    "Texts: corrected texts behind it. Figures in percent (emotions: weighted F1; labels: macro F1; polarity and SST‑2: accuracy; "
    "valence: correlation): the shipped release's on the corpora's whole test splits, "
    "those of the others on the smaller locked hold-out, so compare a release with the one that it was judged against, below."
)
MEASURES = ("weighted F1", "macro F1", "correlation", "hold-out")
DECISIONS = {"shipped": N_("shipped"), "promoted": N_("promoted"), "kept": N_("not promoted")}
RELIABILITY = N_(
    "Of the answers that the live release gave with a probability, the share that came true, on the locked hold-out. Below the "
    "dotted line it was too sure of itself, above it not sure enough. Levels with fewer than {count} answers are left out."
)
FEWEST = 15  # answers that make a point of the reliability plot
NEXT = "() => window.emodemo.next(['confirm-yes', 'confirm-no'], 'keep')"
ROLLBACK, KEEP = "roll back", "keep"  # what is wanted, in place of a name


class Wanted(NamedTuple):
    """What somebody was asked whether they are sure of: a release's name, ROLLBACK or KEEP, and what was live then."""

    name: str
    live: str


def create_models_tab(services: Services, tab: gr.Tab) -> None:
    """What is live and the owner's buttons, then the releases, then the gate's last report."""
    wanted = gr.State(Wanted("", ""))
    with gr.Column(elem_id="models"):
        message = gr.HTML(elem_id="models-message")
        overview = gr.HTML(elem_id="releases", elem_classes="unannounced")
        with gr.Row(visible=False, elem_classes="buttons") as owner:
            retrain = gr.Button(_("Retrain now"), variant="primary", elem_id="retrain", scale=0, min_width=150)
            keep = gr.Button(_("Keep the live one"), elem_id="keep", scale=0, min_width=180)
            rollback = gr.Button(_("Roll back"), elem_id="rollback", scale=0, min_width=120)
            name = gr.Dropdown(
                [],
                label=_("Release"),
                show_label=False,
                container=False,
                elem_id="release-choice",
                scale=0,
                min_width=220,
                allow_custom_value=True,  # `ask` answers an unknown one in a sentence; Gradio would log a traceback
            )
            promote = gr.Button(_("Make it live"), elem_id="promote", scale=0, min_width=130)
        with gr.Row(visible=False, elem_classes="confirm") as confirm:
            question = gr.HTML()
            why = gr.Textbox(
                placeholder=_("Why (kept with the record)"),
                show_label=False,
                container=False,
                elem_id="why",
                min_width=220,
            )
            sure = gr.Button(_("Yes"), variant="primary", elem_id="confirm-yes", scale=0, min_width=170)
            never = gr.Button(_("Cancel"), elem_id="confirm-no", scale=0, min_width=100)
        own = gr.HTML(elem_id="models-own", elem_classes="unannounced")
        report = gr.HTML(elem_id="gate-report", elem_classes="unannounced")
        changes = gr.Plot(
            visible=False, show_label=False, container=False, elem_classes="figure", elem_id="gate-changes"
        )
        reliability = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="reliability")
        gr.HTML(html.caption(_(RELIABILITY, count=FEWEST)) + html.words("hold-out", "calibration"))

    shown = [message, overview, report, owner, confirm, name, reliability, changes]
    asked = [message, confirm, question, wanted]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(answering(opened, len(shown), services), None, shown, **wire)
    retrained = retrain.click(
        streaming(run_retraining, len(shown), services),
        None,
        shown,
        concurrency_limit=1,
        concurrency_id="retrain",
        **wire,
    )
    rollback.click(answering(ask_rollback, len(asked), services), None, asked, **wire)
    keep.click(answering(ask_keep, len(asked), services), None, asked, **wire)
    promote.click(answering(ask, len(asked), services), name, asked, **wire)
    moved = sure.click(answering(make_live, len(shown), services), [wanted, why], shown, **wire)
    looking = streaming(on_own_texts, 1, services)
    tab.select(looking, None, own, **wire)
    for done in (retrained, moved):
        done.then(looking, None, own, **wire)
    closing = never.click(answering(closed, 1), None, confirm, **wire)
    for asked_no_more in (moved, closing):
        asked_no_more.then(None, js=NEXT)


def closed() -> Any:
    """No question any more."""
    return gr.update(visible=False)


def opened(services: Services, request: gr.Request) -> list[Any]:
    """The tab as it is now for whoever looks at it."""
    return view(services, asker(services.settings, request))


def on_own_texts(services: Services, request: gr.Request) -> Iterator[str]:
    """How right the live release is on texts of this page's users; for annotators then, which takes seconds when
    corrections are new, how much faster it learns from what it chose.
    """
    found = f"<h3>{_('On your texts')}</h3>{html.note(drawn.sentence(drawn.drawn(services)))}"
    yield found
    if asker(services.settings, request).may("annotator"):
        yield found + html.note(lessons.sentence(lessons.lessons(services), services.settings.random_share))


def view(services: Services, person: Person, message: str = "") -> list[Any]:
    """Message, table of releases, last gate report, whether there are buttons, no question, choices,
    reliability, changes."""
    with services.database.read() as session:
        found = releases.all(session)
        accepted = labels.count(session)
    live = registry.live_name(services.database)
    judged = next((release for release in found if release.report), None)
    line = ngettext(
        "{live} is live. {n:,} corrected text is accepted.",
        "{live} is live. {n:,} corrected texts are accepted.",
        accepted,
        live=live,
    )
    columns = {column: _(title) for column, title in COLUMNS.items()}
    rows = html.table([_row(release) for release in found], columns, numbers=("texts", *HEADLINE), marked=live)
    overview = f"<h3>{_('Releases')}</h3>{html.note(line)}{rows}{html.caption(_(CAPTION))}{html.words(*MEASURES)}"
    choices = gr.update(choices=[release.name for release in found], value=live)
    owner = gr.update(visible=person.may("admin"))
    report = gate_report(services, judged, person)
    reliability, changes = reliability_plot(services), changes_plot(judged)
    changed = gr.update(value=changes, visible=changes is not None)
    return [message, overview, report, owner, gr.update(visible=False), choices, reliability, changed]


def reliability_plot(services: Services) -> Figure:
    """How far the live release's probabilities can be trusted, on the locked hold-out."""
    found = pd.DataFrame(evaluation.reliability(services.live.predictor.heads, services.shipped.holdout()))
    found = found[found["n"] >= FEWEST]
    names = found.assign(
        head=found["task"].map(lambda name: called(TASKS, name)),
        corpus=found["corpus"].map(lambda name: called(CORPORA, name)),
    )
    return plots.reliability(names)


def _row(release: Release) -> dict[str, Any]:
    figures = {(row["corpus"], row["task"], row["metric"]): row for row in reversed(release.metrics)}
    values = {
        title: f"{100 * row.get('candidate', row.get('value', 0)):.1f}"
        for title, place in HEADLINE.items()
        if (row := figures.get(place))
    }
    report = release.report or {}
    return values | {
        "release": release.name,
        "made": f"{release.created_at:%Y-%m-%d %H:%M}",
        "parent": release.parent or "–",
        "texts": report.get("corrections", 0),
        "decision": called(DECISIONS, report.get("decision", "shipped")),
    }


def run_retraining(services: Services, request: gr.Request) -> Iterator[list[Any]]:
    """Retrain in this process, telling how far it is, and say what came of it."""
    person = asker(services.settings, request)
    require(person, "admin", N_("retrain"))
    said: SimpleQueue[str | None] = SimpleQueue()
    with ThreadPoolExecutor(max_workers=1) as pool:
        run = pool.submit(retraining.retrain, services, actor=person.name, say=said.put)
        run.add_done_callback(lambda _: said.put(None))
        while line := said.get():
            yield [html.note(translated(line)), *[gr.skip()] * 7]
        outcome = run.result()
    yield view(
        services, person, html.note(translated(outcome.reason), "good" if outcome.decision == "promoted" else "info")
    )


def ask(services: Services, name: str | None, request: gr.Request) -> list[Any]:
    """Whether the person is sure. Raises UserError unless they may promote, StoreError for an unknown release."""
    require(asker(services.settings, request), "admin", N_("promote a release"))
    if not name or not isinstance(name, str):
        raise UserError("Choose a release first.")
    with services.database.read() as session:
        releases.get(session, name=name)
    question = html.note(_("Make {name} live for everybody who uses this page?", name=name))
    return ["", gr.update(visible=True), question, Wanted(name, registry.live_name(services.database))]


def ask_rollback(services: Services, request: gr.Request) -> list[Any]:
    """Whether the person is sure to go back to the parent of the live release. Raises UserError where there is none."""
    require(asker(services.settings, request), "admin", N_("roll back"))
    live = registry.live_name(services.database)
    return [*ask(services, registry.parent_of(services.database, live), request)[:-1], Wanted(ROLLBACK, live)]


def ask_keep(services: Services, request: gr.Request) -> list[Any]:
    """Whether to note that the live release is to stay."""
    live = registry.live_name(services.database)
    found = ask(services, live, request)
    return [*found[:2], html.note(_("Keep {live} live, and note why?", live=live)), Wanted(KEEP, live)]


def make_live(services: Services, wanted: Wanted, why: str | None, request: gr.Request) -> list[Any]:
    """What was asked for is done, and why is kept: the chosen release live, or the parent of the live one, or no change.

    Raises UserError where another release went live since the question.
    """
    person = asker(services.settings, request)
    require(person, "admin", N_("promote a release"))
    (name, shown), why = wanted, (why or "").strip()
    if name == KEEP:
        registry.keep(services.database, shown, actor=person.name, why=why)
        return view(services, person, html.note(_("{name} stays live; that is noted.", name=shown), "good"))
    change: dict[str, str] = {"encoder_id": services.shipped.encoder_id, "actor": person.name, "shown": shown}
    if name == ROLLBACK:
        name = registry.rollback(services.database, **change, why=why)
    else:
        registry.promote(services.database, name, **change, reason=why or "promoted by hand")
    services.live.refresh()
    return view(services, person, html.note(_("{name} is live.", name=name), "good"))
