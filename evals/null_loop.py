"""One run of Concord's own rules of evidence in a null world: screen, trial, ledger, retest, look outside."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..records import Record
from ..store.records import Trial
from ..trials.chances import DRAWS, near_miss, offers, shares_after
from ..trials.ledger import AlphaLedger
from ..trials.outside import look_outside
from ..trials.overlap import TOGETHER, retest
from ..trials.protocol import TrialRule
from ..trials.racing import Candidate, ScreenRule, race
from ..trials.trial import run_trial
from .null_edits import Edit, Proposer, Pushes
from .null_world import Text, World, WorldArms, names, number


class LoopConfig(Record):
    """How a run of the loop goes on."""

    alpha: float = 0.05
    max_trials: int = 60
    """Shares of alpha; a trial repeated after a near miss takes two or four, so fewer trials are made."""
    max_conversations: int = 60
    max_drop: float = 0.35
    batch: int = 8
    """Proposals a round, all edits of the text at its start."""
    most_proposals: int = 3000
    screening: bool = True
    screen_calls: int = 256
    """Calls a round's race may share."""
    screen_from_measure: bool = False
    """Whether the race takes its current arm from the measure pass: cheaper, and kind to aimed edits."""


class RunFigures(Record):
    """What one run came to. Gains in points of agreement (0 to 100)."""

    proposals: int
    nulls: int
    trials: int
    shares: int
    """Shares of alpha that the trials took."""
    adopted_nulls: int
    mends: int
    mends_tried: int
    adopted_mends: int
    calls: int
    true_gain: float
    sealed_gain: float
    selection_gain: float


@dataclass(slots=True)
class _Run:
    """The state of a run between its rounds."""

    text: Text
    ledger: AlphaLedger
    adopted: list[Edit] = field(default_factory=list)
    again: list[Edit] = field(default_factory=list)
    """Near misses, for the next round."""
    tests: dict[str, list[Trial]] = field(default_factory=dict)
    """Trials so far, by edit."""
    mends_tried: int = 0
    calls: int = 0


def section_gaps(world: World, text: Text) -> list[float]:
    """How far each section's training conversations are from full agreement, as one measure pass sees it."""
    where = world.parts["train"]
    missing = 1.0 - world.agreement(text, where, number("measure"))
    return [float(missing[world.member[section, where]].mean()) for section in range(world.config.sections)]


def measured_gain(world: World, text: Text, where: NDArray[np.int64], draw: str) -> float:
    """The gain over the original in points, as a measure pass with its own draws tells it."""
    final = world.agreement(text, where, number(f"{draw}:final"))
    return 100.0 * float((final - world.agreement(world.original, where, number(f"{draw}:original"))).mean())


async def run_loop(
    world: World, moves: Pushes, config: LoopConfig, rule: TrialRule, *, true_share: float, seed: int
) -> RunFigures:
    """Propose, screen and try until the ledger has no trial left; then open the test split.

    No patience and a validator that passes all: nothing but the trials stands between a null edit and the
    text.
    """
    arms = WorldArms(world)
    arms.add(world.original)
    proposer = Proposer(world, moves, true_share=true_share, seed=seed)
    run = _Run(world.original, AlphaLedger(alpha=config.alpha, max_trials=config.max_trials))
    run.calls += len(world.parts["train"]) + len(world.parts["selection"])
    edits: list[Edit] = []
    turn = 0
    while run.ledger.left and proposer.made < config.most_proposals:
        turn += 1
        before = run.text
        gaps = section_gaps(world, before)
        batch = [proposer.propose(gaps) for _ in range(config.batch)]
        edits += batch
        promoted = await _screen(run, arms, proposer, batch, config, turn, seed)
        await _try_all(run, arms, proposer, promoted, config, rule, turn, seed)
        changed = run.text.prompts != before.prompts
        run.calls += int(sum(changed[world.parts[part]].sum() for part in ("train", "selection")))
    nulls = sum(edit.kind != "mend" for edit in edits)
    return RunFigures(
        proposals=len(edits),
        nulls=nulls,
        trials=sum(map(len, run.tests.values())),
        shares=run.ledger.tried,
        adopted_nulls=sum(edit.kind != "mend" for edit in run.adopted),
        mends=len(edits) - nulls,
        mends_tried=run.mends_tried,
        adopted_mends=sum(edit.kind == "mend" for edit in run.adopted),
        calls=run.calls,
        true_gain=100.0 * world.true_gain(run.text, world.original),
        sealed_gain=measured_gain(world, run.text, world.parts["test"], "sealed"),
        selection_gain=measured_gain(world, run.text, world.parts["selection"], "measure"),
    )


