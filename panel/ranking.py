"""Rankings: weak orders of labelled responses, best tier first."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from pydantic import ConfigDict, model_serializer, model_validator

from ..errors import DataError
from ..records import Record


class Ranking(Record):
    """A weak order, written `B>C>D=A`: tiers from best to worst, ties inside a tier.

    Labels inside a tier are kept sorted, so equal orders are equal records. It serialises to its text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiers: tuple[tuple[str, ...], ...]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"tiers": _parse(value)}
        return value

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    @classmethod
    def parse(cls, text: str, labels: Iterable[str] | None = None) -> "Ranking":
        """Read `text`; with `labels`, each of them must stand in it exactly once.

        Raises DataError naming what is wrong.
        """
        ranking = cls(tiers=_parse(text))
        if labels is not None:
            wanted = set(labels)
            found = set(ranking.labels)
            if unknown := sorted(found - wanted):
                raise DataError(f"ranking {text!r} names {', '.join(unknown)}, which is no response here")
            if missing := sorted(wanted - found):
                raise DataError(f"ranking {text!r} leaves out {', '.join(missing)}")
        return ranking

    @classmethod
    def from_scores(cls, scores: dict[str, float]) -> "Ranking":
        """Higher scores first; equal scores tie."""
        levels = sorted(set(scores.values()), reverse=True)
        return cls(tiers=tuple(tuple(sorted(k for k, v in scores.items() if v == level)) for level in levels))

    @classmethod
    def tie(cls, labels: Sequence[str]) -> "Ranking":
        return cls(tiers=(tuple(sorted(labels)),))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for tier in self.tiers for label in tier)

    @property
    def places(self) -> dict[str, int]:
        """Label to tier number, 0 for the best."""
        return {label: place for place, tier in enumerate(self.tiers) for label in tier}

    @property
    def ties_all(self) -> bool:
        return len(self.tiers) == 1

    def __str__(self) -> str:
        return ">".join("=".join(tier) for tier in self.tiers)


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[tuple[str, ...], ...]:
    tiers = tuple(tuple(sorted(label.strip() for label in tier.split("="))) for tier in text.split(">"))
    labels = [label for tier in tiers for label in tier]
    if not all(labels):
        raise DataError(f"ranking {text!r} has an empty place between '>' or '='")
    if len(set(labels)) != len(labels):
        raise DataError(f"ranking {text!r} names a response twice")
    return tiers
