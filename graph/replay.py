"""A trial of the past, decided again with some people left out: from the run's own rankings, nothing is asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..records import Record
from ..trials.differences import Differences
from ..trials.evaluator import Score
from ..trials.evidence import Evidence
from ..trials.likely import likely, likely_level
from ..trials.max_drop import likely_drop
from ..trials.outcomes import Label
from ..trials.pairs import Pair, differences, paired
from ..trials.records import Trial
from ..trials.rules import rule
from ..trials.trial import cut
from ..trials.two_way import standard_error
from .context import RunContext


class Redecided(Record):
    """What a trial comes to with some people left out."""

    mean: float
    """Mean difference, candidate minus current text; a fraction. 0 where nobody is left."""
    p_value: float
    label: Label | None
    """None: neither proven nor likely."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A trial with its differences, person by person, and what decided it."""

    context: RunContext
    trial: Trial
    pairs: tuple[Pair, ...]
    drop: float
    """What the likely promise reckons with."""
    exact: bool
    """Whether everybody together come to the p-value that was written down. It isn't where rankings are missing, or where
    the set was drawn from a larger one, whose conversations also say how far agreement could fall."""

    @classmethod
    def of(cls, context: RunContext, trial: Trial) -> "Replay | None":
        """None where the rankings of the trial aren't on record."""
        pairs = _pairs(context, trial)
        if not len(differences(pairs)):
            return None
        policy = context.policies.acceptance
        falls = context.evaluator.possible_falls(trial.base, sorted(set(trial.planned)))
        level = likely_level(q=policy.q, max_trials=policy.max_trials)
        drop = likely_drop(falls, level=level, planned=len(trial.planned))
        made = cls(context, trial, tuple(pairs), drop, exact=False)
        known = trial.p_value if trial.p_value is not None else 1.0
        return replace(made, exact=abs(made.decided().p_value - known) < 1e-6)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody with a ranking under both texts."""
        return tuple(sorted({rater for pair in self.pairs for rater in _cells(pair)}))

    def conversations(self, person: str) -> int:
        """Of the trial, those that this person ranked."""
        return sum(person in _cells(pair) for pair in self.pairs)

    @property
    def mean(self) -> float:
        """The mean difference with everybody."""
        return differences(self.pairs).mean

    def means(self) -> dict[str, float]:
        """Person to the mean difference without them; 0 where nobody is left."""
        items = [found for pair in self.pairs if (found := _cells(pair))]
        totals = [(sum(w for w, _ in each.values()), sum(w * d for w, d in each.values())) for each in items]
        whole = sum(weighted / weight for weight, weighted in totals)
        told: dict[str, float] = {}
        for person in self.people:
            change, gone = 0.0, 0
            for (weight, weighted), each in zip(totals, items, strict=True):
                if person not in each:
                    continue
                own, difference = each[person]
                alone = len(each) == 1
                gone += alone
                rest = 0.0 if alone else (weighted - own * difference) / (weight - own)
                change += rest - weighted / weight
            left = len(items) - gone
            told[person] = (whole + change) / left if left else 0.0
        return told

    def decided(self, left_out: Collection[str] = ()) -> Redecided:
        """The trial's looks with these people left out: the same conversations, looks, drops and levels.

        Where the trial had stopped with a proof that these people leave undone, it would have gone on to conversations that
        nobody was asked about: it is taken to end with those that were. The likely promise is asked of all the run's trials, this one's evidence replaced; what was never given up then
        isn't given up now.
        """
        trial, policy = self.trial, self.context.policies.acceptance
        kept = [_without(pair, left_out) for pair in self.pairs]
        chosen = self.context.policies.rule or rule(trial.rule)
        test = chosen.start(
            alpha=trial.alpha, planned=len(trial.planned), max_drop=trial.max_drop, likely_drop=self.drop, likely_level=1.0
        )  # fmt: skip
        proven = False
        found = differences(kept)
        for end in cut(len(trial.planned), chosen.blocks):
            if end > len(kept):
                break
            found = differences(kept[:end])
            outcome = test.look(found, last=end == len(trial.planned)).outcome
            if outcome == "continue" and end == len(kept):
                outcome = test.look(found, last=True).outcome
            if outcome == "positive":
                proven = True
                break
        p_value = test.p_value()
        label: Label | None = "proven" if proven else "likely" if self._is_likely(found, p_value) else None
        if policy.evidence == "proven" and label == "likely":
            label = None
        return Redecided(mean=found.mean, p_value=p_value, label=label)

    def _is_likely(self, found: Differences, p_value: float) -> bool:
        evidence = []
        for trial in self.context.records.trials.find(stage="trial"):
            one = _evidence(trial)
            if trial.id == self.trial.id:
                se, df = standard_error(found)
                if se is None or df is None or len(found) < 2:
                    return False
                one = Evidence(
                    proposal=trial.proposal, mean=found.mean, se=se, df=df, p_value=p_value, n=len(found)
                )
            if one is not None:
                evidence.append(one)
        policy = self.context.policies.acceptance
        verdicts = likely(
            evidence, q=policy.q, max_trials=max(policy.max_trials, len(evidence)),
            rule=self.context.policies.likely_rule,
        )  # fmt: skip
        return self.trial.proposal in verdicts and verdicts[self.trial.proposal].adopted


def _pairs(context: RunContext, trial: Trial) -> list[Pair]:
    """The trial's pairs, as far as they were asked, in its order of testing."""
    before = [
        each for each in context.records.trials.find(proposal=trial.proposal, stage=trial.stage)
        if each.round < trial.round
    ]  # fmt: skip
    name = f"{trial.stage}:{trial.round}:{trial.proposal}:{len(before)}"
    seeds = [name if trial.draws == 1 else f"{name}#{number}" for number in range(trial.draws)]
    items = trial.planned[: len(trial.differences)]
    draws = [
        (_stored(context, trial.base, items, seed), _stored(context, trial.candidate, items, seed))
        for seed in seeds
    ]
    return [paired(context.evaluator, item, draws) for item in items]


