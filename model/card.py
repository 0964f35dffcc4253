"""The model card that goes with a release, written from its own figures."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.readers import SPLITS, everyday

WATTS_PER_CORE = 10.0  # what a server's core draws under load, its share of memory and cooling included
KILOGRAMS_PER_KWH = 0.4  # CO2, near the world's mean of 2024

CARD = """\
# emodemo {name}

A multi-task text-emotion model for English. SENET, a sentence encoder that started from `{encoder}`, was trained on every
task below, then frozen and quantised to int8, the ranges of its inputs fixed on train texts. CVM (emotions, polarity, sarcasm) and IRT (valence, arousal, dominance,
review score) are heads fitted to its frozen features; emotions and polarity also read the features of up to eight
sentences before, through one hidden layer.

## Data and licences

| corpus | used for | licence |
|---|---|---|
| MELD | seven emotions, three-way sentiment | GPL-3.0 |
| GoEmotions | 28 labels, seven emotions by their Ekman groups | CC-BY-4.0 |
| SST | five classes and score of reviews, polarity | none stated; research use |
| EmoBank | valence, arousal, dominance | CC-BY-SA-4.0 |
| iSarcasmEval | sarcasm | MIT |
| VADER's ground truth | valence and polarity of tweets, product reviews and editorials, without its film reviews | MIT |
| everyday | seven emotions, polarity, scores: {everyday:,} reports, lines of scenes and messages written for this project | Apache-2.0 |

MELD's dyadic release and MUStARD are only tested on. Training rows that also stand in another corpus's test split
(MELD dyadic re-cuts MELD's episodes) were left out.

## Protocol

Decays, temperatures and thresholds were chosen on dev splits. {history}

Figures are as served. `context` rows read what was said before in the dialogue; `unseen` ones leave out texts that stand in a
train split. MUStARD has no splits: five folds with speakers known, as its authors do, in each the mean of three
logistic regressions on the frozen features that trust who speaks little, more or much. F1 of `ekman` and `labels28` is at thresholds that dev prefers; that of `polarity`, `sst2` and
`sarcasm` is of the positive, or sarcastic, class.

`everyday` was written by language models, the labels of each line by one and a second that did not see them: emotions of
87 % of the scenes' lines and 97 % of reports and messages agree, what does not agree is left out. Such readers are more alike
than people are, and train and test share their style: take its figures for what they are.

## Use and limits

Made for exploring and annotating English text, sentence by sentence. It knows sitcom lines, film reviews, Reddit
comments and edited prose best. Scores follow the annotators of the corpora, not the writer's inner state. It takes
irony at its word more often than not, and sarcasm is its weakest answer; see the failures below. Do not use it to
decide anything about a person.

## Behaviour on our own sentences

Failure rates by capability (`model/robustness.toml`, after CheckList).

| capability | kind | cases | failed | for example |
|---|---|---|---|---|
{capabilities}

Polarity of the same ten sentences by who is named, four names a group: mean probabilities, and valence from 1 to 5.

| names | negative | positive | valence |
|---|---|---|---|
{groups}

## Cost of training

{cost}

## Results

On official test splits, in points of 100, with 95 % bootstrap intervals. `float`: the same heads on the features of the
network before its products were quantised to 8 bits, where it was at hand.

| corpus | task | metric | rows | value | 95 % interval | float |
|---|---|---|---|---|---|---|
{results}
"""


def model_card(name: str, encoder: str, figures: Mapping[str, Any], history: str) -> str:
    """Markdown from what ``building`` keeps in ``metrics.json``; ``history``: how SENET came about, what was seen of tests."""
    return CARD.format(
        name=name,
        encoder=encoder,
        history=history.strip(),
        everyday=sum(len(everyday.read(Path(), split)) for split in SPLITS),
        capabilities=_lines(map(_capability, figures["robustness"])),
        groups=_lines(
            f"| {row['group']} | {row['negative']:.3f} | {row['positive']:.3f} | {row['valence']:.2f} |"
            for row in figures["fairness"]
        ),
        cost=cost(figures["seconds"], figures["cores"]),
        results=_lines(map(_result, figures["rows"])),
    )


def cost(seconds: Mapping[str, float], cores: int) -> str:
    """Time of each part of the training, and an estimate of its energy and carbon dioxide."""
    kwh = sum(seconds.values()) / 3600 * cores * WATTS_PER_CORE / 1000
    parts = ", ".join(f"{what} {spent / 60:.0f} minutes" for what, spent in seconds.items())
    return (
        f"{parts} on {cores} cores; at {WATTS_PER_CORE:g} W a core about {1000 * kwh:.0f} Wh, at "
        f"{KILOGRAMS_PER_KWH:g} kg of CO2 a kWh about {1000 * kwh * KILOGRAMS_PER_KWH:.0f} g. An estimate: nothing was "
        "metered. SENET's minutes are those of every release that it goes on from; the pretraining of its encoder and a "
        "teacher's training are not in it."
    )


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _capability(row: Mapping[str, Any]) -> str:
    example = row["examples"][0] if row["examples"] else ""
    return f"| {row['capability']} | {row['kind']} | {row['cases']} | {row['failures']} | {example} |"


def _result(row: Mapping[str, Any]) -> str:
    metric = row["metric"] + ("" if row["variant"] == "plain" else f" ({row['variant']})")
    value, low, high = (f"{100 * row[key]:.1f}" for key in ("value", "low", "high"))
    unrounded = f"{100 * row['float']:.1f}" if "float" in row else ""
    return f"| {row['corpus']} | {row['task']} | {metric} | {row['n']} | {value} | {low} to {high} | {unrounded} |"
