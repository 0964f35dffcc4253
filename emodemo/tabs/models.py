"""The releases, which one is live, what the gate said; retrain, promote, roll back."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import gradio as gr
import pandas as pd
from plotly.graph_objects import Figure

from db import labels, releases, texts
from db.records import Release
from emodemo import added, drawn, html, lessons, plots, registry, retraining
from emodemo.access import Person, require
from emodemo.errors import UserError
from emodemo.handling import answering, asker, streaming
from emodemo.services import Services
from emodemo.translation import N_, _, named, ngettext, recalled, translated
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
    "Texts: corrected texts behind it. Figures in percent: the shipped release's on the corpora's whole test splits, "
    "those of the others on the smaller locked hold-out, so compare a release with the one that it was judged against, below."
)
CORPORA = {
    "meld": "MELD",
    "goemotions": "GoEmotions",
    "sst": "SST",
    "emobank": "EmoBank",
    "everyday": N_("everyday texts"),
    "corrections": N_("your corrections"),
}
TASKS = {
    "emotion7": N_("seven emotions"),
    "sentiment3": N_("three polarities"),
    "polarity": N_("positive or negative"),
    "labels28": N_("28 labels"),
    "sst5": N_("five classes"),
    "sst2": N_("two classes"),
}
METRICS = {
    "accuracy": N_("accuracy"),
    "weighted_f1": N_("weighted F1"),
    "macro_f1": N_("macro F1"),
    "f1": "F1",
    "emotions_macro_f1": N_("macro F1 of the emotions"),
    "pearson": N_("correlation"),
    "cross_validated": N_("accuracy, by candidates without them"),
}
MEASURES = ("weighted F1", "macro F1", "correlation", "hold-out")
DECISIONS = {"shipped": N_("shipped"), "promoted": N_("promoted"), "kept": N_("kept")}
RELIABILITY = N_(
    "Of the answers that the live release gave with a probability, the share that came true, on the locked hold-out. Below the "
    "dotted line it was too sure of itself, above it not sure enough. Levels with fewer than {count} answers are left out."
)
FEWEST = 15  # answers that make a point of the reliability plot
MOST_FLIPS = 50
MOVED = 0.02  # a class's F1 may have, where it has a line of its own
ROLLBACK, KEEP = "roll back", "keep"  # what is wanted, in place of a name


def create_models_tab(services: Services, tab: gr.Tab) -> None:
    """What is live and the owner's buttons, then the releases, then the gate's last report."""
    wanted = gr.State("")
    with gr.Column(elem_id="models"):
        message = gr.HTML(elem_id="models-message")
        overview = gr.HTML(elem_id="releases")
        with gr.Row(visible=False, elem_classes="buttons") as owner:
            retrain = gr.Button(_("Retrain now"), variant="primary", elem_id="retrain", scale=0, min_width=150)
            keep = gr.Button(_("Keep it"), elem_id="keep", scale=0, min_width=110)
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
        own = gr.HTML(elem_id="models-own")
        report = gr.HTML(elem_id="gate-report")
        changes = gr.Plot(visible=False, show_label=False, container=False, elem_id="gate-changes")
        reliability = gr.Plot(show_label=False, container=False, elem_id="reliability")
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
    never.click(answering(closed, 1), None, confirm, **wire)


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


def changes_plot(release: Release | None) -> Figure | None:
    """The locked tasks as a picture; None before the first retraining. Own texts gain on another scale."""
    found = (release.report or {}).get("rows", []) if release else []
    rows = [row for row in found if "class" not in row and row["corpus"] != "corrections"]
    if not rows:
        return None
    facts = [
        {
            "what": _what(row),
            "measure": _called(METRICS, row["metric"]),
            "change": 100 * (row["candidate"] - row["live"]),
            "low": 100 * row["low"],
            "high": 100 * row["high"],
        }
        for row in rows
    ]
    return plots.changes(pd.DataFrame(facts))


def _what(row: dict[str, Any]) -> str:
    corpus, task = _called(CORPORA, row["corpus"]), _called(TASKS, row["task"])
    return _("{corpus}: {task}", corpus=corpus, task=task)


def _called(names: Mapping[str, str], name: str) -> str:
    """What people read for a name of the report; a name that has nothing else is a label or score."""
    return _(names.get(name, name))


def reliability_plot(services: Services) -> Figure:
    """How far the live release's probabilities can be trusted, on the locked hold-out."""
    found = pd.DataFrame(evaluation.reliability(services.live.predictor.heads, services.shipped.holdout()))
    found = found[found["n"] >= FEWEST]
    names = found.assign(
        head=found["task"].map(lambda name: _called(TASKS, name)),
        corpus=found["corpus"].map(lambda name: _called(CORPORA, name)),
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
        "decision": _called(DECISIONS, report.get("decision", "shipped")),
    }


