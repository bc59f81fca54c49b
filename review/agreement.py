"""Agreement of a ranker under a spec with the people, overall and by section, by rankings and by rubric scores."""

from collections.abc import Sequence

from rich.console import Console

from ..agents.relevance import section_key
from ..agreement.groups import Groups, by_group
from ..agreement.intervals import Estimate
from ..agreement.references import references
from ..agreement.reliability import krippendorff_alpha
from ..graph.context import RunContext, RunInputs, lens_of
from ..graph.progress import Meter
from ..graph.records import Figure
from ..graph.rubric_agreement import both_evaluators
from ..graph.rubric_records import BothEvaluators
from ..models.records import Where
from ..panel.groups import is_narrow, told
from ..panel.ranking import Ranking
from ..records import Record
from ..spec import visible
from ..trials.engine import MEASURE
from .fragments import grid, paragraph
from .printing import count, interval, points, show_json, show_notice, table
from .rubrics import rubric_rows, show_rubrics

MOST_RELEVANT = 5
"""Relevance from which a conversation counts towards a section's agreement (the study's Figure 1)."""


class Counted(Figure):
    """A figure with the evidence below it."""

    conversations: int = 0
    participants: int = 0
    assessments: int = 0

    @classmethod
    def of(cls, estimate: Estimate) -> "Counted":
        return cls(
            **Figure.of(estimate).model_dump(),
            conversations=estimate.conversations,
            participants=estimate.participants,
            assessments=estimate.assessments,
        )


class SectionAgreement(Record):
    section: str
    title: str
    conversations: int
    spec: Counted
    no_spec: Counted


class Agreement(Record):
    notice: str
    block: str
    group: str = ""
    """Whose evidence counts, in words; empty: everybody's."""
    conversations: int
    failed: int
    tied: int
    """Conversations on which the ranker tied every response under the spec; agreement there is one half."""
    tied_no_spec: int
    spec: Counted
    micro: Counted
    no_spec: Counted
    gain_over_no_spec: Counted
    top_choice: Counted
    tau_b: Counted
    flagged_first: Counted
    leave_one_out: Counted
    one_person: Counted
    longest: Counted
    alpha: float | None
    """Krippendorff's ordinal alpha of the people among themselves."""
    sections: tuple[SectionAgreement, ...]
    rubrics: BothEvaluators | None
    """By the criteria that people scored, beside the rankings; None: the data has none."""
    groups: tuple[Groups, ...]

    def _repr_html_(self) -> str:
        rows = [
            (name, points(figure.estimate), interval(figure), figure.conversations, figure.participants)
            for name, figure in overall_rows(self)
        ]
        columns = ("agreement", "points", "95 % interval", "conversations", "participants")
        return "".join(
            [
                paragraph(self.notice), grid(columns, rows), *map(paragraph, words_on_ties(self)),
                grid(
                    ("section", "points", "95 % interval", "conversations", "no spec"),
                    [
                        (one.section, points(one.spec.estimate), interval(one.spec), one.conversations,
                         points(one.no_spec.estimate))
                        for one in self.sections
                    ],
                ) if self.sections else "",
                grid(("by evaluator", "points", "95 % interval"), rubric_rows(self.rubrics))
                if self.rubrics else "",
            ]
        )  # fmt: skip


