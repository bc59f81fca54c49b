"""What `concord models check` asks: whether a base model answers, and how it does on five tiny tasks.

One task for each agent, asked with the agents' own prompts. The right answers are plain to a reader; a model
that fails here is not worth a run.
"""

from collections.abc import Callable, Sequence

from ..agents.proposers import Case, Proposer
from ..agents.ranker import Question, Ranker
from ..agents.records import Ranked
from ..agents.relevance import RelevanceGrader, section_key
from ..agents.validator import Justification, Validator
from ..errors import CallFailed, EditError
from ..models.budget import Budget
from ..models.call_log import StoredCalls
from ..models.caller import Caller, RetryPolicy
from ..models.check import CheckReport, check
from ..models.protocol import BaseModel, Role
from ..models.records import Where
from ..panel.ranking import Ranking
from ..panel.records import Conversation, Judgement, Message, Response
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply
from ..store.memory import MemoryCallCache

SPEC = Spec.parse(
    """# Films and books

When the user asks which film or book is better, the assistant should not state its own opinion.

# Programming

Code that the assistant writes must run as it stands, and come with a test.
"""
)
TASTE, PROGRAMMING = SPEC.ids
_WHERE = Where(node="check")


class Task(Record):
    """One tiny task."""

    agent: Role
    passed: bool
    outcome: str
    """One sentence: what was asked, and what came."""


class ModelCheck(Record):
    """What the server does, and how the model does."""

    report: CheckReport
    tasks: tuple[Task, ...]
    """Empty where the model doesn't answer at all."""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0
    """None: the model's prices aren't known."""

    @property
    def passed(self) -> int:
        return sum(task.passed for task in self.tasks)

    @property
    def usable(self) -> bool:
        """Whether the model answers, and does at least one task as it should be done."""
        return self.report.reachable and self.passed > 0


async def check_model(model: BaseModel, *, progress: Callable[[str], None] | None = None) -> ModelCheck:
    """Check `model`: at most eight small requests, then five tasks. Never raises for what the model does."""
    report_progress = progress or (lambda _: None)
    report_progress("asking what the server can do")
    report = await check(model)
    if not report.reachable:
        return ModelCheck(report=report, tasks=())
    calls = StoredCalls.in_memory()
    caller = Caller(
        model, cache=MemoryCallCache(), calls=calls, budget=Budget(), retry=RetryPolicy(attempts=2)
    )
    tasks = []
    for ask in (_rank, _relevance, _batch, _conversation, _validate):
        try:
            task = await ask(caller)
        except CallFailed as problem:
            task = Task(agent=_ROLES[ask.__name__], passed=False, outcome=str(problem))
        tasks.append(_with_failure(task, calls))
        report_progress(f"{task.agent}: {task.outcome}")
    spent = list(calls.spent().values())
    return ModelCheck(
        report=report,
        tasks=tuple(tasks),
        calls=sum(each.calls for each in spent),
        input_tokens=sum(each.input_tokens for each in spent),
        output_tokens=sum(each.output_tokens for each in spent),
        usd=None if any(each.unpriced for each in spent) else sum(each.usd_known for each in spent),
    )


_ROLES: dict[str, Role] = {
    "_rank": "ranker",
    "_relevance": "relevance",
    "_batch": "batch_proposer",
    "_conversation": "conversation_proposer",
    "_validate": "validator",
}


def _with_failure(task: Task, calls: StoredCalls) -> Task:
    """The task, with the reason of its failed call in place of the bare fact."""
    failed = calls.find(role=task.agent, status="failed")
    if task.passed or not failed:
        return task
    return task.model_copy(update={"outcome": f"no usable answer: {failed[-1].failure}"})


async def _rank(caller: Caller) -> Task:
    """Where the rule wants no opinion, the response that gives one comes last."""
    question = Question(_conversation_about_films(), SPEC, (TASTE,), order_seed="check")
    (ranked,) = await Ranker(caller).rank([question], _WHERE)
    found = "nothing" if ranked is None else str(ranked.ranking)
    last = () if ranked is None else ranked.ranking.tiers[-1]
    outcome = f"the rule puts A last, which gives an opinion; the ranking is {found}"
    return Task(agent="ranker", passed=last == ("A",), outcome=outcome)


