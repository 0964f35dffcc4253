"""What each corpus is and where its publisher keeps it; ``fetch`` downloads, resumes and verifies.

Checksums are of the files as the readers want them. SST's are of the three files inside its archive: copies are in
circulation whose ``train.txt`` has the dev trees appended, which would train on what is to be measured.
"""

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import httpx
from tqdm import tqdm

from model.readers import CorpusError

CHUNK = 1 << 16  # bytes


class FetchError(CorpusError):
    """A corpus that cannot be had; the message is one sentence that says why and what to do."""

    def __init__(self, message: str) -> None:
        ValueError.__init__(self, message)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a corpus; ``member`` is its path where the address is that of an archive, zip or tar."""

    name: str
    url: str
    sha256: str
    member: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """``access`` says how to get a corpus that nobody may pass on; its ``files`` are then empty."""

    title: str
    licence: str
    files: tuple[File, ...] = ()
    access: str = ""


_MELD = "https://raw.githubusercontent.com/declare-lab/MELD/master/data"
_GOEMOTIONS = "https://raw.githubusercontent.com/google-research/google-research/master/goemotions/data"
_EMOBANK = "https://raw.githubusercontent.com/JULIELab/EmoBank/master/corpus"
_SST = "https://nlp.stanford.edu/sentiment/trainDevTestTrees_PTB.zip"
_MUSTARD = "https://raw.githubusercontent.com/soujanyaporia/MUStARD/master/data"
_VADER = "https://raw.githubusercontent.com/cjhutto/vaderSentiment/master/additional_resources/hutto_ICWSM_2014.tar.gz"
_ISARCASM = "https://raw.githubusercontent.com/iabufarha/iSarcasmEval/main"


def _files(base: str, checksums: Mapping[str, str]) -> tuple[File, ...]:
    return tuple(File(path.rsplit("/", 1)[-1], f"{base}/{path}", sha256) for path, sha256 in checksums.items())


CORPORA: dict[str, Corpus] = {
    "meld": Corpus(
        "MELD, Friends dialogues",
        "GPL-3.0",
        _files(
            f"{_MELD}/MELD",
            {
                "train_sent_emo.csv": "d2fa2d6529cf03cac2989efec05c9b27d8fd2f4c8fc5974c7ae88aa537fa02db",
                "dev_sent_emo.csv": "2e89c6f8aa182d6f62f8c6331aece905ac7273ca4999660bfb5213e1d0370c1c",
                "test_sent_emo.csv": "8d37103938f7067600839fe29d5a114a6cd1bcdafb75bec101e06464c5006888",
            },
        ),
    ),
    "meld_dyadic": Corpus(
        "MELD, two-speaker release",
        "GPL-3.0",
        _files(
            f"{_MELD}/MELD_Dyadic",
            {
                "train_sent_emo_dya.csv": "a505ee53749812c5b3357535a5813dc5deb679a9c6748c42b143cef6f2dadf2b",
                "dev_sent_emo_dya.csv": "e5d0fcba9110581a398d6bf020e35456f16c22032013338b619c05fe89495bcd",
                "test_sent_emo_dya.csv": "985cf2d7f07c704d606fc63c27807ccfb99faccea525fb0428b7dd2ad466fe18",
            },
        ),
    ),
    "goemotions": Corpus(
        "GoEmotions, Reddit comments",
        "Apache-2.0 (data CC-BY-4.0)",
        _files(
            _GOEMOTIONS,
            {
                "train.tsv": "1c254a142be5c00e80d819b9ae1bbd36d94b2eeb8f4b1271846508d57e57d9c5",
                "dev.tsv": "575489c079c9de1097062a01738f998590d6b7ead66dd1c9fd1d2ba01fd8bc62",
                "test.tsv": "0587b2dd8b27b97352adbfc3fb083d46005c8946657fdc2b1ca8b1cc7f1f8be4",
                "emotions.txt": "45c3ef86782d2a4d7fedcd6d8c111aa0d0e94720689bd164fac94fefb4495a89",
            },
        ),
    ),
    "emobank": Corpus(
        "EmoBank",
        "CC-BY-SA-4.0",
        _files(_EMOBANK, {"emobank.csv": "1ade4a4a453e880c0f39d0536d2b355e8a716e0cf88236c64cdb4d438cf9605b"}),
    ),
    "sst": Corpus(
        "Stanford Sentiment Treebank, movie reviews",
        "none stated; research use",
        tuple(
            File(f"{split}.txt", _SST, sha256, f"trees/{split}.txt")
            for split, sha256 in {
                "train": "e2f3f41b0b1e6d4dddc0effe3bfc2d27ed8928079aa9a03d652311614fc5feb7",
                "dev": "0e9336aed6e4730e19f58d00a77b3f0297efdb755f7b5e598c98a05e3f97ea40",
                "test": "6e54806dee95cf80cd918e7dfb3f6770f6df24bf826f289a4d1f709e1c8f6761",
            }.items()
        ),
    ),
    "mustard": Corpus(
        "MUStARD, sitcom utterances",
        "MIT",
        _files(_MUSTARD, {"sarcasm_data.json": "ec9533032c5f143f197cb5fa5d4b29ab9bf56a20b0dc05d5b31d052f5957d39c"}),
    ),
    "isarcasm": Corpus(
        "iSarcasmEval, English, task A",
        "MIT",
        _files(
            _ISARCASM,
            {
                "train/train.En.csv": "fde737b69caffbcf81ebe79858ad16ac21881573c308343cd5219c4f7a800ae7",
                "test/task_A_En_test.csv": "0ea25619ca3358ecc8440daac1b9bba4d18455bf5b76d874d8dd6a959e72fc49",
            },
        ),
    ),
    "vader": Corpus(
        "VADER's tweets, product reviews and editorials, rated by many",
        "MIT",
        tuple(
            File(name, _VADER, sha256, f"hutto_ICWSM_2014/{name}")
            for name, sha256 in {
                "tweets_GroundTruth.txt": "dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f",
                "tweets_anonDataRatings.txt": "390d6f8f1b5c7e6f9f94ad7fea1e461ed718312d1856ae71c5812ab8ae943fa6",
                "amazonReviewSnippets_GroundTruth.txt": "11a9807a0974a2506a2d3b4851eaf69b3d6d20688ce4923adda2312a4f6dd6c2",
                "amazonReviewSnippets_anonDataRatings.txt": "d7d909adab91e0b4d5084251fc825f15baff66277c52eaa705b40fc464fa274b",
                "nytEditorialSnippets_GroundTruth.txt": "7d8fbcce7dde5d716da53e78f4ef4be6b706e9ef1e1d51887e6d0ad4b69cc27e",
                "nytEditorialSnippets_anonDataRatings.txt": "803c87c5bb529334bb5ed5fca244aa935e5f342bc0a930d91a0f22e978ee39f2",
            }.items()
        ),
    ),
    "iemocap": Corpus(
        "IEMOCAP, acted sessions of two speakers",
        "licence agreement with the SAIL laboratory, University of Southern California",
        access="ask for it with the release form at https://sail.usc.edu/iemocap/iemocap_release.htm, "
        "then put the folder IEMOCAP_full_release into the folder iemocap",
    ),
    "emofilm": Corpus(
        "EmoFilm, utterances cut from films",
        "access agreement; an audio corpus",
        access="request access at https://zenodo.org/records/1326428, then put transcripts with their labels "
        "as a CSV file into the folder emofilm",
    ),
    "pie": Corpus(
        "PIE",
        "unknown",
        access="no public corpus of this name can be identified; put your own copy as a CSV or JSONL file "
        "into the folder pie",
    ),
}


def fetch(
    names: Iterable[str], to: Path, *, progress: bool = False, known: Mapping[str, Corpus] = CORPORA
) -> list[Path]:
    """Every file of the named corpora under ``to``/NAME. Returns their paths.

    What is there and verified is skipped; a download that was cut off is taken up where it stopped. Nothing stands
    under its final name before its sha256 is right. Raises FetchError, before any download for a name that has none.
    """
    corpora = {name: _obtainable(name, known) for name in names}
    headers = {"Accept-Encoding": "identity"}  # a range of a compressed answer could not be appended
    with httpx.Client(follow_redirects=True, timeout=30, headers=headers) as client:
        for name, corpus in corpora.items():
            try:
                _obtain(client, corpus, to / name, progress)
            except OSError as error:
                raise FetchError(
                    f"{error.filename or to} cannot be written ({error.strerror}); choose another folder."
                ) from None
    return [to / name / file.name for name, corpus in corpora.items() for file in corpus.files]


def _obtainable(name: str, known: Mapping[str, Corpus]) -> Corpus:
    if name not in known:
        raise FetchError(f"There is no corpus {name!r}; known are: {', '.join(known)}.")
    if known[name].access:
        raise FetchError(f"{name} cannot be fetched ({known[name].licence}): {known[name].access}.")
    return known[name]


def _obtain(client: httpx.Client, corpus: Corpus, folder: Path, progress: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lacking = [file for file in corpus.files if not _verified(folder / file.name, file)]
    for url, files in groupby(lacking, key=lambda file: file.url):
        part = folder / f"{url.rsplit('/', 1)[-1]}.part"
        _download(client, url, part, progress)
        for file in files:
            whole = _extracted(part, file) if file.member else part
            if not _verified(whole, file):
                whole.unlink()
                part.unlink(missing_ok=True)
                raise FetchError(
                    f"{url} does not hold the {file.name} whose sha256 is known; it was removed, so try again later."
                )
            whole.replace(folder / file.name)
        part.unlink(missing_ok=True)


def _verified(path: Path, file: File) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _extracted(archive: Path, file: File) -> Path:
    """The member beside its archive, empty where the archive does not hold it."""
    whole = archive.with_name(f"{file.name}.part")
    try:
        whole.write_bytes(_member(archive, file.member))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, KeyError):
        whole.write_bytes(b"")
    return whole


def _member(archive: Path, name: str) -> bytes:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as members:
            return members.read(name)
    with tarfile.open(archive) as files:
        member = files.extractfile(name)
        return member.read() if member else b""


def _download(client: httpx.Client, url: str, part: Path, progress: bool) -> None:
    """Append to ``part`` what it lacks. Raises FetchError."""
    have = part.stat().st_size if part.exists() else 0
    try:
        with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # nothing is lacking
            response.raise_for_status()
            _write(response, part, have if response.status_code == httpx.codes.PARTIAL_CONTENT else 0, progress)
    except httpx.HTTPStatusError as error:
        raise FetchError(f"{url} cannot be had (HTTP status {error.response.status_code}); try again later.") from None
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise FetchError(f"{url} could not be downloaded ({reason}); run the same command again to resume.") from None


def _write(response: httpx.Response, part: Path, have: int, progress: bool) -> None:
    size = have + int(response.headers.get("Content-Length", 0)) or None
    with (
        part.open("ab" if have else "wb") as stream,
        tqdm(desc=part.stem, total=size, initial=have, unit="B", unit_scale=True, disable=not progress) as bar,
    ):
        for chunk in response.iter_raw(CHUNK):
            stream.write(chunk)
            bar.update(len(chunk))
