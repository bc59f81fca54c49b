"""Groups of people beside each other: whom a text serves worst, and which proposals part them."""

from collections.abc import Collection, Mapping, Sequence

from rich.console import Console

from ..agreement.bridging import GroupVoice
from ..agreement.clusters import find_clusters
from ..agreement.group_levels import GroupLevels, group_levels
from ..agreement.intervals import Estimate
from ..agreement.people import People
from ..errors import OptionError
from ..graph.context import RunContext, lens_of
from ..graph.policies.grouping import CLUSTERS
from ..graph.run_records import RunRecords
from ..models.records import Where
from ..panel.groups import is_narrow, told
from ..panel.ranking import Ranking
from ..records import Record
from ..spec import visible
from ..trials.group_records import GroupTest
from .agreement import Counted
from .printing import count, interval, points, show_json, show_notice, table

MOST_VALUES = 40
"""An attribute with more values is free text, and makes no groups."""


class AttributeGroups(Record):
    """The groups of one attribute, the worst served first."""

    attribute: str
    levels: GroupLevels
    hidden: int
    """Values with fewer than `min_group` people, not shown."""
    unknown: int
    """People of whom the attribute isn't known."""

    @property
    def served_worse(self) -> tuple[str, ...]:
        """Groups that the text serves worse than the others, beyond noise."""
        return tuple(each.group for each in self.levels.groups if each.served_worse)


class Contested(Record):
    """A proposal that people of one group want and people of another refute, by their words."""

    proposal: str
    intent: str
    section: str
    attribute: str
    wanted_by: tuple[GroupVoice, ...]
    refuted_by: tuple[GroupVoice, ...]
    tests: tuple[GroupTest, ...] = ()
    """What its trial says of the run's groups, where it has some."""

    @property
    def firm(self) -> bool:
        """Whether both sides' intervals leave one half out."""
        return any(each.firm for each in self.wanted_by) and any(each.firm for each in self.refuted_by)


class GroupsFound(Record):
    notice: str
    block: str
    group: str = ""
    """Whose evidence counts, in words; empty: everybody's."""
    conversations: int
    attributes: tuple[AttributeGroups, ...]
    contested: tuple[Contested, ...] = ()
    stability: float | None = None
    """Adjusted Rand index of the clusters, where they were asked for."""


async def measured_groups(context: RunContext, attributes: Sequence[str]) -> GroupsFound:
    """Rank the open conversations under the spec, and tell agreement by group. Raises BudgetEnded and OptionError."""
    check_attributes(context.people, attributes)
    spec = context.inputs.spec
    context.meter.begins(0, "groups")
    await context.scope.grade_all(spec, Where(round=1, node="groups"))
    found = await context.evaluator.at(1, "groups").rankings(spec.digest, context.folds.items)
    return told_groups(context, {name: each.ranking for name, each in found.items()}, attributes)


def told_groups(
    context: RunContext, rankings: Mapping[str, Ranking], attributes: Sequence[str]
) -> GroupsFound:
    """Agreement of these rankings by group, on the open conversations; the reserve stays unheard. Raises OptionError."""
    options = context.options
    lens = lens_of(options)
    people = context.people.on([name for name in rankings if name in context.conversations])
    check_attributes(people, attributes)
    rows: list[AttributeGroups] = []
    stability = None
    for attribute in attributes or shown_attributes(people, options.min_group):
        if attribute == CLUSTERS:
            clusters = find_clusters(context.people, least=options.min_group, seed=options.split_seed)
            stability = clusters.stability
            members: dict[str, Collection[str]] = {
                f"cluster {number}": names for number, names in enumerate(clusters.members, start=1)
            }
            rows.append(
                AttributeGroups(
                    attribute=CLUSTERS, levels=group_levels(people, rankings, members), hidden=0, unknown=0
                )
            )
        else:
            rows.append(_by_attribute(people, rankings, attribute, options.min_group))
    notices = [
        context.inputs.panel.notice,
        *(c.model.profile.notice for c in context.inputs.callers.values()),
    ]
    return GroupsFound(
        notice=" ".join(dict.fromkeys(notice for notice in notices if notice)),
        block=options.block,
        group=told(lens) if is_narrow(lens) else "",
        conversations=len({name for name in rankings if name in context.conversations}),
        attributes=tuple(rows),
        contested=contested(context.records, attributes),
        stability=stability,
    )


def contested(records: RunRecords, attributes: Sequence[str] = ()) -> tuple[Contested, ...]:
    """Proposals of a run that one group wants and another refutes; those where both are firm first."""
    found: list[Contested] = []
    for proposal in records.proposals.find():
        supports = records.support.find(proposal=proposal.id)
        if not supports:
            continue
        trials = records.trials.find(proposal=proposal.id, stage="trial")
        voices = {**supports[-1].support.groups}
        if supports[-1].groups:
            voices["groups of the run"] = {
                name: each for name, each in supports[-1].groups.items() if each.sides
            }
        for attribute, by in voices.items():
            if attributes and attribute not in (*attributes, "groups of the run"):
                continue
            sides = [GroupVoice.of(value, support) for value, support in sorted(by.items())]
            wanted = tuple(each for each in sides if each.side == "supports")
            refuted = tuple(each for each in sides if each.side == "refutes")
            if wanted and refuted:
                found.append(
                    Contested(
                        proposal=proposal.id, intent=proposal.intent, section=proposal.edits[0].section,
                        attribute=attribute, wanted_by=wanted, refuted_by=refuted,
                        tests=trials[-1].groups if trials else (),
                    )
                )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (not each.firm, each.proposal, each.attribute)))