async def agreement(
    inputs: RunInputs, groups: Sequence[str] = (), *, meter: Meter | None = None
) -> Agreement:
    """Measure on the open conversations; the test split stays shut.

    `groups`: demographic keys to tell agreement by. Raises BudgetEnded, and OptionError for a key nobody has.
    """
    context = RunContext.of(inputs, meter=meter)
    spec = inputs.spec
    context.meter.begins(0, "agreement")
    where = Where(round=1, node="agreement")
    await context.scope.grade_all(spec, where)
    evaluator = context.evaluator.at(1, "agreement")
    ids = list(context.folds.items)
    under = await evaluator.rankings(spec.digest, ids)
    bare_answers = await evaluator.rank([evaluator.question(None, id_, MEASURE) for id_ in ids])
    without = {found.conversation: found for found in bare_answers if found is not None}
    both = [id_ for id_ in ids if id_ in under and id_ in without]
    rankings: dict[str, Ranking] = {id_: under[id_].ranking for id_ in both}
    bare: dict[str, Ranking] = {id_: without[id_].ranking for id_ in both}
    people = context.people.on(both)
    beside = references(people, {id_: context.conversations[id_] for id_ in both})
    grades = {
        section.id: [
            id_
            for id_ in both
            if context.scope.grades.grade(section_key(spec, section.id), id_) >= MOST_RELEVANT
        ]
        for section in spec.sections
    }
    by_spec, by_none = people.by_section(rankings, grades), people.by_section(bare, grades)
    notices = [inputs.panel.notice, *(caller.model.profile.notice for caller in inputs.callers.values())]
    return Agreement(
        notice=" ".join(dict.fromkeys(notice for notice in notices if notice)),
        block=inputs.options.block,
        group=told(lens) if is_narrow(lens := lens_of(inputs.options)) else "",
        conversations=len(both),
        failed=2 * len(ids) - len(under) - len(without),
        tied=sum(ranking.ties_all for ranking in rankings.values()),
        tied_no_spec=sum(ranking.ties_all for ranking in bare.values()),
        spec=Counted.of(people.level(rankings)),
        micro=Counted.of(people.micro(rankings)),
        no_spec=Counted.of(people.level(bare)),
        gain_over_no_spec=Counted.of(people.gain(bare, rankings)),
        top_choice=Counted.of(people.top_choice(rankings)),
        tau_b=Counted.of(people.tau_b(rankings)),
        flagged_first=Counted.of(people.flagged_first(rankings)),
        leave_one_out=Counted.of(beside.leave_one_out),
        one_person=Counted.of(beside.one_person),
        longest=Counted.of(beside.longest),
        sections=tuple(
            SectionAgreement(
                section=section.id,
                title=section.title,
                conversations=len(grades[section.id]),
                spec=Counted.of(by_spec[section.id]),
                no_spec=Counted.of(by_none[section.id]),
            )
            for section in spec.sections
            if grades[section.id]
        ),
        rubrics=await both_evaluators(context, spec, rankings, where, bare=bare),
        alpha=krippendorff_alpha(people),
        groups=tuple(by_group(people, rankings, key, min_group=inputs.options.min_group) for key in groups),
    )


def show_agreement(console: Console, found: Agreement, *, as_json: bool) -> None:
    """Print the figures with their intervals."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    show_notice(console, found.notice)
    if found.group:
        console.print(f"Only the people of {visible(found.group)} count.")
    failed = f"; {count(found.failed, 'call')} failed" if found.failed else ""
    console.print(
        f"{count(found.conversations, 'conversation')} open to look at, ranking block {found.block}{failed}\n"
    )
    overall = table("overall", "points", "95 % interval", "conversations", "participants", "assessments")
    for name, figure in overall_rows(found):
        overall.add_row(
            name, points(figure.estimate), interval(figure), f"{figure.conversations:,}",
            f"{figure.participants:,}", f"{figure.assessments:,}",
        )  # fmt: skip
    console.print(overall)
    for word in words_on_ties(found):
        console.print(word)
    if found.alpha is not None:
        console.print(f"Krippendorff's alpha of the people among themselves: {found.alpha:.2f}")
    _sections(console, found)
    if found.rubrics:
        console.print()
        show_rubrics(console, found.rubrics)
    for group in found.groups:
        _group(console, group)


def overall_rows(found: Agreement) -> list[tuple[str, Counted]]:
    """Name and figure of each row over all sections."""
    return [
        ("with this spec", found.spec), ("  mean over assessments", found.micro), ("no spec", found.no_spec),
        ("gain over no spec", found.gain_over_no_spec), ("leave-one-out consensus", found.leave_one_out),
        ("one person against another", found.one_person), ("longest response", found.longest),
        ("top choice, with this spec", found.top_choice), ("tau-b × 100, with this spec", found.tau_b),
        ("flagged unacceptable, ranked first", found.flagged_first),
    ]  # fmt: skip


def words_on_ties(found: Agreement) -> list[str]:
    """A sentence for each text under which the ranker had no opinion: its figure is no agreement."""
    words = []
    for name, tied in (("this spec", found.tied), ("no spec", found.tied_no_spec)):
        if found.conversations and tied == found.conversations:
            words.append(
                f"With {name} the ranker tied every response on all {count(tied, 'conversation')}: 50.0 is no "
                "agreement there but the lack of an opinion."
            )
        elif 2 * tied > found.conversations:
            words.append(
                f"With {name} the ranker tied every response on {tied:,} of "
                f"{count(found.conversations, 'conversation')}, which count as 50.0."
            )
    return words


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
            visible(value), str(level.participants), points(level.estimate), interval(Counted.of(level))
        )
    console.print(rows)
    left_out = f"{count(found.hidden, 'smaller group')} not shown" if found.hidden else "every group is shown"
    worst = f"; the worst is {visible(found.worst.group)}" if found.worst else ""
    console.print(f"{left_out}{worst}.")
