"""IEMOCAP (Busso et al. 2008): acted sessions of two speakers, in the folder layout of the release itself.

Read are ``Session*/dialog/transcriptions/*.txt`` and ``Session*/dialog/EmoEvaluation/*.txt``. Sessions 1 to 3 train,
4 is dev and 5 is test: the common protocol that leaves the last pair of actors out. As in the common set-ups of four
and six classes, excitement counts as joy and frustration as anger; where annotators agreed on no emotion (``xxx``) or
on another one (``oth``) only the scores are known.
"""

import re
from pathlib import Path

import numpy as np

from model.labels import POLARITIES, POLARITY_OF_EMOTION, one_hot
from model.readers.base import CorpusError, Example, Turn, number, one_of, text_lines

RELEASE = "IEMOCAP_full_release"
SESSIONS = {"train": (1, 2, 3), "dev": (4,), "test": (5,)}
EMOTION_OF_CODE = {
    "ang": "anger",
    "fru": "anger",
    "dis": "disgust",
    "fea": "fear",
    "hap": "joy",
    "exc": "joy",
    "neu": "neutral",
    "sad": "sadness",
    "sur": "surprise",
    "oth": "",
    "xxx": "",
}
SCORES = ("valence", "arousal", "dominance")  # the release calls arousal activation
_TURN = re.compile(r"((Ses\d\d)\w*_([FM])\w*) \[[\d.]+-[\d.]+\]:(.*)")
_RATING = re.compile(r"\[[\d.]+ - [\d.]+\]\t(\w+)\t(\w+)\t\[([\d.]+), ([\d.]+), ([\d.]+)\]\s*")

Targets = dict[str, np.ndarray | float]


def read(folder: Path, split: str) -> list[Example]:
    """Rated utterances of a split, each with the earlier turns of its dialogue. Raises CorpusError.

    ``folder`` is the release or the folder that holds it.
    """
    release = folder / RELEASE if (folder / RELEASE).is_dir() else folder
    examples = []
    for session in SESSIONS[split]:
        dialog = release / f"Session{session}" / "dialog"
        for transcript in _text_files(dialog / "transcriptions"):
            ratings = _ratings(dialog / "EmoEvaluation" / transcript.name)
            examples += _dialogue(transcript, ratings, split)
    return examples


def _text_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CorpusError(folder, None, "this folder of the IEMOCAP release to exist")
    return sorted(path for path in folder.glob("*.txt") if not path.name.startswith("."))


def _dialogue(path: Path, ratings: dict[str, Targets], split: str) -> list[Example]:
    """Lines that belong to no utterance are passed over."""
    examples: list[Example] = []
    turns: list[Turn] = []
    for line, content in text_lines(path):
        if content.startswith("Ses"):
            match = _TURN.fullmatch(content)
            if not match:
                raise CorpusError(path, line, f"'UTTERANCE [START-END]: TEXT', found {content[:40]!r}")
            name, session, sex, text = match.groups()
            turn = Turn(f"{session}_{sex}", text.strip())
            if name in ratings:
                context = tuple(turns)
                examples.append(
                    Example("iemocap", split, name, turn.text, ratings[name], turn.speaker, context=context)
                )
            turns.append(turn)
    return examples


def _ratings(path: Path) -> dict[str, Targets]:
    """Targets by utterance, from the summary line above each block of single ratings."""
    ratings = {}
    for line, content in text_lines(path):
        if content.startswith("["):
            match = _RATING.fullmatch(content)
            if not match:
                raise CorpusError(path, line, f"'[START - END] UTTERANCE EMOTION [V, A, D]', found {content[:40]!r}")
            name, code, *scores = match.groups()
            ratings[name] = _targets(path, line, code, scores)
    return ratings


def _targets(path: Path, line: int, code: str, scores: list[str]) -> Targets:
    """A few of the release's means lie up to half a point outside 1 to 5; they are taken as the nearest end."""
    emotion = EMOTION_OF_CODE[one_of(path, line, "emotion", code, tuple(EMOTION_OF_CODE))]
    targets: Targets = {
        name: min(max(number(path, line, name, score, 0.5, 5.5), 1.0), 5.0)
        for name, score in zip(SCORES, scores, strict=True)
    }
    if emotion:
        targets["emotion7"] = one_hot("emotion7", emotion)
        if 1.0 in POLARITY_OF_EMOTION[emotion]:
            polarity = POLARITIES[POLARITY_OF_EMOTION[emotion].index(1.0)]
            targets["sentiment3"] = one_hot("sentiment3", polarity)
    return targets
