"""A person's proposals: read from YAML, an edited copy or a diff, and refused in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from concord.errors import InputError
from concord.spec import Spec, apply, unified_patch
from concord.spec.proposal_file import Written, changed_groups, read_proposals

Write = Callable[..., Path]

SPEC = Spec.parse(
    "# Health {#health authority=developer}\n\nThe assistant informs. It gives no doses.\n\n"
    "# Law {#law}\n\nThe assistant lists options.\n\n# Tone {#tone}\n\nThe assistant is friendly.\n"
)
HEALTH = "intent: Give doses.\nkind: change_of_principle\nedits:\n- {op: replace, section: health, anchor: It gives no doses., text: It gives doses.}\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str, name: str = "proposal.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_yaml_says_intent_kind_and_edits(write: Write) -> None:
    (found,) = read_proposals(write(HEALTH), SPEC, author="Ada")
    assert (found.intent, found.kind, found.author) == ("Give doses.", "change_of_principle", "Ada")
    assert "It gives doses." in apply(SPEC, found.edits).text
    proposal = found.proposal(SPEC)
    assert proposal.origin == "human"
    assert proposal.base == SPEC.digest


def test_a_kind_that_is_left_open_stays_open_until_somebody_tells(write: Write) -> None:
    (found,) = read_proposals(write(HEALTH.replace("kind: change_of_principle\n", "")), SPEC)
    assert found.kind is None
    assert found.proposal(SPEC, "change_of_principle").kind == "change_of_principle"


def test_several_proposals_stand_in_one_yaml_file(write: Write) -> None:
    tone = "intent: Be warm.\nedits:\n- {op: insert, section: tone, text: It is warm.}\n"
    both = "\n".join("- " + one.replace("\n", "\n  ").rstrip() for one in (HEALTH, tone))
    found = read_proposals(write(both), SPEC)
    assert [each.intent for each in found] == ["Give doses.", "Be warm."]


EDITED = SPEC.text.replace("no doses", "doses").replace("friendly", "friendly and brief")


@pytest.mark.parametrize("name", ["copy.md", "change.diff"])
def test_an_edited_copy_and_a_diff_give_one_proposal_a_section(write: Write, name: str) -> None:
    text = EDITED if name.endswith("md") else unified_patch(SPEC.text, EDITED)
    path = write(text, name)
    assert [group.section for group in changed_groups(path, SPEC)] == ["health", "tone"]
    found = read_proposals(path, SPEC, intents=["tone=Be brief.", "health=Give doses."])
    assert {each.intent: {edit.section for edit in each.edits} for each in found} == {
        "Be brief.": {"tone"},
        "Give doses.": {"health"},
    }
    assert apply(SPEC, [edit for each in found for edit in each.edits]).text == EDITED


def test_one_intent_may_cover_several_sections_and_a_lone_section_needs_no_name(write: Write) -> None:
    (both,) = read_proposals(
        write(EDITED, "copy.md"), SPEC, intents=["health,tone=Say what helps, in short."]
    )
    assert {edit.section for edit in both.edits} == {"health", "tone"}
    lone = SPEC.text.replace("friendly", "brief")
    (found,) = read_proposals(write(lone, "lone.md"), SPEC, intents=["Be brief = no small talk."])
    assert found.intent == "Be brief = no small talk."


def refused(path: Path, *intents: str) -> str:
    with pytest.raises(InputError) as problem:
        read_proposals(path, SPEC, intents=intents)
    told = str(problem.value)
    assert "\n" not in told
    return told


def test_an_edit_whose_anchor_is_gone(write: Write) -> None:
    told = refused(write(HEALTH.replace("It gives no doses.", "It gives few doses.")))
    assert "0 times" in told
    assert "nearest" in told


def test_a_diff_against_another_version(write: Write) -> None:
    diff = unified_patch(SPEC.text, EDITED).replace("The assistant informs.", "The assistant tells.")
    assert "another version" in refused(write(diff, "change.patch"), "health=Give doses.", "tone=Be brief.")


@pytest.mark.parametrize("intent", ["''", "'   '", ""])
def test_an_empty_intent(write: Write, intent: str) -> None:
    assert "empty intent" in refused(write(HEALTH.replace("Give doses.", intent, 1)))


def test_a_missing_intent_names_the_section_and_how_to_give_it(write: Write) -> None:
    told = refused(write(EDITED, "copy.md"), "tone=Be brief.")
    assert "'health'" in told
    assert '--intent "health=SENTENCE"' in told
    assert '--intent "SENTENCE"' in refused(write(SPEC.text.replace("friendly", "brief"), "lone.md"))
    assert "health, tone" in refused(write(EDITED, "copy.md"), "law=Say more.")


@pytest.mark.parametrize("name", ["copy.md", "p.yaml"])
def test_a_proposal_that_changes_nothing(write: Write, name: str) -> None:
    same = HEALTH.replace("text: It gives doses.", "text: It gives no doses.")
    assert "changes nothing" in refused(
        write(SPEC.text if name == "copy.md" else same, name), *(["x"] if name == "copy.md" else [])
    )


def test_two_that_clash_and_two_that_are_one(write: Write) -> None:
    other = HEALTH.replace("It gives doses.}", "It gives doses on request.}").replace(
        "Give doses.", "Give some."
    )
    pair = "\n".join("- " + one.replace("\n", "\n  ").rstrip() for one in (HEALTH, other))
    assert "clash" in refused(write(pair))
    twin = "\n".join("- " + one.replace("\n", "\n  ").rstrip() for one in (HEALTH, HEALTH))
    assert "same change" in refused(write(twin))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no proposal"),
        ("intent: [", "line 1"),
        (HEALTH + "intent: Another.\n", "stands twice"),
        (HEALTH.replace("intent: Give doses.", "intent: no"), "put it in quotes"),
        (HEALTH.replace("op: replace", "op: swap"), "replace, insert, delete"),
        (HEALTH + "stance: support\n", "there is no `stance`"),
        (HEALTH.replace("change_of_principle", "small"), "clarification, change_of_principle"),
        ("a: &a [1]\nb: *a\n", "aliases"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("[" * 3000, "line 1"),
    ],
)  # fmt: skip
def test_hostile_and_wrong_yaml_is_told_in_one_sentence(write: Write, text: str, told: str) -> None:
    assert told in refused(write(text)) or "nested too deep" in refused(write(text))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "gone.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in refused(tmp_path / "bytes.yaml")


def test_a_written_proposal_is_its_own_record() -> None:
    assert Written(edits=(), intent="x").kind is None
