"""The rules that hold the project together, read off its own files."""

import ast
import re
from pathlib import Path

import pytest

from emodemo.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("model", "db", "emodemo")
FORBIDDEN = {
    "model": {"db", "emodemo", "gradio"},
    "db": {"model", "emodemo", "gradio"},
    "emodemo": {"torch", "transformers"},
}
SERVING = (
    "context",
    "encoder",
    "heads",
    "labels",
    "predictor",
    "release",
    "sentences",
    "strategies",
    "text",
    "tokens",
    "language",
)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports anywhere, as dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    assert not roots(path) & FORBIDDEN[package]


@pytest.mark.parametrize("name", SERVING)
def test_serving_imports_neither_torch_nor_transformers_nor_training(name: str) -> None:
    module = ROOT / "model" / f"{name}.py"
    files = [module] if module.exists() else [*(ROOT / "model" / name).glob("*.py")]
    assert files
    imported = {part for path in files for part in imports(path)}
    assert not {part.split(".")[0] for part in imported} & {"torch", "transformers", "onnx"}
    assert not {
        part
        for part in imported
        if re.match(r"model\.(network|training|context_training|building|export|crossfit|baselines)\b", part)
    }


def test_the_starting_file_is_short() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 20


def test_only_settings_read_the_environment() -> None:
    readers = [path for path in MODULES if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))]
    assert [path.name for path in readers] == ["settings.py"]


def test_readme_lists_every_setting_with_its_meaning() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = alias.choices[0] if alias else f"EMODEMO_{name.upper()}"  # type: ignore[union-attr]
        assert f"| `{variable}` |" in readme
        assert field.description
        assert field.description in readme


def test_readme_names_every_command_in_order_and_each_shows_an_example() -> None:
    from emodemo.cli import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = readme[readme.index("| `python -m emodemo …`") :]
    places = [rows.index(f"`{command.name}") for command in app.registered_commands]
    assert places == sorted(places)
    groups = {"": app} | {group.name: group.typer_instance for group in app.registered_groups}
    for group, commands in groups.items():
        assert f"`{group}" in rows
        for command in commands.registered_commands:  # type: ignore[union-attr]
            assert re.search(rf"[` ]{command.name}\b", rows)
            assert (command.epilog or "").startswith("Example: "), f"{command.name} --help shows no example"
            assert f"python -m emodemo {group}".strip() in (command.epilog or "")


def test_readmes_tree_names_what_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in MODULES:
        if path.name != "__init__.py" and "versions" not in path.parts and "readers" not in path.parts:
            assert path.name in readme, f"{path.relative_to(ROOT)} is not in README's tree"


@pytest.mark.parametrize(("folder", "most"), [("weights", 140_000_000), ("weights_small", 40_000_000)])
def test_no_release_is_too_large(folder: str, most: int) -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "model" / folder).iterdir()}
    assert max(sizes.values()) < 95_000_000
    assert sum(sizes.values()) < most


def test_readmes_comparison_claims_nothing_without_a_test() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("| held by |") :].split("\n\n")[0].splitlines()[2:]
    assert 0 < len(table) <= 20
    for row in table:
        feature, ours, *_, held = (cell.strip() for cell in row.strip("|").split("|"))
        assert held or ours == "no", feature
        for file, name in re.findall(r"`(\S+)::(\S+)`", held):
            assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file} has no {name}"
