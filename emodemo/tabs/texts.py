"""Every text that a person may see, found by words, labels, people and time; several labelled at once; texts like one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import gradio as gr

from db import annotators, releases, search
from db.facts import STATES
from emodemo import annotation, html, opinions, searching, selections, vocabulary
from emodemo.access import Person, require
from emodemo.errors import UserError
from emodemo.handling import answering, asker, sent
from emodemo.palette import FINER
from emodemo.searching import LABEL, POLARITY, Found, Wanted
from emodemo.services import Services
from emodemo.tabs.editor import create_labels, in_words, own_chips
from emodemo.tabs.people import create_people
from emodemo.templates import script
from emodemo.translation import N_, _, joined, named, ngettext
from model.labels import EMOTIONS, POLARITIES

ANY = ""
HINT = N_('All words must occur · `"a phrase"` · `begin*`')
SELECTED = "(chosen, ...rest) => [window.emodemo.selected(), ...rest]"
MOST_SHOWN = 500  # texts on the page
ID_DIGITS = 10  # that no id has
ALL = Wanted()
STATE_NAMES = {
    "unlabelled": N_("unlabelled"),
    "labelled": N_("labelled"),
    "skipped": N_("skipped"),
    "flagged": N_("flagged"),
    "disagreement": N_("disagreement"),
    "proposed": N_("proposed"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the list holds: of which search, and where its next page begins."""

    name: str
    heading: str
    found: list[Found]
    wanted: Wanted = ALL
    after: int | None = None

    @property
    def ids(self) -> list[int]:
        return [each.text.id for each in self.found]

    @property
    def values(self) -> list[Any]:
        """Of the list, the state, and the button for more."""
        rows = [(each.text.id, each.text.content, each.said, each.cosine) for each in self.found]
        more = self.after is not None and len(self.found) < MOST_SHOWN
        advice = _("Add some in Annotate.") if self.wanted == ALL else _("Leave out a word or a filter.")
        return [opinions.found(self.name, self.heading, rows, advice), self, gr.update(visible=more)]


def create_texts_tab(services: Services, tab: gr.Tab) -> None:
    """The search above, what was found with the controls beside it, and for reviewers everybody's answers below."""
    shown, client_id = gr.State(None), gr.State("")
    with gr.Column(elem_id="texts"):
        with gr.Column(visible=False) as asking:
            with gr.Row(elem_classes="buttons"):
                words = gr.Textbox(
                    label=_("Words"),
                    show_label=False,
                    placeholder=_("Words in the text"),
                    elem_id="texts-words",
                    min_width=240,
                )
                go = gr.Button(_("Search"), variant="primary", elem_id="texts-go", scale=0, min_width=120)
            gr.HTML(html.hint(_(HINT)))
            with gr.Row(elem_classes="filters"):
                state = gr.Dropdown(_offered([]), value=ANY, label=_("State"), elem_id="texts-state", min_width=150)
                said = gr.Dropdown(_sayings(), value=ANY, label=_("Label"), elem_id="texts-label", min_width=150)
                who = gr.Dropdown(
                    _offered([]), value=ANY, label=_("Annotator"), elem_id="texts-annotator", min_width=150
                )
                release = gr.Dropdown(
                    _offered([]), value=ANY, label=_("Release"), elem_id="texts-release", min_width=150
                )
                since = gr.Textbox(
                    label=_("Answered from"), placeholder="2026-01-31", elem_id="texts-since", min_width=130
                )
                until = gr.Textbox(label=_("until"), placeholder="2026-12-31", elem_id="texts-until", min_width=130)
        message = gr.HTML(elem_id="texts-message")
        with gr.Row(visible=False, elem_classes="split") as found:
            with gr.Column(scale=7, min_width=320):
                results = gr.HTML("", js_on_load=script("texts.js"), elem_id="texts-found")
                more = gr.Button(_("Show more"), visible=False, elem_id="texts-more", size="sm")
            with gr.Column(scale=5, min_width=300, elem_id="texts-label-them"):
                gr.HTML(html.heading(_("Label the selection"), _("Every ticked text gets these.")))
                labels = create_labels("texts")
                chosen = gr.Textbox(elem_classes="unseen")
                outcome = gr.HTML(elem_id="texts-outcome")
                with gr.Row(elem_classes="buttons"):
                    save = gr.Button(_("Label them"), variant="primary", elem_id="texts-save", min_width=120)
                    undo = gr.Button(_("Undo the last labelling"), elem_id="texts-undo", min_width=120)
        create_people(services, tab)

    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    filters = [words, state, said, who, release, since, until]
    listed = [message, results, shown, more]
    labelled = [outcome, *listed[1:]]
    choices = [state, said, who, release, labels[2], client_id]
    run = answering(search_texts, len(listed), services)
    opened = [*listed, *choices, asking, found]
    tab.select(answering(open_texts, len(opened), services), [shown, *filters], opened, **wire)
    gr.on([go.click, words.submit, since.submit, until.submit], run, filters, listed, **wire)
    for filter_ in (state, said, who, release):
        filter_.input(run, filters, listed, **wire)
    more.click(answering(more_texts, len(listed), services), shown, listed, **wire)
    results.select(answering(like_text, len(listed), services), None, listed, **wire)
    save.click(
        answering(label_selected, len(labelled) + 1, services), [chosen, client_id, *labels, shown], [*labelled, client_id],
        js=SELECTED, **wire,
    )  # fmt: skip
    undo.click(answering(undo_selected, len(labelled), services), shown, labelled, **wire)


