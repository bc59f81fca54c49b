"""Everything a run works with. Nodes and the human-first loop take a workshop; neither needs the other."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from ..agents.proposers import Proposer
from ..agents.ranker import Ranker
from ..agents.relevance import Grades, RelevanceGrader
from ..agents.validator import Validator
from ..agreement.people import People
from ..errors import DataError
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.protocol import Role
from ..panel.records import Judgement, Lens, Panel
from ..panel.splits import HashSplitter, Splitter
from ..spec import Spec
from .bench import Bench
from .evidence import Voices
from .likeness import Likeness
from .options import Options
from .run_records import RunRecords
from .selecting import LargestGap, Selector
from .touch import Touch

Say = Callable[[str], None]


@dataclass(frozen=True)
class Setup:
    """What a run is launched with. `callers` has one for every role; they may share a base model."""

    spec: Spec
    panel: Panel
    callers: Mapping[Role, Caller]
    budget: Budget
    store: RunRecords
    options: Options
    splitter: Splitter | None = None
    selector: Selector | None = None
    say: Say = field(default=lambda _: None)
    """Told one line about each step, for a person who watches."""


class Workshop:
    """The parts of a run, built from its setup. Holds no conversation of the test split."""

    def __init__(self, setup: Setup) -> None:
        """Raises DataError where a split has nothing to work on."""
        options = setup.options
        self.setup = setup
        self.options = options
        self.store = setup.store
        self.say = setup.say
        self.splitter = setup.splitter or HashSplitter(options.split_seed)
        asked = {a.conversation for a in setup.panel.assessments if a.judgement(options.block)}
        splits = {id: self.splitter.split_of(id) for id in setup.panel.conversations if id in asked}
        self.training = sorted(id for id, split in splits.items() if split == "train")
        self.selection = sorted(id for id, split in splits.items() if split == "selection")
        self.sealed = sum(split == "test" for split in splits.values())
        for name, ids in (("training", self.training), ("selection", self.selection)):
            if not ids:
                raise DataError(
                    f"the {name} split holds no conversation with a {options.block!r} ranking: the data has "
                    f"{len(asked)}, give at least about ten"
                )
        self.said: dict[str, list[Judgement]] = {}
        for assessment in setup.panel.assessments:
            judgement = assessment.judgement(options.block)
            if judgement and not self.splitter.reserved(assessment.participant):
                self.said.setdefault(assessment.conversation, []).append(judgement)
        self.open = {id: setup.panel.conversations[id] for id in (*self.training, *self.selection)}
        self.people = self.heard(list(self.open), lambda id: not self.splitter.reserved(id))
        self.grades = Grades()
        self.ranker = Ranker(setup.callers["ranker"])
        self.grader = RelevanceGrader(setup.callers["relevance"])
        self.proposers = {
            "batch": Proposer(setup.callers["batch_proposer"], "batch"),
            "conversation": Proposer(setup.callers["conversation_proposer"], "conversation"),
        }
        self.validator = Validator(setup.callers["validator"], batch=options.voices_a_call)
        self.bench = Bench(self.ranker, self.grades, self.people, self.open, self.store, options)
        self.touch = Touch(self.grader, self.grades, self.open, self.store)
        self.voices = Voices(
            setup.panel, options.block, self.splitter, self.validator, self.store, options.seed
        )
        self.selector = setup.selector or LargestGap(Likeness(self._texts()))
        self.touch.recall()
        self.bench.keep(setup.spec)

    def heard(self, conversations: Collection[str], counts: Callable[[str], bool]) -> People:
        """The participants that `counts` says yes to, on these conversations, under the run's block.

        Raises DataError where none of them is left.
        """
        panel, block, wanted = self.setup.panel, self.options.block, set(conversations)
        heard = [a for a in panel.assessments if a.conversation in wanted and counts(a.participant)]
        if not any(assessment.judgement(block) for assessment in heard):
            raise DataError(
                f"of the participants with a {block!r} ranking of these {len(wanted)} conversations none is left "
                "beside those held in reserve: give more participants"
            )
        return People.compile(
            panel.model_copy(update={"assessments": tuple(heard)}), Lens(block=block), conversations
        )

    def _texts(self) -> dict[str, str]:
        return {
            id: "\n".join(
                [
                    *(message.content for message in self.open[id].messages),
                    *(judgement.rationale for judgement in self.said.get(id, ())),
                ]
            )
            for id in self.training
        }
