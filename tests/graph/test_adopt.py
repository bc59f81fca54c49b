"""Approval: one question at a time, answered for the proposal that it is about, against the text as it stands."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import World, change, kinder, on_disk

from concord.errors import OptionError
from concord.graph import Answer, Finished, Paused, Question, launch
from concord.graph.question import Word
from concord.models.protocol import Request
from concord.testing.scripted import Scripted


class Reviewer:
    """Answers with one word after another, and remembers what was asked."""

    def __init__(self, *words: Word, note: str = "read it", name: str = "Ada") -> None:
        self.words = list(words)
        self.note = note
        self.name = name
        self.asked: list[Question] = []

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        word = self.words.pop(0)
        return Answer(proposal=question.proposal, decision=word, name=self.name, note=self.note)


def world(folder: Path | None = None, **options: object) -> World:
    """A world whose proposers ask for kindness in both sections: two questions in round 1."""
    return World(
        answers={"batch_proposer": kinder, "conversation_proposer": kinder},
        options={"approve": True, **options},
        **({"records": on_disk(folder)} if folder else {}),  # type: ignore[arg-type]  # one keyword, where there is a folder
    )


def ended(given: World, reviewer: Reviewer, checkpoint: Path | None = None) -> Finished:
    result = asyncio.run(launch(given.inputs, approver=reviewer, checkpoint=checkpoint))
    assert isinstance(result, Finished)
    return result


def decisions(given: World, by: str = "Ada") -> list[tuple[str, str]]:
    return [(each.proposal, each.decision) for each in given.records.decisions.find(by=by)]


def test_each_accepted_edit_is_asked_about_by_itself() -> None:
    reviewer = Reviewer("adopt", "adopt")
    result = ended(world(), reviewer)
    assert [(each.number, each.of) for each in reviewer.asked] == [(1, 2), (2, 2)]
    assert {each.id for each in result.summary.adopted} == {each.proposal for each in reviewer.asked}
    assert {each.by for each in result.summary.adopted} == {"Ada"}


def test_the_question_shows_the_text_as_it_stands() -> None:
    reviewer = Reviewer("defer", "adopt")
    ended(world(), reviewer)
    first, second = reviewer.asked
    assert "kind" in first.redline
    assert first.proposal != second.proposal
    assert first.redline.count("+kind+") == second.redline.count("+kind+") == 1


def test_the_question_flags_modal_verbs_and_says_what_each_answer_does() -> None:
    def looser(request: Request) -> Scripted:
        return {"proposals": [change("tone", "must be short", "should be kind")]}

    def read(request: Request) -> Scripted:
        likes = "B>A" if "should be kind" in str(request.data("sections")) else "A>B"
        return {"explanation": "", "ranking": likes}

    given = World(
        answers={"batch_proposer": looser, "ranker": read}, options={"approve": True, "proposers": "batch"}
    )
    reviewer = Reviewer("end_sealed")
    ended(given, reviewer)
    (question,) = reviewer.asked
    assert [flag.kind for flag in question.flags] == ["modal"]
    assert set(question.answers) == {"adopt", "defer", "set_aside", "stop", "end_sealed", "pause"}


def test_what_a_reviewer_defers_is_not_adopted_and_not_asked_again() -> None:
    given, reviewer = world(), Reviewer("defer", "adopt")
    result = ended(given, reviewer)
    assert [each.id for each in result.summary.adopted] == [reviewer.asked[1].proposal]
    assert decisions(given) == [(reviewer.asked[0].proposal, "defer"), (reviewer.asked[1].proposal, "adopt")]
    assert result.summary.proposals["waiting"] == 1


def test_stop_ends_the_run_and_decides_nothing_on_what_was_not_asked() -> None:
    given, reviewer = world(), Reviewer("adopt", "stop")
    result = ended(given, reviewer)
    assert result.summary.stop_reason == "stopped_by_reviewer"
    assert result.summary.sealed_test is not None
    assert [word for _, word in decisions(given)] == ["adopt", "stop"]
    assert result.summary.proposals["waiting"] == 1
    assert given.records.decisions.count(decision="defer") == 0


def test_end_sealed_ends_the_run_without_opening_the_test_split() -> None:
    given, reviewer = world(), Reviewer("adopt", "end_sealed")
    result = ended(given, reviewer)
    assert result.summary.stop_reason == "ended_unopened"
    assert result.summary.sealed_test is None
    assert "sealed" in result.summary.sealed_note
    assert len(result.summary.adopted) == 1


def test_what_is_set_aside_does_not_come_back_in_other_words() -> None:
    rounds: list[str] = []

    def insistent(request: Request) -> Scripted:
        rounds.append(str(request.data("tried")))
        text = "must be kind" if len(rounds) == 1 else "should be kind"
        return {"proposals": [change("tone", "must be short", text)]}

    def read(request: Request) -> Scripted:
        likes = "B>A" if "be kind" in str(request.data("sections")) else "A>B"
        return {"explanation": "", "ranking": likes}

    given = World(
        answers={"batch_proposer": insistent, "ranker": read},
        options={"approve": True, "proposers": "batch", "batches": 1, "patience": 3},
    )
    reviewer = Reviewer("set_aside", note="not our place")
    result = ended(given, reviewer)
    assert len(reviewer.asked) == 1
    assert result.summary.adopted == ()
    assert result.summary.rejected["set_aside"] == 2
    assert "not our place" in rounds[1]


def test_an_answer_to_another_question_is_refused() -> None:
    async def mixed_up(question: Question) -> Answer:
        return Answer(proposal="another", decision="adopt")

    given = world()
    with pytest.raises(OptionError, match="asks about"):
        asyncio.run(launch(given.inputs, approver=mixed_up))
    assert given.records.decisions.count(decision="adopted") == 0


def test_without_a_reviewer_the_run_pauses_with_its_question(tmp_path: Path) -> None:
    given = world()
    paused = asyncio.run(launch(given.inputs, checkpoint=tmp_path / "checkpoint.db"))
    assert isinstance(paused, Paused)
    assert paused.question.number == 1
    assert decisions(given) == []


@pytest.mark.parametrize(
    ("leave", "first"),
    [
        ("pause", "adopt"),
        ("pause", "set_aside"),
        ("pause", "defer"),
        ("nobody", "adopt"),
        ("interrupt", "adopt"),
        pytest.param("kill", "adopt", marks=pytest.mark.slow),
        pytest.param("kill", "set_aside", marks=pytest.mark.slow),
    ],
)
def test_a_resumed_run_asks_its_second_question_again(tmp_path: Path, leave: str, first: Word) -> None:
    """Whatever ended the process at the second question, the first answer is never given to it."""
    _leave_at_the_second_question(tmp_path, leave, first)
    given = world(tmp_path)
    paused = asyncio.run(launch(given.inputs, checkpoint=tmp_path / "checkpoint.sqlite"))
    assert isinstance(paused, Paused)
    assert paused.question.number == 2
    assert [word for _, word in decisions(given)] == [first]
    reviewer = Reviewer("stop")
    result = ended(given, reviewer, tmp_path / "checkpoint.sqlite")
    assert [each.proposal for each in reviewer.asked] == [paused.question.proposal]
    assert [word for _, word in decisions(given)] == [first, "stop"]
    assert len(result.summary.adopted) == (first == "adopt")
    given.records.close()


def _leave_at_the_second_question(folder: Path, leave: str, first: Word) -> None:
    if leave == "kill":
        here = Path(__file__)
        script = (
            f"import sys; sys.path[:0] = [{str(here.parents[1])!r}, {str(here.parent)!r}]\n"
            f"import test_adopt; test_adopt.run_until_killed({str(folder)!r}, {first!r})"
        )
        killed = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        return
    given = world(folder)
    checkpoint = folder / "checkpoint.sqlite"
    if leave == "interrupt":
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(launch(given.inputs, checkpoint=checkpoint, approver=_Raises(first)))
    else:
        reviewer = Reviewer(first, "pause")
        paused = asyncio.run(launch(given.inputs, checkpoint=checkpoint, approver=reviewer))
        assert isinstance(paused, Paused)
        if leave == "nobody":
            assert isinstance(asyncio.run(launch(given.inputs, checkpoint=checkpoint)), Paused)
    given.records.close()


class _Raises(Reviewer):
    """Ctrl-C at the second question."""

    async def __call__(self, question: Question) -> Answer:
        if self.asked:
            raise KeyboardInterrupt
        return await super().__call__(question)


class _Dies(Reviewer):
    """kill -9 at the second question."""

    async def __call__(self, question: Question) -> Answer:
        if self.asked:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().__call__(question)


def run_until_killed(folder: str, first: Word) -> None:
    """The child of the kill test."""
    given = world(Path(folder))
    asyncio.run(launch(given.inputs, checkpoint=Path(folder) / "checkpoint.sqlite", approver=_Dies(first)))


def test_a_section_of_the_highest_authority_is_proposed_and_left_to_a_person() -> None:
    text = World().text.replace("authority=user", "authority=root")
    answers = {"batch_proposer": kinder, "conversation_proposer": kinder}
    alone = World(text=text, answers=answers)
    result = asyncio.run(launch(alone.inputs))
    assert isinstance(result, Finished)
    assert result.summary.rejected == {"protected": 2}
    assert result.summary.sealed_test is None

    asked = World(text=text, answers=answers, options={"approve": True})
    reviewer = Reviewer("adopt", "adopt")
    assert len(ended(asked, reviewer).summary.adopted) == 2
    assert all(each.needs_person for each in reviewer.asked)