def gate_report(services: Services, release: Release | None, person: Person) -> str:
    """The gate's reason in plain words, its figures, and the corrected texts whose answer changes."""
    if release is None or not release.report:
        return f"<h3>{_('Last gate report')}</h3>" + html.note(
            _("No retraining has run yet. Correct some sentences, then retrain.")
        )
    report = release.report
    rows = [
        {
            "what": _what(row),
            "measure": named(row["class"]) if "class" in row else _called(METRICS, row["metric"]),
            "live": f"{100 * row['live']:.1f}",
            "candidate": f"{100 * row['candidate']:.1f}",
            "change": _("{low:+.1f} to {high:+.1f}", low=100 * row["low"], high=100 * row["high"]),
        }
        for row in report["rows"]
        if "class" not in row or max(row["high"], -row["low"]) >= MOVED
    ]
    columns = {
        "what": _("what"),
        "measure": _("measure"),
        "live": _("live then"),
        "candidate": _("candidate"),
        "change": _("change, 95 % interval"),
    }
    figures = html.table(rows, columns, numbers=("live", "candidate", "change"))
    title = _(
        "{release}, judged against {live}. {reason}",
        release=release.name,
        live=report["live"],
        reason=recalled(report.get("said", report["reason"])),
    )
    kind = "good" if report["decision"] == "promoted" else "bad"
    own = "".join(
        html.note(added.reason(each), "good" if each["served"] else "info") for each in report.get("labels", ())
    )
    head = f"<h3>{_('Last gate report')}</h3>{html.note(title, kind)}"
    return f"{head}{own}{figures}{_flips(services, report, person)}"


def _flips(services: Services, report: dict[str, Any], person: Person) -> str:
    """What was corrected is for annotators' eyes; a visitor sees the number of the text."""
    if not report["flips"]:
        return ""
    because = report.get("because", {})
    with services.database.read() as session:

        def name(text_id: int) -> str:
            return (
                texts.get(session, text_id=text_id).content if person.may("annotator") else _("text {id}", id=text_id)
            )

        rows = [
            {
                "text": name(flip["text_id"]),
                "before": _in_words(flip["live"]),
                "after": _in_words(flip["candidate"]),
                "accepted": _in_words(flip["accepted"]),
                "because": " · ".join(map(name, because.get(str(flip["text_id"]), []))),
            }
            for flip in report["flips"][:MOST_FLIPS]
        ]
    columns = {
        "text": _("corrected text"),
        "before": _("before"),
        "after": _("after"),
        "accepted": _("accepted"),
        "because": _("most of it by"),
    }
    return f'<h3>{_("Answers that change")}</h3><div class="flips">{html.table(rows, columns)}</div>'


def _in_words(answer: str) -> str:
    return _(", ").join(map(named, answer.split(", ")))


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
    return ["", gr.update(visible=True), question, name]


def ask_rollback(services: Services, request: gr.Request) -> list[Any]:
    """Whether the person is sure to go back to the parent of the live release. Raises UserError where there is none."""
    require(asker(services.settings, request), "admin", N_("roll back"))
    return [*ask(services, registry.parent_of_live(services.database), request)[:-1], ROLLBACK]


def ask_keep(services: Services, request: gr.Request) -> list[Any]:
    """Whether to note that the live release is to stay."""
    found = ask(services, live := registry.live_name(services.database), request)
    return [*found[:2], html.note(_("Keep {live} live, and note why?", live=live)), KEEP]


def make_live(services: Services, name: str, why: str, request: gr.Request) -> list[Any]:
    """What was asked for is done, and why is kept: the chosen release live, or the parent of the live one, or no change."""
    person = asker(services.settings, request)
    require(person, "admin", N_("promote a release"))
    change: dict[str, str] = {"encoder_id": services.shipped.encoder_id, "actor": person.name}
    why = why.strip()
    if name == KEEP:
        kept = registry.keep(services.database, actor=person.name, why=why)
        return view(services, person, html.note(_("{name} stays live; that is noted.", name=kept), "good"))
    if name == ROLLBACK:
        name = registry.rollback(services.database, **change, why=why)
    else:
        registry.promote(services.database, name, **change, reason=why or "promoted by hand")
    services.live.refresh()
    return view(services, person, html.note(_("{name} is live.", name=name), "good"))