def open_texts(
    services: Services, shown: Shown | None, words: str, state: str, said: str, who: str, release: str, since: str, until: str,
    request: gr.Request,
) -> list[Any]:  # fmt: skip
    """What the filters say as it is now, and what can be asked for; for a visitor a sentence in place of the form."""
    person = asker(services.settings, request)
    if not person.may("annotator"):
        return [html.note(_("Sign in to search the texts.")), *[gr.skip()] * 9, *[gr.update(visible=False)] * 2]
    with services.database.read() as session:
        names = [each.name for each in annotators.all(session)] if person.may("reviewer") else [person.name]
        made = [each.name for each in releases.all(session)]
    states = STATES if person.may("reviewer") else searching.OWN
    own = vocabulary.everything(services.database)
    offered = [_offered([(_(STATE_NAMES[state]), state) for state in states]), _sayings([label.name for label in own])]
    offered += [_offered([*zip(found, found, strict=True)]) for found in (names, made)]
    kept = [
        value if value in {name for _title, name in found} else ANY
        for found, value in zip(offered, (state, said, who, release), strict=True)
    ]
    choices = [gr.update(choices=found, value=value) for found, value in zip(offered, kept, strict=True)]
    chips = own_chips([label for label in own if not label.retired])
    results = _searched(services, person, _asked(words, *kept, since, until))
    if shown and shown.wanted == results.wanted and {*shown.ids} <= {*results.ids}:
        results = replace(results, name=shown.name)  # what is ticked stays so
    return ["", *results.values, *choices, chips, uuid4().hex, *[gr.update(visible=True)] * 2]


def search_texts(
    services: Services, words: str, state: str, said: str, who: str, release: str, since: str, until: str,
    request: gr.Request,
) -> list[Any]:  # fmt: skip
    """The first page of what is asked for. Raises UserError, StoreError."""
    wanted = _asked(words, state, said, who, release, since, until)
    return ["", *_searched(services, asker(services.settings, request), wanted).values]


def more_texts(services: Services, shown: Shown | None, request: gr.Request) -> list[Any]:
    """The next page below those that are there."""
    person = asker(services.settings, request)
    require(person, "annotator", N_("search texts"))
    if shown is None or shown.after is None:
        raise UserError("There are no more texts; search again.")
    page = searching.find(services, person, shown.wanted, after=shown.after)
    return ["", *replace(shown, found=[*shown.found, *page.found], after=page.after).values]


def like_text(services: Services, event: gr.EventData, request: gr.Request) -> list[Any]:
    """The texts of the pool most like the one whose button was pressed."""
    person = asker(services.settings, request)
    require(person, "annotator", N_("search texts"))
    text_id = sent(event, "id")
    if not isinstance(text_id, int) or len(str(text_id)) >= ID_DIGITS:
        raise UserError("Choose a text first.")
    found = searching.like(services, person, text_id)
    return ["", *Shown(uuid4().hex, _("Texts like text {id}", id=text_id), found).values]


def label_selected(
    services: Services, chosen: str, client_id: str, emotions: list[str], finer: list[str], added: list[str],
    polarity: str | None, shown: Shown | None, request: gr.Request,
) -> list[Any]:  # fmt: skip
    """Every ticked text gets these labels. Returns the list as it is then, and the next selection's id. Raises UserError."""
    person = asker(services.settings, request)
    require(person, "annotator", N_("label texts"))
    ids = [int(each) for each in (chosen or "").split(",") if each.isdecimal() and len(each) < ID_DIGITS]
    if not ids:
        raise UserError("Nothing is selected; tick some texts first.")
    names = [*(emotions or []), *(finer or []), *(added or [])]
    verdict = annotation.checked_verdict(names, polarity, {}, added=vocabulary.known(services.database))
    count = selections.label(services, person, client_id=client_id or uuid4().hex, text_ids=ids, verdict=verdict)
    said = ngettext(
        "{n:,} text is labelled: {what}.", "{n:,} texts are labelled: {what}.", count, what=in_words(verdict)
    )
    return [html.note(said, "good"), *_fresh(services, person, shown), uuid4().hex]


def undo_selected(services: Services, shown: Shown | None, request: gr.Request) -> list[Any]:
    """Take the last selection back. Raises UserError where there is none."""
    person = asker(services.settings, request)
    undone = selections.undo(services, person)
    said = [ngettext("Taken back: {n:,} label.", "Taken back: the labels of {n:,} texts.", undone.undone)]
    if undone.kept:
        said.append(_("{n:,} you have answered anew since; that stays.", n=undone.kept))
    return [html.note(joined(*said)), *_fresh(services, person, shown)]


def _asked(*given: Any) -> Wanted:
    return Wanted(*(str(value or "") for value in given))


def _searched(services: Services, person: Person, wanted: Wanted) -> Shown:
    results = searching.find(services, person, wanted)
    if results.total is None:
        heading = _("More than {n:,} texts", n=search.COUNTED)
    else:
        heading = ngettext("{n:,} text", "{n:,} texts", results.total)
    return Shown(uuid4().hex, heading, results.found, wanted, results.after)


def _fresh(services: Services, person: Person, shown: Shown | None) -> list[Any]:
    """The list with what is said now, nothing ticked."""
    if shown is None:
        return [gr.skip()] * 3
    return replace(shown, name=uuid4().hex, found=searching.again(services, person, shown.found)).values


def _offered(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(_("(any)"), ANY), *found]


def _sayings(own: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Labels, people's ``own`` among them, and polarities as ``Wanted.said`` has them."""
    labels = [(named(name), f"{LABEL}/{name}") for name in (*EMOTIONS, *FINER, *own)]
    polarities = [(_("polarity: {name}", name=named(name)), f"{POLARITY}/{name}") for name in POLARITIES]
    return _offered([*labels, *polarities])
