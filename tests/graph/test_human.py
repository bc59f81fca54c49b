"""A person's proposals: tested as the loop tests its own, on a docket, paid for by its ledger."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from builders import TEXT, World, kinder, on_disk, ranked, stances

from concord.errors import OptionError
from concord.graph import launch
from concord.graph.human_records import ProposalReport, ProposalResult
from concord.graph.human_run import propose
from concord.graph.launching import Finished
from concord.graph.policies.authority import AuthorityTable
from concord.graph.question import Answer, Question
from concord.models.protocol import Request
from concord.panel.ranking import Ranking
from concord.spec import Edit, Spec, apply
from concord.spec.proposal_file import Written, check
from concord.testing.scripted import Scripted
from concord.trials.ledger import AlphaLedger
from concord.trials.outcomes import Entry


def written(
    section: str = "tone", text: str = "must be kind", intent: str = "", anchor: str = "must be short", **more: Any
) -> Written:  # fmt: skip
    edit = Edit(op="replace", section=section, anchor=anchor, text=text)
    return Written(edits=(edit,), intent=intent or f"The answer {text}.", author="Ada", **more)


def kind_of(request: Request) -> Scripted:
    sections: Any = request.data("sections")
    sentence = next(each["text"] for each in sections if "must be" in each["text"]).splitlines()[-1]
    return {"sentence": sentence, "reason": "It asks for something else.", "kind": "change_of_principle"}


def same(_: Request) -> Scripted:
    return {"reason": "Both ask for kindness.", "answer": "same"}


def world(**more: Any) -> World:
    answers = {"kind": kind_of, "meaning": same, **more.pop("answers", {})}
    return World(answers=answers, **more)


def told(given: World, *proposals: Written, checkpoint: Path | None = None, **more: Any) -> ProposalResult:
    def read(spec: Spec) -> tuple[Written, ...]:
        check(spec, proposals)
        return proposals

    result, finished = asyncio.run(propose(given.inputs, read, checkpoint=checkpoint, **more))
    assert finished.spec.text == apply(given.spec, []).text or checkpoint
    return result


def one(result: ProposalResult) -> ProposalReport:
    (report,) = result.reports
    return report


def test_what_the_rankings_and_the_words_bear_out_holds_and_waits_for_a_person() -> None:
    given = world()
    result = told(given, written())
    report = one(result)
    assert report.outcome.status == "accepted"
    assert report.outcome.label in ("proven", "likely")
    assert report.proposal.origin == "human"
    assert report.proposal.author == "Ada"
    assert report.support is not None
    assert report.support.support == given.people
    assert report.trial is not None
    assert report.trial.fold is None
    assert {name.split("-")[0] for name in report.trial.planned} == {"0", "1", "2"}
    assert report.better
    assert not report.worse
    assert result.trials_left == given.context().policies.acceptance.max_trials - 1


def test_nothing_of_the_test_split_or_of_the_reserve_is_looked_at() -> None:
    given = world()
    told(given, written())
    assert all("test-" not in str(request.parts) for request in given.asked)
    assert {v.participant for v in given.records.verdicts.find()} == {f"p{n}" for n in range(given.people)}


def test_people_who_speak_against_it_refute_it_whatever_the_ranker_says() -> None:
    report = one(told(world(answers={"validator": stances("refute")}), written()))
    assert (report.outcome.status, report.outcome.reason) == ("rejected", "refuted")
    assert report.refuting_words
    assert report.supporting_words == ()


def test_a_proposal_that_nobody_commented_on_is_silent_and_not_supported() -> None:
    report = one(told(world(answers={"validator": stances("silent")}), written()))
    assert (report.outcome.status, report.outcome.reason) == ("rejected", "silent")
    assert report.support is not None
    assert report.support.share is None
    assert report.support.silent == 16


def test_words_are_asked_about_also_where_the_trial_speaks_against_it() -> None:
    report = one(told(world(), written(text="must be short, while birds sing")))
    assert report.outcome.status in ("rejected", "retry", "deferred")
    assert report.support is not None
    assert report.support.support == 16


def test_the_kind_is_told_by_another_reader_and_held_against_the_claim() -> None:
    open_, claimed = told(world(), written(), written(section="money", kind="clarification")).reports
    assert open_.kind.claimed is None
    assert open_.kind.agrees is None
    assert open_.proposal.kind == "change_of_principle"
    assert claimed.kind.agrees is False
    assert claimed.proposal.kind == "clarification"
    assert open_.kind.sentence in TEXT


def test_sections_of_high_authority_are_left_to_a_person_and_ask_for_more() -> None:
    report = one(
        told(world(text=TEXT.replace("{#tone authority=user}", "{#tone authority=root}")), written())
    )
    assert report.needs == "a person"
    assert report.outcome.status == "accepted"


def test_verdicts_alone_spend_nothing_and_touch_no_docket(tmp_path: Path) -> None:
    given = world(records=on_disk(tmp_path))
    result = told(given, written(), validate_only=True, checkpoint=tmp_path / "checkpoint.db")
    assert one(result).support is not None
    assert one(result).trial is None
    assert result.trials_left == given.context().policies.acceptance.max_trials
    assert given.records.trials.find() == []
    assert told(given, written(), checkpoint=tmp_path / "checkpoint.db").trials_left == result.trials_left - 1


def test_parts_that_carry_the_effect_are_told_from_those_that_don_t() -> None:
    edits = (
        Edit(op="replace", section="tone", anchor="must be short", text="must be kind"),
        Edit(op="insert", section="tone", anchor="must be kind.", text=" Birds sing."),
    )
    report = one(told(world(), Written(edits=edits, intent="Be kind.")))
    carries, idle = report.parts
    assert carries.mean is None or carries.mean > 0.3
    assert idle.mean == 0.0
    assert idle.items > 0


def finished_run(folder: Path) -> tuple[World, Finished]:
    given = world(
        answers={"batch_proposer": kinder, "conversation_proposer": kinder}, records=on_disk(folder),
        options={"rounds": 1},
    )  # fmt: skip
    ended = asyncio.run(launch(given.inputs, checkpoint=folder / "checkpoint.db"))
    assert isinstance(ended, Finished)
    return given, ended


def test_into_a_run_it_goes_on_that_docket_and_is_paid_for_by_that_alpha(tmp_path: Path) -> None:
    given, ended = finished_run(tmp_path)
    tried = ended.summary.proposals["tried"]
    assert tried
    again = world(records=given.records, cache=given.cache, options={"rounds": 1})

    def read(spec: Spec) -> tuple[Written, ...]:
        assert "must be kind" in spec.text
        return (written(text="must be long", anchor="must be kind"),)

    result, after = asyncio.run(propose(again.inputs, read, checkpoint=tmp_path / "checkpoint.db"))
    assert result.base == ended.spec.digest
    before = AlphaLedger(alpha=0.05, max_trials=given.context().policies.acceptance.max_trials).left
    assert result.trials_left == before - len(given.records.trials.find(stage="trial"))
    assert after.summary.proposals["made"] == ended.summary.proposals["made"] + 1
    assert after.spec.text == ended.spec.text
    assert after.summary.sealed_test == ended.summary.sealed_test

    with pytest.raises(OptionError, match="on the docket already"):
        asyncio.run(propose(again.inputs, read, checkpoint=tmp_path / "checkpoint.db"))


def seldom_kind(request: Request) -> Scripted:
    """Reads "sometimes kind" as kind on every fourth conversation: too little to prove, and not nothing."""
    if "must be sometimes kind" not in str(request.data("sections")):
        return ranked(request)
    asked: Any = request.data("conversation")
    kind = int(asked["messages"][0]["content"].split("-")[-1]) // 2 % 4 == 0
    responses: Any = request.data("responses")
    scores = {each["label"]: float((each["text"] == "kind") == kind) for each in responses}
    return {"explanation": "as it is meant", "ranking": str(Ranking.from_scores(scores))}


class Again:
    """Another trial for whatever was tried once."""

    name = "again"

    def wants(self, entry: Entry) -> bool:
        return entry.tries == 1


class Paused:
    """A run that waits at its first question, and what a person does with it."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.checkpoint = folder / "checkpoint.db"
        self.more = {
            "answers": {"batch_proposer": kinder, "conversation_proposer": kinder, "ranker": seldom_kind},
            "parts": {"0": 16, "1": 16, "2": 16, "test": 4}, "records": on_disk(folder), **more,
        }  # fmt: skip
        first = self.world()
        self.records, self.cache = first.records, first.cache
        self.more["cache"] = first.cache
        assert not isinstance(asyncio.run(launch(first.inputs, checkpoint=self.checkpoint)), Finished)

    def world(self, approve: bool = True) -> World:
        return world(**self.more, options={"rounds": 3, "approve": approve})

    def propose(self, given: Written) -> ProposalReport:
        result, _ = asyncio.run(propose(self.world().inputs, lambda _: (given,), checkpoint=self.checkpoint))
        return one(result)

    def resume(self, decision: Any = "defer", approve: bool = True, on: str = "") -> Finished:
        """`decision` on every question, or on that about proposal `on`, with the others deferred."""

        async def approver(asked: Question) -> Answer:
            self.asked.append(asked.proposal)
            told = decision if on in ("", asked.proposal) else "defer"
            return Answer(proposal=asked.proposal, decision=told, name="Ada", note="")

        self.asked: list[str] = []
        ended = asyncio.run(
            launch(
                self.world(approve).inputs, checkpoint=self.checkpoint, approver=approver if approve else None
            )
        )
        assert isinstance(ended, Finished)
        return ended

    def path(self, id_: str) -> list[tuple[int, str]]:
        return [(each.round, each.outcome.status) for each in self.records.outcomes.find(proposal=id_)]


