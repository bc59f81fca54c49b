"""Asking people: a study's prompts, who sees what, the pages where people answer, the data that comes of it, and its release."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .answers import Answer, Invitation, Seat, Standing
    from .export import export_files, export_study
    from .plan import next_seats, people_needed, plan_figures
    from .progress import StudyProgress, study_progress
    from .records import Assignment, Item, Provenance, Question, RubricItem, Study
    from .release import release
    from .release_records import Released, Terms
    from .study_store import StudyStore

__all__ = [
    "Answer",
    "Assignment",
    "Invitation",
    "Item",
    "Provenance",
    "Question",
    "Released",
    "RubricItem",
    "Seat",
    "Standing",
    "Study",
    "StudyProgress",
    "StudyStore",
    "Terms",
    "export_files",
    "export_study",
    "next_seats",
    "people_needed",
    "plan_figures",
    "release",
    "study_progress",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Answer": ".answers",
        "Assignment": ".records",
        "Invitation": ".answers",
        "Item": ".records",
        "Provenance": ".records",
        "Question": ".records",
        "Released": ".release_records",
        "RubricItem": ".records",
        "Seat": ".answers",
        "Standing": ".answers",
        "Study": ".records",
        "StudyProgress": ".progress",
        "StudyStore": ".study_store",
        "Terms": ".release_records",
        "export_files": ".export",
        "export_study": ".export",
        "next_seats": ".plan",
        "people_needed": ".plan",
        "plan_figures": ".plan",
        "release": ".release",
        "study_progress": ".progress",
    },
)