def _stored(context: RunContext, text: str, items: Sequence[str], seed: str) -> dict[str, Score]:
    ranked = context.evaluator.measured(text, items, order_seed=seed)
    return dict(context.evaluator.scores_of.of({name: each.ranking for name, each in ranked.items()}))


def _cells(pair: Pair) -> dict[str, tuple[float, float]]:
    """Person to (weight, difference) on one conversation."""
    if pair.before is None or pair.after is None:
        return {}
    before = dict(zip(pair.before.raters, pair.before.values.tolist(), strict=True))
    return {
        rater: (weight, value - before[rater])
        for rater, value, weight in zip(
            pair.after.raters, pair.after.values.tolist(), pair.after.weights.tolist(), strict=True
        )
        if rater in before and weight > 0
    }


def _without(pair: Pair, left_out: Collection[str]) -> Pair:
    if not left_out:
        return pair
    return replace(pair, before=_kept(pair.before, left_out), after=_kept(pair.after, left_out))


def _kept(score: Score | None, left_out: Collection[str]) -> Score | None:
    if score is None:
        return None
    mask = np.array([rater not in left_out for rater in score.raters], dtype=bool)
    raters = tuple(rater for rater, kept in zip(score.raters, mask.tolist(), strict=True) if kept)
    return Score(raters, score.values[mask], score.weights[mask])


def _evidence(trial: Trial) -> Evidence | None:
    """As the ledger took it; the weight of a trial among those of its round isn't on record, and taken as 1."""
    n = sum(value is not None for value in trial.differences)
    if n < 2 or trial.mean is None or trial.se is None or trial.df is None:
        return None
    return Evidence(
        proposal=trial.proposal, mean=trial.mean, se=trial.se, df=trial.df, p_value=trial.p_value or 0.0, n=n
    )