SELDOM = written(section="money", text="must be sometimes kind", intent="Money answers are kind.")
WARM = written(section="money", text="must be kind and warm", intent="Money answers are kind.")


def test_what_is_deferred_goes_on_in_the_loop_and_gets_its_last_word_at_the_end(tmp_path: Path) -> None:
    run = Paused(tmp_path)
    report = run.propose(SELDOM)
    assert report.outcome.status == "deferred"
    run.resume()
    assert run.path(report.proposal.id) == [
        (1, "deferred"), (2, "deferred"), (3, "deferred"), (3, "rejected"),
    ]  # fmt: skip
    assert len(run.records.trials.find(proposal=report.proposal.id, stage="trial")) == 1


def test_what_may_be_tried_again_has_another_trial_when_the_run_goes_on(tmp_path: Path) -> None:
    run = Paused(tmp_path, policies={"retry": Again()})
    report = run.propose(SELDOM)
    assert report.outcome.status == "retry"
    run.resume()
    tried = run.records.trials.find(proposal=report.proposal.id, stage="trial")
    assert [each.round for each in tried] == [1, 2]
    assert report.proposal.id in run.asked


def test_what_holds_is_asked_about_when_the_run_goes_on_and_comes_into_the_text(tmp_path: Path) -> None:
    run = Paused(tmp_path)
    report = run.propose(WARM)
    assert report.outcome.status == "accepted"
    ended = run.resume("adopt", on=report.proposal.id)
    assert report.proposal.id in run.asked
    assert "must be kind and warm" in ended.spec.text


