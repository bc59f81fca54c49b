"""Agreement of a ranker under a spec with the people, overall and by section."""

from collections.abc import Sequence

from rich.console import Console

from ..agents.relevance import section_key
from ..agreement.groups import Groups, by_group
from ..agreement.references import references
from ..agreement.reliability import krippendorff_alpha
from ..graph.bench import MEASURE
from ..graph.measuring import grade_all
from ..graph.summary import Figure
from ..graph.workshop import Setup, Workshop
from ..models.records import Where
from ..panel.ranking import Ranking
from ..records import Record
from ..spec import visible
from .printing import count, interval, points, show_json, show_notice, table

GOVERNED = 5
"""Relevance from which a conversation counts towards a section's agreement (the study's Figure 1)."""


class SectionAgreement(Record):
    section: str
    title: str
    conversations: int
    spec: Figure
    no_spec: Figure


class Agreement(Record):
    notice: str
    block: str
    conversations: int
    failed: int
    spec: Figure
    micro: Figure
    no_spec: Figure
    gain_over_no_spec: Figure
    top_choice: Figure
    tau_b: Figure
    flagged_first: Figure
    leave_one_out: Figure
    one_person: Figure
    longest: Figure
    alpha: float | None
    """Krippendorff's ordinal alpha of the people among themselves."""
    sections: tuple[SectionAgreement, ...]
    groups: tuple[Groups, ...]


async def agreement(setup: Setup, groups: Sequence[str] = ()) -> Agreement:
    """Measure on training and selection conversations; the test split stays shut.

    `groups`: demographic keys to tell agreement by. Raises BudgetEnded, and OptionError for a key nobody has.
    """
    shop = Workshop(setup)
    await grade_all(shop, setup.spec)
    where = Where(round=1, node="agreement")
    ids = sorted(shop.open)
    under = await shop.bench.rankings(setup.spec, ids, MEASURE, where)
    without = await shop.bench.rankings(None, ids, MEASURE, where)
    both = [id for id in ids if id in under and id in without]
    rankings: dict[str, Ranking] = {id: under[id].ranking for id in both}
    bare: dict[str, Ranking] = {id: without[id].ranking for id in both}
    people = shop.people.on(both)
    beside = references(people, {id: shop.open[id] for id in both})
    grades = {
        section.id: [
            id for id in both if shop.grades.grade(section_key(setup.spec, section.id), id) >= GOVERNED
        ]
        for section in setup.spec.sections
    }
    by_spec, by_none = people.by_section(rankings, grades), people.by_section(bare, grades)
    notices = [setup.panel.notice, *(caller.model.profile.notice for caller in setup.callers.values())]
    return Agreement(
        notice=" ".join(dict.fromkeys(notice for notice in notices if notice)),
        block=setup.options.block,
        conversations=len(both),
        failed=2 * len(ids) - len(under) - len(without),
        spec=Figure.of(people.level(rankings)),
        micro=Figure.of(people.micro(rankings)),
        no_spec=Figure.of(people.level(bare)),
        gain_over_no_spec=Figure.of(people.gain(bare, rankings)),
        top_choice=Figure.of(people.top_choice(rankings)),
        tau_b=Figure.of(people.tau_b(rankings)),
        flagged_first=Figure.of(people.flagged_first(rankings)),
        leave_one_out=Figure.of(beside.leave_one_out),
        one_person=Figure.of(beside.one_person),
        longest=Figure.of(beside.longest),
        sections=tuple(
            SectionAgreement(
                section=section.id,
                title=section.title,
                conversations=len(grades[section.id]),
                spec=Figure.of(by_spec[section.id]),
                no_spec=Figure.of(by_none[section.id]),
            )
            for section in setup.spec.sections
            if grades[section.id]
        ),
        alpha=krippendorff_alpha(people),
        groups=tuple(by_group(people, rankings, key) for key in groups),
    )


def show_agreement(console: Console, found: Agreement, *, as_json: bool) -> None:
    """Print the figures with their intervals."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    show_notice(console, found.notice)
    failed = f"; {count(found.failed, 'call')} failed" if found.failed else ""
    console.print(
        f"{count(found.conversations, 'conversation')} of the training and selection splits, "
        f"ranking block {found.block}{failed}\n"
    )
    overall = table("overall", "points", "95 % interval")
    for name, figure in (
        ("with this spec", found.spec), ("  mean over assessments", found.micro), ("no spec", found.no_spec),
        ("gain over no spec", found.gain_over_no_spec), ("leave-one-out consensus", found.leave_one_out),
        ("one person against another", found.one_person), ("longest response", found.longest),
        ("top choice, with this spec", found.top_choice), ("tau-b × 100, with this spec", found.tau_b),
        ("flagged unacceptable, ranked first", found.flagged_first),
    ):  # fmt: skip
        overall.add_row(name, points(figure.estimate), interval(figure))
    console.print(overall)
    if found.alpha is not None:
        console.print(f"Krippendorff's alpha of the people among themselves: {found.alpha:.2f}")
    _sections(console, found)
    for group in found.groups:
        _group(console, group)


def _sections(console: Console, found: Agreement) -> None:
    console.print()
    if not found.sections:
        console.print("No conversation has relevance 5 to any section.")
        return
    sections = table("section", "conversations", "with this spec", "95 % interval", "no spec")
    for one in found.sections:
        sections.add_row(
            visible(one.section), str(one.conversations), points(one.spec.estimate), interval(one.spec),
            points(one.no_spec.estimate),
        )  # fmt: skip
    console.print(sections)
    console.print("A section's conversations are those with relevance 5 to it.")


def _group(console: Console, found: Groups) -> None:
    console.print()
    rows = table(visible(found.key), "participants", "with this spec", "95 % interval")
    for value, level in found.levels.items():
        rows.add_row(
            visible(value), str(level.participants), points(level.estimate), interval(Figure.of(level))
        )
    console.print(rows)
    left_out = f"{count(found.hidden, 'smaller group')} not shown" if found.hidden else "every group is shown"
    worst = f"; the worst is {visible(found.worst.group)}" if found.worst else ""
    console.print(f"{left_out}{worst}.")
