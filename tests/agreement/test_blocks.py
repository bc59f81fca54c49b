"""Agreement block by block is agreement in memory: the same figures, whatever the size of a block."""

from pathlib import Path

import numpy as np
import pytest

from concord.agreement.blocks import Look, StoredAgreement, stored_agreement
from concord.agreement.groups import by_group
from concord.agreement.intervals import Estimate
from concord.agreement.people import People
from concord.agreement.references import leave_one_out, longest_response, one_person
from concord.agreement.reliability import krippendorff_alpha
from concord.errors import DataError, OptionError
from concord.evals.synthetic.people import PanelShape, rankings_of, simulate_panel, simulate_ranker
from concord.panel.columns import Column, Columns, sorted_columns
from concord.panel.importers.load import load
from concord.panel.importers.streaming import stream
from concord.panel.ranking import Ranking
from concord.panel.records import Lens, Panel
from concord.panel.splits import FoldSplitter

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "data"


def cut(columns: Columns, rows: int) -> Columns:
    """The same columns in smaller blocks."""
    given = {name: getattr(columns, name) for name in (
        "notice", "conversations", "groups", "labels", "lengths", "participants", "demographics", "conversation",
        "participant", "world", "personal", "unacceptable",
    )}  # fmt: skip
    return sorted_columns(**given, rows=rows)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load(EXAMPLE)


@pytest.fixture(scope="module")
def columns() -> Columns:
    return stream(EXAMPLE)


@pytest.fixture(scope="module")
def rankings(panel: Panel) -> tuple[dict[str, Ranking], dict[str, Ranking]]:
    rng = np.random.default_rng(3)
    drawn = [
        {
            one.id: Ranking.from_scores({label: float(rng.integers(0, 3)) for label in one.labels})
            for one in panel.conversations.values()
        }
        for _ in range(2)
    ]
    return drawn[0], drawn[1]


def told(rankings: dict[str, Ranking]) -> dict[str, str]:
    return {name: str(ranking) for name, ranking in rankings.items()}


