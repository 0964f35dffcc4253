"""Pages and scripts of ``assets``, in the language of whoever is being answered."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emodemo.translation import LANGUAGE, _

ASSETS = Path(__file__).parent / "assets"
MARKED = re.compile(r'_\(("(?:[^"\\]|\\.)*")')  # a script's _("sentence"
PAGES = Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined)
PAGES.globals |= {"_": _, "language": LANGUAGE.get}


def page(name: str, **values: Any) -> str:
    """A page or a part of one, filled; values are escaped unless they are ``Markup``."""
    return PAGES.get_template(name).render(values)


def script(name: str) -> str:
    """A script of ``assets`` as ``spoken`` has it."""
    return spoken((ASSETS / name).read_text(encoding="utf-8"))


def spoken(source: str) -> str:
    """A script with every ``_("sentence")`` translated; its ``_``, of ``page.js``, fills in what stands in braces."""
    return MARKED.sub(lambda found: f"_({json.dumps(_(json.loads(found[1])), ensure_ascii=False)}", source)
