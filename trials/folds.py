"""Cross-fitting: what a proposal was made from, and what it is tested on."""

from collections.abc import Mapping
from functools import cached_property

from pydantic import ConfigDict

from ..records import Record


class Folds(Record):
    """The open items, each in one fold.

    A proposal made from one fold's cases is tested on the others', so every open item tests, and none tests
    what it gave rise to. Source: cross-fitting, Chernozhukov et al. 2018, The Econometrics Journal 21.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    fold_of: Mapping[str, int]

    @cached_property
    def names(self) -> tuple[int, ...]:
        return tuple(sorted(set(self.fold_of.values())))

    @cached_property
    def items(self) -> tuple[str, ...]:
        return tuple(sorted(self.fold_of))

    def of(self, fold: int | None) -> tuple[str, ...]:
        """What the proposers of a fold may see; nothing for a person's proposal, which rests on no fold."""
        return tuple(item for item in self.items if self.fold_of[item] == fold)

    def others(self, fold: int | None) -> tuple[str, ...]:
        """What their proposals are tested on; every open item for a person's."""
        return tuple(item for item in self.items if self.fold_of[item] != fold)
