"""``simulate`` as a shell sees it, on corpora of our own invention, with the small release's encoder."""

import json
from pathlib import Path

import pandas as pd
import pytest

from emodemo import plots
from emodemo.palette import INK
from tests.samples import write_corpora
from tests.unit.emodemo.test_cli import emodemo


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora in ``data``, features kept in ``home`` from one test to the next."""
    folder = tmp_path_factory.mktemp("simulate")
    write_corpora(folder / "data")
    return folder


def simulate(place: Path, *arguments: str):  # type: ignore[no-untyped-def]
    quick = ("--seeds", "1", "--batch", "5", "--most", "10", "--rows", "50", "--data", str(place / "data"))
    return emodemo("simulate", *arguments, *quick, home=place / "home", EMODEMO_MODEL="small")


def test_a_run_prints_one_object_draws_the_curves_and_keeps_the_features(place: Path) -> None:
    done = simulate(place, "meld", "emobank", "--strategy", "random", "--strategy", "margin", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {(row["scenario"], row["strategy"]) for row in found["rows"]} == {
        ("meld", "random"), ("meld", "margin"), ("emobank", "random"),
    }  # fmt: skip
    assert {"labels_95", "labels_95_low", "reached_95", "area", "seconds"} <= found["rows"][0].keys()
    assert [row["labels"] for row in found["curves"] if row["scenario"] == "emobank"] == [0, 5, 10]
    assert (place / "home" / "simulation" / "curves.html").is_file()
    assert (place / "home" / "simulation" / "curves.png").is_file() or "curves.png was left out" in done.stderr
    assert "Encoded" in done.stderr
    again = simulate(place, "meld", "emobank", "--strategy", "random", "--strategy", "margin", "--json")
    assert "Encoded" not in again.stderr
    assert json.loads(again.stdout)["curves"] == found["curves"]


def test_a_corpus_is_learnt_after_the_others_and_from_the_shipped_heads(place: Path) -> None:
    shifted = simulate(place, "--without", "meld", "--strategy", "random")
    assert shifted.returncode == 0, shifted.stderr
    assert "meld (others first)" in shifted.stdout
    shipped = simulate(place, "meld", "--start", "shipped", "--strategy", "recommended", "--split", "dev")
    assert shipped.returncode == 0, shipped.stderr
    assert "meld (shipped)" in shipped.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name a corpus to learn, or one to learn after all others with --without."),
        (("atlantis",), "There is no corpus 'atlantis' under"),
        (("meld", "--strategy", "guessing"), "There is no strategy 'guessing'; expected some of: random, "),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_one_sentence(
    place: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = simulate(place, *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stdout == ""


def test_the_figure_has_a_panel_for_each_scenario_and_names_each_strategy_once() -> None:
    rows = [
        {"scenario": scenario, "strategy": strategy, "seed": seed, "labels": labels, "share": 0.5 + labels / 100 + seed}
        for scenario in ("meld", "emobank")
        for strategy in ("random", "recommended")
        for seed in (0, 1)
        for labels in (0, 25)
    ]
    figure = plots.learning(pd.DataFrame(rows))
    assert [note.text for note in figure.layout.annotations] == ["meld", "emobank"]
    assert [line.name for line in figure.data if line.showlegend] == ["random", "recommended"]
    assert list(figure.data[0].x) == [0, 25]
    assert list(figure.data[0].y) == [1.0, 1.25]  # the mean over seeds
    assert figure.data[0].line.color == INK
    assert figure.data[1].line.width > figure.data[0].line.width
    assert figure.layout.xaxis.title.text == "Labels"
    assert figure.layout.yaxis.title.text == "Reached of what all labels give"
