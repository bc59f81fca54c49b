"""Who thinks: each agent has typed input, typed output, one prompt, and is registered once."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .cases import Attempt, Case
    from .conflict import Compared, ConflictFinder, SpecPassage
    from .justifications import Justification, one_each, opaque_keys, stands_in
    from .kind import KindClassifier, KindFound
    from .meaning import Comparison, MeaningComparer
    from .prefilter import Search, find_conversations
    from .proposers import Proposer
    from .ranker import Question, Ranker, question_key, section_data, sections_key
    from .records import Ranked, Stance, Strength, Verdict
    from .registry import Agent, agent_of, agents, model_roles, register
    from .relevance import IN_SCOPE, Grades, RelevanceGrader, section_key
    from .responder import Answering, Responded, Responder
    from .responses import OpinionWriter, PlainAnswerer, Wanted, Written
    from .routing_recall import RoutingRecall, routing_recall
    from .rubric import Graded, RubricGrader
    from .scenarios import Scenario, ScenarioTask, ScenarioWriter
    from .section_question import SectionAnswer, SectionReader, Statement
    from .themes import Theme, ThemeFinder, Themes
    from .validation import Consistency, Docketed, Validation
    from .validator import Validator

__all__ = [
    "IN_SCOPE",
    "Agent",
    "Answering",
    "Attempt",
    "Case",
    "Compared",
    "Comparison",
    "ConflictFinder",
    "Consistency",
    "Docketed",
    "Graded",
    "Grades",
    "Justification",
    "KindClassifier",
    "KindFound",
    "MeaningComparer",
    "OpinionWriter",
    "PlainAnswerer",
    "Proposer",
    "Question",
    "Ranked",
    "Ranker",
    "RelevanceGrader",
    "Responded",
    "Responder",
    "RoutingRecall",
    "RubricGrader",
    "Scenario",
    "ScenarioTask",
    "ScenarioWriter",
    "Search",
    "SectionAnswer",
    "SectionReader",
    "SpecPassage",
    "Stance",
    "Statement",
    "Strength",
    "Theme",
    "ThemeFinder",
    "Themes",
    "Validation",
    "Validator",
    "Verdict",
    "Wanted",
    "Written",
    "agent_of",
    "agents",
    "find_conversations",
    "model_roles",
    "one_each",
    "opaque_keys",
    "question_key",
    "register",
    "routing_recall",
    "section_data",
    "section_key",
    "sections_key",
    "stands_in",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Agent": ".registry",
        "Answering": ".responder",
        "Attempt": ".cases",
        "Case": ".cases",
        "Compared": ".conflict",
        "Comparison": ".meaning",
        "ConflictFinder": ".conflict",
        "Consistency": ".validation",
        "Docketed": ".validation",
        "Graded": ".rubric",
        "Grades": ".relevance",
        "IN_SCOPE": ".relevance",
        "Justification": ".justifications",
        "KindClassifier": ".kind",
        "KindFound": ".kind",
        "MeaningComparer": ".meaning",
        "OpinionWriter": ".responses",
        "PlainAnswerer": ".responses",
        "Proposer": ".proposers",
        "Question": ".ranker",
        "Ranked": ".records",
        "Ranker": ".ranker",
        "RelevanceGrader": ".relevance",
        "Responded": ".responder",
        "Responder": ".responder",
        "RoutingRecall": ".routing_recall",
        "RubricGrader": ".rubric",
        "Scenario": ".scenarios",
        "ScenarioTask": ".scenarios",
        "ScenarioWriter": ".scenarios",
        "Search": ".prefilter",
        "SectionAnswer": ".section_question",
        "SectionReader": ".section_question",
        "SpecPassage": ".conflict",
        "Statement": ".section_question",
        "Stance": ".records",
        "Strength": ".records",
        "Theme": ".themes",
        "ThemeFinder": ".themes",
        "Themes": ".themes",
        "Validation": ".validation",
        "Validator": ".validator",
        "Verdict": ".records",
        "Wanted": ".responses",
        "Written": ".responses",
        "agent_of": ".registry",
        "agents": ".registry",
        "find_conversations": ".prefilter",
        "model_roles": ".registry",
        "one_each": ".justifications",
        "opaque_keys": ".justifications",
        "question_key": ".ranker",
        "register": ".registry",
        "routing_recall": ".routing_recall",
        "section_data": ".ranker",
        "section_key": ".relevance",
        "sections_key": ".ranker",
        "stands_in": ".justifications",
    },
)
