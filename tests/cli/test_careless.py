"""`concord data inspect` shows copies and careless rankers; nobody is left out for it unless that is asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Concord = Callable[..., Any]
ORDERS = ("A>B>C", "B>C>A", "C>A>B", "A>C>B", "B>A>C", "C>B>A", "A>B>C", "C>A>B", "B>C>A", "A>C>B")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten conversations: four honest people, one who copies the first's words, one who always ranks alike."""

    def said(who: str, number: int) -> dict[str, Any]:
        words = f"{'ann' if who == 'copycat' else who} finds the first one much clearer on question {number}"
        ranking = "A>B>C" if who == "same" else ORDERS[number]
        return {"annotator_id": who, "ranking_blocks": {"world": [{"ranking": ranking, "rationale": words}]}}

    lines = [
        {
            "prompt_id": f"c{number}",
            "prompt": {"messages": [{"role": "user", "content": f"question {number}"}]},
            "responses": [
                {"response_index": label, "messages": [{"role": "assistant", "content": f"answer {label}"}]}
                for label in "ABC"
            ],
            "metadata": {
                "assessments": [said(who, number) for who in ("ann", "ben", "cem", "dee", "copycat", "same")]
            },
        }
        for number in range(10)
    ]
    path = tmp_path / "comparisons.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_copies_and_one_ranking_for_everything_are_told(concord: Concord, data: Path) -> None:
    told = {each["participant"]: each for each in concord("data", "inspect", data, "--json").json["careless"]}
    assert set(told) == {"ann", "copycat", "same"}
    assert told["copycat"]["signs"] == told["ann"]["signs"] == ["copied"]
    assert told["copycat"]["copied"] == 1.0
    assert "always_alike" in told["same"]["signs"]
    printed = concord("data", "inspect", data).out
    assert "3 participants with signs of carelessness (a reason to look, no verdict)" in printed
    assert "copycat" in printed
    assert "--exclude-careless" in printed
