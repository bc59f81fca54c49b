"""`concord eval promises`: runs of trials drawn at random: does each promise hold in every cell, and what does it find?

No text, no ranker: differences of conversations and people are drawn, and go through the shipped p-values, rules and
shrinkage.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..errors import OptionError
from ..records import Record
from ..trials.company import drops_below
from ..trials.differences import Differences
from ..trials.evidence import Evidence, evidence_of
from ..trials.gaffke import gaffke_p_value
from ..trials.likely import LIKELY_RULES, likely
from ..trials.max_drop import deepest, likely_drop, max_drop
from ..trials.policy import DEFAULT_LIKELY_RULE
from ..trials.records import AtDrop
from ..trials.two_way import people_p_value
from .registry import Figures

Floats = NDArray[np.float64]
RATERS = {8: 6, 12: 6, 24: 6, 48: 8, 60: 5, 1012: 10}
"""People a conversation, by panel."""
FALLS = np.random.default_rng(0).beta(3.0, 4.0, 1000)
"""Possible falls as panels of CA-1's shape have them: 0.43 in the mean, 0.57 at the 75 % point."""
MIXES: Mapping[str, Mapping[str, float]] = {
    "no_op": {"no_op": 1},
    "wording": {"wording": 1},
    "deep_harm": {"deep_harm": 1},
    "noisy_deep_harm": {"noisy_deep_harm": 1},
    "half_of_people": {"half_of_people": 1},
    "themes": {"themes": 1},
    "prior": {"prior": 1},
    "small_mends": {"small": 0.3, "no_op": 0.2, "harm": 0.2, "noisy_deep_harm": 0.15, "themes": 0.15},
    "few_small_mends": {"small": 0.1, "no_op": 0.3, "noisy_deep_harm": 0.3, "half_of_people": 0.3},
    "medium_mends": {"medium": 0.3, "no_op": 0.3, "harm": 0.2, "noisy_deep_harm": 0.2},
    "few_medium_mends": {"medium": 0.1, "no_op": 0.3, "noisy_deep_harm": 0.3, "half_of_people": 0.3},
}
"""Kinds of edits in a run and their shares. The first six hold nulls only (half of `wording` is a little above 0)."""


class Config(Record):
    """What is drawn. `seeds` is the number of runs of each cell."""

    rules: tuple[str, ...] = Field((DEFAULT_LIKELY_RULE,), description="Likely rules, by name.")
    mixes: tuple[str, ...] = Field(tuple(MIXES), description="Mixes of edits, by name.")
    panels: tuple[int, ...] = Field((12, 48, 1012), description="People.")
    trials: int = Field(40, ge=1, description="Trials a run, as many as are declared.")
    q: float = Field(0.10, gt=0, lt=1, description="False share that likely promises.")
    alpha: float = Field(0.05, gt=0, lt=1, description="Error that proven promises.")


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial: what it left, and the truth."""

    effect: float
    evidence: Evidence
    proven_p: float


class Cell(Record):
    """One mix of edits on one panel, over many runs."""

    mix: str
    panel: int
    rule: str
    false_share: float
    """Mean over runs of the share of adopted edits without a positive effect; 0 where none is adopted."""
    gain: float | None
    """True gain of the adopted as a share of all the gain there was; None where there was none."""
    adopted: float
    proven_error: float
    """Share of runs that prove an edit without a positive effect."""
    proven_gain: float | None
    coverage: float | None
    """Of the 95 % intervals of the adopted."""
    told: float | None
    """Mean shrunken effect of the adopted, beside the `true` one."""
    true: float | None


def draw(kind: str, size: int, panel: int, draws: int, rng: np.random.Generator) -> tuple[float, Differences]:
    """One trial's true effect, and its differences on `size` conversations by a panel of `panel` people."""
    sd = rng.uniform(0.10, 0.20) * (0.84 if draws == 2 else 1.0)
    effect, items = 0.0, np.zeros(size)
    if kind == "wording":
        effect = float(rng.uniform(0.005, 0.02) * rng.choice([-1, 1]))
    elif kind in ("deep_harm", "noisy_deep_harm"):
        items = np.where(rng.random(size) < 0.06, -0.47, 0.03)
        sd = 0.02 if kind == "deep_harm" else 0.6 * sd
    elif kind == "themes":
        items = np.where(rng.random(size) < 0.5, 0.1, -0.1)
        sd = float(np.sqrt(max(sd**2 - 0.01, 0.0025)))
    elif kind == "prior":
        effect = _of_prior(rng)
    elif kind in ("small", "medium", "large", "harm"):
        low, high = {
            "small": (0.04, 0.07),
            "medium": (0.08, 0.15),
            "large": (0.15, 0.20),
            "harm": (-0.05, 0.0),
        }[kind]
        effect = float(rng.uniform(low, high))
    raters = min(RATERS[panel], panel)
    person = np.argsort(rng.random((size, panel)), axis=1)[:, :raters]
    leaning = rng.normal(0, 0.0 if kind == "deep_harm" else 0.02, panel)
    if kind == "half_of_people":
        leaning = 0.2 * rng.choice([-1.0, 1.0], panel)
    values = (effect + items + sd * rng.normal(size=size))[:, None] + leaning[person]
    values += 0.12 * rng.normal(size=values.shape)
    return effect, Differences.of_cells(
        np.repeat(np.arange(size), raters), person.ravel().astype(np.intp), np.clip(values.ravel(), -1, 1)
    )


