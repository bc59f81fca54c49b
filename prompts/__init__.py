"""One template a role, and the renderer: a missing variable raises, text from data is fenced."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .cut import cut
    from .render import (
        Part,
        Prompt,
        add_template,
        add_templates,
        block,
        fence,
        line,
        render,
        templates_of,
        variables_of,
        version,
    )

__all__ = [
    "Part",
    "Prompt",
    "add_template",
    "add_templates",
    "block",
    "cut",
    "fence",
    "line",
    "render",
    "templates_of",
    "variables_of",
    "version",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Part": ".render",
        "Prompt": ".render",
        "add_template": ".render",
        "add_templates": ".render",
        "block": ".render",
        "cut": ".cut",
        "fence": ".render",
        "line": ".render",
        "render": ".render",
        "templates_of": ".render",
        "variables_of": ".render",
        "version": ".render",
    },
)
