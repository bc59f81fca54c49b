"""Signs of life: what a tracker knows, and what is shown of it on and off a terminal."""

import io
import time

import pytest

from concord.api.progress import Progress, Tracker, duration
from concord.cli import progress
from concord.cli.progress import Display
from concord.models.budget import Amount, Budget
from concord.review.terminal import Terminal


def at_work() -> Tracker:
    """A tracker in the middle of a step of ten calls."""
    tracker = Tracker()
    tracker.budget = Budget()
    tracker.budget.settle(Amount(), Amount(4, 1200, 0.5))
    tracker.begins(2, "measure")
    tracker.planned("ranker", 10)
    for number in range(4):
        tracker.done("ranker", cached=False, failed=number == 0)
    return tracker


def test_a_line_tells_step_calls_failures_tokens_money_and_time() -> None:
    now = at_work().now
    assert (now.round, now.step, now.done, now.planned, now.failed) == (2, "measure", 3, 10, 1)
    assert now.seconds_left is not None
    assert now.line().startswith("round 2: measure, 3 of 10 calls, 1 failed, 1,200 tokens, $0.50, about ")


def test_a_price_that_nobody_knows_is_not_told_as_nothing() -> None:
    tracker = at_work()
    tracker.priced = False
    assert tracker.now.usd is None
    assert "price unknown" in tracker.now.line()
    assert "$" not in tracker.now.line()


def test_a_new_step_counts_from_the_beginning() -> None:
    tracker = at_work()
    for _ in range(6):
        tracker.done("ranker", cached=True, failed=False)
    tracker.begins(2, "trial")
    tracker.planned("ranker", 5)
    assert (tracker.now.done, tracker.now.planned) == (0, 5)
    assert tracker.now.agents["ranker"] == (10, 15)


def test_a_callback_hears_of_steps_and_not_of_every_call() -> None:
    heard: list[Progress] = []
    tracker = Tracker(heard.append, every=60)
    tracker.begins(1, "measure")
    tracker.planned("ranker", 1000)
    for _ in range(1000):
        tracker.done("ranker", cached=False, failed=False)
    assert 1 <= len(heard) <= 3


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST", 0.02)
    monkeypatch.setattr(progress, "EVERY", 0.02)


def shown(tracker: Tracker, *, quiet: bool = False) -> str:
    """What is printed off a terminal while the work says nothing for a while."""
    written = io.StringIO()
    with Display(Terminal(file=written), tracker, quiet=quiet):
        time.sleep(0.2)
    return written.getvalue()


def test_off_a_terminal_plain_lines_come_while_the_work_is_silent(hasty: None) -> None:
    lines = shown(at_work()).splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("round 2: measure, 3 of 10 calls") for line in lines)


def test_quiet_is_quiet(hasty: None) -> None:
    assert shown(at_work(), quiet=True) == ""


def test_hostile_words_in_a_step_stay_words(hasty: None) -> None:
    tracker = Tracker()
    tracker.note("round 1: adopted: \x1b]52;c;aGk=\x07[bold]x \u202e")
    told = shown(tracker)
    assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert "[bold]x" in told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.1, "1 s"), (59, "59 s"), (150, "2 min"), (7800, "2 h 10 min")]
)
def test_durations_are_told_shortly(seconds: float, told: str) -> None:
    assert duration(seconds) == told
