"""Whether a folder can be pushed as a Gradio Space: ``python -m emodemo.space [--start] [FOLDER]``."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import httpx
import typer
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from emodemo.errors import UserError

PLAIN = 10_000_000  # bytes of the largest file that Hugging Face takes without Git LFS
BINARY = 8000  # bytes in which Git, too, looks for a zero; Hugging Face takes no such file without LFS
FILE, RELEASE = 95_000_000, 140_000_000  # bytes; what plain Git hosts take, and what a weak machine loads
PATIENCE = 180  # seconds; a crowded machine starts slowly
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def faults(folder: Path) -> list[str]:
    """What keeps the folder from being a Space, a sentence each; LFS left out. Raises UserError where it is none."""
    header, wanted = front_matter(folder), requirements(folder)
    return [*_header(folder, header, wanted), *_installed(wanted), *_sizes(folder)]


def front_matter(folder: Path) -> dict[str, Any]:
    """The YAML between two lines of dashes at the head of README.md. Raises UserError."""
    file = folder / "README.md"
    try:
        head, dashes, rest = file.read_text(encoding="utf-8").partition("---\n")
        header = yaml.safe_load(rest.partition("\n---\n")[0]) if dashes and not head else None
    except (OSError, ValueError, yaml.YAMLError):
        header = None
    if not isinstance(header, dict):
        raise UserError(f"{file} has no readable front matter; a Space needs it, as docs/space.md shows.")
    return header


def requirements(folder: Path) -> list[Requirement]:
    """Lines of requirements.txt. Raises UserError."""
    file = folder / "requirements.txt"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [Requirement(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read ({error}); a Space installs what it names.") from None


def lfs_lines(folder: Path) -> list[str]:
    """The lines of .gitattributes that a Space needs and the folder lacks, by file name or its ending."""
    attributes = folder / ".gitattributes"
    lines = attributes.read_text(encoding="utf-8").split("\n") if attributes.is_file() else []
    tracked = [line.split()[0] for line in lines if "filter=lfs" in line]
    bare = [path for path in files(folder) if _needs_lfs(path) and not _matched(path.relative_to(folder), tracked)]
    return [f"{pattern} filter=lfs diff=lfs merge=lfs -text" for pattern in sorted({_pattern(path) for path in bare})]


def files(folder: Path) -> Iterator[Path]:
    """What a push would send: what Git does not ignore, or everything where there is no repository."""
    if not (folder / ".git").exists():
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
        return
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    yield from (path for name in sorted(filter(None, listed)) if (path := folder / name).is_file())


def _header(folder: Path, header: dict[str, Any], wanted: list[Requirement]) -> Iterator[str]:
    if header.get("sdk") != "gradio":
        yield "README.md: sdk must be gradio."
    gradio = next((line.specifier for line in wanted if line.name == "gradio"), SpecifierSet())
    sdk_version, app_file, python = (str(header.get(name)) for name in ("sdk_version", "app_file", "python_version"))
    if sdk_version not in {pin.version for pin in gradio}:
        yield f"README.md: sdk_version is {sdk_version}, but requirements.txt has gradio{gradio}."
    if not (folder / app_file).is_file():
        yield f"README.md: app_file is {app_file}, which is not there."
    if python != PYTHON:
        yield f'README.md: python_version is {python}; write "{PYTHON}", with which this was checked.'
    if not header.get("license"):
        yield "README.md: license is missing."


def _installed(wanted: list[Requirement]) -> Iterator[str]:
    for line in wanted:
        try:
            version = metadata.version(line.name)
        except metadata.PackageNotFoundError:
            yield f"requirements.txt: {line} is not installed here, so it cannot be checked."
            continue
        if not line.specifier.contains(version, prereleases=True):
            yield f"requirements.txt: {line} is wanted, {version} is installed here."


def _sizes(folder: Path) -> Iterator[str]:
    sizes = {path.relative_to(folder): path.stat().st_size for path in files(folder)}
    for name, size in sizes.items():
        if size >= FILE:
            yield f"{name} has {size / 1e6:.0f} MB; a file must stay below {FILE / 1e6:.0f} MB."
    for parent in sorted({name.parent for name in sizes}):
        size = sum(size for name, size in sizes.items() if name.parent == parent)
        if size >= RELEASE:
            yield f"{parent} has {size / 1e6:.0f} MB; a release must stay below {RELEASE / 1e6:.0f} MB."


def _needs_lfs(path: Path) -> bool:
    if path.stat().st_size > PLAIN:
        return True
    with path.open("rb") as stream:
        return b"\0" in stream.read(BINARY)


def _matched(name: Path, patterns: list[str]) -> bool:
    return any(fnmatch(str(name), p.lstrip("/")) if "/" in p else fnmatch(name.name, p) for p in patterns)


def _pattern(path: Path) -> str:
    return f"*{path.suffix}" if path.suffix else path.name


def start_fault(folder: Path) -> str | None:
    """Why the folder's app does not become ready with this Python and the packages that it has; None where it does."""
    with TemporaryDirectory() as scratch, socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
        probe.close()
        own = ["env", f"EMODEMO_HOME={scratch}", f"GRADIO_SERVER_PORT={port}"]
        log = Path(scratch) / "log"
        with log.open("w") as stream:
            app = subprocess.Popen([*own, sys.executable, "app.py"], cwd=folder, stdout=stream, stderr=stream)
        try:
            return (
                None
                if _is_ready(app, f"http://127.0.0.1:{port}/readyz")
                else f"app.py does not start: {_last_line(log)}"
            )
        finally:
            app.kill()
            app.wait()


def _is_ready(app: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + PATIENCE
    while app.poll() is None and time.monotonic() < deadline:
        try:
            return httpx.get(url, timeout=5).status_code == 200
        except httpx.TransportError:
            time.sleep(0.2)
    return False


def _last_line(log: Path) -> str:
    return (log.read_text(encoding="utf-8").strip().splitlines() or ["it says nothing."])[-1]


def main(
    folder: Annotated[Path, typer.Argument(help="What is to be pushed.")] = Path(),
    start: Annotated[bool, typer.Option("--start", help="Also start its app and wait until it is ready.")] = False,
) -> None:
    """Print the lines that .gitattributes lacks, say what else is wrong; exit status 1 where anything is."""
    try:
        wrong, lines = faults(folder), lfs_lines(folder)
    except UserError as error:
        sys.exit(str(error))
    if start and (fault := start_fault(folder)):
        wrong.append(fault)
    if lines:
        wrong.append("A Space needs the lines on standard output in .gitattributes.")
    print(*wrong, sep="\n", end="\n" * bool(wrong), file=sys.stderr)
    print(*lines, sep="\n", end="\n" * bool(lines))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    typer.run(main)
