"""Instructions planted in one item move nothing of the others; a fence that fails shows."""

import asyncio
from importlib import import_module

import pytest

from concord.agents.validator import Validator
from concord.evals.injection import Config, obeying, run
from concord.evals.planted_orders import planted_orders
from concord.graph.run_records import RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.store.memory import MemoryCallCache


def test_a_reader_that_obeys_what_stands_outside_its_fence_moves_nothing() -> None:
    attacks = ("plain order", "forged fence", "forged heading", "line separators")
    figures = asyncio.run(run(Config(conversations=20, attacks=attacks)))
    assert figures["compared"] is not None
    assert figures["compared"] > 1000
    assert figures["moved"] == 0
    assert figures["moved_by_itself"] == 0
    assert figures["sides"]


def test_a_fence_with_a_boundary_that_anybody_knows_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    known = "data-" + "a" * 24
    monkeypatch.setitem(
        import_module("concord.prompts.render")._environment.filters,
        "fence",
        lambda text: f"<{known}>\n{text}\n</{known}>",
    )
    config = Config(conversations=20, attacks=("forged fence",), places=("justification",))
    figures = asyncio.run(run(config))
    assert figures["moved"]


def test_a_broken_fence_shows_in_verdicts_on_what_others_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    known = "data-" + "a" * 24
    monkeypatch.setitem(
        import_module("concord.prompts.render")._environment.filters,
        "fence",
        lambda text: f"<{known}>\n{text}\n</{known}>",
    )
    caller = Caller(obeying(), cache=MemoryCallCache(), calls=RunRecords.in_memory().calls, budget=Budget())
    assert asyncio.run(planted_orders(Validator(caller))).moved > 50
