"""Whatever a model wraps its answer in, the answer is read; whatever isn't one is refused with a reason."""

import contextlib
import json
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, JsonValue

from concord.agents.answers import ProposerAnswer, RankingAnswer, ValidatorAnswer
from concord.models.parsing import Unreadable, read_answer
from concord.models.protocol import Answer

EXPECT: dict[str, JsonValue] = {"labels": ["A", "B", "C"]}
PLAIN = '{"explanation": "B is safer", "ranking": "B>A=C"}'


class Sized(Answer):
    text: str
    sizes: tuple[Annotated[int, Field(ge=0)], ...] = ()


@pytest.mark.parametrize(
    "reply",
    [
        PLAIN,
        f"  \n{PLAIN}\n",
        f"Here is my ranking:\n\n{PLAIN}\n\nLet me know if you need more!",
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```",
        f"Sure.\n```JSON\r\n{PLAIN}\r\n```\nDone.",
        '{"explanation": "B is safer", "ranking": "B>A=C",}',
        '{"explanation": "B is safer", "ranking": "B>A=C" , }',
        "{'explanation': 'B is safer', 'ranking': 'B>A=C'}",
        f"<think>Perhaps {{\"ranking\": \"A>B=C\", \"explanation\": \"x\"}}? No.</think>{PLAIN}",
        f'First I thought {{"explanation": "A", "ranking": "A>B=C"}} but finally: {PLAIN}',
        f"A 6\" brace {{ in prose, then {PLAIN}",
        f"[{PLAIN}]",
        '{"explanation": "B is safer", "ranking": "B>A=C", "confidence": 0.9}',
    ],
)  # fmt: skip
def test_an_answer_is_read_out_of_its_wrapping(reply: str) -> None:
    assert read_answer(reply, RankingAnswer, EXPECT) == RankingAnswer(
        explanation="B is safer", ranking="B>A=C"
    )


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "no JSON object"),
        ("I can't rank these.", "no JSON object"),
        ('{"explanation": "B", "ranking": "B>A', "no JSON object"),
        ('{"explanation": "B", "ranking": "B>A"}', "leaves out C"),
        ('{"explanation": "B", "ranking": "B>A>C>D"}', "names D"),
        ('{"explanation": "B", "ranking": "B>>A"}', "empty place"),
        ('{"explanation": "B"}', "ranking: Field required"),
        ('{"explanation": "B", "ranking": 3}', "ranking: "),
        ("[]", "no JSON object"),
        ("null", "no JSON object"),
        ("{" * 10_000, "no JSON object"),
        ('{"a":' * 10_000, "no JSON object"),
        ("[" * 10_000 + "]" * 10_000, "no JSON object"),
        ('{"explanation": __import__("os").getcwd(), "ranking": "A>B>C"}', "no JSON object"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(reply: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_answer(reply, RankingAnswer, EXPECT)


def test_a_truncated_answer_is_never_closed_by_force() -> None:
    edit = {"op": "replace", "section": "a", "anchor": "x", "text": "Never share private data unless"}
    whole = json.dumps({"proposals": [{"intent": "i", "kind": "clarification", "edits": [edit]}]})
    for cut in range(1, len(whole)):
        with pytest.raises(Unreadable):
            read_answer(whole[:cut], ProposerAnswer)


def test_a_verdict_that_is_missing_or_twice_is_no_answer() -> None:
    verdict = {"justification": "j1", "reason": "", "quote": "So.", "stance": "support", "strength": "asks"}
    verdicts = [verdict] * 2
    with pytest.raises(Unreadable, match="one verdict each"):
        read_answer(json.dumps({"verdicts": verdicts}), ValidatorAnswer, {"justifications": ["j1", "j2"]})


def test_commas_and_braces_inside_strings_are_left_alone() -> None:
    reply = 'So: {"text": "a, ] b, } \\" {c", "sizes": [1, 2, ], }'
    assert read_answer(reply, Sized) == Sized(text='a, ] b, } " {c', sizes=(1, 2))


@given(text=st.text(max_size=80), before=st.text(alphabet="ab {}\"'\n,", max_size=8))
@settings(max_examples=150, derandomize=True, deadline=None)
def test_any_text_survives_in_a_fence_after_any_prose(text: str, before: str) -> None:
    body = json.dumps({"text": text, "sizes": [1]})
    assert read_answer(f"{before}\n```json\n{body}\n```", Sized).text == text


@given(st.text(alphabet="{}[]\"':,\\ab1 \n`", max_size=60))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_nothing_breaks_the_reader(reply: str) -> None:
    with contextlib.suppress(Unreadable):
        assert read_answer(reply, Sized)
