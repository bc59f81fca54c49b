"""A trial of the past, decided again with some people left out: from the run's own rankings, nothing is asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..records import Record
from ..trials.deep_falls import deep_falls
from ..trials.differences import Differences, Floats, Indices
from ..trials.evidence import evidence_of_trial
from ..trials.likely import likely, likely_level
from ..trials.max_drop import likely_drop
from ..trials.outcomes import Label
from ..trials.records import AtDrop, Trial
from ..trials.rules import rule
from ..trials.trial import cut, p_values, raised
from ..trials.two_way import standard_error
from .context import RunContext
from .stored_pairs import cells, stored_pairs


class Redecided(Record):
    """What a trial comes to with some people left out."""

    mean: float
    """Mean difference, candidate minus current text; a fraction. 0 where nobody is left."""
    p_value: float
    label: Label | None
    """None: neither proven nor likely."""


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """A trial with its differences, person by person, and what decided it. Arrays run over (conversation, person) cells."""

    context: RunContext
    trial: Trial
    people: tuple[str, ...]
    """Everybody with a ranking under both texts, on the set or on the proposal's own fold."""
    item: Indices
    """(cells,): place in the order of testing; the own fold's conversations come after the whole set."""
    person: Indices
    """(cells,): place in `people`."""
    weight: Floats
    cell: Floats
    """(cells,): the person's difference, candidate minus current text."""
    drop: float
    """What the likely promise reckons with."""
    exact: bool
    """Whether everybody together come to the differences and the p-value that were written down. They don't where rankings
    are missing, or where the trial was given up for being unlikely."""

    @classmethod
    def of(cls, context: RunContext, trial: Trial) -> "Replay | None":
        """None where the rankings of the trial aren't on record."""
        chosen, own = stored_pairs(context, trial)
        rows = [
            (place, rater, weight, difference)
            for place, pair in [*enumerate(chosen), *enumerate(own, start=len(trial.planned))]
            for rater, (weight, difference) in cells(pair).items()
        ]
        if not rows:
            return None
        people = tuple(sorted({rater for _, rater, _, _ in rows}))
        number = {name: place for place, name in enumerate(people)}
        made = cls(
            context=context,
            trial=trial,
            people=people,
            item=np.array([row[0] for row in rows], dtype=np.intp),
            person=np.array([number[row[1]] for row in rows], dtype=np.intp),
            weight=np.array([row[2] for row in rows], dtype=np.float64),
            cell=np.array([row[3] for row in rows], dtype=np.float64),
            drop=_likely_drop(context, trial),
            exact=False,
        )
        known = trial.p_value if trial.p_value is not None else 1.0
        exact = (
            abs(made.decided().p_value - known) < 1e-6
            and _same([pair.difference for pair in chosen], trial.differences)
            and _same([pair.difference for pair in own], trial.own_differences)
        )
        return replace(made, exact=exact)

    @property
    def conversations(self) -> int:
        """Of the set, with rankings under both texts on record."""
        return len(np.unique(self.item[self._of_the_set]))

    def ranked_by(self, person: str) -> int:
        """Of these, those that a person ranked."""
        return len(np.unique(self.item[self._of_the_set & (self.person == self.people.index(person))]))

    @property
    def mean(self) -> float:
        """The mean difference with everybody."""
        return self._found(len(self.trial.planned), ()).mean

    def means(self) -> dict[str, float]:
        """Person to the mean difference without them, for all who ranked some of the set; 0 where nobody is left."""
        return {
            self.people[place]: self._found(len(self.trial.planned), (self.people[place],)).mean
            for place in np.unique(self.person[self._of_the_set]).tolist()
        }

    @property
    def _of_the_set(self) -> NDArray[np.bool_]:
        return np.asarray(self.item < len(self.trial.planned))

    def _found(self, end: int | None, left_out: Collection[str]) -> Differences:
        """The differences of the first `end` conversations with these people left out; None: with the own fold's."""
        out = np.array([name in left_out for name in self.people], dtype=bool)
        kept = ~out[self.person]
        if end is not None:
            kept &= self.item < end
        if not kept.any():
            return Differences.of_items([])
        _, item = np.unique(self.item[kept], return_inverse=True)
        return Differences.of_cells(
            item.astype(np.intp), self.person[kept], self.cell[kept], self.weight[kept]
        )

    def decided(self, left_out: Collection[str] = ()) -> Redecided:
        """The trial's looks with these people left out: the same conversations, looks, drops and levels.

        Where the trial had stopped with a proof that these people leave undone, it would have gone on to conversations that
        nobody was asked about: it is taken to end with those that were. So is one that would only now have looked at its own
        fold. The likely promise is asked of all the run's trials, this one's evidence replaced; what was never given up
        then isn't given up now.
        """
        trial, policy = self.trial, self.context.policies.acceptance
        asked = len(trial.differences)
        chosen = self.context.policies.rule or rule(trial.rule)
        test = chosen.start(
            alpha=trial.alpha, planned=len(trial.planned), max_drop=trial.max_drop, likely_drop=self.drop, likely_level=1.0
        )  # fmt: skip
        outcome = ""
        found = self._found(asked, left_out)
        for end in cut(len(trial.planned), chosen.blocks):
            if end > asked:
                break
            found = self._found(end, left_out)
            outcome = test.look(found, last=end == len(trial.planned)).outcome
            if outcome == "continue" and end == asked:
                outcome = test.look(found, last=True).outcome
            if outcome in ("positive", "harmful"):
                break
        if _went_on(trial, chosen.blocks):
            found = self._found(asked, left_out)
        p_value, at_drops = p_values(test, [each.drop for each in trial.at_drops])
        least = min([p_value, *(each.p_value for each in at_drops)])
        if trial.own and outcome == "ended" and least <= trial.likely_level:
            p_value, at_drops = raised(test, self._found(None, left_out), p_value, at_drops)
        label: Label | None = (
            "proven"
            if outcome == "positive"
            else "likely"
            if self._is_likely(found, p_value, at_drops)
            else None
        )
        if policy.evidence == "proven" and label == "likely":
            label = None
        return Redecided(mean=found.mean, p_value=p_value, label=label)

    def _is_likely(self, found: Differences, p_value: float, at_drops: tuple[AtDrop, ...]) -> bool:
        evidence = []
        for trial in self.context.records.trials.find(stage="trial"):
            one = evidence_of_trial(trial)
            if one is not None and trial.id == self.trial.id:
                se, df = standard_error(found)
                if se is None or df is None or len(found) < 2:
                    return False
                one = one.model_copy(
                    update={
                        "mean": found.mean, "se": se, "df": df, "p_value": p_value, "at_drops": at_drops,
                        "deep_falls": deep_falls(found.values), "n": len(found),
                    }
                )  # fmt: skip
            if one is not None:
                evidence.append(one)
        policy = self.context.policies.acceptance
        verdicts = likely(
            evidence, q=policy.q, max_trials=max(policy.max_trials, len(evidence)),
            rule=self.context.policies.likely_rule,
        )  # fmt: skip
        return self.trial.proposal in verdicts and verdicts[self.trial.proposal].adopted


def _likely_drop(context: RunContext, trial: Trial) -> float:
    if trial.likely_drop is not None:
        return trial.likely_drop
    policy = context.policies.acceptance
    falls = context.evaluator.possible_falls(trial.base, sorted(set(trial.planned)))
    level = likely_level(q=policy.q, max_trials=policy.max_trials)
    return likely_drop(falls, level=level, planned=len(trial.planned))


def _same(found: Sequence[float | None], known: Sequence[float | None]) -> bool:
    return len(found) == len(known) and all(
        one is other or (one is not None and other is not None and abs(one - other) < 1e-6)
        for one, other in zip(found, known, strict=True)
    )


def _went_on(trial: Trial, blocks: int) -> bool:
    """Whether it asked about more than its own looks took, for the sake of groups of people."""
    ends = cut(len(trial.planned), blocks)[: len(trial.looks)]
    return bool(ends) and len(trial.differences) > ends[-1]
