"""What a change that passed its trial contradicts: looked for near it, within a bound, and written down."""

import asyncio
from typing import Any

import pytest
from builders import World, proposal

from concord.graph.conflict_records import ConflictRecord
from concord.graph.conflicts import keep_conflicts
from concord.graph.passages import certain, passages
from concord.models.embedded.asked import ChangeData, PassageData, SectionData
from concord.models.embedded.conflicts import conflict
from concord.models.embedded.table import shipped_table
from concord.models.protocol import Request
from concord.spec import Edit, Spec, apply
from concord.testing.scripted import Scripted

TEXT = """# Manners

How to behave.

## Tone {#tone authority=user}

The answer must be short. See [money](#money).

**Example**: a greeting

```xml
<user>
Hello?
</user>
<comparison>
<assistant> <!-- GOOD: brief -->
short
</assistant>
<assistant> <!-- BAD: warm -->
kind
</assistant>
</comparison>
```

## Money {#money authority=user}

An answer on money must not be kind.

## Rivers {#rivers authority=user}

Boats float.
"""
KIND = proposal(anchor="must be short", text="must be kind")


def held_against(text: str = TEXT, made: Any = KIND, most: int = 10) -> tuple[list[str], int]:
    spec = Spec.parse(text)
    found, left = passages(spec, apply(spec, made.edits), most)
    return [each.label or each.section for each in found], left


def test_the_changed_sections_examples_come_first_then_what_is_linked_above_or_alike() -> None:
    found, left = held_against()
    assert set(found[:2]) == {"GOOD", "BAD"}
    assert set(found[2:]) == {"money", "manners"}, "rivers have nothing to do with it"
    assert left == 0


def test_the_bound_holds_and_what_is_left_out_is_counted() -> None:
    assert [len(each) if isinstance(each, list) else each for each in held_against(most=2)] == [2, 2]
    many = TEXT + "".join(f"\n## Tone {n} {{#t{n}}}\n\nAn answer may be kind, {n}.\n" for n in range(20))
    found, left = held_against(many, most=6)
    assert len(found) == 6
    assert {"GOOD", "BAD"} <= set(found)
    assert left == 18


def broken(*edits: Edit) -> tuple[str, ...]:
    spec = Spec.parse(TEXT)
    return certain(spec, apply(spec, edits))


def test_a_sentence_that_stands_elsewhere_with_another_modal_verb_is_certain() -> None:
    text = "An answer on money may be kind."
    (told,) = broken(Edit(op="replace", section="tone", anchor="The answer must be short.", text=text))
    assert "money says “An answer on money must not be kind.”" in told
    same = "An answer on money must not be kind."
    assert broken(Edit(op="replace", section="tone", anchor="The answer must be short.", text=same)) == ()


def test_a_link_to_a_section_that_is_gone_is_certain() -> None:
    whole = Spec.parse(TEXT).source_of("money")
    (told,) = broken(Edit(op="delete", section="money", anchor=whole, text=""))
    assert told == "tone links to “money”, which is no section any more"


def looked_at(
    most: int = 10, max_calls: int | None = None, **answers: Any
) -> tuple[World, list[ConflictRecord]]:
    given = World(text=TEXT, answers=answers, options={"conflicts": most}, max_calls=max_calls)
    context = given.context()
    given.keep(context, KIND)
    asyncio.run(keep_conflicts(context, given.spec.digest, [KIND.id], 1))
    return given, list(given.records.conflicts.find())


def against_money(request: Request) -> Scripted:
    passage: Any = request.data("passage")
    verdict = "contradicts" if passage["section"] == "money" else "fits"
    return {
        "changed": "The answer must be kind.", "other": passage["text"].splitlines()[-1], "reason": "So.",
        "verdict": verdict,
    }  # fmt: skip


def test_what_was_found_is_on_record_with_the_example_that_the_ranker_turned() -> None:
    _, (record,) = looked_at(conflict=against_money)
    (one,) = record.contradictions
    assert (one.passage.section, one.other) == ("money", "An answer on money must not be kind.")
    (turned,) = record.newly_turned
    assert (turned.good, turned.bad) == ("short", "kind")
    assert record.count == 2
    assert "contradicts money" in record.sentences[0]
    assert "GOOD example of tone" in record.sentences[1]


def test_calls_are_bounded_counted_and_filed_under_the_proposal() -> None:
    given, (record,) = looked_at(most=3)
    assert (len(record.pairs), record.left_out) == (3, 1)
    roles = [call.role for call in given.records.calls.find()]
    assert sorted(roles) == ["conflict"] * 3 + ["ranker"] * 2
    assert {call.where.subject for call in given.records.calls.find()} == {KIND.id}
    assert looked_at(most=0)[1] == []


def test_the_budgets_end_leaves_it_open() -> None:
    _, records = looked_at(max_calls=2)
    assert records == []


@pytest.mark.parametrize("verdict", ["contradicts", "fits"])
def test_a_reader_of_rules_sees_opposite_rules_and_examples(verdict: str) -> None:

    law = SectionData(id="law", text="On leases.")
    change = ChangeData(sections=(law,), sentences=("The assistant must state its own opinion.",))
    other = "not " if verdict == "contradicts" else ""
    passage = PassageData(text=f"On old leases. On law it should {other}state its own opinion.")
    found: Any = conflict(change, passage, shipped_table())
    assert found["verdict"] == verdict
    rivers = PassageData(text="On rivers. It should not state its own opinion.")
    assert conflict(change, rivers, shipped_table())["verdict"] == "fits", "of another subject"
    label = "BAD" if verdict == "contradicts" else "GOOD"
    example = PassageData(what="example", label=label, text="Sure. In my view, yes.")
    found = conflict(change, example, shipped_table())
    assert found["verdict"] == verdict
