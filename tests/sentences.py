"""Every sentence of the project that people may read in another language, read off its own files."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import extract_from_ast

from db import errors
from db.records import ROLES
from emodemo.templates import ASSETS, MARKED
from model import language
from model.labels import EMOTIONS, FINE_LABELS, POLARITIES, SCORES
from model.readers import base

ROOT = Path(__file__).parents[1]
MARKS = {"_", "N_"}
ERRORS = {"UserError", "VaultError", "StoreError", "Busy", "Damaged", "Taken", "LabelError"}
ELSEWHERE = re.compile(r"(emodemo/(bench|commands)|db/migrations|model/(?!labels\.py|readers/(base|tabular)\.py))")
Sentence = str | tuple[str, str]  # singular, or both forms


def modules() -> list[Path]:
    """Whatever the page can show something of."""
    found = [path for package in ("db", "emodemo", "model") for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if not ELSEWHERE.match(str(path.relative_to(ROOT)))]


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def literals(call: ast.Call, *places: int) -> tuple[str, ...]:
    """Those of the arguments at these places that are plain strings."""
    given = [call.args[place] for place in places if place < len(call.args)]
    return tuple(node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str))


def of_module(path: Path) -> set[Sentence]:
    found: set[Sentence] = set()
    for call in calls(path):
        match name_of(call):
            case "ngettext":
                one, many = literals(call, 0, 1)
                found.add((one, many))
            case "CorpusError":
                found |= set(literals(call, 2))
            case name if name in MARKS | ERRORS:
                found |= set(literals(call, 0))
    return found


def of_assets() -> set[Sentence]:
    found: set[Sentence] = set()
    for page in ASSETS.glob("*.html"):
        found |= {said for _, _, said in extract_from_ast(Environment().parse(page.read_text(encoding="utf-8")), {"_"})}
    for script in ASSETS.glob("*.js"):
        found |= {ast.literal_eval(said) for said in MARKED.findall(script.read_text(encoding="utf-8"))}
    samples, guidelines = (tomllib.loads((ASSETS / f"{n}.toml").read_text("utf-8")) for n in ("examples", "guidelines"))
    found |= {sample["title"] for sample in samples["example"]}
    return found | {guideline["definition"] for guideline in guidelines.values()}


def of_tables() -> set[Sentence]:
    """Names that are shown wherever they come from, and sentences that modules below keep in tables."""
    reasons = {*errors.SQLITE_REASONS.values(), *errors.POSTGRES_REASONS.values()}
    reasons |= {
        errors.CROWDED,
        errors.UNREACHED,
        errors.FAILED,
        errors.UNFIT,
        "Score {name!r} is {found}; expected a number from {low:g} to {high:g}.",
    }
    expected = {base.CorpusError(Path("f"), line, "").message for line in (1, None)}
    return {*EMOTIONS, *POLARITIES, *FINE_LABELS, *SCORES, *ROLES, *language.LANGUAGES.values()} | reasons | expected


def all_sentences() -> set[Sentence]:
    return of_assets() | of_tables() | {said for path in modules() for said in of_module(path)}
