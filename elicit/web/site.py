"""What the pages of a study are served from."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock

from jinja2 import Environment

from ...review.web.access import Access, Tokens
from ...review.web.rendering import environment
from ..answers import Device, Invitation, Standing
from ..steps.protocol import StepKind
from ..steps.walk import STEP_KINDS, Walk
from ..study_store import StudyStore, hashed
from .exact import exact
from .limits import Buckets, Limits
from .saver import Saver
from .waiting import Work

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever opened a personal link."""

    token: str
    invitation: Invitation
    walk: Walk
    standing: dict[str, Standing]
    """Step to what stands for it."""
    cookie: str
    """The mark of this browser; empty where it keeps none."""
    elsewhere: Device | None
    """The other browser that the link was last saved from; None where it is this one, or none yet."""

    @property
    def participant(self) -> str:
        return self.invitation.participant

    @property
    def done(self) -> set[str]:
        """Steps that are complete."""
        return {step for step, each in self.standing.items() if each.complete}

    @property
    def next(self) -> int:
        return self.walk.next(self.done)

    @property
    def finished(self) -> bool:
        return self.next == len(self.walk.steps)

    @property
    def prompts_done(self) -> int:
        done = self.done
        return sum(
            all(step.id in done for step in self.walk.steps if step.item == item)
            for item in self.walk.seat.items
        )

    @property
    def minutes_left(self) -> int:
        """By the person's own pace, once three prompts are done."""
        done, count = self.prompts_done, len(self.walk.seat.items)
        took = sum(each.worked for each in self.standing.values() if each.item and each.complete)
        each = took / done / 60 if done >= 3 and took else self.walk.study.minutes_per_prompt
        return max(1, round((count - done) * each)) if count > done else 0


@dataclass
class StudySite:
    """One study's pages: the store behind them, the kinds of steps, the limits."""

    store: StudyStore
    access: Access
    kinds: Sequence[StepKind] = STEP_KINDS
    limits: Limits = field(default_factory=Limits)
    templates: Sequence[Path] = ()
    """Folders with templates of further kinds of steps."""
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        limits = self.limits
        self.work = Work(self.store.store)
        self.saver = Saver(self.store, self.work)
        self.saves = Buckets(limits.saves_per_second, limits.saves_at_once, time.monotonic)
        self.pages = Buckets(limits.pages_per_second, limits.pages_at_once, time.monotonic)
        self.guesses = Buckets(limits.guesses_per_second, limits.guesses_at_once, time.monotonic)
        self.tokens = Tokens(self.store.secret("forms"))
        self._walks: dict[str, Walk] = {}
        self._lock = Lock()

    @cached_property
    def environment(self) -> Environment:
        env = environment(*self.templates, TEMPLATES)
        env.filters["exact"] = exact
        return env

    def visitor(self, token: str, cookie: str) -> Visitor | None:
        """Who has this link; None for one that opens nothing. Reads the store."""
        invitation = self.store.invitation(token)
        if invitation is None:
            return None
        who = invitation.participant
        device = self.store.device(who)
        here = device is None or secrets.compare_digest(device.mark, hashed(cookie))
        return Visitor(
            token=token, invitation=invitation, walk=self.walk(who), standing=self.store.standing(who), cookie=cookie,
            elsewhere=None if here else device,
        )  # fmt: skip

    def walk(self, participant: str) -> Walk:
        """A seat never changes: its walk is made once."""
        with self._lock:
            found = self._walks.get(participant)
        if found is None:
            found = Walk(self.store.study, self.store.seat(participant), tuple(self.kinds))
            with self._lock:
                self._walks[participant] = found
        return found
