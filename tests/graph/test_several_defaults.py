"""Several defaults: one common text, and an overlay for a group that wants something else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from builders import World, kinder, on_disk

from concord.errors import DataError, OptionError
from concord.graph import Answer, Finished, Question, RunContext, launch
from concord.graph import groups as run_groups
from concord.graph.options import Options
from concord.graph.policies.acceptance import acceptance_policy
from concord.graph.selecting import audiences
from concord.models.protocol import Request
from concord.panel.ranking import Ranking
from concord.panel.records import Assessment, Judgement, Panel, Participant
from concord.review.exports import write_outputs
from concord.review.groups import contested
from concord.review.overlays import joined_text
from concord.review.verify import verify
from concord.spec import read_spec
from concord.store.runs import RunFolder
from concord.testing.scripted import Scripted

OPTIONS: dict[str, Any] = {"per_group": "side", "rounds": 3}


def ranked_by_section(request: Request) -> Scripted:
    """What the section that is asked about says an answer must be comes first."""
    sections: Any = request.data("sections")
    asked = str(request.data("conversation"))
    said = " ".join(each["text"] for each in sections if each["title"] in asked)
    responses: Any = request.data("responses")
    scores = {each["label"]: float(f"must be {each['text']}" in said) for each in responses}
    return {"explanation": "as the section says", "ranking": str(Ranking.from_scores(scores))}


def by_their_words(request: Request) -> Scripted:
    """Who likes it kind is for it, who likes it short against it."""
    written: Any = request.data("justifications")
    return {
        "verdicts": [
            {
                "justification": each["key"], "reason": "as it is written", "quote": each["text"], "strength": "asks",
                "stance": "support" if "kind" in each["text"] else "refute",
            }
            for each in written
        ]
    }  # fmt: skip


KINDER = {"batch_proposer": kinder, "conversation_proposer": kinder, "ranker": ranked_by_section}


def divided(world: World, *, south_wants: str = "A>B", tiny: int = 0) -> World:
    """Half of the people live in the north, half in the south. On Money all want it kind; on Tone the south wants it
    short, as the spec has it. `tiny` people more live on an island."""
    names = [f"p{number}" for number in range(24 + tiny)] + [f"held{number}" for number in range(6)]
    side = {
        name: "island" if 24 <= number < 24 + tiny else ("north", "south")[number % 2]
        for number, name in enumerate(names)
    }

    def judgement(conversation: str, name: str) -> Judgement:
        tone = int(conversation.split("-")[1]) % 2 == 0
        ranking = south_wants if tone and side[name] == "south" else "B>A"
        return Judgement(
            ranking=Ranking.parse(ranking),
            rationale="I like it kind." if ranking == "B>A" else "I like it short.",
        )

    world.panel = Panel(
        conversations=world.panel.conversations,
        participants={name: Participant(id=name, demographics={"side": side[name]}) for name in names},
        assessments=tuple(
            Assessment(id=f"{talk}/{name}", conversation=talk, participant=name, world=judgement(talk, name))
            for talk in world.panel.conversations
            for name in names
        ),
    )
    return world


def run(world: World, **how: Any) -> Finished:
    found = asyncio.run(launch(world.inputs, **how))
    assert isinstance(found, Finished)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return divided(
        World(answers={**KINDER, "validator": by_their_words}, options=OPTIONS, records=on_disk(folder))
    )


@pytest.fixture(scope="module")
def finished(world: World, folder: Path) -> Finished:
    found = run(world)
    write_outputs(RunFolder(folder), found, seconds=1.0)
    return found


def test_the_common_text_holds_what_all_want_and_the_overlay_what_one_group_wants(finished: Finished) -> None:
    adopted = {each.section: each.overlays for each in finished.summary.adopted}
    assert adopted == {"money": (), "tone": ("north",)}
    common = finished.spec
    assert "must be kind" in common.source_of("money")
    assert "must be short" in common.source_of("tone")
    north, south = finished.summary.overlays
    assert (north.group, south.group) == ("north", "south")
    assert (len(north.edits), south.edits) == (1, ())
    joined = finished.context.texts.spec(north.text)
    assert "must be kind" in joined.source_of("tone")
    assert "must be kind" in joined.source_of("money")


def test_proposers_are_shown_a_group_s_own_people(world: World, finished: Finished) -> None:
    selections = world.records.selections.find(round=1)
    assert {batch.group for each in selections for batch in (*each.batches, *each.singles)} >= {"", "north"}
    for made in (each for each in world.records.proposed.find() if each.group == "north"):
        calls = [
            call
            for call in world.records.calls.find(role="batch_proposer")
            if all(
                name in "".join(text for _, text in call.parts) for batch in made.batches for name in batch
            )
        ]
        assert any("I like it short." not in "".join(text for _, text in call.parts) for call in calls)


def test_the_sealed_test_says_what_the_overlay_adds_and_for_whom(finished: Finished) -> None:
    sealed = finished.summary.sealed_test
    assert sealed is not None
    (north,) = sealed.overlays
    assert (north.group, north.edits) == ("north", 1)
    assert north.gain.estimate == pytest.approx(0.5)
    assert north.others.estimate == pytest.approx(-0.5)
    assert north.joined.estimate == 1.0
    assert sealed.likely.agreement.estimate is not None
    assert sealed.likely.agreement.estimate < 1.0


def test_a_group_whose_overlay_mended_a_place_has_no_gap_there_any_more(
    world: World, finished: Finished
) -> None:
    assert finished.summary.rounds > 1
    last = world.records.measures.find(round=finished.summary.rounds)[-1].groups
    assert last["north"].agreement.estimate == 1.0
    assert min(last["north"].common.values()) == 0.0
    assert last["south"].agreement.estimate == 1.0


def test_what_people_say_is_told_by_group_and_decides_by_group(world: World, finished: Finished) -> None:
    (tone,) = (each.id for each in finished.summary.adopted if each.section == "tone")
    record = world.records.support.find(proposal=tone)[-1]
    assert record.groups["north"].outcome == "pass"
    assert record.groups["south"].outcome == "refuted"
    assert record.support.refute == 0
    found = next(each for each in contested(world.records) if each.proposal == tone)
    assert [each.value for each in found.wanted_by] == ["north"]
    assert [each.value for each in found.refuted_by] == ["south"]
    assert found.firm


def test_the_folder_holds_the_common_text_and_each_overlay_with_its_patch(
    folder: Path, finished: Finished
) -> None:
    assert read_spec(folder / "spec.md").digest == finished.spec.digest
    page = (folder / "overlays" / "north.md").read_text()
    assert "## Tone" in page
    assert "## Money" not in page
    assert "more than noise" in page
    patch = (folder / "overlays" / "north.patch").read_text()
    assert "+The answer must be kind." in patch
    assert (folder / "overlays" / "south.patch").read_text() == ""
    told = json.loads((folder / "summary.json").read_text())
    assert [each["overlays"] for each in told["adopted"]].count(["north"]) == 1
    joined = joined_text(world_records(folder), finished.summary, "north")
    assert joined.text.count("must be kind") == 2


def world_records(folder: Path):  # type: ignore[no-untyped-def]
    return on_disk(folder)


def test_what_the_run_says_holds_when_it_is_worked_out_again(
    world: World, folder: Path, finished: Finished
) -> None:
    checks = verify(RunContext.of(world.inputs), finished.summary, RunFolder(folder))
    assert [check.name for check in checks if check.holds is False] == []
    assert "overlay of north" in {check.name for check in checks}
    tampered = finished.summary.model_copy(
        update={
            "overlays": tuple(each.model_copy(update={"edits": ()}) for each in finished.summary.overlays)
        }
    )
    failed = {
        check.name
        for check in verify(RunContext.of(world.inputs), tampered, RunFolder(folder))
        if check.holds is False
    }
    assert "overlay of north" in failed


def test_where_groups_want_the_same_there_is_no_overlay() -> None:
    found = run(divided(World(answers=KINDER, options=OPTIONS), south_wants="B>A"))
    assert all(not each.overlays for each in found.summary.adopted)
    assert {each.section for each in found.summary.adopted} == {"money", "tone"}
    assert all(not each.edits for each in found.summary.overlays)


def test_a_run_that_pauses_asks_about_an_overlay_as_such_and_goes_on(tmp_path: Path) -> None:
    asked: list[Question] = []

    async def person(question: Question) -> Answer:
        asked.append(question)
        word = "adopt" if len(asked) > 1 or tmp_path.joinpath("again").exists() else "pause"
        return Answer.model_validate(
            {"proposal": question.proposal, "decision": word, "name": "Ada", "note": "yes"}
        )

    answers = {**KINDER, "validator": by_their_words}
    world = divided(World(answers=answers, options={**OPTIONS, "approve": True}, records=on_disk(tmp_path)))
    first = asyncio.run(launch(world.inputs, checkpoint=tmp_path / "checkpoint.db", approver=person))
    assert not isinstance(first, Finished)
    (tmp_path / "again").touch()
    found = run(world, checkpoint=tmp_path / "checkpoint.db", approver=person)
    assert ("north",) in {question.overlays for question in asked}
    assert {each.section: each.overlays for each in found.summary.adopted} == {
        "money": (),
        "tone": ("north",),
    }


def test_a_group_too_small_to_show_anything_takes_no_part_of_alpha() -> None:
    world = divided(World(answers=KINDER, options=OPTIONS), tiny=6)
    groups = {group.name: group for group in RunContext.of(world.inputs).groups}
    assert {name: group.tested for name, group in groups.items()} == {
        "north": True,
        "south": True,
        "island": False,
    }
    assert run_groups.tested_groups({"a": 40, "b": 12, "c": 9}, level=0.005) == {"a", "b"}
    with pytest.raises(DataError, match="too few to show"):
        run_groups.tested_groups({"a": 4}, level=0.005)


def test_half_of_alpha_and_q_is_kept_for_overlays() -> None:
    whole, split = (acceptance_policy(Options(per_group=name)) for name in ("", "side"))
    assert (whole.alpha, whole.overlay_alpha, whole.overlay_q) == (0.05, 0.0, 0.0)
    assert (split.alpha, split.overlay_alpha) == (0.025, 0.025)
    assert (split.q, split.overlay_q) == (0.05, 0.05)


def test_half_of_the_proposers_calls_go_to_the_groups() -> None:
    assert audiences(8, ["north", "south"]) == [("", 4), ("north", 2), ("south", 2)]
    assert audiences(3, ["north", "south"]) == [("", 2), ("north", 1), ("south", 0)]
    assert audiences(8, []) == [("", 8)]


@pytest.mark.parametrize(
    ("name", "told"), [("planet", "the data has side"), ("clusters", "no stable groups"), ("one", "1 groups")]
)
def test_groups_that_can_t_be_made_are_refused_in_a_sentence(name: str, told: str) -> None:
    world = divided(World(options={"per_group": name}), south_wants="B>A")
    if name == "one":
        people = {
            id_: one.model_copy(update={"demographics": {"one": "x"}})
            for id_, one in world.panel.participants.items()
        }
        world.panel = world.panel.model_copy(update={"participants": people})
    with pytest.raises((OptionError, DataError), match=told):
        RunContext.of(world.inputs)


def test_a_run_of_one_group_hears_its_people_alone() -> None:
    world = divided(World(answers=KINDER, options={"group": ("side=south",)}))
    found = run(world)
    assert {each.section for each in found.summary.adopted} == {"money"}
    assert found.summary.data.group == "side = south"
    assert found.summary.data.participants == 15
    assert found.context.people.participants == tuple(f"p{number}" for number in range(1, 24, 2))


def test_a_group_under_the_minimum_is_refused() -> None:
    world = divided(World(options={"group": ("side=island",)}), tiny=4)
    with pytest.raises(DataError, match="4 people"):
        RunContext.of(world.inputs)
