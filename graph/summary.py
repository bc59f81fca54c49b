"""What a run comes to: the record behind `summary.json`, the same bytes for the same inputs."""

import platform
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from math import sqrt

from ..agreement.carefulness import Careless, careless
from ..models.protocol import Role, live_name
from ..panel.groups import is_narrow, members_of, told
from ..panel.records import Panel
from ..records import Record
from ..trials.acceptance import FINAL
from ..trials.outcomes import Effect
from ..trials.plan import conversations_wanted
from .concluding import why_sealed
from .context import RunContext, lens_of
from .docket import Entry, standing
from .failing import FailureReport
from .groups import joined
from .influence import Influence, influence
from .records import Figure, OriginsRecord
from .rubric_records import RubricRecord
from .sealed_records import SealedTest
from .state import State, StopReason

SCHEMA_VERSION = 2
_LIBRARIES = ("jinja2", "langgraph", "markdown-it-py", "numpy", "pydantic", "scipy")


class Adopted(Record):
    """An edit in the text. Its effect is shrunken by all that the run tried, on the conversations it touches."""

    id: str
    round: int
    section: str
    kind: str
    origin: str
    intent: str
    label: str
    """proven or likely."""
    effect: Effect | None
    """With its interval, and the chance that it is no improvement; None for a person's word without a trial."""
    by: str
    """`loop`, or the reviewer who adopted it."""
    overlays: tuple[str, ...] = ()
    """The groups in whose overlays it stands; empty: the common text."""
    influence: Influence | None = None
    """Whose rankings it hangs on; None for a person's word without a trial."""
    conversations_for_proof: int | None = None
    """Of a likely edit: how many conversations like those of its trial a proof would take, with a chance of 80 %, if it
    brings what it seems to; None where it is proven, or seems to bring nothing."""


class OverlayText(Record):
    """One group's overlay over the common text."""

    group: str
    participants: int
    """People of the group who were heard."""
    tested: bool
    """Whether there are people enough to show what only they want."""
    edits: tuple[str, ...]
    """Proposals, in the order of adoption."""
    text: str
    """Digest of the common text with them."""
    agreement: Figure | None
    """The group's, under its text as the last round began with it, on open conversations."""


class Data(Record):
    """What the run worked on."""

    digest: str
    block: str
    conversations: Mapping[str, int]
    """Part (fold number, or `sealed`) to conversations with a ranking."""
    participants: int
    assessments: int
    group: str = ""
    """Whose evidence counts, in words; empty: everybody's."""
    careless: tuple[Careless, ...] = ()
    """Participants with signs of carelessness (copied words, one ranking for everything, rankings like chance)."""
    not_used: Mapping[str, int]
    """Kind of problem to items of the data that were left out."""


class SplitUse(Record):
    """How often this data was used before, over all runs. Every look makes the next one worth less."""

    openings: int
    """Of the test split, this run's included."""
    runs: int
    """That tried edits on the same open data, this one included."""


class Provenance(Record):
    """What the figures rest on."""

    concord: str
    libraries: Mapping[str, str] = {}
    """Python and the libraries that figures or prompts pass through, with their versions."""
    spec: str
    """Digests of the original, the proven and the likely text."""
    proven: str
    likely: str
    models: Mapping[str, str]
    """Agent to its base model's uri."""
    served: tuple[str, ...]
    """The names that the servers gave the models which answered."""
    templates: Mapping[str, str]
    """Agent to the version of its prompt."""
    seed: int
    split_seed: int


class WholeText(Record):
    """The final text against the original on open conversations, whole spec in view: a search for harm, not a gain.

    The open conversations chose the edits, so a gain on them flatters; a loss doesn't.
    """

    conversations: int
    mean: float
    """Candidate minus original agreement."""
    harmful: bool