async def _screen(
    run: _Run,
    arms: WorldArms,
    proposer: Proposer,
    batch: list[Edit],
    config: LoopConfig,
    turn: int,
    seed: int,
) -> list[Edit]:
    """The edits of a round that are promoted, in the order of proposing."""
    if not config.screening:
        return batch
    world = proposer.world
    candidates = [
        Candidate(
            proposal=edit.name,
            candidate=arms.add(proposer.apply(run.text, edit)),
            planned=names(world.of(edit.section, "train")),
        )
        for edit in batch
    ]
    measured = config.screen_from_measure
    screens = await race(
        candidates,
        arms=arms,
        current=run.text.name,
        round=turn,
        seed=seed,
        budget_calls=config.screen_calls,
        screen=ScreenRule(),
        draw="measure" if measured else None,
        calls_per_difference=1 if measured else 2,
    )
    run.calls += sum(screen.calls for screen in screens)
    return [edit for edit, screen in zip(batch, screens, strict=True) if screen.outcome == "positive"]


async def _try_all(
    run: _Run,
    arms: WorldArms,
    proposer: Proposer,
    promoted: list[Edit],
    config: LoopConfig,
    rule: TrialRule,
    turn: int,
    seed: int,
) -> None:
    """Trials against the round's first text; what passes is retested on what was adopted before it."""
    world, start = proposer.world, run.text
    touched = np.zeros(world.member.shape[1], dtype=bool)
    wanted, run.again = [*run.again, *promoted], []
    shares = [shares_after(run.tests.get(edit.name, ())) for edit in wanted]
    for edit, alpha, share in zip(wanted, offers(run.ledger, shares), shares, strict=False):
        draws = DRAWS if edit.name in run.tests else 1
        planned = world.of(edit.section, "selection")
        trial = await run_trial(
            proposal=edit.name,
            round=turn,
            current=start.name,
            candidate=arms.add(proposer.apply(start, edit)),
            planned=names(planned),
            arms=arms,
            rule=rule,
            alpha=alpha,
            seed=seed,
            max_conversations=config.max_conversations * draws,
            max_drop=config.max_drop,
            repeats=draws,
        )
        run.calls += trial.calls
        run.mends_tried += edit.kind == "mend" and edit.name not in run.tests
        run.tests.setdefault(edit.name, []).append(trial)
        if near_miss(run.tests[edit.name]):
            run.again.append(edit)
        stays = trial.outcome == "positive"
        together = proposer.apply(run.text, edit)
        arms.add(together)
        if stays and touched[planned].any():
            again = await retest(
                proposal=edit.name,
                round=turn,
                without=run.text.name,
                together=together.name,
                planned=names(planned),
                arms=arms,
                rule=rule,
                alpha=max(TOGETHER, alpha),
                seed=seed,
                max_conversations=config.max_conversations,
                max_drop=config.max_drop,
            )
            run.calls += again.calls
            stays = again.outcome == "positive"
        if stays:
            rest = np.setdiff1d(world.parts["selection"], planned)
            outside = await look_outside(
                proposal=edit.name,
                round=turn,
                current=run.text.name,
                candidate=together.name,
                outside=names(rest),
                arms=arms,
                seed=seed,
            )
            run.calls += outside.calls if world.config.context == "full" else 0
            stays = outside.outcome != "harmful"
        run.ledger = run.ledger.after(True, stays, alpha, shares=share)
        if stays:
            run.text = together
            run.adopted.append(edit)
            touched |= world.member[edit.section]
