"""`concord eval example`: the shipped loop with the embedded model on the bundled example's generator, other seeds.

A world passes as the demo does: at least three of the four planted places improved, nothing changed outside them,
and a gain on the sealed test split whose interval excludes zero.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median

from ..agreement.measures import pair_agreement
from ..errors import OptionError
from ..example.generate import World, generate, write_world
from ..example.world import example_spec, read_sections, reading_table, true_spec
from ..graph.launching import Finished, launch
from ..graph.options import Options
from ..graph.policies.splitting import by_prompts
from ..models.embedded.asked import CaseData, MessageData, ResponseData, SectionData
from ..models.embedded.reader import Reader
from ..models.embedded.topics import IN_SCOPE, grade
from ..models.registry import open_model
from ..panel.importers.load import load
from ..panel.ranking import Ranking
from ..panel.records import Conversation, Panel
from ..records import Record
from ..spec import Spec, changed_sections
from .worlds.shipped import inputs


class Config(Record):
    """The run's options, and what counts as improved and as passed."""

    options: Options = Options()
    share_of_gain: float = 0.8
    """A place is improved from this share of the true improvement's gain on its test conversations."""
    places_to_pass: int = 3


class WorldFigures(Record):
    """What came of one world."""

    seed: int
    places: int
    """Planted places that were improved, of four."""
    improved: tuple[str, ...]
    outside: tuple[str, ...]
    """Sections changed that no planted difference is about."""
    gain: float
    gain_low: float
    gap_closed: float | None
    seconds: float
    """Of the loop itself, the world already made."""

    def passed(self, places: int) -> bool:
        return self.places >= places and not self.outside and self.gain_low > 0


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> dict[str, float | None]:
    """Figures over the worlds `seed` to `seed + seeds - 1`: worlds, worlds_passed, places_mended_mean,
    changes_outside (all worlds together), gain_median, gap_closed_median and seconds_median.
    """
    tell = progress or (lambda _: None)
    done = []
    for one in range(seed, seed + seeds):
        figures = await run_world(config, one)
        done.append(figures)
        tell(
            f"world {one}: improved {', '.join(figures.improved) or 'nothing'}; "
            f"outside {', '.join(figures.outside) or 'nothing'}; "
            f"gain {100 * figures.gain:+.1f} points; {figures.seconds:.1f} s"
        )
    closed = [figures.gap_closed for figures in done if figures.gap_closed is not None]
    return {
        "worlds": float(len(done)),
        "worlds_passed": float(sum(figures.passed(config.places_to_pass) for figures in done)),
        "places_mended_mean": fmean(figures.places for figures in done),
        "changes_outside": float(sum(len(figures.outside) for figures in done)),
        "gain_median": median(figures.gain for figures in done),
        "gap_closed_median": median(closed) if closed else None,
        "seconds_median": median(figures.seconds for figures in done),
    }


async def run_world(config: Config, seed: int) -> WorldFigures:
    """Make the world of a seed, run the shipped loop on it, and compare what it changed with the truth."""
    if config.options.approve:
        raise OptionError("nobody is there to approve: run the worlds without `approve`")
    world, panel = _world(seed)
    model = open_model("embedded")
    start = time.monotonic()
    ended = await launch(inputs(example_spec(), panel, model, config.options), run=f"example-{seed}")
    seconds = time.monotonic() - start
    await model.close()
    if not isinstance(ended, Finished):
        raise TypeError("a loop without `approve` paused")
    sealed = ended.summary.sealed_test
    gain = sealed.gain if sealed else None
    improved = improved_places(world, panel, ended.spec, config.share_of_gain, config.options)
    return WorldFigures(
        seed=seed,
        places=len(improved),
        improved=improved,
        outside=changes_outside(world, panel, ended.spec),
        gain=(gain.estimate if gain else None) or 0.0,
        gain_low=(gain.low if gain else None) or 0.0,
        gap_closed=sealed.likely.gap_closed if sealed else None,
        seconds=seconds,
    )


def improved_places(
    world: World, panel: Panel, final: Spec, share: float, options: Options | None = None
) -> tuple[str, ...]:
    """Kinds of the planted places where `final` reaches `share` of the true improvement's gain in agreement.

    Measured on the place's test conversations, with all of their participants, as the embedded reader reads.
    """
    texts = [read_sections(spec) for spec in (example_spec(), final, true_spec(world.places))]
    cut = by_prompts(options or Options())
    improved = []
    for place in world.places:
        ids = [
            id_
            for id_, subject in world.subjects.items()
            if subject == place.subject and cut.place_of(panel.conversations[id_]) == "test"
        ]
        before, after, true = (_agreement(panel, ids, sections) for sections in texts)
        if after - before >= share * (true - before):
            improved.append(place.kind)
    return tuple(improved)


def changes_outside(world: World, panel: Panel, final: Spec) -> tuple[str, ...]:
    """Ids of sections that differ from the example's and have nothing to do with a planted place.

    A new section belongs to the missing rule if it is in scope for conversations of that subject alone.
    """
    start = example_spec()
    planted = {place.section for place in world.places if place.kind != "missing_rule"}
    missing = {place.subject for place in world.places if place.kind == "missing_rule"}
    outside = []
    for id_ in changed_sections(start, final):
        if id_ in start and id_ in final:
            same = start.source_of(id_).rstrip() == final.source_of(id_).rstrip()
            if not same and id_ not in planted:
                outside.append(id_)
        elif id_ in start:
            outside.append(id_)
        else:
            entry = next(section for section in read_sections(final) if section.id == id_)
            reached = {
                world.subjects[conversation.id]
                for conversation in panel.conversations.values()
                if grade(entry, _case(conversation).messages) >= IN_SCOPE
            }
            if not reached <= missing:
                outside.append(id_)
    return tuple(outside)


def _world(seed: int) -> tuple[World, Panel]:
    world = generate(seed)
    with tempfile.TemporaryDirectory() as folder:
        write_world(world, Path(folder))
        return world, load(Path(folder))


def _agreement(panel: Panel, ids: Sequence[str], sections: Sequence[SectionData]) -> float:
    """Mean over conversations of the mean over people."""
    reader = Reader(reading_table())
    wanted = set(ids)
    found: dict[str, list[float]] = {}
    read: dict[str, Ranking] = {}
    for one in panel.assessments:
        if one.conversation not in wanted or one.world is None:
            continue
        if one.conversation not in read:
            case = _case(panel.conversations[one.conversation])
            read[one.conversation] = reader.rank(sections, case.messages, case.responses)[0]
        value = pair_agreement(read[one.conversation], one.world.ranking)
        if value is not None:
            found.setdefault(one.conversation, []).append(value)
    return fmean(fmean(values) for values in found.values()) if found else 0.5


def _case(conversation: Conversation) -> CaseData:
    return CaseData(
        id=conversation.id,
        messages=tuple(MessageData(role=one.role, content=one.content) for one in conversation.messages),
        responses=tuple(ResponseData(label=one.label, text=one.text) for one in conversation.responses),
    )