def close(one: Estimate | None, other: Estimate) -> None:
    assert one is not None
    for name in ("estimate", "low", "high"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-12)
    for name in ("conversations", "participants", "assessments", "undefined", "effective_people"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.parametrize("rows", [40, 500, 65_536])
def test_the_figures_are_those_of_the_panel_in_memory(
    panel: Panel, columns: Columns, rankings: tuple[dict[str, Ranking], dict[str, Ranking]], rows: int
) -> None:
    before, after = rankings
    splitter = FoldSplitter(5)
    open_ = [id_ for id_, one in panel.conversations.items() if splitter.place_of(one) != "test"]
    people = People.compile(panel, Lens(people="open", split_seed=5), open_)
    found = stored_agreement(
        cut(columns, rows),
        Look(told(after), told(before), splitter=splitter, groups=("age", "country_of_residence")),
    )
    close(found.level, people.level(after))
    close(found.micro, people.micro(after))
    close(found.before, people.level(before))
    close(found.gain, people.gain(before, after))
    close(found.top_choice, people.top_choice(after))
    close(found.tau_b, people.tau_b(after))
    close(found.flagged_first, people.flagged_first(after))
    close(found.leave_one_out, leave_one_out(people))
    close(found.one_person, one_person(people))
    close(found.longest, longest_response(people, panel.conversations))
    assert found.alpha == pytest.approx(krippendorff_alpha(people), abs=1e-12)
    assert found.conversations == len(open_)
    assert found.tied == sum(after[id_].ties_all for id_ in open_)
    for group in found.groups:
        theirs = by_group(people, after, group.key, resamples=2)
        assert list(group.levels) == list(theirs.levels)
        for value, level in group.levels.items():
            close(level, theirs.levels[value])
        assert (group.hidden, group.unknown) == (theirs.hidden, theirs.unknown)
        assert group.worst is not None
        assert theirs.worst is not None
        assert group.worst.group == theirs.worst.group


def test_people_with_duplicates_weights_and_flags_count_as_in_memory() -> None:
    shape = PanelShape(conversations=60, participants=30, assessments=900, duplicates=40)
    drawn = simulate_panel(shape, 4)
    panel = drawn.records()
    after = dict(
        zip(
            drawn.conversation_ids,
            rankings_of(simulate_ranker(drawn.quality, error=0.5, seed=1), drawn.labels),
            strict=True,
        )
    )
    weights = {f"p{number}": 0.25 * (number % 4) for number in range(30)}
    lens = Lens(weights=weights)
    people = People.compile(panel, lens)
    found = stored_agreement(as_columns(panel, rows=70), Look(told(after), lens=lens))
    close(found.level, people.level(after))
    close(found.micro, people.micro(after))
    close(found.leave_one_out, leave_one_out(people))
    close(found.one_person, one_person(people))


def as_columns(panel: Panel, rows: int) -> Columns:
    """A panel in memory as columns, by way of nothing that the code under test shares."""
    names, persons = list(panel.conversations), list(panel.participants)
    values = tuple(dict.fromkeys(str(one.world.ranking) for one in panel.assessments if one.world))
    said = [values.index(str(one.world.ranking)) if one.world else -1 for one in panel.assessments]
    nothing = Column((), np.full(len(said), -1, dtype=np.int32))
    return sorted_columns(
        notice="",
        conversations=names,
        groups=names,
        labels=["=".join(panel.conversations[name].labels) for name in names],
        lengths=[""] * len(names),
        participants=persons,
        demographics=[""] * len(persons),
        conversation=np.array([names.index(one.conversation) for one in panel.assessments], dtype=np.int32),
        participant=np.array([persons.index(one.participant) for one in panel.assessments], dtype=np.int32),
        world=Column(values, np.array(said, dtype=np.int32)),
        personal=nothing,
        unacceptable=nothing,
        rows=rows,
    )


def test_people_who_all_agree_leave_no_variance(panel: Panel, columns: Columns) -> None:
    everybody = dict.fromkeys(panel.conversations, "A>B>C>D")
    flat = Column(("A>B>C>D",), np.zeros(columns.assessments, dtype=np.int32))
    same = sorted_columns(
        notice="",
        conversations=columns.conversations,
        groups=columns.groups,
        labels=columns.labels,
        lengths=columns.lengths,
        participants=columns.participants,
        demographics=columns.demographics,
        conversation=columns.conversation,
        participant=columns.participant,
        world=flat,
        personal=flat,
        unacceptable=columns.unacceptable,
        rows=100,
    )
    level = stored_agreement(same, Look(everybody)).level
    assert (level.estimate, level.low, level.high) == (1.0, 1.0, 1.0)


def test_rankings_are_told_that_belong_to_nothing(columns: Columns) -> None:
    name = columns.conversations[0]
    found: StoredAgreement = stored_agreement(columns, Look({name: "A>B>C=D", "elsewhere": "A>B"}))
    assert (found.conversations, found.unknown) == (1, 1)
    with pytest.raises(DataError, match="no ranking belongs to a conversation"):
        stored_agreement(columns, Look({"elsewhere": "A>B"}))
    with pytest.raises(DataError, match=f"conversation {name}: .*leaves out"):
        stored_agreement(columns, Look({name: "A>B"}))
    with pytest.raises(OptionError, match="shoe_size"):
        stored_agreement(columns, Look({name: "A>B>C>D"}, groups=("shoe_size",)))


def test_a_lens_narrows_the_people_as_in_memory(
    panel: Panel, columns: Columns, rankings: tuple[dict[str, Ranking], dict[str, Ranking]]
) -> None:
    _, after = rankings
    some = tuple(list(panel.participants)[:20])
    for lens in (Lens(group={"age": ("25-34", "35-44")}), Lens(participants=some)):
        people = People.compile(panel, lens)
        close(stored_agreement(cut(columns, 300), Look(told(after), lens=lens)).level, people.level(after))
    few = Lens(participants=some[:3])
    with pytest.raises(OptionError, match="fewer than 5 participants"):
        stored_agreement(columns, Look(told(after), lens=few))
