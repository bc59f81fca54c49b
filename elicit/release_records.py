"""What a release is made under, and what was done for it."""

from collections.abc import Mapping

from pydantic import Field

from ..panel.anonymity import Merged
from ..panel.scanning import KINDS, Kind
from ..records import Record
from .searching import Find


class Terms(Record):
    """What a release is given away under, and how careful it is."""

    title: str = "Public input on model behaviour"
    licence: str = Field(min_length=1)
    """An SPDX id, e.g. CC-BY-4.0."""
    consent: str = ""
    """The words that participants agreed to."""
    k: int = Field(5, ge=1)
    prefer: tuple[str, ...] = ()
    """Demographic attributes that are shown before others where not all can be."""
    drop: tuple[str, ...] = ()
    """Demographic attributes that are left out."""
    free_text: tuple[str, ...] = ()
    """Demographic attributes in people's own words: searched like other texts, not made k-anonymous. Those whose
    values are long on average count as such anyway."""
    mask: tuple[Kind, ...] = ("email", "phone")
    """What is replaced by its kind in people's words."""
    search: tuple[Kind, ...] = KINDS
    """What is looked for; empty: nothing."""
    regions: tuple[str, ...] = ("US",)
    keep_conversation_ids: bool = False


class Released(Record):
    """What was done to the data. Written down beside it, without the finds' words and without the salt."""

    conversations: int
    participants: int
    assessments: int
    k: int
    smallest_group: int
    """People in the smallest group that looks alike by its demographics."""
    merged: tuple[Merged, ...]
    withheld: Mapping[str, int]
    dropped: tuple[str, ...]
    finds: tuple[Find, ...]
    files: tuple[str, ...]
