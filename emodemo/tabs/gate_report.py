"""What the gate said of a candidate: its reason, its figures as table and picture, and every answer that changes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from plotly.graph_objects import Figure

from db import texts
from db.records import Release
from emodemo import html, plots
from emodemo.access import Person
from emodemo.influence import MOST_FLIPS
from emodemo.services import Services
from emodemo.translation import N_, _, named, reason

CORPORA = {
    "meld": "MELD",
    "goemotions": "GoEmotions",
    "sst": "SST",
    "emobank": "EmoBank",
    "vader": "VADER",
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
MOVED = 0.02  # a class's F1 may have, where it has a line of its own


def changes_plot(release: Release | None) -> Figure | None:
    """The locked tasks as a picture; None before the first retraining. Own texts gain on another scale."""
    found = (release.report or {}).get("rows", []) if release else []
    rows = [row for row in found if "class" not in row and row["corpus"] != "corrections"]
    if not rows:
        return None
    facts = [
        {
            "what": _what(row),
            "measure": called(METRICS, row["metric"]),
            "change": 100 * (row["candidate"] - row["live"]),
            "low": 100 * row["low"],
            "high": 100 * row["high"],
        }
        for row in rows
    ]
    return plots.changes(pd.DataFrame(facts))


def _what(row: dict[str, Any]) -> str:
    corpus, task = called(CORPORA, row["corpus"]), called(TASKS, row["task"])
    return _("{corpus}: {task}", corpus=corpus, task=task)


def called(names: Mapping[str, str], name: str) -> str:
    """What people read for a name of the report; a name that has nothing else is a label or score."""
    return _(names.get(name, name))


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
            "measure": named(row["class"]) if "class" in row else called(METRICS, row["metric"]),
            "live": f"{100 * row['live']:.1f}",
            "candidate": f"{100 * row['candidate']:.1f}",
            "change": _("{low:+z.1f} to {high:+z.1f}", low=100 * row["low"], high=100 * row["high"]),
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
        reason=reason(report),
    )
    kind = "good" if report["decision"] == "promoted" else "bad"
    own = "".join(html.note(reason(each), "good" if each["served"] else "info") for each in report.get("labels", ()))
    own += "".join(html.note(reason(each), "bad") for each in report.get("set_aside", ()))
    head = f"<h3>{_('Last gate report')}</h3>{html.note(title, kind)}"
    return f"{head}{own}{figures}{_flips(services, report, person)}"


def _flips(services: Services, report: dict[str, Any], person: Person) -> str:
    """What was corrected is for annotators' eyes; a visitor sees the number of the text, as all do of an erased one."""
    flips = report["flips"][:MOST_FLIPS]
    if not flips:
        return ""
    turned_by = {flip["text_id"]: report.get("because", {}).get(str(flip["text_id"]), []) for flip in flips}
    contents: dict[int, str] = {}
    if person.may("annotator"):
        with services.database.read() as session:
            contents = texts.contents(session, text_ids={*turned_by}.union(*turned_by.values()))

    def name(text_id: int) -> str:
        return contents.get(text_id) or _("text {id}", id=text_id)

    rows = [
        {
            "text": name(flip["text_id"]),
            "before": _in_words(flip["live"]),
            "after": _in_words(flip["candidate"]),
            "accepted": _in_words(flip["accepted"]),
            "because": " · ".join(map(name, turned_by[flip["text_id"]])),
        }
        for flip in flips
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
