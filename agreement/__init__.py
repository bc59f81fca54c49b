"""The statistics: agreement, references, intervals, groups, reliability, support. They know no model."""

from .consensus import best_rankings
from .groups import Groups, Worst, by_group
from .headline import Headline, headline, reserve_share
from .intervals import Clusters, Estimate, bootstrap, estimate, two_way
from .measures import flagged_first, pair_agreement, tau_b, top_choice
from .people import People
from .prediction import Corrected, corrected_support
from .references import GapClosed, References, gap_closed, references
from .reliability import krippendorff_alpha, ordinal_alpha
from .rubrics import person_scores, pooled_agreement, pooled_rankings, rubric_people
from .stances import clopper_pearson
from .support import Support, SupportShare, weigh

__all__ = [
    "Clusters",
    "Corrected",
    "Estimate",
    "GapClosed",
    "Groups",
    "Headline",
    "People",
    "References",
    "Support",
    "SupportShare",
    "Worst",
    "best_rankings",
    "bootstrap",
    "by_group",
    "clopper_pearson",
    "corrected_support",
    "estimate",
    "flagged_first",
    "gap_closed",
    "headline",
    "krippendorff_alpha",
    "ordinal_alpha",
    "pair_agreement",
    "person_scores",
    "pooled_agreement",
    "pooled_rankings",
    "references",
    "reserve_share",
    "rubric_people",
    "tau_b",
    "top_choice",
    "two_way",
    "weigh",
]
