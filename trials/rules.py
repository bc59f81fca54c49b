"""The trial rules by name."""

from ..errors import OptionError
from .betting import Betting
from .gaffke import Gaffke
from .protocol import TrialRule
from .signflip import SignFlip

RULES: dict[str, TrialRule] = {rule.name: rule for rule in (Gaffke(), SignFlip(), Betting())}
DEFAULT_RULE = "gaffke"
"""The most powerful of the rules that keep their level on skewed differences; measured in docs/trials.md."""


def rule(name: str = DEFAULT_RULE) -> TrialRule:
    """Raises OptionError for a name that no rule has."""
    try:
        return RULES[name]
    except KeyError:
        raise OptionError(f"unknown trial rule {name!r}; choose one of: {', '.join(sorted(RULES))}") from None
