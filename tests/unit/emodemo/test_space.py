"""What a Space needs: held against a small folder of our own, and against the project itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from emodemo import space
from emodemo.errors import UserError

ROOT = Path(__file__).parents[3]
HEADER = {"sdk": "gradio", "sdk_version": "6.31.0", "app_file": "app.py", "python_version": '"3.11"', "license": "mit"}


def readme(**changed: str) -> str:
    return "\n".join(["---", *(f"{name}: {value}" for name, value in (HEADER | changed).items()), "---", "# A demo"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Space without a fault."""
    (tmp_path / "README.md").write_text(readme())
    (tmp_path / "requirements.txt").write_text("# What it needs.\ngradio~=6.31.0\n")
    (tmp_path / "app.py").touch()
    return tmp_path


def test_the_project_needs_lines_for_its_large_files_and_nothing_else() -> None:
    assert space.faults(ROOT) == []
    assert [line.split()[0] for line in space.lfs_lines(ROOT)] == ["*.bin", "*.onnx", "*.png", "*.safetensors"]


def test_a_sound_folder(folder: Path) -> None:
    assert space.faults(folder) == space.lfs_lines(folder) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sdk": "docker"}, "README.md: sdk must be gradio."),
        ({"sdk_version": "6.30.0"}, "README.md: sdk_version is 6.30.0, but requirements.txt has gradio~=6.31.0."),
        ({"app_file": "main.py"}, "README.md: app_file is main.py, which is not there."),
        ({"python_version": "3.9"}, 'README.md: python_version is 3.9; write "3.11", with which this was checked.'),
        ({"license": ""}, "README.md: license is missing."),
    ],
)
def test_front_matter(folder: Path, changed: dict[str, str], said: str) -> None:
    (folder / "README.md").write_text(readme(**changed))
    assert space.faults(folder) == [said]


@pytest.mark.parametrize(
    "text", ["", "# A demo\n", "---\n- a\n---\n", "---\na: [\n---\n", "text\n---\nsdk: gradio\n---\n"]
)
def test_no_front_matter(folder: Path, text: str) -> None:
    (folder / "README.md").write_text(text)
    with pytest.raises(UserError, match="has no readable front matter"):
        space.faults(folder)


def test_requirements_are_those_installed(folder: Path) -> None:
    (folder / "requirements.txt").write_text("gradio~=6.31.0\nnumpy<1\nno-such-thing==1\n")
    wrong, missing = space.faults(folder)
    assert wrong.startswith("requirements.txt: numpy<1 is wanted, ")
    assert missing == "requirements.txt: no-such-thing==1 is not installed here, so it cannot be checked."
    (folder / "requirements.txt").write_text("two words\n")
    with pytest.raises(UserError, match=r"requirements\.txt cannot be read"):
        space.faults(folder)


def test_what_is_large_or_no_text_needs_lfs(folder: Path) -> None:
    (folder / "weights").mkdir()
    for name, size in (("senet.bin", 94_000_000), ("more.bin", 46_000_000), ("large.csv", 96_000_000)):
        with (folder / "weights" / name).open("wb") as stream:
            stream.truncate(size)
    assert space.faults(folder) == [
        "weights/large.csv has 96 MB; a file must stay below 95 MB.",
        "weights has 236 MB; a release must stay below 140 MB.",
    ]
    (folder / "picture.png").write_bytes(b"\x89PNG\x00")
    (folder / ".gitattributes").write_text("weights/*.bin filter=lfs diff=lfs merge=lfs -text\n")
    assert [line.split()[0] for line in space.lfs_lines(folder)] == ["*.csv", "*.png"]


def test_what_git_ignores_is_not_pushed(folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".gitignore").write_text("*.bin\n")
    (folder / "senet.bin").write_bytes(b"\0")
    assert space.lfs_lines(folder) == []
    assert sorted(path.name for path in space.files(folder)) == [
        ".gitignore",
        "README.md",
        "app.py",
        "requirements.txt",
    ]


def test_as_a_command(folder: Path) -> None:
    def checked(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "emodemo.space", *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    assert checked(str(folder)) == (0, "", "")
    (folder / "senet.bin").write_bytes(b"\0")
    code, lines, said = checked(str(folder))
    assert (code, lines) == (1, "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    assert said == "A Space needs the lines on standard output in .gitattributes.\n"
    assert checked(str(folder / "missing"))[0] == 1


def test_an_app_that_starts_and_one_that_does_not(folder: Path) -> None:
    assert space.start_fault(ROOT) is None
    (folder / "app.py").write_text("import sys\nsys.exit('There is no model.')\n")
    assert space.start_fault(folder) == "app.py does not start: There is no model."
