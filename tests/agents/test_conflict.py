"""A change held against another passage: a verdict for each pair, with a quote of each side that stands there."""

import asyncio
from collections.abc import Callable

import pytest

from concord.agents.conflict import Compared, ConflictFinder, SpecPassage
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.testing.prompt_reader import read_prompt
from concord.testing.sample_prompts import EXAMPLE, MANNER, PROPOSAL, SPEC, caller_of
from concord.testing.scripted import Scripted

HERE = Where(round=1, node="validate")
NEW = "Where the user gives enough to go by, it should recommend one of them and say why."


def answer(
    changed: str = NEW, other: str = "The assistant should be brief.", verdict: str = "fits"
) -> Scripted:
    return {"changed": changed, "other": other, "reason": "As they are written.", "verdict": verdict}


def compared(script: Callable[[Request], Scripted], *passages: SpecPassage) -> list[Compared]:
    finder = ConflictFinder(caller_of(script, Profile(answers="native")))
    return asyncio.run(finder.compare(SPEC, PROPOSAL, passages, HERE))


def test_each_pair_has_a_verdict_with_the_sentences_that_decided() -> None:
    def script(request: Request) -> Scripted:
        if "be brief" in read_prompt(request.system, request.user).passage:
            return answer()
        return answer(other="Which one suits you, I would not say.", verdict="contradicts")

    fits, turned = compared(script, MANNER, EXAMPLE)
    assert (fits.contradicts, fits.passage.section) == (False, "manner")
    assert (turned.contradicts, turned.changed, turned.other) == (
        True, NEW, "Which one suits you, I would not say."
    )  # fmt: skip


@pytest.mark.parametrize("side", ["changed", "other"])
def test_a_quote_that_does_not_stand_there_is_no_verdict(side: str) -> None:
    (found,) = compared(lambda _: answer(**{side: "The assistant must be rich."}), MANNER)
    assert found.contradicts is None


def test_a_call_that_failed_says_nothing() -> None:
    (found,) = compared(lambda _: Failure(message="down"), MANNER)
    assert (found.contradicts, found.reason) == (None, "")


def test_a_reader_sees_the_changed_text_and_which_sentence_is_new() -> None:
    finder = ConflictFinder(caller_of())
    prompt = read_prompt(*(lambda r: (r.system, r.user))(finder.request(SPEC, PROPOSAL, EXAMPLE)))
    assert [section.id for section in prompt.sections] == ["money"]
    assert prompt.sections[0].changed == (NEW,)
    assert prompt.passage == EXAMPLE.text
