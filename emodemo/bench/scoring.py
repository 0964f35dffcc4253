"""Scoring in process: bulk, against the machine, and one sentence at a time."""

from collections.abc import Callable, Collection
from itertools import chain

from tokenizers import Tokenizer

from emodemo import analysis
from emodemo.bench import samples
from emodemo.bench.rows import Row, row
from emodemo.bench.timing import Side, interleaved, middle, paced, percentile, seconds, spread
from emodemo.bench.workbench import Workbench
from model.text import normalise

ROUNDS = 3
PEER_SECONDS = 3.0  # a round
PEER_BLOCK = 160  # texts, five of its batches
SINGLES = 200  # sentences a round
SINGLE_ROUNDS = 5
SINGLE_PEERS = 50
CEILING_SECONDS = 1.5
DEPTHS = {768: 12, 384: 6}  # layers of the shipped shapes, by width
PEERS = {"bulk": "distilroberta-base", "bulk_roberta": "roberta-base"}
GOALS = {"bulk": 8.0, "bulk_roberta": 16.0}
ROOFLINE_GOAL = 0.7
SINGLE_GOAL, TAIL_GOAL = 8.0, 2.0
TERA = 1e12

Rounds = list[list[float]]


def bulk(bench: Workbench, wanted: Collection[str]) -> list[Row]:
    """Rows ``bulk``, ``bulk_roberta`` and ``roofline``, in turn with their peers."""
    sides = {name: _peer(bench, name) for name in wanted}
    ours, *theirs = interleaved([lambda n: bulk_rate(bench, n), *sides.values()], bench.times(ROUNDS))
    peers = dict(zip(sides, theirs, strict=True))
    return [
        _roofline(bench, ours, peers[name]) if name == "roofline" else _bulk(bench, name, ours, peers[name])
        for name in wanted
    ]


def bulk_rate(bench: Workbench, number: int) -> float:
    """Sentences a second over all texts, each turned so that no cache knows it."""
    texts = samples.turned(bench.texts, number)
    return len(texts) / seconds(lambda: [sentence.row() for sentence in analysis.analyze_lines(bench.predictor, texts)])


def _peer(bench: Workbench, name: str) -> Side:
    from model.pipelines import BATCH, bf16_ceiling, classifier  # torch: rows without it start sooner

    if name == "roofline":
        width = bench.predictor.encoder.width
        return lambda _: bf16_ceiling(width, CEILING_SECONDS * bench.scale)
    answer = classifier(PEERS[name], bench.release.folder / "tokenizer.json")
    answer(bench.texts[:BATCH])
    return paced(answer, bench.texts, PEER_BLOCK, PEER_SECONDS * bench.scale)


def _bulk(bench: Workbench, name: str, ours: list[float], theirs: list[float]) -> Row:
    ratio = middle(ours) / middle(theirs)
    return row(
        name, middle(ours), peer=(f"{PEERS[name]} pipeline", middle(theirs)), ratio=ratio, met=ratio >= GOALS[name],
        spread=spread(ours),
        note=f"{bench.described}; the pipeline, fp32 in batches of 32 with random weights and the release's "
        f"tokenizer, reads them in order for {PEER_SECONDS:g} s a round",
    )  # fmt: skip


def _roofline(bench: Workbench, ours: list[float], theirs: list[float]) -> Row:
    width, tokens = bench.predictor.encoder.width, real_tokens(bench)
    parameters = 12 * width * width * DEPTHS[width]
    work = [rate * tokens * 2 * parameters / TERA for rate in ours]
    ceiling = max(theirs) / TERA
    ratio = middle(work) / ceiling
    return row(
        "roofline", middle(work), peer=("bf16 matrix products", ceiling), ratio=ratio, met=ratio >= ROOFLINE_GOAL,
        spread=spread(work),
        note=f"2 × {parameters / 1e6:.1f} M parameters of the layers × {tokens:.1f} tokens a sentence",
    )  # fmt: skip


def real_tokens(bench: Workbench) -> float:
    """Tokens of a text on average, without padding."""
    tokenizer = Tokenizer.from_file(str(bench.release.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(bench.release.manifest["max_tokens"])
    encoded = tokenizer.encode_batch([normalise(text) for text in bench.texts])
    return sum(len(encoding.ids) for encoding in encoded) / len(encoded)


def single(bench: Workbench, wanted: Collection[str]) -> list[Row]:
    """Rows ``single`` and ``single_p99``: each sentence timed by itself, both sides in turns of many."""
    from model.pipelines import classifier

    answer = classifier(PEERS["bulk"], bench.release.folder / "tokenizer.json")
    answer(bench.texts[:1])
    ours, theirs = [], []
    for number in range(bench.times(SINGLE_ROUNDS)):
        texts = samples.turned(bench.texts[number::SINGLE_ROUNDS], number)
        ours.append([_milliseconds(bench.predictor.predict, text) for text in texts[: bench.times(SINGLES)]])
        theirs.append([_milliseconds(answer, text) for text in texts[: bench.times(SINGLE_PEERS)]])
    rows = {"single": _half(ours, theirs), "single_p99": _tail(ours, theirs)}
    return [rows[name] for name in wanted]


def _milliseconds(answer: Callable[[list[str]], object], text: str) -> float:
    return 1e3 * seconds(lambda: answer([text]))


def _half(ours: Rounds, theirs: Rounds) -> Row:
    own, peers = (percentile(list(chain(*rounds)), 50) for rounds in (ours, theirs))
    counts = [sum(map(len, rounds)) for rounds in (ours, theirs)]
    return row(
        "single", own, peer=(f"{PEERS['bulk']} pipeline", peers), ratio=peers / own, met=peers / own >= SINGLE_GOAL,
        spread=spread([percentile(times, 50) for times in ours]),
        note=f"{counts[0]:,} sentences, of which the pipeline reads {counts[1]:,}",
    )  # fmt: skip


def _tail(ours: Rounds, theirs: Rounds) -> Row:
    own, peers = (percentile(list(chain(*rounds)), 99) for rounds in (ours, theirs))
    share = own / percentile(list(chain(*ours)), 50)
    return row(
        "single_p99", own, peer=(f"{PEERS['bulk']} pipeline", peers), ratio=peers / own, met=share <= TAIL_GOAL,
        spread=spread([percentile(times, 99) for times in ours]), note=f"{share:.1f} × the p50",
    )  # fmt: skip
