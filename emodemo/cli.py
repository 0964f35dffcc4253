"""The commands of ``python -m emodemo``. Results go to standard output, messages to standard error."""

import os
import sys
from collections.abc import Callable

import typer

from emodemo.commands import annotators, labels, releases, texts, training, vault, watching
from emodemo.commands.bench import bench
from emodemo.commands.shared import say
from emodemo.commands.simulate import simulate
from emodemo.errors import EXPECTED

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def emodemo() -> None:
    """Text emotions, sentence by sentence: analyse, correct, retrain. Each command's --help shows an example."""


def group(name: str, help: str) -> typer.Typer:
    """Commands under a name of their own."""
    made = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=help)
    app.add_typer(made, name=name)
    return made


def register(to: typer.Typer, command: Callable[..., None], example: str) -> None:
    """A command named as its function is; one that Python has a name for ends in an underscore there."""
    to.command(command.__name__.rstrip("_"), epilog=f"Example: {example}")(command)


register(app, texts.analyze, "echo 'What a lovely day. I am late.' | python -m emodemo analyze")
register(app, texts.score, "python -m emodemo score reviews.parquet scored.parquet")
register(app, texts.import_, "python -m emodemo import reviews.csv --as pool")
register(app, texts.export, "python -m emodemo export --format csv > labels.csv")
register(app, training.retrain, "python -m emodemo retrain --if-due --json")
register(app, training.evaluate, "python -m emodemo evaluate --data ../data --json")

people = group("annotators", "Accounts: who may do what.")
register(people, annotators.add, "python -m emodemo annotators add ada --role admin")
register(people, annotators.list_, "python -m emodemo annotators list --json")
register(people, annotators.role, "python -m emodemo annotators role ada admin")
register(people, annotators.password, "python -m emodemo annotators password ada")
register(people, annotators.unlock, "python -m emodemo annotators unlock ada")
register(people, annotators.disable, "python -m emodemo annotators disable ada")
register(people, annotators.enable, "python -m emodemo annotators enable ada")
register(people, annotators.agreement, "python -m emodemo annotators agreement --json")

words = group("labels", "Labels that no corpus has.")
register(
    words, labels.add, "python -m emodemo labels add nostalgia --emotion sadness --definition 'Longs for what is gone.'"
)
register(words, labels.list_, "python -m emodemo labels list")
register(words, labels.retire, "python -m emodemo labels retire nostalgia")

registry = group("releases", "The model registry.")
register(registry, releases.list_, "python -m emodemo releases list")
register(registry, releases.show, "python -m emodemo releases show 2026.11.0")
register(registry, releases.diff, "python -m emodemo releases diff 2026.11.0 2026.11.0-r1")
register(registry, releases.snapshot, "python -m emodemo releases snapshot 2026.11.0-r1 > snapshot.jsonl")
register(registry, releases.promote, "python -m emodemo releases promote 2026.11.0-r1")
register(registry, releases.rollback, "python -m emodemo releases rollback")

register(app, training.fetch, "python -m emodemo fetch meld emobank --to ../data")
register(app, simulate, "python -m emodemo simulate meld emobank --without mustard --seeds 3")
register(app, training.train, "python -m emodemo train --data ../data --run runs/first")
register(app, watching.experiments, "python -m emodemo experiments")
register(app, watching.suspects, "python -m emodemo suspects --data ../data --corpus meld --format csv")
register(app, bench, "python -m emodemo bench --only single --json")
register(app, vault.backup, "python -m emodemo backup hf://datasets/ada/emodemo-vault")
register(app, vault.restore, "python -m emodemo restore s3://bucket/emodemo")
register(app, vault.erase, "python -m emodemo erase --text-id 7")


def main() -> None:
    """Run a command. Exit status 0 done, 1 refused or failed with one sentence, 2 wrong usage."""
    try:
        app(prog_name="python -m emodemo")
    except EXPECTED as error:
        say(str(error))
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has enough
        sys.exit(0)
