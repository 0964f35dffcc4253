"""Corpora of our own invention in the formats of the real ones, a few dozen rows each, and an encoder, to train in a test."""

import csv
import json
from itertools import cycle, islice
from pathlib import Path

import torch
from transformers import MPNetConfig, MPNetModel

from model.release import WEIGHTS

GOOD = ["We won the cup!", "What a kind gift.", "I love this garden.", "She hugged me at last."]
BAD = ["The boat sank.", "He broke my window.", "I hate waiting here.", "They cancelled the feast."]
PLAIN = ["The shop opens at nine.", "Turn left at the bridge.", "It is a blue cup.", "Here is the list."]
SPLITS = {"train": 24, "dev": 12, "test": 12}


def write_encoder(folder: Path) -> Path:
    """A tiny encoder of the shipped one's architecture, random but the same each time, with the shipped tokenizer."""
    torch.manual_seed(0)
    config = MPNetConfig(hidden_size=32, num_hidden_layers=5, num_attention_heads=2, intermediate_size=64)
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((WEIGHTS / "tokenizer.json").read_bytes())
    return folder


def write_corpora(data: Path) -> Path:
    """meld, meld_dyadic, goemotions, sst, emobank, isarcasm, vader and mustard under ``data``."""
    for split, count in SPLITS.items():
        _meld(data / "meld" / f"{split}_sent_emo.csv", split, count)
        _meld(data / "meld_dyadic" / f"{split}_sent_emo_dya.csv", f"dyadic {split}", count)
        _goemotions(data / "goemotions", split, count)
        _lines(data / "sst" / f"{split}.txt", islice(cycle(_trees()), count))
    _emobank(data / "emobank" / "emobank.csv")
    _isarcasm(data / "isarcasm")
    _vader(data / "vader")
    _mustard(data / "mustard" / "sarcasm_data.json")
    return data


def _texts(count: int) -> list[tuple[str, str]]:
    """(polarity, text), the three kinds in turn."""
    kinds = [("positive", GOOD), ("negative", BAD), ("neutral", PLAIN)]
    return [(kind, f"{texts[n // 3 % 4]} ({n})") for n, (kind, texts) in zip(range(count), cycle(kinds), strict=False)]


def _meld(path: Path, season: str, count: int) -> None:
    emotions = {"positive": "joy", "negative": "anger", "neutral": "neutral"}
    rows = [
        [text, "Ann", emotions[kind], kind, n // 4, n % 4, season, 1] for n, (kind, text) in enumerate(_texts(count))
    ]
    header = ["Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode"]
    _table(path, [header, *rows])


def _goemotions(folder: Path, split: str, count: int) -> None:
    from model.labels import FINE_LABELS

    _lines(folder / "emotions.txt", FINE_LABELS)
    number = {kind: FINE_LABELS.index(label) for kind, label in
              {"positive": "joy", "negative": "anger", "neutral": "neutral"}.items()}  # fmt: skip
    _lines(folder / f"{split}.tsv", [f"{text}\t{number[kind]}\tid{n}" for n, (kind, text) in enumerate(_texts(count))])


def _trees() -> list[str]:
    return ["(4 (3 bright) (3 film))", "(0 (1 dull) (2 film))", "(2 (2 a) (2 film))", "(3 (2 rather) (3 sweet))"]


def _emobank(path: Path) -> None:
    scores = {"positive": (4.0, 3.5, 3.4), "negative": (2.0, 3.4, 2.8), "neutral": (3.0, 2.8, 3.1)}
    rows = [[f"{split}{n}", split, *scores[kind], text] for split, count in SPLITS.items()
            for n, (kind, text) in enumerate(_texts(count))]  # fmt: skip
    _table(path, [["id", "split", "V", "A", "D", "text"], *rows])


def _isarcasm(folder: Path) -> None:
    rows = [[text, int(kind == "negative")] for kind, text in _texts(12)]
    _table(folder / "train.En.csv", [["tweet", "sarcastic"], *rows])
    _table(folder / "task_A_En_test.csv", [["text", "sarcastic"], *rows])


def _vader(folder: Path) -> None:
    rating = {"positive": 3, "negative": -3, "neutral": 0}
    rows = [(n, rating[kind], text) for n, (kind, text) in enumerate(_texts(60))]
    for source in ("tweets", "amazonReviewSnippets", "nytEditorialSnippets"):
        part = rows if source == "tweets" else []
        _lines(folder / f"{source}_GroundTruth.txt", [f"{n}\t{mean}\t{text}" for n, mean, text in part])
        _lines(folder / f"{source}_anonDataRatings.txt", [f"{n}\t{mean}\t0.0\t[{mean}, {mean}]" for n, mean, _ in part])


def _mustard(path: Path) -> None:
    records = {
        f"1_{n}": {"utterance": text, "speaker": "ANN", "context": [], "context_speakers": [], "sarcasm": n % 2 == 0}
        for n, (_, text) in enumerate(_texts(12))
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records), encoding="utf-8")


def _table(path: Path, rows: list[list]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _lines(path: Path, lines) -> None:  # type: ignore[no-untyped-def]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
