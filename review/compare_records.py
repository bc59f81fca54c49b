"""What comparing readers is given, and what it finds."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from ..graph.records import Figure
from ..models.records import Spent
from ..panel.records import BlockName
from ..records import Record


class Config(Record):
    models: tuple[str, ...] = Field(min_length=1)
    """URIs, or short names of the models file."""
    spec: Path
    data: Path
    config: Path | None = None
    """The models file."""
    block: BlockName = "world"
    context: Literal["scoped", "full"] = "scoped"
    relevance_model: str | None = None
    """Grades relevance for all readers, so that all read the same prompts; None: the first of `models`."""
    repeats: int = Field(default=2, ge=1, le=20)
    """How often the same question is asked; 1: leave self-consistency out."""
    limit: int = Field(default=0, ge=0)
    """Conversations, drawn by seed; 0: all open ones."""
    seed: int = 0
    split_seed: int = 0
    max_calls: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None


class SectionLevel(Record):
    section: str
    conversations: int
    level: Figure


class Reader(Record):
    """One base model as a ranker."""

    model: str
    notice: str
    conversations: int
    """Ranked in the first order."""
    failed: int
    """Calls without a usable answer."""
    level: Figure
    """Agreement with the people."""
    sections: tuple[SectionLevel, ...]
    order_consistency: Figure
    """Likeness of its rankings of the same responses in two orders, 0 to 1."""
    self_consistency: Figure
    """Likeness of its rankings of the same question asked again."""
    spent: Spent


class Pair(Record):
    """Two readers on the conversations that both ranked."""

    first: str
    second: str
    difference: Figure
    """Agreement of the second with the people minus that of the first, paired."""
    likeness: Figure


class Comparison(Record):
    spec: str
    block: str
    context: str
    conversations: int
    notice: str
    """Of the data."""
    readers: tuple[Reader, ...]
    pairs: tuple[Pair, ...]
    relevance: Spent
    """What grading relevance took, once for all readers."""
