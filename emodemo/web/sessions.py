"""What Gradio keeps of every visit, without what nothing here asks for."""

from typing import Any, Self

from gradio import Blocks
from gradio.blocks import BlocksConfig


class PageConfig(BlocksConfig):
    """The page's components and handlers. Gradio copies it for every session and then describes each component for deep
    links, which ``doors`` keeps closed: a copy of this one describes nothing, which spares every visit a dozen
    milliseconds and the memory.
    """

    @classmethod
    def of(cls, page: Blocks) -> Self:
        """The page's own, as one of these."""
        config = cls(page)
        vars(config).update(vars(page.default_config))
        return config

    def __copy__(self) -> BlocksConfig:
        session = super().__copy__()
        session.config_for_block = _nothing
        return session


def _nothing(*_: Any) -> dict[str, Any]:
    return {}
