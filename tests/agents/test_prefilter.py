"""The search for a new section's conversations: all where there are few, else as many as the sample asks for."""

import asyncio
from typing import Any

import pytest

from concord.agents.prefilter import Search, find_conversations
from concord.agents.relevance import RelevanceGrader
from concord.models.protocol import Profile, Request
from concord.models.records import Where
from concord.testing.sample_prompts import SPEC, caller_of, conversation
from concord.testing.scripted import Scripted

HERE = Where(round=1, node="screen")


def found(total: int, relevant: set[int], likely: set[int], **more: Any) -> Search:
    talks = [conversation(f"t{n}", f"Question {n}.", A="Yes.", B="No.") for n in range(total)]

    def script(request: Request) -> Scripted:
        shown: Any = request.data("conversations")
        grades = [
            {"conversation": each["key"], "section": "money", "grade": 5}
            for each in shown
            if int(each["id"][1:]) in relevant
        ]
        return {"grades": grades}

    likeness = {f"t{n}": float(n in likely) for n in range(total)}
    grader = RelevanceGrader(caller_of(script, Profile(answers="native")))
    return asyncio.run(find_conversations(grader, SPEC, "money", talks, likeness, HERE, **more))


def test_few_are_all_graded_whatever_they_are_like() -> None:
    result = found(60, relevant={3, 50}, likely=set())
    assert (result.graded, result.recall, result.recall_low) == (60, 1.0, 1.0)
    assert {id_ for id_, grade in result.grades.items() if grade >= 4} == {"t3", "t50"}


def test_a_good_likeness_is_enough_and_its_recall_is_measured() -> None:
    relevant = set(range(50))
    result = found(1000, relevant, relevant, few=100, step=100, sample=60)
    assert result.graded == 160
    assert result.recall == 1.0
    assert 0.4 < result.recall_low < 1.0, "sixty that were looked at can't tell that nothing is missed"


def test_where_likeness_misses_much_the_search_goes_on() -> None:
    relevant = set(range(0, 1000, 4))
    result = found(1000, relevant, likely={1, 2, 3}, few=100, step=100, sample=60)
    hits = sum(grade >= 4 for grade in result.grades.values())
    assert result.graded > 700
    assert result.recall >= 0.9
    assert hits / len(relevant) == pytest.approx(result.recall, abs=0.08)


def test_nothing_to_search() -> None:
    assert found(0, set(), set()).grades == {}
