"""One page in several languages: laid out once in each, served in the language of the request."""

from collections.abc import Callable
from typing import Any, cast

import gradio as gr
from gradio.data_classes import BlocksConfigDict

from emodemo.templates import spoken
from emodemo.translation import DEFAULT, LANGUAGE, LANGUAGES, speaking

Config = dict[str, Any]


class Page(gr.Blocks):
    """Answers events like any other; what a browser is told of its components is what the request's language laid out."""

    _original: Config
    _props: dict[str, list[Config]]

    @property
    def config(self) -> BlocksConfigDict:
        """What Gradio sends a browser that opens the page."""
        props = vars(self).get("_props", {}).get(LANGUAGE.get())
        if props is None:
            return cast(BlocksConfigDict, self._original)
        components = [{**known, "props": said} for known, said in zip(self._original["components"], props, strict=True)]
        head = spoken(self._original["head"] or "")
        return cast(BlocksConfigDict, {**self._original, "components": components, "head": head})

    @config.setter
    def config(self, config: BlocksConfigDict) -> None:
        self._original = cast(Config, config)


def in_every_language(lay_out: Callable[[], Page]) -> Page:
    """The page that ``lay_out`` makes. It is called once for each language and must make the same components each time."""
    with speaking(DEFAULT):
        page = lay_out()
    page._props = {}
    for language in LANGUAGES.keys() - {DEFAULT}:
        with speaking(language):
            other = lay_out().config["components"]
        kinds = [[component["type"] for component in found] for found in (page.config["components"], other)]
        assert kinds[0] == kinds[1], f"the page has other components in {language}"
        page._props[language] = [component["props"] for component in other]
    return page
