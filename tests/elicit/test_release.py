"""`concord release`: what leaves the house tells who nobody is, and reads back as what went in."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from concord.elicit.release import release, same_content
from concord.elicit.release_records import Released, Terms
from concord.errors import InputError
from concord.panel.importers.load import load
from concord.panel.inspect import inspect_panel
from concord.panel.records import Panel, RubricItem

pytest.importorskip("phonenumbers", reason="the extra `release` is not installed")
pytest.importorskip("faker", reason="the extra `release` is not installed")

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "data"
SALT = b"sixteen bytes or more"
TERMS = Terms(title="Answers <b>| and more", licence="CC-BY-4.0", consent="I agree.", k=5)


@pytest.fixture(scope="module")
def panel() -> Panel:
    """The example, with something personal in two texts, and a hostile demographic value."""
    panel = load(EXAMPLE)
    first = panel.assessments[0]
    assert first.world
    told = first.world.model_copy(
        update={"rationale": "Ask me at jo@example.org or +44 20 7946 0958. John Smith"}
    )
    assessments = (first.model_copy(update={"world": told}), *panel.assessments[1:])
    people = {
        id_: one.model_copy(update={"demographics": {**one.demographics, "age": "=1+1|<script>"}})
        if index < 9
        else one
        for index, (id_, one) in enumerate(panel.participants.items())
    }
    ids, who = list(panel.conversations), list(panel.participants)
    rubrics = tuple(
        RubricItem(id=f"r{n}", conversation=ids[n], criterion=f"Names risk {n}, says jo@example.org", author=who[n],
                   scores={who[n]: 7, who[n + 1]: -2.5}, core=n == 1)
        for n in range(3)
    )  # fmt: skip
    return panel.model_copy(update={"assessments": assessments, "participants": people, "rubrics": rubrics})


@pytest.fixture(scope="module")
def made(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Released]:
    folder = tmp_path_factory.mktemp("released") / "out"
    return folder, release(panel, folder, TERMS, SALT)


def test_it_reads_back_with_the_same_shape(panel: Panel, made: tuple[Path, Released]) -> None:
    again = load(made[0])
    kept = {
        "conversations",
        "participants",
        "assessments",
        "responses",
        "raters",
        "tasks",
        "duplicate_cells",
        "blocks",
    }
    before = inspect_panel(panel).model_dump(include=kept - {"blocks"})
    assert inspect_panel(again).model_dump(include=kept - {"blocks"}) == before
    assert again.notice == panel.notice
    rankings = [
        Counter(str(one.world.ranking) for one in each.assessments if one.world) for each in (panel, again)
    ]
    assert rankings[0] == rankings[1]


def test_no_id_of_the_original_is_in_any_byte(panel: Panel, made: tuple[Path, Released]) -> None:
    everything = b"".join(path.read_bytes() for path in made[0].rglob("*") if path.is_file())
    assert SALT not in everything
    assert not [id_ for id_ in (*panel.participants, *panel.conversations) if id_.encode() in everything]


def test_the_same_salt_gives_the_same_bytes_and_another_other_ids(
    panel: Panel, made: tuple[Path, Released], tmp_path: Path
) -> None:
    release(panel, tmp_path / "same", TERMS, SALT)
    release(panel, tmp_path / "other", TERMS, b"another of sixteen bytes")
    for name in made[1].files:
        assert (tmp_path / "same" / name).read_bytes() == (made[0] / name).read_bytes()
    ids = set(load(made[0]).participants)
    assert not ids & set(load(tmp_path / "other").participants)


def test_everybody_stands_among_k_and_what_was_merged_is_told(made: tuple[Path, Released]) -> None:
    shown = [
        tuple(
            sorted(
                (name, value) for name, value in one.demographics.items() if name != "ideal-model-behavior"
            )
        )
        for one in load(made[0]).participants.values()
    ]
    assert min(Counter(shown).values()) == made[1].smallest_group >= 5
    card = (made[0] / "README.md").read_text()
    for note in made[1].merged:
        assert note.attribute.replace("_", "\\_") in card


def test_finds_are_masked_in_peoples_words_and_told(made: tuple[Path, Released]) -> None:
    assert {(find.kind, find.by, find.masked) for find in made[1].finds} == {
        ("email", "participant", True), ("phone", "participant", True), ("name", "participant", False),
    }  # fmt: skip
    rationales = [one.world.rationale for one in load(made[0]).assessments if one.world]
    assert "Ask me at [email] or [phone]. John Smith" in rationales
    assert "jo@example" not in (made[0] / "release.json").read_text()


def test_checksums_hold(made: tuple[Path, Released]) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=made[0], check=True)
    listed = {line.split("  ")[1] for line in (made[0] / "SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS"} == {
        str(path.relative_to(made[0])) for path in made[0].rglob("*") if path.is_file()
    }


def test_the_card_carries_data_as_data(made: tuple[Path, Released]) -> None:
    card = (made[0] / "README.md").read_text()
    assert "# Answers \\<b\\>\\| and more" in card
    assert "<script>" not in card
    for picture in (made[0] / "figures").glob("*.svg"):
        assert "<script>" not in picture.read_text()


def test_hugging_face_datasets_opens_the_folder(made: tuple[Path, Released], tmp_path: Path) -> None:
    if not _installed("datasets"):
        pytest.skip("the extra `hub` is not installed")
    read = """
import sys, json
from datasets import load_dataset
print(json.dumps({name: len(load_dataset(sys.argv[1], name, split="train", cache_dir=sys.argv[2]))
    for name in ("comparisons", "annotators", "merged_comparisons_annotators", "conversation_rubrics")}))
"""
    import os
    import sys

    told = subprocess.run(
        [sys.executable, "-c", read, str(made[0]), str(tmp_path)], capture_output=True, text=True, check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"},
    )  # fmt: skip
    assert json.loads(told.stdout) == {
        "comparisons": made[1].conversations,
        "annotators": made[1].participants,
        "merged_comparisons_annotators": made[1].assessments,
        "conversation_rubrics": 3,
    }


def test_a_folder_with_something_in_it_is_left_alone(panel: Panel, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="isn't empty"):
        release(panel, tmp_path, TERMS, SALT)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_short_salt_is_refused(panel: Panel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="16 bytes"):
        release(panel, tmp_path / "out", TERMS, b"short")
    assert not (tmp_path / "out").exists()


def test_data_of_other_content_is_told_apart(panel: Panel) -> None:
    assert same_content(panel, panel)
    assert not same_content(panel, panel.model_copy(update={"assessments": panel.assessments[1:]}))


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