class Summary(Record):
    schema_version: int = SCHEMA_VERSION
    stop_reason: StopReason
    failing: FailureReport | None = None
    """Where the run stopped because its calls fail."""
    rounds: int
    evidence: str
    alpha: float
    q: float
    notice: str
    calls: Mapping[str, int]
    failed_calls: int
    proposals: Mapping[str, int]
    """made, tried, adopted, proven, waiting (undecided at the end)."""
    origins: OriginsRecord | None = None
    """How far the proposers and people came to the same changes; None where it was not compared."""
    adopted: tuple[Adopted, ...]
    rejected: Mapping[str, int]
    overlays: tuple[OverlayText, ...] = ()
    """One a group, where the run has several defaults; an overlay may be empty."""
    agreement: tuple[float | None, ...]
    """Of the text that each round began with, on the open conversations."""
    whole_text: WholeText | None = None
    """The last search for harm; None where it wasn't made: nothing changed, or the budget or the context was too small."""
    rubrics: RubricRecord | None = None
    """Agreement by people's rubric scores beside that by rankings; None without scored criteria."""
    sealed_test: SealedTest | None
    sealed_note: str
    """Why there is no sealed test; empty where there is one."""
    data: Data
    use: SplitUse | None
    """None: nobody counts."""
    provenance: Provenance


def summarise(context: RunContext, state: State, failing: FailureReport | None = None) -> Summary:
    """The summary of a run that has come to its end, or that can't go on because its calls fail."""
    docket, records, options = state["docket"], context.records, context.options
    sealed = records.sealed.find()
    count = records.calls.count
    adopted = sorted(standing(docket, "adopted"), key=lambda id_: docket[id_]["round"])
    stop: StopReason = "failing" if failing else state["stop"] or "no_improvement"
    tried = {trial.proposal for trial in records.trials.find(stage="trial") if trial.outcome != "empty"}
    return Summary(
        stop_reason=stop,
        failing=failing,
        rounds=state["round"],
        evidence=options.evidence,
        alpha=options.alpha,
        q=options.q,
        notice=_notice(context),
        calls={
            "ranker": count(role="ranker"),
            "relevance": count(role="relevance"),
            "proposer": count(role="batch_proposer") + count(role="conversation_proposer"),
            "validator": count(role="validator"),
        },
        failed_calls=count(status="failed"),
        proposals={
            "made": len(docket),
            "tried": len(tried),
            "adopted": len(adopted),
            "proven": sum(docket[id_]["label"] == "proven" for id_ in adopted),
            "waiting": len(standing(docket, "queued", "retry", "deferred", "passed", "accepted")),
        },
        origins=origins[-1] if (origins := records.origins.find()) else None,
        adopted=tuple(_adopted(context, id_, docket[id_]) for id_ in adopted),
        rejected=dict(sorted(Counter(docket[id_]["reason"] for id_ in standing(docket, "rejected")).items())),
        overlays=_overlays(context, state),
        agreement=tuple(
            each.agreement.estimate
            for round_ in range(1, state["round"] + 1)
            for each in records.measures.find(round=round_)
        ),
        whole_text=_whole_text(context),
        rubrics=rubrics[-1] if (rubrics := records.rubrics.find()) else None,
        sealed_test=sealed[0].result if sealed else None,
        sealed_note="" if sealed else _why_not(context, state, stop),
        data=_data(context),
        use=_use(context),
        provenance=_provenance(context, state),
    )


def _adopted(context: RunContext, id_: str, entry: Entry) -> Adopted:
    proposal = context.records.proposals.get(id_)
    decisions = context.records.decisions.find(proposal=id_)
    effects = [decision.effect for decision in decisions if decision.decision == "adopted"]
    reviewers = [decision.by for decision in decisions if decision.decision == "adopt"]
    return Adopted(
        id=id_,
        round=entry["round"],
        section=proposal.edits[0].section,
        kind=proposal.kind,
        origin=proposal.origin,
        intent=proposal.intent,
        label=entry["label"],
        effect=effects[-1] if effects else None,
        by=reviewers[-1] if reviewers else "loop",
        overlays=tuple(entry.get("overlays", ())),
        influence=influence(context, id_),
        conversations_for_proof=_for_proof(context, id_, effects[-1])
        if effects and entry["label"] == "likely"
        else None,
    )


