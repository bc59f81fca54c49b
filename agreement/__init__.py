"""The statistics: agreement, references, intervals, groups, reliability, support. They know no model."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
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

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Clusters": ".intervals",
        "Corrected": ".prediction",
        "Estimate": ".intervals",
        "GapClosed": ".references",
        "Groups": ".groups",
        "Headline": ".headline",
        "People": ".people",
        "References": ".references",
        "Support": ".support",
        "SupportShare": ".support",
        "Worst": ".groups",
        "best_rankings": ".consensus",
        "bootstrap": ".intervals",
        "by_group": ".groups",
        "clopper_pearson": ".stances",
        "corrected_support": ".prediction",
        "estimate": ".intervals",
        "flagged_first": ".measures",
        "gap_closed": ".references",
        "headline": ".headline",
        "krippendorff_alpha": ".reliability",
        "ordinal_alpha": ".reliability",
        "pair_agreement": ".measures",
        "person_scores": ".rubrics",
        "pooled_agreement": ".rubrics",
        "pooled_rankings": ".rubrics",
        "references": ".references",
        "reserve_share": ".headline",
        "rubric_people": ".rubrics",
        "tau_b": ".measures",
        "top_choice": ".measures",
        "two_way": ".intervals",
        "weigh": ".support",
    },
)
