"""The policies of one run: those that its options name, or objects in their place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ...errors import OptionError
from ...panel.splits import FoldedSplitter
from ...trials.likely import LikelyRule, likely_rule
from ...trials.policy import AcceptancePolicy
from ...trials.protocol import TrialRule
from ...trials.retries import RetryRule, retry_rule
from ...trials.rules import rule
from ..options import Options
from .acceptance import acceptance_policy
from .authority import AuthorityPolicy, AuthorityTable
from .grouping import GroupingPolicy, grouping
from .meaning import MEANINGS, Meaning
from .selection import SELECTIONS, SelectionPolicy
from .splitting import SPLITTINGS
from .stopping import STOPPINGS, StoppingPolicy

P = TypeVar("P")


@dataclass(frozen=True)
class Policies:
    splitting: FoldedSplitter
    selection: SelectionPolicy
    acceptance: AcceptancePolicy
    retry: RetryRule
    stopping: StoppingPolicy
    meaning: Meaning
    authority: AuthorityPolicy
    grouping: GroupingPolicy | None = None
    """None: one text for everybody."""
    rule: TrialRule | None = None
    """None: the acceptance policy's, by name; `likely_rule` likewise."""
    likely_rule: LikelyRule | None = None

    @classmethod
    def of(cls, options: Options, **instead: Any) -> "Policies":
        """What `options` name, with objects `instead` of some: `Policies.of(options, stopping=MyPolicy())`.

        Raises OptionError for a name that no policy has, TypeError for a field that isn't there.
        """
        rule(options.rule)
        likely_rule(options.likely_rule)
        named = cls(
            splitting=_named(SPLITTINGS, options.splitting, "splitting")(options),
            selection=_named(SELECTIONS, options.selection, "selection")(options),
            acceptance=acceptance_policy(options),
            retry=retry_rule(options.retry),
            stopping=_named(STOPPINGS, options.stop, "stopping")(options),
            meaning=_named(MEANINGS, options.meaning, "meaning")(options),
            authority=AuthorityTable.read(options.authority) if options.authority else AuthorityTable(),
            grouping=grouping(options),
        )
        return replace(named, **instead)


def _named(known: Mapping[str, Callable[[Options], P]], name: str, what: str) -> Callable[[Options], P]:
    try:
        return known[name]
    except KeyError:
        raise OptionError(
            f"unknown {what} policy {name!r}; choose one of: {', '.join(sorted(known))}"
        ) from None
