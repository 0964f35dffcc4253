"""Fetching from a server of our own on the loopback address, which can break off half-way."""

import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from model.corpora import CORPORA, Corpus, FetchError, File, fetch
from model.readers import READERS, SHIPPED, CorpusError

CONTENT = bytes(range(256)) * 2000


@dataclass
class Server:
    """What is served, after how many bytes an answer breaks off, and the ranges that were asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cut: int | None = None
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def corpus(self, *names: str) -> dict[str, Corpus]:
        """The corpus ``tiny`` made of files, with checksums of what is served now."""
        files = [File(name, f"{self.url}/{name}", sha256(self.files[f"/{name}"])) for name in names]
        return {"tiny": Corpus("Tiny", "MIT", tuple(files))}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            state.asked.append((self.path, wanted))
            content = state.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = int(re.findall(r"\d+", wanted)[0]) if wanted and state.ranges else 0
            if start and start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start:][: state.cut])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        state.url = f"http://127.0.0.1:{httpd.server_port}"
        yield state
        httpd.shutdown()


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_files_are_put_in_place_and_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    server.files = {"/a.csv": b"text\n", "/b.csv": CONTENT}
    known = server.corpus("a.csv", "b.csv")
    assert fetch(["tiny"], tmp_path, known=known) == [tmp_path / "tiny" / "a.csv", tmp_path / "tiny" / "b.csv"]
    assert (tmp_path / "tiny" / "b.csv").read_bytes() == CONTENT
    assert files_in(tmp_path) == {"a.csv", "b.csv"}
    fetch(["tiny"], tmp_path, known=known)
    assert server.asked == [("/a.csv", None), ("/b.csv", None)]


def test_a_download_that_broke_off_is_taken_up_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.files, server.cut = {"/a.bin": CONTENT}, 300_000
    known = server.corpus("a.bin")
    with pytest.raises(
        FetchError, match=r"/a\.bin could not be downloaded \(.+\); run the same command again to resume\.$"
    ):
        fetch(["tiny"], tmp_path, known=known)
    assert files_in(tmp_path) == {"a.bin.part"}
    have = (tmp_path / "tiny" / "a.bin.part").stat().st_size
    assert 0 < have <= 300_000
    server.cut = None
    fetch(["tiny"], tmp_path, known=known)
    assert (tmp_path / "tiny" / "a.bin").read_bytes() == CONTENT
    assert server.asked == [("/a.bin", None), ("/a.bin", f"bytes={have}-")]


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.files, server.cut, server.ranges = {"/a.bin": CONTENT}, 300_000, False
    known = server.corpus("a.bin")
    with pytest.raises(FetchError):
        fetch(["tiny"], tmp_path, known=known)
    server.cut = None
    fetch(["tiny"], tmp_path, known=known)
    assert (tmp_path / "tiny" / "a.bin").read_bytes() == CONTENT


def test_a_whole_part_is_only_verified(server: Server, tmp_path: Path) -> None:
    server.files = {"/a.bin": CONTENT}
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "a.bin.part").write_bytes(CONTENT)
    fetch(["tiny"], tmp_path, known=server.corpus("a.bin"))
    assert (tmp_path / "tiny" / "a.bin").read_bytes() == CONTENT


def test_another_file_than_expected_is_removed(server: Server, tmp_path: Path) -> None:
    server.files = {"/a.bin": CONTENT}
    known = server.corpus("a.bin")
    server.files = {"/a.bin": CONTENT + b"more"}
    with pytest.raises(FetchError) as refused:
        fetch(["tiny"], tmp_path, known=known)
    expected = "does not hold the a.bin whose sha256 is known; it was removed, so try again later."
    assert str(refused.value) == f"{server.url}/a.bin {expected}"
    assert files_in(tmp_path) == set()


def test_a_damaged_file_is_replaced(server: Server, tmp_path: Path) -> None:
    server.files = {"/a.bin": CONTENT}
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "a.bin").write_bytes(CONTENT[:-1])
    fetch(["tiny"], tmp_path, known=server.corpus("a.bin"))
    assert (tmp_path / "tiny" / "a.bin").read_bytes() == CONTENT


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        for name, content in members.items():
            whole.writestr(f"trees/{name}.txt", content)
    return buffer.getvalue()


def tarred(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as whole:
        for name, content in members.items():
            member = tarfile.TarInfo(f"trees/{name}.txt")
            member.size = len(content)
            whole.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def trees(server: Server, **checksums: str) -> dict[str, Corpus]:
    files = [File(f"{name}.txt", f"{server.url}/t.zip", sha, f"trees/{name}.txt") for name, sha in checksums.items()]
    return {"tiny": Corpus("Tiny", "MIT", tuple(files))}


@pytest.mark.parametrize("pack", [archive, tarred])
def test_members_of_one_archive_are_downloaded_once(server: Server, tmp_path: Path, pack: Callable[..., bytes]) -> None:
    server.files = {"/t.zip": pack(train=b"(2 a)\n", dev=b"(3 b)\n", other=CONTENT)}
    known = trees(server, train=sha256(b"(2 a)\n"), dev=sha256(b"(3 b)\n"))
    fetch(["tiny"], tmp_path, known=known)
    assert (tmp_path / "tiny" / "dev.txt").read_bytes() == b"(3 b)\n"
    assert files_in(tmp_path) == {"train.txt", "dev.txt"}
    assert server.asked == [("/t.zip", None)]


OTHERS = ({"train": b"(2 a)\n(3 b)\n"}, {"test": b"(2 a)\n"})


@pytest.mark.parametrize(
    "content",
    [
        *(pack(**members) for pack in (archive, tarred) for members in OTHERS),
        tarred(train=CONTENT)[:-40],
        b"no archive",
    ],
)
def test_an_archive_with_another_member_is_removed(server: Server, tmp_path: Path, content: bytes) -> None:
    server.files = {"/t.zip": content}
    with pytest.raises(FetchError, match=r"/t\.zip does not hold the train\.txt whose sha256 is known; it was removed"):
        fetch(["tiny"], tmp_path, known=trees(server, train=sha256(b"(2 a)\n")))
    assert files_in(tmp_path) == set()


def test_a_missing_address_and_a_silent_server_are_told_apart(server: Server, tmp_path: Path) -> None:
    known = {"tiny": Corpus("Tiny", "MIT", (File("a.bin", f"{server.url}/a.bin", ""),))}
    with pytest.raises(FetchError) as refused:
        fetch(["tiny"], tmp_path, known=known)
    assert str(refused.value) == f"{server.url}/a.bin cannot be had (HTTP status 404); try again later."
    known = {"tiny": Corpus("Tiny", "MIT", (File("a.bin", "http://127.0.0.1:1/a.bin", ""),))}
    with pytest.raises(
        FetchError, match=r"^http://127\.0\.0\.1:1/a\.bin could not be downloaded \(.+\); run the same command again to"
    ):
        fetch(["tiny"], tmp_path, known=known)


def test_progress_is_shown_where_it_is_asked_for(server: Server, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    server.files = {"/a.bin": CONTENT}
    fetch(["tiny"], tmp_path / "quiet", known=server.corpus("a.bin"))
    assert capsys.readouterr().err == ""
    fetch(["tiny"], tmp_path, progress=True, known=server.corpus("a.bin"))
    assert re.search(r"a\.bin: 100%.*512k/512k", capsys.readouterr().err)


def test_a_folder_that_cannot_be_written_is_named(server: Server, tmp_path: Path) -> None:
    server.files = {"/a.bin": CONTENT}
    (tmp_path / "tiny").write_text("a file where the folder should be")
    with pytest.raises(FetchError) as refused:
        fetch(["tiny"], tmp_path, known=server.corpus("a.bin"))
    assert str(refused.value) == f"{tmp_path / 'tiny'} cannot be written (File exists); choose another folder."


def test_unknown_and_licensed_corpora_are_refused_before_any_download(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as refused:
        fetch(["meld", "friends"], tmp_path)
    assert str(refused.value) == (
        "There is no corpus 'friends'; known are: "
        "meld, meld_dyadic, goemotions, emobank, sst, mustard, isarcasm, vader, iemocap, emofilm, pie."
    )
    with pytest.raises(FetchError) as refused:
        fetch(["meld", "iemocap"], tmp_path)
    assert str(refused.value) == (
        "iemocap cannot be fetched (licence agreement with the SAIL laboratory, University of Southern California): "
        "ask for it with the release form at https://sail.usc.edu/iemocap/iemocap_release.htm, "
        "then put the folder IEMOCAP_full_release into the folder iemocap."
    )
    assert files_in(tmp_path) == set()


@pytest.mark.parametrize("name", CORPORA)
def test_every_corpus_can_be_fetched_or_says_how_to_get_it(name: str) -> None:
    corpus = CORPORA[name]
    assert bool(corpus.files) != bool(corpus.access)
    assert corpus.title
    assert corpus.licence
    for file in corpus.files:
        assert file.url.startswith("https://")
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert (file.member or file.url).endswith(f"/{file.name}")


def test_every_reader_has_its_corpus() -> None:
    assert set(READERS) - set(SHIPPED) <= set(CORPORA)
