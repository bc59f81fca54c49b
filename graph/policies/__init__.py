"""What a user may want to swap: each a Protocol with small classes, by name from Options or as an object."""

from .acceptance import acceptance_policy
from .authority import AuthorityPolicy, AuthorityTable
from .chosen import Policies
from .meaning import MEANINGS, LikeIntents, Meaning, SameTarget
from .selection import SELECTIONS, Gap, LargestGap, RandomCases, Selected, SelectionPolicy
from .splitting import SPLITTINGS
from .stopping import STOPPINGS, AllRounds, Patience, Progressed, StoppingPolicy

__all__ = [
    "MEANINGS",
    "SELECTIONS",
    "SPLITTINGS",
    "STOPPINGS",
    "AllRounds",
    "AuthorityPolicy",
    "AuthorityTable",
    "Gap",
    "LargestGap",
    "LikeIntents",
    "Meaning",
    "Patience",
    "Policies",
    "Progressed",
    "RandomCases",
    "SameTarget",
    "Selected",
    "SelectionPolicy",
    "StoppingPolicy",
    "acceptance_policy",
]
