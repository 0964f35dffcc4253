"""One page in several languages: laid out once in each, served in the language of the request."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Self, cast

from gradio.data_classes import BlocksConfigDict

from emodemo.streamed import Streamed
from emodemo.templates import spoken
from emodemo.translation import DEFAULT, LANGUAGE, speaking

Config = dict[str, Any]
LAYING_OUT = Lock()  # Gradio knows one page at a time that components are laid out in


class Page(Streamed):
    """Answers events like any other; what a browser is told of its components is what the request's language laid out."""

    _original: Config
    _lay_out: Callable[[], Self]
    _props: dict[str, list[Config]]

    @property
    def config(self) -> BlocksConfigDict:
        """What Gradio sends a browser that opens the page."""
        language = LANGUAGE.get()
        if "_props" not in vars(self) or language == DEFAULT:
            return cast(BlocksConfigDict, self._original)
        with LAYING_OUT:
            if language not in self._props:  # not before somebody reads it: a page costs the start half a second
                self._props[language] = self._said_in(language)
        components = [
            {**known, "props": said}
            for known, said in zip(self._original["components"], self._props[language], strict=True)
        ]
        head = spoken(self._original["head"] or "")
        return cast(BlocksConfigDict, {**self._original, "components": components, "head": head})

    @config.setter
    def config(self, config: BlocksConfigDict) -> None:
        self._original = cast(Config, config)

    def _said_in(self, language: str) -> list[Config]:
        with speaking(language):
            other = self._lay_out()._original["components"]
        kinds = [[component["type"] for component in found] for found in (self._original["components"], other)]
        assert kinds[0] == kinds[1], f"the page has other components in {language}"
        return [component["props"] for component in other]


def in_every_language(lay_out: Callable[[], Page]) -> Page:
    """The page that ``lay_out`` makes. It is called once more for each language that is asked for, and must make the
    same components each time.
    """
    with speaking(DEFAULT):
        page = lay_out()
    page._lay_out, page._props = lay_out, {}
    return page
