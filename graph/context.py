"""What a run is given, and what its nodes work with."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from ..agents.proposers import Proposer
from ..agents.ranker import Ranker
from ..agents.relevance import RelevanceGrader
from ..agents.rubric import RubricGrader
from ..agents.validator import Validator
from ..agreement.bridging import check_attribute
from ..agreement.people import People
from ..errors import DataError, OptionError
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.protocol import Role
from ..panel.groups import check_group, lens_for
from ..panel.records import Conversation, Lens, Panel
from ..spec import Spec
from ..store.protocol import Uses
from ..trials.acceptance import AcceptanceEngine
from ..trials.engine import Precheck
from ..trials.evaluator import Evaluator
from ..trials.folds import Folds
from ..trials.group_tests import TrialGroup
from ..trials.policy import declared_trials
from .drafts import RunDrafts
from .evaluating import CachedEvaluator
from .groups import RunGroup, tested_groups
from .justifications import Justifications
from .likeness import Likeness
from .options import Options
from .policies import Policies
from .progress import Meter
from .rubrics import RubricEvaluator, Rubrics
from .run_records import RunRecords
from .scope import Scope
from .scoring import PeopleScores
from .texts import Texts


@dataclass(frozen=True)
class RunInputs:
    """What a run is launched with. `callers` has one for every role; they may share a base model."""

    spec: Spec
    panel: Panel
    callers: Mapping[Role, Caller]
    budget: Budget
    records: RunRecords
    options: Options = field(default_factory=Options)
    policies: Policies | None = None
    """None: those that the options name."""


@dataclass(frozen=True)
class RunContext:
    """The parts of a run, built from its inputs; LangGraph hands it to every node.

    What changes in a run stands in the machine's state and in `records`: everything here is as it was at the
    launch, or is read back from `records`. It holds no conversation of the test split.
    """

    inputs: RunInputs
    policies: Policies
    folds: Folds
    conversations: Mapping[str, Conversation]
    """The open ones, by id."""
    sealed: int
    """Conversations in the test split, all unseen."""
    texts: Texts
    scope: Scope
    evaluator: CachedEvaluator
    justifications: Justifications
    rubrics: Rubrics
    """The criteria that people scored on the open conversations."""
    likeness: Likeness
    """Over the open conversations' prompts and justifications."""
    proposers: Mapping[str, Proposer]
    validator: Validator
    meter: Meter
    run: str = "run"
    """Tells this run from every other."""
    ledger: Uses | None = None
    """Counts openings of the test split over runs; None: nobody counts."""
    groups: tuple[RunGroup, ...] = ()
    """Groups that may have overlays of their own; none: one text for everybody."""

    def group(self, name: str) -> RunGroup:
        """Raises KeyError."""
        for group in self.groups:
            if group.name == name:
                return group
        raise KeyError(name)

    @property
    def options(self) -> Options:
        return self.inputs.options

    @property
    def records(self) -> RunRecords:
        return self.inputs.records

    @property
    def people(self) -> People:
        """The participants that aren't held in reserve, on the open conversations."""
        return self.evaluator.scores_of.people

    @classmethod
    def of(
        cls, inputs: RunInputs, *, run: str = "run", ledger: Uses | None = None, meter: Meter | None = None
    ) -> "RunContext":
        """Raises DataError where the data is too small for its folds, OptionError for an unknown policy."""
        options, panel, records = inputs.options, inputs.panel, inputs.records
        policies = inputs.policies or Policies.of(options)
        if options.bridge:
            check_attribute(
                options.bridge, (key for who in panel.participants.values() for key in who.demographics)
            )
        splitter = policies.splitting
        lens = lens_of(options)
        counted = check_group(panel, lens, least=options.min_group)
        rated = {
            a.conversation
            for a in panel.assessments
            if a.participant in counted and a.judgement(options.block)
        }
        parts = {name: splitter.place_of(panel.conversations[name]) for name in sorted(rated)}
        folds = Folds(fold_of={name: part for name, part in parts.items() if part != "test"})
        if len(folds.names) < 2:
            raise DataError(
                f"the open data falls into {len(folds.names)} fold: with {len(rated)} conversations that have a "
                f"{options.block!r} ranking there is nothing to test proposals on; give at least about fifteen"
            )
        if inputs.policies is None and options.max_trials is None:
            declared = policies.acceptance.model_copy(
                update={
                    "max_trials": declared_trials(len(folds.items), overlays=policies.grouping is not None)
                }
            )
            policies = replace(policies, acceptance=declared)
        reserved = {name for name in panel.participants if splitter.reserved(name)}
        open_ = {name: panel.conversations[name] for name in folds.items}
        scores_of = PeopleScores(people_of(inputs, open_, lambda name: name not in reserved))
        silent = reserved | (panel.participants.keys() - counted)
        justifications = Justifications(panel, options.block, open_, silent, options.seed)
        groups = _groups(inputs, policies, open_, scores_of.people, silent)
        rubrics = Rubrics(panel, open_, silent, RubricGrader(inputs.callers["relevance"]), records)
        if options.evaluator == "rubrics" and len({folds.fold_of[name] for name in rubrics.scored}) < 2:
            raise OptionError(
                "the data has no scored criteria on the open conversations of two folds or more: trials can't go by "
                "rubrics; leave --evaluator out"
            )
        texts = Texts(records)
        texts.keep(inputs.spec)
        scope = Scope(RelevanceGrader(inputs.callers["relevance"]), open_, records)
        return cls(
            inputs=inputs,
            policies=policies,
            folds=folds,
            conversations=open_,
            sealed=sum(part == "test" for part in parts.values()),
            texts=texts,
            scope=scope,
            evaluator=CachedEvaluator(
                Ranker(inputs.callers["ranker"]), texts, scope, scores_of, open_, records, options
            ),
            justifications=justifications,
            rubrics=rubrics,
            likeness=Likeness({name: _words(name, open_, justifications) for name in open_}),
            proposers={
                "batch": Proposer(inputs.callers["batch_proposer"], "batch"),
                "conversation": Proposer(inputs.callers["conversation_proposer"], "conversation"),
            },
            validator=Validator(
                inputs.callers["validator"], batch=options.justifications_a_call, rubrics=rubrics.of
            ),
            meter=meter or Meter(budget=inputs.budget),
            run=run,
            ledger=ledger,
            groups=groups,
        )

    def drafts(self, round_: int) -> RunDrafts:
        return RunDrafts(self.texts, self.scope, self.records, round_)

    def engine(self, round_: int, node: str, precheck: Precheck | None = None) -> AcceptanceEngine:
        """The acceptance engine, its calls filed under a node of a round."""
        evaluator: Evaluator = self.evaluator.at(round_, node)
        own: dict[str, Evaluator] = {
            group.name: self.evaluator.at(round_, node).by(group) for group in self.groups
        }
        folds = self.folds
        if self.options.evaluator == "rubrics":
            scorers = self.rubrics.people(self.rubrics.met())
            evaluator = RubricEvaluator(self.evaluator.at(round_, node), PeopleScores(scorers))
            own = {
                group.name: RubricEvaluator(
                    self.evaluator.at(round_, node), PeopleScores(scorers.of(group.members))
                )
                for group in self.groups
            }
            scored = set(scorers.conversations)
            folds = Folds(fold_of={name: fold for name, fold in folds.fold_of.items() if name in scored})
        return AcceptanceEngine(
            evaluator=evaluator,
            drafts=self.drafts(round_),
            folds=folds,
            policy=self.policies.acceptance,
            seed=self.options.seed,
            precheck=precheck,
            retry=self.policies.retry,
            rule=self.policies.rule,
            likely_rule=self.policies.likely_rule,
            groups=tuple(
                TrialGroup(group.name, group.members, own[group.name], group.tested) for group in self.groups
            ),
        )


