"""Reading rubrics: joined by text, people's points kept within -10 and 10, nothing lost in silence."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agreement.carefulness import without
from concord.panel.importers.load import load
from concord.panel.inspect import inspect_panel
from concord.panel.pseudonyms import pseudonymised
from concord.panel.records import Panel, RubricItem


def comparison(id: str, prompt: str, *, who: str = "ada", system: str = "") -> dict[str, Any]:
    messages = [{"role": "developer", "content": system}] if system else []
    return {
        "prompt_id": id,
        "prompt": {"messages": [*messages, {"role": "user", "content": prompt}]},
        "responses": [
            {"response_index": label, "messages": [{"role": "assistant", "content": f"{id} {label}"}]}
            for label in "AB"
        ],
        "metadata": {
            "assessments": [
                {
                    "annotator_id": who,
                    "ranking_blocks": {
                        "unacceptable": [], "personal": [], "world": [{"ranking": "A>B", "rationale": "why"}],
                    },
                }
            ]
        },
    }  # fmt: skip


def rubric(prompt: str, *items: dict[str, Any], core: tuple[str, ...] = (), id: str = "r1") -> dict[str, Any]:
    return {
        "conversation": {
            "id": id, "messages": [{"author": {"role": "user"}, "content": {"parts": [prompt]}}],
        },
        "coval_full": list(items),
        "coval_core": [{"criterion": text} for text in core],
    }  # fmt: skip


def item(criterion: str, id: str = "i1", **scores: Any) -> dict[str, Any]:
    return {
        "rubric_item_id": id, "criterion": criterion,
        "scores": [{"annotator_id": who, "score": score} for who, score in scores.items()],
    }  # fmt: skip


def read(folder: Path, comparisons: list[dict[str, Any]], *rubrics: Any) -> Panel:
    for name, lines in (("comparisons", comparisons), ("conversation_rubrics", rubrics)):
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")
    return load(folder)


def kinds(panel: Panel) -> Counter[str]:
    return Counter(problem.kind for problem in panel.problems if problem.dropped)


def test_items_are_joined_by_text_and_keep_everybodys_points(tmp_path: Path) -> None:
    panel = read(
        tmp_path,
        [comparison("p1", "May I lie?"), comparison("p2", "And now?")],
        rubric("may i  LIE?", item("Says no.", ada=8, ben=-3), item("Is kind.", "i2", ben=0.5)),
    )
    assert [(one.id, one.conversation, one.criterion) for one in panel.rubrics] == [
        ("i1", "p1", "Says no."), ("i2", "p1", "Is kind."),
    ]  # fmt: skip
    assert panel.rubrics[0].scores == {"ada": 8.0, "ben": -3.0}
    assert "ben" in panel.participants, "who scores and ranks nothing is a participant too"
    assert not kinds(panel)


def test_an_instruction_that_one_file_leaves_out_does_not_part_them(tmp_path: Path) -> None:
    panel = read(
        tmp_path, [comparison("p1", "May I lie?", system="Be brief.")], rubric("May I lie?", item("No."))
    )
    assert [one.conversation for one in panel.rubrics] == ["p1"]


def test_conversations_of_one_prompt_share_its_items_under_ids_of_their_own(tmp_path: Path) -> None:
    both = [comparison("p1", "May I lie?"), comparison("p2", "May I lie?")]
    panel = read(tmp_path, both, rubric("May I lie?", item("No.", ada=1)))
    assert [one.conversation for one in panel.rubrics] == ["p1", "p2"]
    assert len({one.id for one in panel.rubrics}) == 2
    named = read(tmp_path, both, rubric("May I lie?", item("No.", ada=1), id="p2"))
    assert [one.conversation for one in named.rubrics] == ["p2"]


def test_core_criteria_are_marked_or_stand_without_scores(tmp_path: Path) -> None:
    panel = read(
        tmp_path,
        [comparison("p1", "May I lie?")],
        rubric("May I lie?", item("Says no.", ada=4), core=("says NO.", "Is warm.")),
    )
    assert [(one.criterion, one.core, len(one.scores)) for one in panel.rubrics] == [
        ("Says no.", True, 1), ("Is warm.", True, 0),
    ]  # fmt: skip


def test_who_wrote_an_item_is_kept(tmp_path: Path) -> None:
    own = {**item("Says no.", ada=10), "author": "ada"}
    panel = read(tmp_path, [comparison("p1", "May I lie?")], rubric("May I lie?", own))
    assert panel.rubrics[0].author == "ada"
    shape = inspect_panel(panel).rubrics
    assert shape is not None
    assert (shape.items, shape.own, shape.scores, shape.points.most) == (1, 1, 1, 10)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (rubric("Something else", item("No.")), "unjoined_rubric"),
        (rubric("May I lie?", item("No.", ada=11)), "unusable_score"),
        (rubric("May I lie?", item("No.", ada="seven")), "unusable_score"),
        (rubric("May I lie?", item("No.", ada=True)), "unusable_score"),
        (rubric("May I lie?", item("No.", ada=1e400)), "malformed_line"),
        (rubric("May I lie?", {"criterion": "No.", "scores": [{"score": 3}]}), "no_participant"),
        (rubric("May I lie?", item("  ")), "empty_criterion"),
        (rubric("May I lie?", item("No."), item("No.")), "duplicate_rubric_item"),
        ('{"conversation": 3}', "unjoined_rubric"),
        ("[1]", "malformed_line"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, line: Any, kind: str) -> None:
    panel = read(tmp_path, [comparison("p1", "May I lie?")], line)
    (problem,) = [each for each in panel.problems if each.dropped]
    assert (problem.kind, problem.file, problem.line) == (kind, "conversation_rubrics.jsonl", 1)


def test_a_second_score_by_one_person_is_averaged_and_told(tmp_path: Path) -> None:
    twice = {
        "rubric_item_id": "i1", "criterion": "No.",
        "scores": [{"annotator_id": "ada", "score": score} for score in (10, 4)],
    }  # fmt: skip
    panel = read(tmp_path, [comparison("p1", "May I lie?")], rubric("May I lie?", twice))
    assert panel.rubrics[0].scores == {"ada": 7.0}
    assert "duplicate_score" in {problem.kind for problem in panel.problems}


def test_a_panel_without_rubrics_keeps_its_digest_and_rubrics_change_it(tmp_path: Path) -> None:
    bare = read(tmp_path, [comparison("p1", "May I lie?")])
    with_rubric = bare.model_copy(
        update={"rubrics": (RubricItem(id="i", conversation="p1", criterion="No."),)}
    )
    assert bare.digest != with_rubric.digest
    assert bare.digest == bare.model_copy(update={"rubrics": ()}).digest


def test_pseudonyms_and_exclusion_reach_the_scores(tmp_path: Path) -> None:
    own = {**item("Says no.", ada=10, ben=2), "author": "ada"}
    panel = read(
        tmp_path, [comparison("p1", "May I lie?")], rubric("May I lie?", own, item("Is kind.", "i2", ada=1))
    )
    hidden = pseudonymised(panel, b"salt")
    assert {who for one in hidden.rubrics for who in (one.author, *one.scores) if who} <= set(
        hidden.participants
    )
    assert "ada" not in hidden.model_dump_json()
    (left,) = without(panel, ["ada"]).rubrics
    assert (left.criterion, dict(left.scores)) == ("Is kind.", {})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["criterion", "scores", "annotator_id", "score", "rubric_item_id", "author", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(full=JSON, core=JSON, conversation=JSON)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_there_is_read_or_noted(
    tmp_path_factory: pytest.TempPathFactory, full: Any, core: Any, conversation: Any
) -> None:
    line = rubric("May I lie?")
    lines = [{**line, "coval_full": full, "coval_core": core}, {**line, "conversation": conversation}]
    panel = read(tmp_path_factory.mktemp("rubrics"), [comparison("p1", "May I lie?")], *lines)
    assert len({one.id for one in panel.rubrics}) == len(panel.rubrics)
    for one in panel.rubrics:
        assert one.conversation == "p1"
        assert one.criterion.strip()
        assert all(-10 <= score <= 10 for score in one.scores.values())
        assert set(one.scores) <= set(panel.participants)
    assert Panel.model_validate_json(panel.model_dump_json()).digest == panel.digest


@given(
    scores=st.dictionaries(st.sampled_from("abcdef"), st.integers(-10, 10), max_size=6),
    blanks=st.sampled_from(["", " ", "\n", "\u00a0"]),
)
@settings(max_examples=30, deadline=None)
def test_good_scores_come_back_as_they_were_given(
    tmp_path_factory: pytest.TempPathFactory, scores: dict[str, int], blanks: str
) -> None:
    line = rubric(f"{blanks}May{blanks} I lie?", item("Says no.", **scores))
    panel = read(tmp_path_factory.mktemp("rubrics"), [comparison("p1", f"May{blanks} I lie?{blanks}")], line)
    assert dict(panel.rubrics[0].scores) == scores
    assert not kinds(panel)
