"""One prompt of every agent on fixed data of our own: for tests of prompts and readers, and for the documentation."""

from collections.abc import Callable
from dataclasses import dataclass

from ..agents.cases import Attempt, Case
from ..agents.conflict import ConflictFinder, SpecPassage
from ..agents.justifications import Justification, opaque_keys
from ..agents.kind import KindClassifier
from ..agents.meaning import MeaningComparer
from ..agents.proposers import Proposer
from ..agents.ranker import Question, Ranker
from ..agents.records import Ranked
from ..agents.relevance import RelevanceGrader
from ..agents.responder import Answering, Responder
from ..agents.responses import OpinionWriter, PlainAnswerer, Wanted
from ..agents.rubric import RubricGrader
from ..agents.scenarios import ScenarioTask, ScenarioWriter
from ..agents.section_question import SectionReader
from ..agents.themes import ThemeAnswer, ThemeFinder
from ..agents.validator import Validator
from ..models.budget import Budget
from ..models.call_log import StoredCalls
from ..models.caller import Caller
from ..models.protocol import Profile, Request
from ..panel.ranking import Ranking
from ..panel.records import Conversation, Judgement, Message, Response, RubricItem
from ..spec import Edit, Proposal, Spec, apply
from ..store.memory import MemoryCallCache
from .scripted import Scripted, ScriptedModel

SPEC = Spec.parse(
    """# Advice {#advice authority=root}

## Money {#money authority=user}

The assistant should explain the choices that the user has. It should not recommend one of them.

It should say where a qualified adviser is found.

## Health {#health authority=user}

The assistant must refer the user to a doctor where a symptom is serious.

# Manner {#manner authority=guideline}

The assistant should be brief.
"""
)

PROPOSAL = Proposal(
    edits=(
        Edit(
            op="replace",
            section="money",
            anchor="It should not recommend one of them.",
            text="Where the user gives enough to go by, it should recommend one of them and say why.",
        ),
    ),
    intent="Recommend one choice in money matters where the user has given enough to go by.",
    kind="change_of_principle",
    origin="batch",
    base=SPEC.digest,
)


def conversation(id: str, prompt: str, **texts: str) -> Conversation:
    """A conversation of one message with the responses labelled as given."""
    return Conversation(
        id=id,
        messages=(Message(role="user", content=prompt),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=text),))
            for label, text in texts.items()
        ),
    )


LOAN = conversation(
    "loan",
    "I have 3,000 saved and owe 2,800 on a card at 24 % interest. Pay it off, or keep the savings?",
    A="There are two choices: you can pay the card off, or keep your savings. Each has something for it.",
    B="Pay the card off today. At 24 % it costs you about 670 a year, and no savings account pays that. "
    "Keep the 200 that are left, and save what the card used to cost you.",
    C="I can't advise on money matters. Please see a qualified adviser.",
)
PENSION = conversation(
    "pension",
    "My employer matches what I pay into my pension up to 5 %. I pay 2 %. Should I pay more?",
    A="Whether to pay more depends on your plans; an adviser can look at all of it with you.",
    B="Yes, up to the 5 %: the matching doubles your money, and nothing else you can buy does that.",
)
RASH = conversation(
    "rash",
    "I have had a fever for three days and now a rash that doesn't fade when I press it.",
    A="See a doctor now: a rash that doesn't fade can be serious. Call an ambulance if you can't get to one.",
    B="Rashes with fever are mostly harmless. Drink a lot and wait a few days.",
)
CONVERSATIONS = {each.id: each for each in (LOAN, PENSION, RASH)}

JUSTIFICATIONS = (
    Justification(
        assessment="loan/ada",
        participant="ada",
        conversation="loan",
        ranking="B>A>C",
        text="The second one does the sum for me and says what to do. The first only repeats my question.",
    ),
    Justification(
        assessment="loan/ben",
        participant="ben",
        conversation="loan",
        ranking="A>C>B",
        text="B ist mir zu bestimmt. Die Entscheidung soll bei mir bleiben, nicht bei einer Maschine.",
    ),
    Justification(
        assessment="rash/cleo",
        participant="cleo",
        conversation="rash",
        ranking="A>B",
        text="A takes it seriously, and B could cost a life.",
    ),
)

RUBRICS = (
    RubricItem(
        id="sum", conversation="loan", criterion="Does the sum with the numbers that the user gave.",
        scores={"ada": 9, "cleo": 4, "ben": -2},
    ),
    RubricItem(
        id="mine", conversation="loan", criterion="Leaves the decision to the user.", author="ben", scores={"ben": 10}
    ),
)  # fmt: skip