def people_of(inputs: RunInputs, conversations: Collection[str], counts: Callable[[str], bool]) -> People:
    """The participants that `counts` says yes to, on these conversations, under the run's block.

    Raises DataError where none of them is left.
    """
    panel, lens, wanted = inputs.panel, lens_of(inputs.options), set(conversations)
    block = lens.block
    kept = [a for a in panel.assessments if a.conversation in wanted and counts(a.participant)]
    if not any(assessment.judgement(block) for assessment in kept):
        raise DataError(
            f"of the participants with a {block!r} ranking of these {len(wanted)} conversations none is left "
            "beside those held in reserve: give more participants"
        )
    return People.compile(panel.model_copy(update={"assessments": tuple(kept)}), lens, conversations)


def lens_of(options: Options) -> Lens:
    """Which evidence counts in a run. Raises OptionError for a group that is none."""
    return lens_for(options.group, block=options.block, members=options.members)


def _groups(
    inputs: RunInputs,
    policies: Policies,
    open_: Mapping[str, Conversation],
    heard: People,
    silent: Collection[str],
) -> tuple[RunGroup, ...]:
    """The groups of a run with several defaults. Raises InputError where there are fewer than two, or none is large enough."""
    if policies.grouping is None:
        return ()
    options, panel = inputs.options, inputs.panel
    found = policies.grouping.groups(panel, heard, people_of(inputs, open_, lambda _: True))
    made = [
        RunGroup(
            name=name,
            members=members,
            scores_of=PeopleScores(heard.of(members)),
            justifications=Justifications(
                panel, options.block, open_, {*silent, *(panel.participants.keys() - members)}, options.seed
            ),
        )
        for name, members in found.items()
    ]
    acceptance = policies.acceptance
    level = max(acceptance.overlay_alpha, acceptance.overlay_q) / acceptance.max_trials
    tested = tested_groups({group.name: group.people for group in made}, level=level)
    return tuple(replace(group, tested=group.name in tested) for group in made)


def with_options(inputs: RunInputs, **changes: object) -> RunInputs:
    """The inputs with some options changed; policies that the options name change with them."""
    options = Options.model_validate({**inputs.options.model_dump(), **changes})
    return replace(inputs, options=options)


def _words(name: str, conversations: Mapping[str, Conversation], justifications: Justifications) -> str:
    return "\n".join(
        [
            *(message.content for message in conversations[name].messages),
            *(judgement.rationale for judgement in justifications.judgements.get(name, ())),
        ]
    )
