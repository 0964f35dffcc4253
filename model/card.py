"""The model card that goes with a release, written from its own figures."""

from collections.abc import Iterable, Mapping

INTRODUCTION = """\
# emodemo {name}

A multi-task text-emotion model for English. SENET, a sentence encoder that started from `{encoder}`, was first adapted
on movie reviews, trained jointly on every task below, then frozen and quantised to int8. CVM (emotions, polarity,
sarcasm) and IRT (valence, arousal, dominance, review score) are linear heads fitted to its frozen features.

## Data and licences

| corpus | used for | licence |
|---|---|---|
| MELD | seven emotions, three-way sentiment | GPL-3.0 |
| GoEmotions | 28 labels, seven emotions by their Ekman groups | CC-BY-4.0 |
| SST | five classes and score of reviews, polarity | none stated; research use |
| EmoBank | valence, arousal, dominance | CC-BY-SA-4.0 |
| iSarcasmEval | sarcasm | MIT |

MELD's dyadic release and MUStARD are only tested on. Training rows that also stand in another corpus's test split
(MELD dyadic re-cuts MELD's episodes) were left out.

## Use and limits

Made for exploring and annotating English text, sentence by sentence. It reads each sentence alone, knows sitcom lines,
film reviews, Reddit comments and edited prose best, and takes irony at its word more often than not. Scores follow the
annotators of the corpora, not the writer's inner state. Do not use it to decide anything about a person.

## Results

As served (int8, on a CPU), official test splits, in points of 100, with 95 % bootstrap intervals. `unseen` leaves out
rows whose text stands in a train split. Decays, temperatures and thresholds were chosen on dev splits alone.

| corpus | task | metric | rows | value | 95 % interval |
|---|---|---|---|---|---|
"""


def model_card(name: str, encoder: str, rows: Iterable[Mapping]) -> str:
    """Markdown with every figure of ``evaluation.evaluate``."""
    return INTRODUCTION.format(name=name, encoder=encoder) + "\n".join(map(_line, rows)) + "\n"


def _line(row: Mapping) -> str:
    metric = row["metric"] + ("" if row["variant"] == "plain" else f" ({row['variant']})")
    value, low, high = (f"{100 * row[key]:.1f}" for key in ("value", "low", "high"))
    return f"| {row['corpus']} | {row['task']} | {metric} | {row['n']} | {value} | {low} to {high} |"