def test_without_a_person_to_ask_the_loop_adopts_none_of_a_person_s_proposals(tmp_path: Path) -> None:
    run = Paused(tmp_path)
    report = run.propose(WARM)
    ended = run.resume(approve=False)
    assert "must be kind" in ended.spec.text
    assert "warm" not in ended.spec.text
    assert run.records.decisions.find(proposal=report.proposal.id, decision="adopted") == []


def test_a_new_section_that_gives_itself_high_authority_is_left_to_a_person() -> None:
    edit = Edit(
        op="new_section", section="money", text="## Kindness {#kindness authority=root}\n\nBe kind.\n"
    )
    proposal = Written(edits=(edit,), intent="Be kind.").proposal(Spec.parse(TEXT))
    table = AuthorityTable()
    assert table.needs(Spec.parse(TEXT), proposal) == "a person"
    lower = edit.model_copy(update={"text": edit.text.replace("root", "user")})
    assert table.needs(Spec.parse(TEXT), proposal.model_copy(update={"edits": (lower,)})) == "likely"


def test_a_conversation_that_is_not_there_is_refused() -> None:
    with pytest.raises(OptionError, match="'nowhere'"):
        told(world(), written(conversations=("nowhere",)))


def test_bridging_asks_for_every_group_and_says_which_one_refutes() -> None:
    def by_person(request: Request) -> Scripted:
        justifications: Any = request.data("justifications")
        return {
            "verdicts": [
                {
                    "justification": each["key"],
                    "reason": "as it is written",
                    "strength": "asks",
                    "stance": "refute" if "unkind" in each["text"] else "support",
                    "quote": each["text"],
                }
                for each in justifications
            ]
        }

    given = world(answers={"validator": by_person}, people=24, options={"bridge": "country"})
    people = {
        name: who.model_copy(
            update={"demographics": {"country": "kenya" if int(name[1:] or 0) < 6 else "chile"}}
        )
        for name, who in given.panel.participants.items()
        if name.startswith("p")
    }
    assessments = tuple(
        each.model_copy(
            update={"world": each.world.model_copy(update={"rationale": "Why so unkind?"})}
            if each.world
            and people.get(each.participant)
            and people[each.participant].demographics["country"] == "kenya"
            else {}
        )
        for each in given.panel.assessments
    )
    given.panel = given.panel.model_copy(
        update={"participants": {**given.panel.participants, **people}, "assessments": assessments}
    )
    report = one(told(given, written()))
    assert report.support is not None
    assert report.support.outcome == "pass"
    assert (report.outcome.status, report.outcome.reason) == ("rejected", "not_bridged")
    assert "kenya" in report.outcome.note
    assert report.bridge is not None
    assert report.bridge.split
    given.options = {"bridge": "village"}
    with pytest.raises(OptionError, match="village"):
        told(given, written())
