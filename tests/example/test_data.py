"""The bundled example: synthetic in every file, made by its generator, and with what it says hidden in it."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from concord.example.generate import World, generate, main, place_of_prompt
from concord.example.world import example_spec, planted, read_sections, reading_table, true_spec
from concord.models.embedded.asked import MessageData, ResponseData
from concord.models.embedded.reader import Reader
from concord.models.embedded.topics import IN_SCOPE, grade
from concord.panel.importers.load import load

FOLDER = Path(str(files("concord.example")))
DATA = FOLDER / "data"
KINDS = ["clarification", "change_of_principle", "missing_rule", "unbacked_rule"]


@pytest.fixture(scope="module")
def world() -> World:
    return generate(0)


def test_the_committed_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    assert main(["--seed", "0", "--out", str(tmp_path)]) == 0
    for name in ("comparisons.jsonl", "annotators.jsonl"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), (
            f"regenerate {name} (see README.md)"
        )


def test_every_file_says_that_it_is_synthetic() -> None:
    assert "synthetic" in example_spec().source_of(example_spec().ids[0]).lower()
    assert "synthetic" in (FOLDER / "README.md").read_text(encoding="utf-8").lower()
    for path in DATA.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            assert "synthetic" in str(fields.get("notice") or fields["metadata"]["notice"]).lower()


def test_it_is_small_and_of_the_size_that_the_readme_tells() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 3_000_000
    panel = load(DATA)
    assert len(panel.conversations) == 320
    assert len(panel.participants) == 60
    assert {len(one.responses) for one in panel.conversations.values()} == {4}
    raters = Counter(one.conversation for one in panel.assessments)
    assert 8 <= min(raters.values()) <= max(raters.values()) <= 12
    assert not [problem for problem in panel.problems if problem.dropped]
    assert "ynthetic" in panel.notice


def test_the_spec_has_a_dozen_sections_with_rules() -> None:
    reader = Reader(reading_table())
    ruled = [one.id for one in read_sections(example_spec()) if reader.read(one.text).rules]
    assert len(ruled) == 12
    assert all(
        reader.read(one.text).asked == reader.read(one.text).understood
        for one in read_sections(example_spec())
        if one.id in ruled
    )


def test_each_place_moves_twenty_to_thirty_points_and_touches_forty_open_conversations(
    world: World,
) -> None:
    assert sorted(world.gains) == sorted(KINDS)
    assert all(0.2 <= gain <= 0.3 for gain in world.gains.values())
    told = [json.loads(line) for line in world.comparisons]
    prompts = {fields["prompt_id"]: fields["prompt"]["messages"][0]["content"] for fields in told}
    for place in world.places:
        touched = [id_ for id_, subject in world.subjects.items() if subject == place.subject]
        sealed = sum(place_of_prompt(prompts[id_]) == "test" for id_ in touched)
        assert sealed >= 10
        assert len(touched) - sealed >= 40


def test_a_conversation_speaks_of_its_own_subject_alone(world: World) -> None:
    sections = [one for one in read_sections(true_spec(world.places)) if one.level == 3]
    for line in world.comparisons:
        fields = json.loads(line)
        messages = tuple(MessageData(**one) for one in fields["prompt"]["messages"])
        scope = {one.id for one in sections if grade(one, messages) >= IN_SCOPE} - {"honesty", "respect"}
        assert scope == {world.subjects[fields["prompt_id"]]}


def test_the_whole_spec_and_the_sections_in_scope_read_the_same(world: World) -> None:
    reader, sections = Reader(reading_table()), read_sections(example_spec())
    for line in world.comparisons[:80]:
        fields = json.loads(line)
        messages = tuple(MessageData(**one) for one in fields["prompt"]["messages"])
        responses = [
            ResponseData(label=one["response_index"], text=one["messages"][0]["content"])
            for one in fields["responses"]
        ]
        scoped = [one for one in sections if one.level < 3 or grade(one, messages) >= IN_SCOPE]
        assert reader.scores(sections, messages, responses) == reader.scores(scoped, messages, responses)


def test_no_response_length_gives_the_answer_away(world: World) -> None:
    lengths = [
        len(one["messages"][0]["content"])
        for line in world.comparisons
        for one in json.loads(line)["responses"]
    ]
    assert 150 < sum(lengths) / len(lengths) < 700


def test_other_seeds_plant_other_places() -> None:
    worlds = [planted(seed) for seed in range(100, 140)]
    assert all([place.kind for place in places] == KINDS for places in worlds)
    assert all(len({place.subject for place in places}) == 4 for places in worlds)
    for index in range(4):
        assert len({(places[index].subject, places[index].behaviour) for places in worlds}) >= 5
    for places in worlds:
        true_spec(places)


def test_other_seeds_make_other_worlds(world: World) -> None:
    other = generate(1)
    assert set(other.subjects).isdisjoint(world.subjects)
    assert all(0.2 <= gain <= 0.3 for gain in other.gains.values())
