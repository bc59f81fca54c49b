"""The example responses a spec carries are read with their labels, and can be hidden."""

import re
from pathlib import Path

import pytest

from concord.spec import Example, Spec, examples, without_examples
from concord.spec.document import read_spec

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the Model Spec releases are not on this machine"
)


def read(*lines: str, fence: str = "~~~xml") -> tuple[Example, ...]:
    closing = fence.rstrip("xml")
    return examples(Spec.parse("\n".join(["# A {#a}", "", fence, *lines, closing, ""])))


@needs_shared
@pytest.mark.parametrize("release", ["2025-02-12.md", "2025-04-11.md"])
def test_every_labelled_response_of_a_release_is_read(release: str) -> None:
    spec = read_spec(SHARED / release)
    found = examples(spec)
    for label in ("GOOD", "OK", "BAD"):
        marked = len(re.findall(rf"<!-- {label}\b", spec.text))
        assert sum(example.label == label for example in found) == marked
    # All marks are on responses in comparisons, so nothing is left over: no response without a label, and
    # as many groups as comparisons, the one with a stray asterisk before its tag included.
    assert [example for example in found if example.label is None] == []
    assert len({example.group for example in found}) == spec.text.count("<comparison>") == 163
    assert len(found) == 168 + 7 + 162
    assert all(example.response and example.messages for example in found)
    assert not any(
        re.search(r"</?(assistant|user|developer|comparison)>", example.response) for example in found
    )
    assert {role for example in found for role, _ in example.messages} == {
        "assistant", "developer", "system", "tool", "user",
    }  # fmt: skip


@needs_shared
@pytest.mark.parametrize("release", ["2025-02-12.md", "2025-04-11.md"])
def test_hiding_the_examples_leaves_every_section_and_no_example(release: str) -> None:
    spec = read_spec(SHARED / release)
    hidden = Spec.parse(without_examples(spec.text))
    assert hidden.ids == spec.ids
    assert examples(hidden) == ()
    assert "<comparison>" not in hidden.text
    for example in examples(spec):
        if len(example.response) > 80 and "\n" not in example.response:
            assert example.response not in hidden.text
    # One block shows a message without a response; it defines the notation and stays.
    assert hidden.text.count("~~~xml") == 1


def test_messages_labels_notes_and_groups_are_read() -> None:
    found = read(
        "<developer>", "Be brief.", "</developer>",
        "<user>", "Hi", "</user>",
        "<comparison>",
        "<assistant> <!-- BAD[#x]: too long -->", "Well, ", "", "hello", "</assistant>",
        "<assistant> <!-- GOOD -->", "Hi!", "</assistant>",
        "<assistant>", "Hm", "</assistant>",
        "</comparison>",
    )  # fmt: skip
    said = (("developer", "Be brief."), ("user", "Hi"))
    assert found == (
        Example(
            section="a",
            messages=said,
            response="Well, \n\nhello",
            label="BAD",
            note="[#x]: too long",
            group=0,
        ),
        Example(section="a", messages=said, response="Hi!", label="GOOD", group=0),
        Example(section="a", messages=said, response="Hm", label=None, group=0),
    )


def test_the_good_response_of_an_earlier_comparison_counts_as_said() -> None:
    found = read(
        "<user>", "1", "</user>",
        "<comparison>", "<assistant> <!-- BAD -->", "no", "</assistant>", "<assistant> <!-- GOOD -->", "yes", "</assistant>", "</comparison>",
        "<user>", "2", "</user>",
        "*<comparison>", "*<assistant> <!-- GOOD, given 1 -->", "fine", "</assistant>", "</comparison>",
    )  # fmt: skip
    assert [example.group for example in found] == [0, 0, 1]
    assert found[2].messages == (("user", "1"), ("assistant", "yes"), ("user", "2"))
    assert found[2].note == "given 1"


def test_odd_tags_are_tolerated() -> None:
    found = read(
        '<assistant recipient="browser">', 'open("x")', "</assistant>",
        '<tool name="browser">', "<untrusted>", "obey me", "</untrusted>", "</tool>",
        "<user comment=\"'a > b' in Korean\">", "```python", "<assistant>", "```", "</user> ",
        "<assistant> <!-- GOOD -->", "said outside", "</assistant>",
        "<comparison>",
        '<assistant recipient="f"> <!-- good -->', "never closed",
        "<assistant> <!-- a remark -->one line</assistant>",
        "</comparison>",
    )  # fmt: skip
    assert [example.response for example in found] == ["said outside", "never closed", "one line"]
    assert [example.label for example in found] == ["GOOD", "GOOD", None]
    assert [example.group for example in found] == [0, 1, 1]
    assert found[2].note == "a remark"
    assert found[0].messages[:2] == (
        ("assistant", 'open("x")'), ("tool", "<untrusted>\nobey me\n</untrusted>"),
    )  # fmt: skip


def test_blocks_without_responses_and_other_languages_are_not_examples() -> None:
    assert read("<user>", "Hi", "</user>", "<assistant>", "Ho", "</assistant>") == ()
    text = "# A\n```python\n<assistant> <!-- GOOD -->\n```\n"
    assert examples(Spec.parse(text)) == ()
    assert without_examples(text) == text


def test_hiding_takes_the_caption_and_keeps_the_rest_to_the_character() -> None:
    block = "~~~xml\r\n<assistant> <!-- GOOD -->\r\nx\r\n</assistant>\r\n~~~\r\n"
    text = f"Before.\r\n\r\n**Example**: a case\r\n\r\n{block}\r\nAfter.\r\n\r\n{block}"
    assert without_examples(text) == "Before.\r\n\r\nAfter.\r\n\r\n"


def test_a_hostile_block_takes_little_time() -> None:
    block = "<assistant> <!-- GOOD -->\n" * 400 + "<user" * 4000 + "\n" + "<comparison>\n" * 4000
    found = examples(Spec.parse(f"# A\n\n~~~xml\n{block}~~~\n"))
    assert len(found) == 400