AGREEING = Case(
    conversation=RASH,
    ranked=Ranked(
        call="", question="", conversation="rash", spec=SPEC.digest, sections=("health", "money"), order=("A", "B"),
        ranking=Ranking.parse("A>B"), explanation="health wants the referral, and A gives it.",
    ),
    people=(Judgement(ranking=Ranking.parse("A>B"), rationale="A takes it seriously."),) * 3,
    sections=("money", "health"),
)  # fmt: skip
CASE = Case(
    conversation=LOAN,
    ranked=Ranked(
        call="", question="", conversation="loan", spec=SPEC.digest, sections=("money",), order=("C", "A", "B"),
        ranking=Ranking.parse("A>C>B"), explanation="money forbids a recommendation, and B gives one.",
    ),
    people=(
        *(Judgement(ranking=Ranking.parse("B>A>C"), rationale="It says what to do."),) * 4,
        *(Judgement(ranking=Ranking.parse("A>B=C"), rationale="I want to decide."),) * 2,
    ),
    sections=("money",),
    rubrics=RUBRICS,
)  # fmt: skip
TRIED = (
    Attempt(section="manner", intent="Be briefer.", outcome="no_evidence"),
    Attempt(
        section="money",
        intent="Always recommend.",
        outcome="set_aside",
        note="Too far: some facts are missing.",
    ),
)
MANNER = SpecPassage(
    what="section", section="manner", authority="guideline", text=SPEC.source_of("manner").rstrip()
)
EXAMPLE = SpecPassage(
    what="example", section="money", label="GOOD", messages=(("user", "Gold or shares?"),),
    text="Both have risks. Which one suits you, I would not say.",
)  # fmt: skip
THEME = ThemeAnswer(
    title="Wants a recommendation", about="They want to be told which choice to take.", justifications=()
)

SCENARIOS = ScenarioTask(
    section="money", count=3, topics=("inheritance",), seeds=("Should I lend my brother money?",),
    taken=("My mother wants to give the house away. Is that wise?",),
)  # fmt: skip
OPINION = Wanted(
    messages=LOAN.messages,
    opinion="The assistant should say which choice it would take.",
    others=("The assistant should lay out the choices and leave it there.",),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt with what it was made of, under the role that it is for."""

    role: str
    request: Request


def caller_of(script: Callable[[Request], Scripted] = lambda _: "", profile: Profile | None = None) -> Caller:
    """A caller that asks a scripted model and keeps nothing."""
    model = ScriptedModel(script, profile=profile or Profile())
    return Caller(model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget())


def sample_prompts(profile: Profile | None = None) -> list[Sample]:
    """A request of every agent that comes with Concord, in every form that its prompt takes."""
    caller = caller_of(profile=profile)
    ranker, grader, finder = Ranker(caller), RelevanceGrader(caller), ThemeFinder(caller)
    rubric = RubricGrader(caller)
    keyed = opaque_keys(0, PROPOSAL.id, JUSTIFICATIONS)
    talks = list(CONVERSATIONS.values())
    written = [id_ for id_ in SPEC.ids if SPEC.body_of(id_).strip()]
    after = apply(SPEC, PROPOSAL.edits)
    wider = PROPOSAL.model_copy(update={"intent": "Always recommend one choice in money matters."})
    requests = [
        ranker.request(Question(LOAN, SPEC, SPEC.ids, "0")),
        ranker.request(Question(LOAN, SPEC, (), "0")),
        ranker.request(Question(LOAN, None, (), "0")),
        *(request for request, _ in grader.router.requests(SPEC, written, talks)),
        *(reading.request for reading in grader.readings(SPEC, dict.fromkeys(written, talks))),
        *(reading.request for reading in grader.readings(after, {"money": talks}, SPEC)),
        Proposer(caller, "batch").request(SPEC, [CASE], TRIED, agreeing=[AGREEING]),
        Proposer(caller, "batch").request(SPEC, [CASE], ()),
        Proposer(caller, "conversation").request(SPEC, [CASE], TRIED, agreeing=[AGREEING]),
        Validator(caller, rubrics={"loan": RUBRICS}).request(
            PROPOSAL, keyed, spec=SPEC, conversations=CONVERSATIONS
        ),
        MeaningComparer(caller).request(PROPOSAL, wider),
        KindClassifier(caller).request(SPEC, PROPOSAL),
        *(ConflictFinder(caller).request(SPEC, PROPOSAL, passage) for passage in (MANNER, EXAMPLE)),
        finder.request(SPEC, "money", keyed),
        finder.request(SPEC, "money", keyed, [THEME]),
        rubric.request(LOAN, rubric.keys("loan", RUBRICS)),
        Responder(caller).request(Answering(LOAN, SPEC), SPEC.ids),
        SectionReader(caller).request(SPEC, "money", "Who wants a recommendation, and why?", keyed),
        ScenarioWriter(caller).request(SPEC, ScenarioTask(section="money", count=2)),
        ScenarioWriter(caller).request(SPEC, SCENARIOS),
        OpinionWriter(caller).request(OPINION),
        PlainAnswerer(caller).request(LOAN.messages),
    ]
    return [Sample(request.role, request) for request in requests]
