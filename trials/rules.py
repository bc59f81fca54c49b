"""The trial rules by name."""

from ..errors import OptionError
from .betting import Betting
from .gaffke import Gaffke
from .policy import DEFAULT_RULE
from .protocol import TrialRule
from .signflip import SignFlip

RULES: dict[str, TrialRule] = {rule.name: rule for rule in (Gaffke(), SignFlip(), Betting())}


def rule(name: str = DEFAULT_RULE) -> TrialRule:
    """Raises OptionError for a name that no rule has."""
    try:
        return RULES[name]
    except KeyError:
        raise OptionError(f"unknown trial rule {name!r}; choose one of: {', '.join(sorted(RULES))}") from None