async def _relevance(caller: Caller) -> Task:
    """A conversation about films belongs to one section and not to the other."""
    conversation = _conversation_about_films()
    grades = await RelevanceGrader(caller).grade(SPEC, SPEC.ids, [conversation], _WHERE)
    mine, other = (
        grades.get(section_key(SPEC, section), {}).get(conversation.id, 0) for section in (TASTE, PROGRAMMING)
    )
    return Task(
        agent="relevance",
        passed=mine >= 4 > other,
        outcome=f"a conversation about films is graded {mine} for {TASTE} and {other} for {PROGRAMMING}",
    )


async def _batch(caller: Caller) -> Task:
    return await _propose(caller, "batch", [_case(number) for number in range(len(_FILMS))])


async def _conversation(caller: Caller) -> Task:
    return await _propose(caller, "conversation", [_case(0)])


async def _propose(caller: Caller, origin: str, cases: Sequence[Case]) -> Task:
    """People want the opinion that the rule forbids: an edit is called for, and it must fit the text."""
    proposer = Proposer(caller, "batch" if origin == "batch" else "conversation")
    proposals = await proposer.propose(SPEC, [cases], (), _WHERE)
    applied = [proposal for proposal in proposals if _applies(proposal)]
    outcome = f"of {len(proposals)} proposed changes, {len(applied)} can be applied to the text"
    return Task(agent=proposer.role, passed=bool(applied), outcome=outcome)


async def _validate(caller: Caller) -> Task:
    """One reason for a change, one against it, one that has no bearing."""
    proposal = Proposal(
        edits=(
            Edit(
                op="replace",
                section=TASTE,
                anchor="the assistant should not state its own opinion.",
                text="the assistant should state its own opinion.",
            ),
        ),
        intent="State an opinion when the user asks which film or book is better.",
        kind="change_of_principle",
        origin="human",
    )
    texts = {
        "support": "I asked for an opinion, and the best response states its own opinion.",
        "refute": "I dislike it when the assistant gives its own opinion. It should not take sides.",
        "silent": "The last response is full of spelling mistakes.",
    }
    written = [
        Justification(
            assessment=stance, participant=stance, conversation="films-0", text=text, ranking="A>B>C"
        )
        for stance, text in texts.items()
    ]
    films = _conversation_about_films()
    judged = await Validator(caller).judge(
        proposal, written, _WHERE, spec=SPEC, conversations={films.id: films}
    )
    found = {verdict.assessment: verdict.stance for verdict in judged.verdicts}
    right = sum(found.get(stance) == stance for stance in texts)
    return Task(
        agent="validator",
        passed=right == len(texts),
        outcome=f"{right} of 3 justifications sorted as they were written (support, refute, silent)",
    )


_FILMS = (
    ("The Long Road", "Night Train"),
    ("A Small Town", "The Lighthouse Keeper"),
    ("Seven Winters", "The Clockmaker"),
    ("Paper Boats", "The Last Orchard"),
)


def _conversation_about_films(number: int = 0) -> Conversation:
    one, other = _FILMS[number]
    texts = {
        "A": f"In my view {one} is the better film: its story is tighter and its ending moves me more.",
        "B": f"{one} and {other} both have admirers. Which suits you depends on your mood.",
        "C": f"{one} is a drama. {other} is a comedy.",
    }
    return Conversation(
        id=f"films-{number}",
        messages=(Message(role="user", content=f"Which film is better, {one} or {other}?"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=text),))
            for label, text in texts.items()
        ),
    )


def _case(number: int) -> Case:
    conversation = _conversation_about_films(number)
    ranked = Ranked(
        call="",
        question="",
        conversation=conversation.id,
        spec=SPEC.digest,
        sections=(TASTE,),
        order=conversation.labels,
        ranking=Ranking.parse("B=C>A"),
        explanation=f"{TASTE} asks for no opinion, and A gives one.",
    )
    justifications = {
        "I asked for an opinion and want a straight pick.": "A>B>C",
        "Only the first one has the courage to state its own opinion, which is what I asked for.": "A>B=C",
        "It depends on your mood? Useless. Give me your opinion.": "A>C>B",
        "An opinion with a reason is what helps me choose.": "A>B>C",
        "A is best, it answers with an opinion of its own.": "A>B>C",
        "I like an assistant that takes sides on a film.": "A>C>B",
    }
    people = tuple(
        Judgement(ranking=Ranking.parse(ranking), rationale=text) for text, ranking in justifications.items()
    )
    return Case(conversation=conversation, ranked=ranked, people=people, sections=(TASTE,))


def _applies(proposal: Proposal) -> bool:
    try:
        return apply(SPEC, proposal.edits).digest != SPEC.digest
    except EditError:
        return False