@lru_cache(maxsize=256)
def pool(
    kind: str,
    panel: int,
    sizes: tuple[int, ...],
    draws: int,
    count: int,
    seed: int,
    level: float,
    alpha: float,
) -> tuple[Tried, ...]:
    """Trials of one kind, as many of each size."""
    rng = np.random.default_rng([seed, len(kind), sum(map(ord, kind)), panel, draws])
    tried = []
    for size in sizes:
        lenient_drop = likely_drop(FALLS, level=level, planned=size)
        strict_drop = max_drop(FALLS, alpha=alpha, planned=size)
        for _ in range(count):
            effect, differences = draw(kind, size, panel, draws, rng)
            people = people_p_value(differences)
            lenient = max(people, gaffke_p_value(differences.values, lenient_drop))
            at_drops = tuple(
                AtDrop(drop=drop, p_value=max(people, gaffke_p_value(differences.values, drop)))
                for drop in drops_below(lenient_drop)
            )
            strict = max(people, gaffke_p_value(differences.values, strict_drop))
            evidence = evidence_of(
                "", differences, p_value=lenient, at_drops=at_drops, deepest=deepest(FALLS)
            )
            assert evidence is not None
            tried.append(Tried(effect, evidence, strict))
    return tuple(tried)


def cell(
    mix: str,
    *,
    panel: int,
    runs: int,
    trials: int = 40,
    max_trials: int = 40,
    a_round: int = 5,
    q: float = 0.10,
    alpha: float = 0.05,
    rule: str = "either",
    sizes: tuple[int, ...] = (12, 20, 36, 60, 100),
    draws: int = 2,
    count: int = 400,
    seed: int = 0,
) -> Cell:
    """Runs of `trials` trials, decided after every round: what a round adopts stays adopted."""
    rng = np.random.default_rng([seed, panel, runs])
    kinds, shares = list(MIXES[mix]), list(MIXES[mix].values())
    pools = [
        pool(kind, panel, sizes, draws, count, seed, q / max_trials, alpha / max_trials) for kind in kinds
    ]
    false, adopted_count, gained, there, proven_false, proven_gain = [], 0, 0.0, 0.0, 0, 0.0
    covered: list[bool] = []
    told: list[float] = []
    true: list[float] = []
    for _ in range(runs):
        picked = [
            pools[which][rng.integers(len(pools[which]))]
            for which in rng.choice(len(kinds), trials, p=shares)
        ]
        evidence = [each.evidence.model_copy(update={"proposal": str(k)}) for k, each in enumerate(picked)]
        adopted: set[str] = set()
        for end in range(a_round, trials + a_round, a_round):
            adopted |= LIKELY_RULES[rule](evidence[:end], q=q, max_trials=max_trials).keys()
        verdicts = likely(evidence, q=q, max_trials=max_trials, rule=LIKELY_RULES[rule])
        effects = [picked[int(name)].effect for name in adopted]
        false.append(sum(effect <= 0 for effect in effects) / max(len(effects), 1))
        adopted_count += len(effects)
        gained += sum(effects)
        there += sum(max(each.effect, 0.0) for each in picked)
        proven = [each.effect for each in picked if each.proven_p <= alpha / max_trials]
        proven_false += any(effect <= 0 for effect in proven)
        proven_gain += sum(proven)
        for name in adopted:
            shrunken, effect = verdicts[name].effect, picked[int(name)].effect
            covered.append(shrunken.low <= effect <= shrunken.high)
            told.append(shrunken.effect)
            true.append(effect)
    return Cell(
        mix=mix,
        panel=panel,
        rule=rule,
        false_share=_mean(false) or 0.0,
        gain=gained / there if there else None,
        adopted=adopted_count / runs,
        proven_error=proven_false / runs,
        proven_gain=proven_gain / there if there else None,
        coverage=_mean([float(each) for each in covered]),
        told=_mean(told),
        true=_mean(true),
    )


def _of_prior(rng: np.random.Generator) -> float:
    """Most edits are worth -3 to +5 points, few above 8."""
    place = rng.random()
    if place < 0.7:
        return float(rng.normal(0.01, 0.025))
    return float(rng.normal(0.055, 0.015) if place < 0.9 else rng.uniform(0.08, 0.14))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> Figures:
    """Figures `RULE_MIX_PANEL_...`, each of `seeds` runs: see `Cell`. Over all cells of a rule: `RULE_worst_false_share`
    and `RULE_worst_proven_error`. Raises OptionError for a rule or a mix that nobody knows."""
    for given, known in ((config.rules, LIKELY_RULES), (config.mixes, MIXES)):
        if unknown := set(given) - set(known):
            raise OptionError(f"nothing is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    figures: Figures = {}
    for rule in config.rules:
        cells = []
        for mix, panel in product(config.mixes, config.panels):
            found = cell(
                mix, panel=panel, runs=seeds, trials=config.trials, max_trials=config.trials, rule=rule, q=config.q,
                alpha=config.alpha, seed=seed,
            )  # fmt: skip
            cells.append(found)
            told = found.model_dump(exclude={"mix", "panel", "rule"})
            figures |= {f"{rule}_{mix}_{panel}_{name}": value for name, value in told.items()}
            if progress is not None:
                progress(f"{rule}, {mix}, {panel} people: false share {found.false_share:.3f}")
        figures[f"{rule}_worst_false_share"] = max(each.false_share for each in cells)
        figures[f"{rule}_worst_proven_error"] = max(each.proven_error for each in cells)
    return figures
