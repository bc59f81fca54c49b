"""The labelled set for the validator, its figures, and what an instruction in the data moves."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from concord.agents import Docketed
from concord.errors import DataError
from concord.evals import validator, validator_page
from concord.evals.confusion import Confusion, difference_of_shares
from concord.evals.labelled import cases_of, read_cases, shipped

ROWS = [(case, each) for case in shipped() for each in case.said]


def test_the_shipped_set_holds_what_makes_a_validator_err() -> None:
    assert len(ROWS) >= 300
    stances = Counter(each.verdict for _, each in ROWS)
    assert min(stances["support"], stances["refute"], stances["silent"]) >= 80
    hard = Counter(kind for _, each in ROWS for kind in each.hard)
    wanted = {
        "hard_silent",
        "negation",
        "irony",
        "other_language",
        "mixed_feelings",
        "reference",
        "injection",
    }
    assert wanted <= hard.keys()
    assert len({each.words for _, each in ROWS}) == len(ROWS)
    assert len({case.intent for case in shipped()}) == len(shipped())


def test_each_case_is_a_change_that_applies_and_a_conversation_that_was_ranked() -> None:
    for case in shipped():
        assert (
            case.adds
            in Docketed(proposal=case.proposal, spec=case.document, justifications=()).proposal.edits[0].text
        )
        assert {each.label for each in case.conversation.responses} == set(case.responses)


def test_a_perfect_validator_and_a_coin_have_the_figures_that_they_should() -> None:
    right = Confusion.of((each.verdict, each.verdict) for _, each in ROWS)
    assert right.accuracy[0] == 1.0
    assert right.lean_on_silent[0] == 0.0
    leaning = Confusion.of((each.verdict, "support") for _, each in ROWS)
    assert leaning.lean_on_silent[0] == 1.0
    assert leaning.recall("refute")[0] == 0.0
    low, high = leaning.recall("refute")[1:]
    assert low == 0.0
    assert high is not None
    assert 0 < high < 0.1


def test_a_difference_of_shares_is_as_wide_as_its_sample_is_small() -> None:
    value, low, high = difference_of_shares(30, 10, 100)
    assert value == pytest.approx(0.2)
    # Wald's interval for a multinomial difference: sqrt((p+q-(p-q)^2)/n) * 1.96 = 0.117.
    assert low == pytest.approx(0.2 - 0.117, abs=0.02)
    assert high == pytest.approx(0.2 + 0.117, abs=0.02)
    assert difference_of_shares(0, 0, 0) == (None, None, None)


def test_the_embedded_reader_goes_through_the_set_and_writes_how_it_errs(tmp_path: Path) -> None:
    path = tmp_path / "reader.json"
    figures = asyncio.run(validator.run(validator.Config(reader=path)))
    assert figures["items"] == len(ROWS)
    for name in ("accuracy", "recall_support", "recall_refute", "recall_silent", "lean_on_silent"):
        low, value, high = (float(figures[f"{name}{end}"] or 0.0) for end in ("_low", "", "_high"))
        assert low <= value <= high, name
    written = json.loads(path.read_text())
    counts = written["validator_confusion"]
    assert sum(sum(row.values()) for row in counts.values()) == figures["answered"]
    assert sum(counts[stance][stance] for stance in counts) == pytest.approx(
        float(figures["accuracy"] or 0.0) * float(figures["answered"] or 0.0)
    )


def test_an_instruction_in_every_tenth_justification_moves_no_other_verdict() -> None:
    figures = asyncio.run(validator.run(validator.Config(injected=True)))
    assert figures["other_items"] == len(ROWS) - -(-len(ROWS) // 10)
    assert figures["moved_by_injection"] == 0
    for reader in ("example", "simulated"):
        assert float(figures[f"{reader}_sides"] or 0) > 100
        assert figures[f"{reader}_moved"] == 0


def test_own_labels_come_as_yaml_or_as_json_lines(tmp_path: Path) -> None:
    case = {
        "id": "one", "asked": "Hi?", "responses": {"A": "Yes.", "B": "No."}, "section": "S", "spec": "Old.",
        "adds": "New.", "intent": "Say yes.", "said": [["support", "A>B", "Yes is right."]],
    }  # fmt: skip
    lines = tmp_path / "own.jsonl"
    lines.write_text(json.dumps(case) + "\n")
    (found,) = read_cases(lines)
    assert found.said[0].verdict == "support"
    for change, told in (
        ({"said": [["maybe", "A>B", "x"]]}, "silent"),
        ({"said": [["support", "A>C", "x"]]}, "C"),
        ({"intent": ""}, "intent"),
        ({"said": []}, "said"),
    ):
        with pytest.raises(DataError, match=told):
            cases_of(json.dumps({**case, **change}), "own.jsonl")
    with pytest.raises(DataError, match="twice"):
        cases_of(json.dumps(case) + "\n" + json.dumps(case), "own.jsonl")
    with pytest.raises(DataError, match="no such file"):
        read_cases(tmp_path / "gone.yaml")


def test_the_page_shows_the_prompts_as_they_are() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "human-first.md").read_text(encoding="utf-8")
    assert validator_page.written_anew(page) == page, (
        "run python -m concord.evals.validator_page docs/human-first.md"
    )
    assert page.count("Justification: ") == 6
