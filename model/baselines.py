"""What the release is compared with, trained here on the same rows: a lexicon, TF-IDF with linear models, word
embeddings with a CNN and with an LSTM, a frozen encoder under linear heads, and fine-tuning, one corpus at a time or
jointly, with each large corpus left out in turn: the article's claims, each as a row.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from torch import Tensor, nn
from tqdm import tqdm
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from model import readers
from model.calibration import best_thresholds
from model.crossfit import cross_fit
from model.evaluation import PLAIN, evaluate
from model.heads import Thresholds, sigmoid, softmax
from model.labels import SCORE_SCALE, TASKS, WIDTH, target_row
from model.mixture import batches
from model.network import task_losses
from model.readers import Example
from model.text import normalise

CORPORA = ("meld", "goemotions", "sst", "emobank", "isarcasm", "everyday")  # whose train rows they learn
LEFT_OUT = ("meld", "goemotions", "sst")  # each in turn, to see how far the others carry
SEED = 17
NEUTRAL = 0.05  # VADER's own bound of a neutral compound score
WORDS = 20_000
EMBEDDING = 100
EPOCHS = 2
BATCH = 64
LONGEST = 64  # words
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[^\sa-z\d]")

Outputs = Callable[[Sequence[Example]], np.ndarray]
Represent = Callable[[Sequence[str]], np.ndarray | csr_matrix]


class Baseline:
    """A ``Subject`` that reads each text alone: ``outputs`` of texts, ``represent`` for corpora without splits."""

    def __init__(self, outputs: Outputs, represent: Represent | None = None) -> None:
        self.outputs, self.represent, self.thresholds = outputs, represent, Thresholds.even()

    def tuned(self, dev: Sequence[Example]) -> "Baseline":
        """With thresholds that dev prefers."""
        if dev:
            outputs = self.outputs(dev)
            if not np.isnan(outputs[:, TASKS["labels28"].columns]).any():
                self.thresholds = best_thresholds(outputs, targets_of(dev), self.thresholds)
        return self

    def answers(self, examples: Sequence[Example]) -> Mapping[str, np.ndarray]:
        return {PLAIN: self.outputs(examples)}

    def cross_fitted(self, examples: Sequence[Example]) -> Mapping[str, np.ndarray]:
        if self.represent is None:
            return {}
        rows = self.represent([example.text for example in examples])
        inputs = rows if isinstance(rows, np.ndarray) else rotated(rows)
        return {PLAIN: cross_fit(inputs, [example.speaker for example in examples], targets_of(examples))}


def compare(data: Path, corpora: Iterable[str], encoder: str | None, say: Callable[[str], None]) -> list[dict]:
    """Rows of ``evaluate --json`` for every baseline; those that need a pretrained encoder only where one is named."""
    known = [corpus for corpus in CORPORA if corpus in readers.present(data)]
    train = [e for corpus in known for e in readers.read_training(data, corpus)]
    dev = [e for corpus in known for e in readers.read(data, corpus, "dev") if e.text.strip()]
    builders: dict[str, Callable[[], Baseline]] = {
        "lexicon": lexicon,
        "tfidf+linear": partial(tfidf, train),
        "embeddings+cnn": partial(neural, Cnn, train),
        "embeddings+lstm": partial(neural, Lstm, train),
    }
    if encoder:
        from model.fine_tuning import fine_tuned, frozen

        builders["frozen encoder+linear"] = partial(frozen, encoder, train)
        builders["fine-tuned, one corpus each"] = partial(fine_tuned, encoder, data, [[corpus] for corpus in known])
        builders["fine-tuned jointly"] = partial(fine_tuned, encoder, data, [known])
        for out in LEFT_OUT:
            rest = [corpus for corpus in known if corpus != out]
            builders[f"fine-tuned without {out}"] = partial(fine_tuned, encoder, data, [rest])
    corpora = [*corpora]
    rows = []
    for name, build in builders.items():
        say(f"Training and measuring {name} …")
        rows += [row | {"model": name} for row in evaluate(build().tuned(dev), data, corpora)]
    return rows


def rotated(rows: csr_matrix) -> np.ndarray:
    """As many columns as rows (rows, rows), with the products of the rows as they were: all that a regression under an
    L2 penalty reads of them, in a fraction of the time where columns are words.
    """
    values, vectors = np.linalg.eigh((rows @ rows.T).toarray())
    return vectors * np.sqrt(values.clip(0))


def targets_of(examples: Sequence[Example]) -> np.ndarray:
    return np.stack([target_row(example.targets) for example in examples])


def lexicon() -> Baseline:
    """VADER (Hutto and Gilbert 2014): its compound score, -1 to 1, read as polarity, review, class and valence."""
    analyser = SentimentIntensityAnalyzer()

    def outputs(examples: Sequence[Example]) -> np.ndarray:
        compound = np.array([analyser.polarity_scores(e.text)["compound"] for e in examples], np.float32)
        rows = np.full((len(examples), WIDTH), np.nan, np.float32)
        sides = np.stack([-compound, np.full_like(compound, NEUTRAL), compound], 1)
        rows[:, TASKS["sentiment3"].columns] = softmax(8 * sides)
        centres = np.linspace(-0.8, 0.8, len(TASKS["sst5"].classes))
        rows[:, TASKS["sst5"].columns] = softmax(-20 * (compound[:, None] - centres) ** 2)
        rows[:, TASKS["review"].columns] = (compound[:, None] + 1) / 2
        rows[:, TASKS["valence"].columns] = 3 + 2 * compound[:, None]
        return rows

    return Baseline(outputs)


def tfidf(train: Sequence[Example]) -> Baseline:
    """Words and pairs of words under logistic and ridge regressions, one for each task."""
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode")
    x = vectoriser.fit_transform([example.text for example in train])
    targets = targets_of(train)
    fitted = {}
    for task in TASKS.values():
        part = targets[:, task.columns]
        known = ~np.isnan(part).any(1)
        if task.kind == "score":
            fitted[task.name] = Ridge(1.0).fit(x[known], part[known, 0])
        elif task.kind == "multilabel":
            model = OneVsRestClassifier(LogisticRegression(C=3.0, max_iter=500))
            fitted[task.name] = model.fit(x[known], (part[known] > 0.5).astype(int))
        else:
            fitted[task.name] = LogisticRegression(C=3.0, max_iter=500).fit(x[known], part[known].argmax(1))

    def outputs(examples: Sequence[Example]) -> np.ndarray:
        seen = vectoriser.transform([example.text for example in examples])
        rows = np.full((len(examples), WIDTH), np.nan, np.float32)
        for name, model in fitted.items():
            part = rows[:, TASKS[name].columns]
            if TASKS[name].kind == "score":
                part[:, 0] = model.predict(seen)
            else:
                part[:] = 0  # of a class that no row of the corpora bears
                part[:, model.classes_] = model.predict_proba(seen)
        return rows

    return Baseline(outputs, vectoriser.transform)


class Cnn(nn.Module):
    """Convolutions over word embeddings, each filter's maximum (Kim 2014)."""

    def __init__(self, filters: int = 100, widths: tuple[int, ...] = (3, 4, 5)) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, EMBEDDING, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(EMBEDDING, filters, width, padding=width - 1) for width in widths)
        self.output = nn.Sequential(nn.Dropout(0.5), nn.Linear(filters * len(widths), WIDTH))

    def forward(self, ids: Tensor) -> Tensor:
        """ids (batch, words) → outputs (batch, WIDTH)"""
        embedded = self.embed(ids).transpose(1, 2)
        return self.output(torch.cat([torch.relu(c(embedded)).amax(-1) for c in self.convolutions], 1))


