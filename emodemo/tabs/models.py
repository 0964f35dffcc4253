"""The releases, which one is live, what the gate said; retrain, promote, roll back."""

from typing import Any

import gradio as gr

from db import labels, releases
from db.records import Release
from emodemo import html, registry, retraining
from emodemo.access import require
from emodemo.errors import UserError
from emodemo.handling import answering, asker
from emodemo.services import Services

HEADLINE = (  # the figures of a release that fit a table
    ("meld", "emotion7", "weighted_f1", "MELD emotions"),
    ("meld", "polarity", "accuracy", "MELD polarity"),
    ("goemotions", "labels28", "macro_f1", "GoEmotions labels"),
    ("sst", "sst2", "accuracy", "SST-2"),
    ("emobank", "valence", "pearson", "EmoBank valence"),
)
COLUMNS = ("release", "created", "parent", "corrections", "decision", *(title for *_, title in HEADLINE))


def create_models_tab(services: Services) -> None:
    """Tables above, the owner's buttons below."""
    message = gr.HTML(elem_id="models-message")
    with gr.Row():
        retrain = gr.Button("Retrain now", variant="primary", elem_id="retrain")
        rollback = gr.Button("Roll back", elem_id="rollback")
        name = gr.Dropdown([], label="Release", show_label=False, container=False, elem_id="release-choice")
        promote = gr.Button("Make it live", elem_id="promote")
    overview = gr.HTML(elem_id="releases")
    with gr.Accordion("Last gate report", open=True):
        report = gr.HTML(elem_id="gate-report")

    shown = [message, overview, report, name]
    wire: dict[str, Any] = {"api_visibility": "private"}
    tab = gr.context.Context.block
    assert isinstance(tab, gr.Tab)
    tab.select(answering(view, len(shown), services), None, shown, show_progress="hidden", **wire)
    retrain.click(
        answering(run_retraining, len(shown), services), None, shown, concurrency_limit=1, concurrency_id="retrain", **wire
    )
    rollback.click(answering(roll_back, len(shown), services), None, shown, **wire)
    promote.click(answering(make_live, len(shown), services), name, shown, **wire)


def view(services: Services, message: str = "") -> tuple[Any, ...]:
    """Message, table of releases, last gate report, choices."""
    with services.database.read() as session:
        found = releases.all(session)
        waiting = labels.count(session)
    live = registry.live_name(services.database)
    judged = next((release for release in found if release.report), None)
    table = html.table([_row(release, live) for release in found], COLUMNS)
    summary = html.note(f"{live} is live. {waiting} corrected texts are accepted.")
    names = [release.name for release in found]
    return message, summary + table, gate_report(judged), gr.update(choices=names, value=live)


def _row(release: Release, live: str) -> dict[str, Any]:
    figures = {(row["corpus"], row["task"], row["metric"]): row for row in reversed(release.metrics)}
    values = {
        title: f"{100 * row.get('candidate', row.get('value', 0)):.1f}"
        for corpus, task, metric, title in HEADLINE
        if (row := figures.get((corpus, task, metric)))
    }
    report = release.report or {}
    return values | {
        "release": release.name + (" · live" if release.name == live else ""),
        "created": f"{release.created_at:%Y-%m-%d %H:%M}",
        "parent": release.parent or "–",
        "corrections": report.get("corrections", 0),
        "decision": report.get("decision", "shipped: on test splits"),
    }


def gate_report(release: Release | None) -> str:
    """The gate's reason in plain words, its figures, and the corrected texts whose answer changes."""
    if release is None or not release.report:
        return html.note("No retraining has run yet. Correct some sentences, then retrain.")
    report = release.report
    rows = [
        {
            "what": f"{row['task']} on {row['corpus']} ({row['metric']})",
            "live": f"{100 * row['live']:.1f}",
            "candidate": f"{100 * row['candidate']:.1f}",
            "change, 95 % interval": f"{100 * row['low']:+.1f} to {100 * row['high']:+.1f}",
        }
        for row in report["rows"]
    ]
    kind = "good" if report["decision"] == "promoted" else "bad"
    flips = report["flips"][:50]
    changed = html.table(flips, ("text_id", "live", "candidate", "accepted")) if flips else ""
    title = f"{release.name}: {report['reason']}"
    figures = html.table(rows, ("what", "live", "candidate", "change, 95 % interval"))
    return html.note(title, kind) + figures + (f"<h4>Answers that change</h4>{changed}" if changed else "")


def run_retraining(services: Services, request: gr.Request) -> tuple[Any, ...]:
    """Retrain in this process and tell what came of it."""
    person = asker(services.settings, request)
    require(person, "admin", "retrain")
    outcome = retraining.retrain(services, actor=person.name)
    return view(services, html.note(outcome.reason, "good" if outcome.decision == "promoted" else "info"))


def roll_back(services: Services, request: gr.Request) -> tuple[Any, ...]:
    """The parent of the live release becomes live."""
    person = asker(services.settings, request)
    require(person, "admin", "roll back")
    name = registry.rollback(services.database, encoder_id=services.shipped.encoder_id, actor=person.name)
    services.live.refresh()
    return view(services, html.note(f"{name} is live again.", "good"))


def make_live(services: Services, name: str | None, request: gr.Request) -> tuple[Any, ...]:
    """The chosen release becomes live."""
    person = asker(services.settings, request)
    require(person, "admin", "promote a release")
    if not name:
        raise UserError("Choose a release first.")
    registry.promote(services.database, name, encoder_id=services.shipped.encoder_id, actor=person.name)
    services.live.refresh()
    return view(services, html.note(f"{name} is live.", "good"))