def _for_proof(context: RunContext, id_: str, effect: Effect | None) -> int | None:
    trials = context.records.trials.find(proposal=id_, stage="trial")
    tried = [trial for trial in trials if trial.se is not None and trial.max_drop > 0 and trial.alpha > 0]
    if effect is None or not tried:
        return None
    trial = tried[-1]
    seen = sum(value is not None for value in trial.differences)
    return conversations_wanted(
        effect.mean, (trial.se or 0.0) * sqrt(seen), level=trial.alpha, drop=trial.max_drop
    )


def _overlays(context: RunContext, state: State) -> tuple[OverlayText, ...]:
    measures = context.records.measures.find(round=state["round"])
    found: list[OverlayText] = []
    for group in context.groups:
        edits = tuple(state.get("overlays", {}).get(group.name, ()))
        measured = measures[-1].groups.get(group.name) if measures else None
        found.append(
            OverlayText(
                group=group.name,
                participants=group.people,
                tested=group.tested,
                edits=edits,
                text=context.texts.keep(joined(context.texts, context.records, state["current"], edits)),
                agreement=measured.agreement if measured else None,
            )
        )
    return tuple(found)


def _whole_text(context: RunContext) -> WholeText | None:
    for trial in context.records.trials.find(proposal=FINAL):
        if trial.mean is not None:
            seen = sum(value is not None for value in trial.differences)
            return WholeText(
                conversations=seen, mean=round(trial.mean, 6), harmful=trial.outcome == "harmful"
            )
    return None


def _why_not(context: RunContext, state: State, stop: StopReason) -> str:
    if stop == "failing":
        return "Too many calls failed: the test split stays sealed."
    return why_sealed(context, state) or "The budget ended before the sealed test could be taken."


def _data(context: RunContext) -> Data:
    panel: Panel = context.inputs.panel
    folds = context.folds
    lens = lens_of(context.options)
    counted = members_of(panel, lens)
    return Data(
        digest=panel.digest,
        block=context.options.block,
        conversations={
            **{f"fold {fold}": len(folds.of(fold)) for fold in folds.names},
            "sealed": context.sealed,
        },
        participants=len(counted),
        assessments=sum(one.participant in counted for one in panel.assessments),
        group=told(lens) if is_narrow(lens) else "",
        careless=careless(panel, context.options.block),
        not_used=dict(sorted(Counter(each.kind for each in panel.problems if each.dropped).items())),
    )


def _use(context: RunContext) -> SplitUse | None:
    if context.ledger is None:
        return None
    digest = context.inputs.panel.digest
    return SplitUse(
        openings=context.ledger.openings(digest),
        runs=context.ledger.selections(digest, context.options.split_seed),
    )


def libraries() -> dict[str, str]:
    """Python's version and those of the libraries that figures or prompts pass through."""
    return {"python": platform.python_version(), **{name: _installed(name) for name in _LIBRARIES}}


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _provenance(context: RunContext, state: State) -> Provenance:
    roles: list[Role] = sorted(context.inputs.callers)
    templates = {
        role: page[0].template for role in roles if (page := context.records.calls.page(limit=1, role=role))
    }
    return Provenance(
        concord=_installed("concord-spec"),
        libraries=libraries(),
        spec=context.inputs.spec.digest,
        proven=state["proven"],
        likely=state["current"],
        models={role: live_name(context.inputs.callers[role].model.uri) for role in roles},
        served=context.records.calls.served(),
        templates=templates,
        seed=context.options.seed,
        split_seed=context.options.split_seed,
    )


def _notice(context: RunContext) -> str:
    """What every output must say: of the data, and of each base model, once each."""
    notices = [
        context.inputs.panel.notice,
        *(caller.model.profile.notice for caller in context.inputs.callers.values()),
    ]
    return " ".join(dict.fromkeys(notice for notice in notices if notice))
