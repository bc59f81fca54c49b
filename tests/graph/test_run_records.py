"""The bundle of what a run keeps: each kind is found by what its readers ask for."""

from pathlib import Path

import pytest

from concord.agents.records import Ranked, Verdict
from concord.graph.records import Decision
from concord.graph.run_records import RunRecords
from concord.panel.ranking import Ranking
from concord.spec.records import Edit, Proposal


@pytest.mark.parametrize("kept", ["on disk", "in memory"])
def test_every_kind_comes_back_and_is_found_by_its_fields(tmp_path: Path, kept: str) -> None:
    records = RunRecords.create(tmp_path / "run") if kept == "on disk" else RunRecords.in_memory()
    ranked = Ranked(
        call="c1", question="q1", conversation="k", spec="s", sections=("a", "b"), order=("B", "A"),
        ranking=Ranking.parse("B>A"), explanation="why",
    )  # fmt: skip
    edit = Edit(op="replace", section="tone", anchor="long", text="short")
    proposal = Proposal(edits=(edit,), intent="Say less", kind="clarification", origin="batch", base="0" * 64)
    verdict = Verdict(proposal="p", assessment="a", participant="u", stance="refute", source="scripted")
    decision = Decision(proposal="p", round=1, by="loop", decision="rejected", reason="empty")
    records.rankings.add([ranked])
    records.proposals.add([proposal])
    records.verdicts.add([verdict])
    records.decisions.add([decision])
    records.flush()
    assert records.rankings.find(conversation="k", spec="s") == [ranked]
    assert records.rankings.get("c1") == ranked
    assert records.proposals.find(origin="batch") == [proposal]
    assert records.verdicts.find(proposal="p", stance="refute", source="scripted") == [verdict]
    assert records.decisions.find(by="loop", reason="empty", round=1) == [decision]
    records.close()
