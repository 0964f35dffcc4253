"""MELD (Poria et al. 2019): Friends dialogues with seven emotions and three sentiments, context kept.

Files: ``train_sent_emo.csv``, ``dev_sent_emo.csv``, ``test_sent_emo.csv``.
"""

from collections.abc import Iterator
from pathlib import Path

from model.labels import EMOTIONS, POLARITIES, one_hot
from model.readers.base import Example, Turn, one_of, table

COLUMNS = ("Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode")


def read(folder: Path, split: str) -> list[Example]:
    """Utterances of a split, each with the earlier turns of its dialogue. Raises CorpusError."""
    return list(read_dialogues(folder / f"{split}_sent_emo.csv", "meld", split))


def read_dialogues(path: Path, corpus: str, split: str) -> Iterator[Example]:
    """Both MELD releases share this format; a dialogue's rows stand together and in order."""
    dialogue = ""
    turns: list[Turn] = []
    for line, row in table(path, COLUMNS):
        if row["Dialogue_ID"] != dialogue:
            dialogue, turns = row["Dialogue_ID"], []
        emotion = one_of(path, line, "Emotion", row["Emotion"], EMOTIONS)
        sentiment = one_of(path, line, "Sentiment", row["Sentiment"], POLARITIES)
        yield Example(
            corpus=corpus,
            split=split,
            id=f"{dialogue}_{row['Utterance_ID']}",
            text=row["Utterance"],
            targets={"emotion7": one_hot("emotion7", emotion), "sentiment3": one_hot("sentiment3", sentiment)},
            speaker=row["Speaker"],
            origin=f"{row['Season']}x{row['Episode']} {row['Utterance']}",
            context=tuple(turns),
        )
        turns.append(Turn(row["Speaker"], row["Utterance"]))
