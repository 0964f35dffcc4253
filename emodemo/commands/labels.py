"""``python -m emodemo labels``: labels that no corpus has."""

from typing import Annotated

import typer

from emodemo.commands.shared import ACTOR, Json, database, print_rows

Name = Annotated[str, typer.Argument(help="The label's name.")]


def add(
    name: Name,
    emotion: Annotated[str, typer.Option(help="Which of the seven emotions it is shown beside.")],
    definition: Annotated[str, typer.Option(help="When it holds, in a sentence that annotators read.")],
    example: Annotated[str, typer.Option(help="A text that carries it.")] = "",
) -> None:
    """Offer a label to annotators, or say anew what it means. A retired one is offered again."""
    from emodemo import vocabulary

    label = vocabulary.add(database(), name, emotion=emotion, definition=definition, example=example, actor=ACTOR)
    print(f"{label.name} is offered to every annotator from now on.")


def list_(as_json: Json = False) -> None:
    """Every added label: what it means, how many texts carry it, whether the live release answers it."""
    from emodemo import added, registry, serving

    store = database()
    print_rows(added.states(store, serving.live_added(store, registry.live_name(store))), as_json)


def retire(name: Name) -> None:
    """Offer a label no more. What was said with it stays; the next release is without it."""
    from emodemo import vocabulary

    print(f"{vocabulary.retire(database(), name, actor=ACTOR)} is offered no more.")
