"""A run as one group of people sees it: agreement before and after, and what they say to each proposal."""

from collections.abc import Mapping, Sequence

from ...agents.records import Ranked
from ...agents.validator import one_each
from ...agreement.people import People
from ...agreement.support import Support
from ...errors import DataError
from ...graph.records import Figure
from ...graph.sealed_records import OverlayFigures
from ...panel.groups import check_group, lens_for, members_of, told
from ...panel.importers.load import load
from ...panel.ranking import Ranking
from ...panel.splits import FoldSplitter
from ...records import Record
from .run import RunReading


class GroupView(Record):
    """Figures by the people of one group, on the open conversations that both texts were ranked on."""

    group: str
    """In words."""
    people: int
    conversations: int
    before: Figure
    after: Figure
    gain: Figure
    voices: Mapping[str, Support]
    """Proposal to what the group's people say, where `min_group` of them take a side."""
    overlay: OverlayFigures | None = None
    """Of a run with several defaults: what the sealed test says of this group's overlay."""


def group_view(reading: RunReading, group: Sequence[str], members: Sequence[str] = ()) -> GroupView:
    """Raises InputError for a group that is none or too small, and where the run's data is gone or has changed."""
    launched = reading.source.launched
    options = launched.options
    if launched.data is None:
        raise DataError(
            "the run was launched with data out of memory: there is no file to read its people from"
        )
    panel = load(launched.data)
    if panel.digest != launched.data_digest:
        raise DataError(f"{launched.data} has changed since the run began: bring the old data back to see it")
    lens = lens_for(group, block=options.block, members=members)
    check_group(panel, lens, least=options.min_group)
    splitter = FoldSplitter(options.split_seed, options.folds, options.test_share, options.reserve_share)
    heard = tuple(one for one in panel.assessments if not splitter.reserved(one.participant))
    tables: dict[str, dict[str, Ranking]] = {"before": {}, "after": {}}
    with reading.index.open() as db:
        for arm, id_, body in db.execute("SELECT arm, conversation, body FROM answers"):
            tables[arm][id_] = Ranked.model_validate_json(body).ranking
    both = set(tables["before"]) & set(tables["after"])
    people = People.compile(panel.model_copy(update={"assessments": heard}), lens, both)
    counted = members_of(panel, lens)
    voices: dict[str, Support] = {}
    for id_ in reading.known.by_id:
        verdicts = [each for each in reading.source.verdicts(id_) if each.participant in counted]
        found = Support.of(one_each(verdicts).values())
        if found.sides >= options.min_group:
            voices[id_] = found
    summary = reading.source.summary()
    sealed = summary.sealed_test.overlays if summary and summary.sealed_test else ()
    values = lens.group.get(options.per_group, ())
    return GroupView(
        group=told(lens),
        people=len(set(people.clusters.participant.tolist())),
        conversations=len(both),
        before=Figure.of(people.level({id_: tables["before"][id_] for id_ in both})),
        after=Figure.of(people.level({id_: tables["after"][id_] for id_ in both})),
        gain=Figure.of(people.gain(tables["before"], tables["after"])),
        voices=voices,
        overlay=next((each for each in sealed if values == (each.group,)), None),
    )
