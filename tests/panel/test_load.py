"""Reading participant data: both layouts, every trap of the CA-1 release, nothing lost in silence."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import DataError
from concord.panel.importers.load import load
from concord.panel.records import Panel

SHARED = Path(__file__).resolve().parents[3] / "shared"


def assessment(who: str, world: Any = "A>B>C=D", **other: Any) -> dict[str, Any]:
    blocks: dict[str, Any] = {"unacceptable": [], "personal": [], "world": []}
    if world is not None:
        blocks["world"] = [{"ranking": world, "rationale": f"because of {world}"}]
    blocks.update(other.pop("blocks", {}))
    opinions = {"importance": "Very important", "representativeness": "", "subjectivity": ""}
    return {"annotator_id": who, **opinions, "ranking_blocks": blocks, **other}


def comparison(
    id: str, *assessments: dict[str, Any], labels: str = "ABCD", **metadata: Any
) -> dict[str, Any]:
    return {
        "prompt_id": id,
        "prompt": {"messages": [{"role": "user", "content": f"question {id}"}]},
        "responses": [
            {"response_index": label, "messages": [{"role": "assistant", "content": f"answer {label}"}]}
            for label in labels
        ],
        "metadata": {"assessments": list(assessments), **metadata},
    }


def annotator(who: str, *assessments: dict[str, Any], **demographics: Any) -> dict[str, Any]:
    return {"annotator_id": who, "demographics": demographics, "assessments": list(assessments)}


def write(path: Path, *lines: Any) -> Path:
    path.write_text(
        "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), "utf-8"
    )
    return path


def read(folder: Path, *comparisons: Any, annotators: tuple[Any, ...] = ()) -> Panel:
    write(folder / "comparisons.jsonl", *comparisons)
    if annotators:
        write(folder / "annotators.jsonl", *annotators)
    return load(folder)


def kinds(panel: Panel) -> Counter[str]:
    return Counter(problem.kind for problem in panel.problems if problem.kind != "no_demographics")


def test_a_folder_gives_conversations_people_and_what_they_said(tmp_path: Path) -> None:
    panel = read(
        tmp_path,
        comparison("c1", assessment("p"), assessment("q", "D>C=B > A")),
        annotators=(annotator("p", age="25-34", gender=None), annotator("q", age="65+")),
    )
    assert panel.conversations["c1"].labels == ("A", "B", "C", "D")
    assert panel.conversations["c1"].responses[1].text == "answer B"
    assert panel.participants["p"].demographics == {"age": "25-34"}
    first, second = panel.assessments
    assert first.world is not None
    assert second.world is not None
    assert (str(first.world.ranking), first.world.rationale) == ("A>B>C=D", "because of A>B>C=D")
    assert str(second.world.ranking) == "D>B=C>A"
    assert first.importance == "Very important"
    assert panel.problems == ()


def test_the_comparisons_alone_are_enough(tmp_path: Path) -> None:
    path = write(tmp_path / "any.jsonl", comparison("c1", assessment("p")))
    panel = load(path)
    assert len(panel.assessments) == 1
    assert [(p.kind, p.subject, p.file, p.line) for p in panel.problems] == [
        ("no_demographics", "p", "any.jsonl", 1)
    ]


def test_mathematical_bold_is_read_as_letters(tmp_path: Path) -> None:
    bold = "It is \U0001d5fb\U0001d5fc\U0001d601 \U0001d5ee\U0001d601 \U0001d5ee\U0001d5f9\U0001d5f9 likely"
    panel = read(tmp_path, comparison("c1", assessment("p", representativeness=bold)))
    assert panel.assessments[0].representativeness == "It is not at all likely"


def test_never_asked_is_not_asked_and_flagged_nothing(tmp_path: Path) -> None:
    def flags(entry: Any) -> dict[str, Any]:
        return {"blocks": {"unacceptable": entry}}

    panel = read(
        tmp_path,
        comparison(
            "c1",
            assessment("p", **flags([])),
            assessment("q", **flags([{"rating": [], "rationale": "fine"}])),
            assessment(
                "r", **flags([{"rating": ["A is unacceptable", "C is unacceptable."], "rationale": ""}])
            ),
            assessment("s", **flags([{"rating": ["E is unacceptable", "B"]}])),
        ),
    )
    never, none, two, odd = (one.unacceptable for one in panel.assessments)
    assert never is None
    assert none is not None
    assert (none.labels, none.rationale) == ((), "fine")
    assert two is not None
    assert two.labels == ("A", "C")
    assert odd is not None
    assert odd.labels == ("B",)
    assert kinds(panel) == {"unknown_label": 1}


def test_a_persons_assessments_of_one_conversation_are_all_kept_with_ids_of_their_own(tmp_path: Path) -> None:
    panel = read(tmp_path, comparison("c1", *[assessment("p")] * 3, assessment("q")))
    assert len({one.id for one in panel.assessments}) == 4
    assert kinds(panel) == {"duplicate_cell": 2}
    assert not any(problem.dropped for problem in panel.problems)


def test_ids_come_from_content_not_from_the_place_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = read(tmp_path / "a", comparison("c1", assessment("p")), comparison("c2", assessment("p")))
    second = read(tmp_path / "b", comparison("c2", assessment("p")), comparison("c1", assessment("p")))
    assert {one.id for one in first.assessments} == {one.id for one in second.assessments}
    assert first.digest == load(tmp_path / "a").digest


def test_annotators_may_name_prompts_that_are_not_there(tmp_path: Path) -> None:
    elsewhere = assessment("p", conversation_id="gone")
    unlisted = assessment("q", conversation_id="c1")
    panel = read(
        tmp_path,
        comparison("c1", assessment("p")),
        annotators=(
            annotator("p", elsewhere, assessment("p", conversation_id="c1"), age="18-24"),
            annotator("q", unlisted, age="18-24"),
            annotator("p", age="65+"),
        ),
    )
    assert len(panel.assessments) == 1
    assert list(panel.participants) == ["p"]
    assert panel.participants["p"].demographics == {"age": "18-24"}
    assert kinds(panel) == {
        "unknown_conversation": 1,
        "no_assessments": 1,
        "unlisted_assessment": 1,
        "duplicate_participant": 1,
    }


def test_null_opinions_are_empty(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"importance": None, "representativeness": None, "subjectivity": None}
    panel = read(tmp_path, comparison("c1", assessment("p", **nothing)))
    assert panel.assessments[0].importance == ""
    assert kinds(panel) == {}


@pytest.mark.parametrize(
    ("ranking", "kind", "says"),
    [
        ("A>>B>C>D", "unparsable_ranking", "empty place"),
        ("A>B>C>C>D", "unparsable_ranking", "twice"),
        ("A>B>C>E", "unknown_label", "names E"),
        ("a>b>c>d", "unknown_label", "names a, b, c, d"),
        ("A>B>C", "missing_label", "leaves out D"),
        ("", "unparsable_ranking", "no ranking"),
        (None, "no_evidence", "no ranking"),
        (7, "unparsable_ranking", "no ranking"),
        (["A", "B"], "unparsable_ranking", "no ranking"),
    ],
)
def test_a_ranking_that_cannot_be_used_is_listed_and_left_out(
    tmp_path: Path, ranking: Any, kind: str, says: str
) -> None:
    panel = read(tmp_path, comparison("c0", assessment("p")), comparison("c1", assessment("q", ranking)))
    (problem,) = [one for one in panel.problems if one.kind != "no_demographics"]
    assert (problem.kind, problem.file, problem.line, problem.subject) == (kind, "comparisons.jsonl", 2, "q")
    assert problem.dropped
    assert says in problem.message
    assert [one.participant for one in panel.assessments] == ["p"]


def test_the_personal_block_stands_where_the_world_block_cannot(tmp_path: Path) -> None:
    personal = {"blocks": {"personal": [{"ranking": "B>A>C>D", "rationale": "mine"}]}}
    panel = read(tmp_path, comparison("c1", assessment("p", "A>B", **personal)))
    (one,) = panel.assessments
    assert one.world is None
    assert one.personal is not None
    assert str(one.personal.ranking) == "B>A>C>D"


def test_what_a_reader_should_know_is_listed_and_kept(tmp_path: Path) -> None:
    silent = {"blocks": {"world": [{"ranking": "A=B=C=D", "rationale": " "}]}}
    panel = read(
        tmp_path,
        comparison("c1", assessment("p", None, **silent), assessment("q", "A>B>C>D")),
        comparison("c2", assessment("q", "A>B>C>D")),
    )
    assert kinds(panel) == {"tie_all": 1, "empty_rationale": 1, "repeated_rationale": 1}
    assert len(panel.assessments) == 3


def test_one_id_for_two_conversations_keeps_the_first(tmp_path: Path) -> None:
    panel = read(
        tmp_path,
        comparison("c1", assessment("p")),
        comparison("c1", assessment("q")),
        comparison("c1", assessment("r"), labels="AB"),
    )
    assert [one.participant for one in panel.assessments] == ["p", "q"]
    assert kinds(panel) == {"duplicate_conversation": 1, "conflicting_conversation": 1}


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        "[" * 100_000,
        '{"prompt_id": NaN}',
        '"text"',
        '{"prompt_id": "x", "prompt": {"messages": [{"role": "user", "content": "?"}]}, "responses": 5}',
        json.dumps(comparison("x", assessment("p"), labels="A")),
        json.dumps(comparison("x", assessment("p"), labels="AA")),
        json.dumps(comparison("x", assessment("p"), labels="A>")),
        json.dumps(comparison("x", assessment("p"), labels="".join(map(chr, range(0x4E00, 0x4E00 + 500))))),
        json.dumps(comparison("", assessment("p"))),
        json.dumps(comparison("x", assessment(""))),
        '{"prompt_id": "x", "responses": [null, 3]}',
    ],
)
def test_a_broken_line_is_listed_and_the_rest_is_read(tmp_path: Path, line: str) -> None:
    panel = read(tmp_path, comparison("c1", assessment("p")), line)
    assert len(panel.assessments) == 1
    assert any(problem.line == 2 and problem.dropped for problem in panel.problems)
    (tmp_path / "comparisons.jsonl").write_text(line, "utf-8")
    with pytest.raises(
        DataError, match=r"comparisons.jsonl: nothing in it can be used; first, .*:1: "
    ) as error:
        load(tmp_path)
    assert "\n" not in str(error.value)


def test_bytes_that_are_no_text_and_long_hostile_lines_are_read_over(tmp_path: Path) -> None:
    long = assessment(
        "p", blocks={"world": [{"ranking": "A>B>C>D", "rationale": "\u202e\x00{{ x }}" * 300_000}]}
    )
    path = write(tmp_path / "comparisons.jsonl", comparison("c1", long, assessment("\ud800q")))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\xff\xfe\n\n")
    panel = load(path)
    assert panel.assessments[0].world is not None
    assert len(panel.assessments[0].world.rationale) == 300_000 * len("\u202e\x00{{ x }}")
    assert panel.assessments[1].participant == "\ufffdq"
    assert kinds(panel) == {"broken_character": 1, "malformed_line": 1}
    assert len(panel.digest) == 64


def test_synthetic_data_says_so(tmp_path: Path) -> None:
    panel = read(
        tmp_path, comparison("c1", assessment("p"), notice="Made up."), comparison("c2", notice="Made up.")
    )
    assert panel.notice == "Made up."
    assert "synthetic" in read(tmp_path, comparison("c1", assessment("p"), synthetic=True)).notice
    assert read(tmp_path, comparison("c1", assessment("p"))).notice == ""


@pytest.mark.parametrize(
    "responses",
    [
        ["one", "two"],
        {"A": "one", "B": "two"},
        [{"label": "A", "text": "one"}, {"label": "B", "text": "two"}],
    ],
)
@pytest.mark.parametrize(
    "prompt",
    ["why?", [{"role": "user", "content": "why?"}], {"messages": [{"role": "user", "content": "why?"}]}],
)
def test_one_plain_line_is_one_assessment(tmp_path: Path, prompt: Any, responses: Any) -> None:
    line = {"prompt": prompt, "responses": responses, "ranking": "B>A", "rationale": "so", "participant": 7}
    panel = load(
        write(tmp_path / "own.jsonl", line, {**line, "participant": "q", "demographics": {"age": "30"}})
    )
    (conversation,) = panel.conversations.values()
    assert [response.text for response in conversation.responses] == ["one", "two"]
    assert conversation.messages[0].content == "why?"
    assert [one.participant for one in panel.assessments] == ["7", "q"]
    assert panel.participants["q"].demographics == {"age": "30"}
    assert kinds(panel) == {}


def test_plain_lines_may_name_the_conversation_and_flags(tmp_path: Path) -> None:
    line = {"id": "c9", "prompt": "why?", "responses": ["one", "two"], "ranking": "B>A", "rationale": "so"}
    panel = load(
        write(
            tmp_path / "own.jsonl",
            {**line, "participant": "p", "unacceptable": ["A"]},
            {**line, "participant": "q", "prompt": "other"},
            line,
        )
    )
    assert list(panel.conversations) == ["c9"]
    (one,) = panel.assessments
    assert one.unacceptable is not None
    assert one.unacceptable.labels == ("A",)
    assert kinds(panel) == {"conflicting_conversation": 1, "no_participant": 1}


def test_bad_input_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "folder").mkdir()
    other = write(tmp_path / "annotators.jsonl", annotator("p"))
    line = {
        "prompt": "why?",
        "responses": ["one", "two"],
        "ranking": "A>Z",
        "rationale": "so",
        "participant": "p",
    }
    unknown = write(tmp_path / "unknown.jsonl", line)
    for path, says in [
        (tmp_path / "none", "no such file"),
        (tmp_path / "empty.jsonl", "it is empty"),
        (tmp_path / "folder", "no comparisons.jsonl"),
        (other, "neither a comparison"),
        (unknown, "names Z, which is no response here"),
    ]:
        with pytest.raises(DataError, match=says):
            load(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=120, deadline=None)
@given(st.data())
def test_no_field_of_any_type_brings_the_reader_down(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    def spoil(value: Any) -> Any:
        """Replace one value somewhere inside."""
        if isinstance(value, (dict, list)) and value and data.draw(st.integers(0, 4)):
            key: Any = data.draw(
                st.sampled_from(list(value) if isinstance(value, dict) else range(len(value)))
            )
            copy = value.copy()
            copy[key] = spoil(value[key])
            return copy
        return data.draw(json_values)

    good = comparison("c1", assessment("p", blocks={"unacceptable": [{"rating": ["A is unacceptable"]}]}))
    folder = tmp_path_factory.mktemp("spoiled")
    panel = read(
        folder,
        comparison("c0", assessment("p")),
        spoil({**good, "prompt_id": "c1"}),
        annotators=(annotator("p", age="1"), spoil(annotator("q", assessment("q"), age="3"))),
    )
    assert panel.conversations["c0"]
    plain = {
        "prompt": "why?",
        "responses": ["one", "two"],
        "ranking": "A>B",
        "rationale": "so",
        "participant": "p",
    }
    assert load(write(folder / "own.jsonl", plain, spoil(plain))).assessments


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not on this machine")
def test_squality_loads_without_surprise() -> None:
    panel = load(SHARED / "data" / "squality")
    assert (len(panel.conversations), len(panel.participants), len(panel.assessments)) == (100, 4, 300)
    assert Counter(problem.kind for problem in panel.problems) == {
        "empty_rationale": 88,
        "no_demographics": 4,
    }
    assert not any(problem.dropped for problem in panel.problems)
