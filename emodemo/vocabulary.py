"""Labels that an admin adds to those that every release knows: their names, their meaning, whether they are offered."""

from collections.abc import Collection, Sequence

from db import events, vocabulary
from db.engine import Database
from db.errors import StoreError
from db.records import AddedLabel
from emodemo.errors import UserError
from emodemo.translation import N_
from model.labels import FINE_TO_EMOTION, check_emotion, check_new_label

MOST = 20  # offered at once: more than that nobody finds among the chips
LONGEST = 300  # characters of a definition or an example
ADDED, RETIRED = "add label", "retire label"  # kinds of events


def known(database: Database) -> frozenset[str]:
    """Names of all labels that were ever added: what was said with a retired one still counts as said."""
    return frozenset(label.name for label in everything(database))


def added_among(database: Database, names: Collection[str]) -> frozenset[str]:
    """``known``, looked up only where one of the names is none that every release knows."""
    return frozenset() if FINE_TO_EMOTION.keys() >= set(names) else known(database)


def offered(database: Database) -> list[AddedLabel]:
    """Those that annotators are offered."""
    return still_offered(everything(database))


def still_offered(labels: Sequence[AddedLabel]) -> list[AddedLabel]:
    """Those of the labels that were not retired."""
    return [label for label in labels if not label.retired]


def everything(database: Database) -> list[AddedLabel]:
    """Every label that was ever added, retired ones too."""
    with database.read() as session:
        return vocabulary.all(session)


def families(database: Database) -> dict[str, str]:
    """The emotion that every label belongs to and is coloured by, the added ones too."""
    return FINE_TO_EMOTION | {label.name: label.emotion for label in everything(database)}


def add(
    database: Database, name: str, *, emotion: str, definition: str, example: str = "", actor: str = "local"
) -> AddedLabel:
    """Offer a label, or change what is said of it; a retired one is offered again. Raises UserError, LabelError."""
    label = AddedLabel(check_new_label(name), check_emotion(emotion), _line(definition), _line(example))
    if not label.definition:
        raise UserError("Annotators need to know when the label holds; give it a definition.")
    others = [each for each in offered(database) if each.name != label.name]
    if len(others) >= MOST:
        raise UserError("{most} added labels are offered already; retire one first.", most=MOST)
    with database.write() as session:
        vocabulary.put(session, label)
        events.add(session, actor=actor, kind=ADDED, subject=label.name, detail={"emotion": label.emotion})
    return label


def retire(database: Database, name: str, *, actor: str = "local") -> str:
    """Offer a label no more; the next release is without it. Returns its name; raises UserError where there is none."""
    name = " ".join(name.lower().split())
    try:
        with database.write() as session:
            vocabulary.retire(session, name=name)
            events.add(session, actor=actor, kind=RETIRED, subject=name, detail={})
    except StoreError:
        names = ", ".join(label.name for label in offered(database)) or N_("none yet")
        raise UserError("There is no added label {name!r}; there are: {names}.", name=name, names=names) from None
    return name


def _line(text: str) -> str:
    text = " ".join((text or "").split())
    if len(text) > LONGEST:
        raise UserError(
            "A definition or example has at most {most} characters; this one has {count}.",
            most=LONGEST,
            count=len(text),
        )
    return text
