"""The page of a proposed change in a real browser: by keyboard alone, on a phone's width, without an error."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vote_runs import reading_of, vote_run

from concord.elicit.behave import worth_asking
from concord.elicit.votes import votes_of
from concord.elicit.votes_study import invite_readers, open_votes, people_read, vote_study

from .conftest import Served

pytestmark = pytest.mark.slow


def test_a_person_votes_by_keyboard_alone_on_a_narrow_screen(
    tmp_path: Path, browser: Any, serve: Callable[..., Served]
) -> None:
    run = vote_run(tmp_path)
    reading = reading_of(run)
    ids = worth_asking(reading, 10)
    store = open_votes(run, vote_study(reading, ids, reading.source.behaviours(), seed=5))
    ((_, token),) = invite_readers(store, people_read(reading, ids), 1)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    problems: list[str] = []
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(f"{serve(store).address}/s/{token}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picked = []
    for _ in range(30):
        page.keyboard.press("Tab")
        tag, name = page.evaluate("[document.activeElement.tagName, document.activeElement.name || '']")
        if name.startswith("prefer-") or name == "stance":
            page.keyboard.press("Space")
            picked.append(name)
        elif tag == "TEXTAREA":
            page.keyboard.type("Weil es freundlicher ist.")
        elif tag == "BUTTON":
            page.keyboard.press("Enter")
            break
    page.wait_for_url("**/finish")
    page.close()
    assert picked == ["prefer-1", "prefer-2", "stance"]
    assert problems == []
    ((vote,), _) = votes_of(store)
    assert (vote.stance, vote.why) == ("support", "Weil es freundlicher ist.")
    assert [choice.choice for choice in vote.choices] == [
        "new" if choice.new_first else "old" for choice in vote.choices
    ]