def shown_attributes(people: People, least: int) -> list[str]:
    """The attributes that give two groups or more of `least` people."""
    keys = sorted({key for name in people.participants for key in people.demographics.get(name, {})})
    return [
        key
        for key in keys
        if len(values := _values(people, key)) <= MOST_VALUES
        and sum(len(names) >= least for names in values.values()) > 1
    ]


def check_attributes(people: People, attributes: Sequence[str]) -> None:
    """Raises OptionError for an attribute that nobody has."""
    known = sorted({key for name in people.participants for key in people.demographics.get(name, {})})
    for attribute in attributes:
        if attribute != CLUSTERS and attribute not in known:
            has = f"the data has {', '.join(known)}" if known else "the data tells nothing of who people are"
            raise OptionError(
                f"nobody has the attribute {attribute!r} to make groups of; {has}, and `{CLUSTERS}`"
            )


def show_groups(console: Console, found: GroupsFound, *, as_json: bool) -> None:
    """Print groups with their figures, and what parts them."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    show_notice(console, found.notice)
    if found.group:
        console.print(f"Only the people of {visible(found.group)} count.")
    console.print(f"{count(found.conversations, 'open conversation')}, ranking block {found.block}")
    if not found.attributes:
        console.print("No attribute gives two groups that are large enough to show.")
    for attribute in found.attributes:
        _show_attribute(console, attribute, found.stability if attribute.attribute == CLUSTERS else None)
    if found.contested:
        console.print("\nProposals that one group wants and another refutes, by people's own words:")
    for each in found.contested:
        firm = "" if each.firm else " (not beyond noise)"
        console.print(f"  {each.proposal}: {visible(each.intent)}{firm}")
        console.print(
            f"    {visible(each.attribute)}: wanted by {_voices(each.wanted_by)}; refuted by {_voices(each.refuted_by)}"
        )
        for test in each.tests:
            console.print(f"    trial, {visible(test.told)}")


def _show_attribute(console: Console, found: AttributeGroups, stability: float | None) -> None:
    console.print()
    shown = table(
        visible(found.attribute),
        "people",
        "points",
        "95 % interval",
        "pooled",
        "95 % interval",
        "against others",
        "interval",
        "lowest",
    )
    for each in found.levels.groups:
        shown.add_row(
            visible(each.group), str(each.level.participants), points(each.level.estimate),
            interval(Counted.of(each.level)), points(each.pooled.estimate), interval(Counted.of(each.pooled)),
            points(each.against_others.estimate, sign=True), _signed(each.against_others), f"{each.lowest:.0%}",
        )  # fmt: skip
    console.print(shown)
    notes = []
    if found.hidden:
        notes.append(f"{count(found.hidden, 'smaller group')} not shown")
    if found.unknown:
        notes.append(f"of {found.unknown:,} people it isn't known")
    if found.levels.p_value is not None:
        notes.append(f"p = {found.levels.p_value:.2g} that all groups are alike")
    if stability is not None:
        notes.append(f"found again in another half of the conversations: adjusted Rand index {stability:.2f}")
    worse = found.served_worse
    notes.append(
        f"served worse than the others, beyond noise: {', '.join(map(visible, worse))}"
        if worse
        else "no group is shown to be served worse than the others"
    )
    sentence = "; ".join(notes)
    console.print(f"{sentence[0].upper()}{sentence[1:]}.")


def _by_attribute(
    people: People, rankings: Mapping[str, Ranking], attribute: str, least: int
) -> AttributeGroups:
    heard = {people.participants[row] for row in set(people.clusters.participant.tolist())}
    values = {value: names & heard for value, names in _values(people, attribute).items()}
    large = {value: names for value, names in values.items() if len(names) >= least}
    return AttributeGroups(
        attribute=attribute,
        levels=group_levels(people, rankings, large),
        hidden=sum(len(names) > 0 for names in values.values()) - len(large),
        unknown=len(heard) - sum(map(len, values.values())),
    )


def _values(people: People, attribute: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in people.participants:
        if (value := people.demographics.get(name, {}).get(attribute)) is not None:
            found.setdefault(value, set()).add(name)
    return found


def _voices(voices: Sequence[GroupVoice]) -> str:
    return ", ".join(
        f"{visible(each.value)} ({each.support.support} for, {each.support.refute} against)"
        for each in voices
    )


def _signed(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return "–"
    return f"{points(found.low, sign=True)} to {points(found.high, sign=True)}"