class Lstm(nn.Module):
    """A bidirectional LSTM over word embeddings, the maximum of its states."""

    def __init__(self, units: int = 128) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, EMBEDDING, padding_idx=0)
        self.lstm = nn.LSTM(EMBEDDING, units, batch_first=True, bidirectional=True)
        self.output = nn.Sequential(nn.Dropout(0.5), nn.Linear(2 * units, WIDTH))

    def forward(self, ids: Tensor) -> Tensor:
        """ids (batch, words) → outputs (batch, WIDTH)"""
        states = self.lstm(self.embed(ids))[0].masked_fill((ids == 0)[..., None], -1e4)
        return self.output(states.amax(1))


def neural(kind: type[nn.Module], train: Sequence[Example]) -> Baseline:
    """Embeddings and network trained together on all tasks, from nothing but these rows."""
    torch.manual_seed(SEED)
    counts = Counter(word for example in train for word in set(words(example.text)))
    vocabulary = {word: n for n, (word, _) in enumerate(counts.most_common(WORDS - 2), 2)}
    rows, targets = [_ids(example.text, vocabulary) for example in train], targets_of(train)
    network = kind()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    rng, weights = np.random.default_rng(SEED), torch.ones(1, WIDTH)
    network.train()
    for _ in range(EPOCHS):
        for batch in tqdm(batches([*map(len, rows)], BATCH, rng), desc=kind.__name__, mininterval=5):
            answers = network(_padded([rows[n] for n in batch]))
            known = torch.from_numpy(targets[batch])
            torch.stack([*task_losses(answers, known, weights.expand_as(known)).values()]).sum().backward()
            optimiser.step()
            optimiser.zero_grad()
    network.eval()

    def outputs(examples: Sequence[Example]) -> np.ndarray:
        return answered(lambda block: network(_padded([_ids(e.text, vocabulary) for e in block])), examples)

    return Baseline(outputs)


@torch.no_grad()
def answered(network: Callable[[Sequence[Example]], Tensor], examples: Sequence[Example]) -> np.ndarray:
    """Answers (rows, WIDTH), asked in blocks of texts of similar length."""
    rows = np.empty((len(examples), WIDTH), np.float32)
    order = np.argsort([len(example.text) for example in examples], kind="stable")
    for block in np.array_split(order, len(order) // BATCH + 1):
        rows[block] = network([examples[n] for n in block]).float().numpy()
    return activated(rows)


def words(text: str) -> list[str]:
    return _WORD.findall(normalise(text).lower())[:LONGEST]


def _ids(text: str, vocabulary: Mapping[str, int]) -> list[int]:
    return [vocabulary.get(word, 1) for word in words(text)] or [1]


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


def activated(outputs: np.ndarray) -> np.ndarray:
    """A network's outputs (rows, WIDTH) as probabilities and scores in their own units."""
    rows = outputs.copy()
    for task in TASKS.values():
        part = outputs[:, task.columns]
        if task.kind == "score":
            mean, deviation = SCORE_SCALE[task.name]
            rows[:, task.columns] = mean + deviation * part
        else:
            rows[:, task.columns] = softmax(part) if task.kind == "categorical" else sigmoid(part)
    return rows
