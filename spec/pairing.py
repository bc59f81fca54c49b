"""Which section of a spec is which of another, and which of them moved."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence

from .document import Spec
from .folding import folded, paragraphs
from .identifiers import read_attributes

SHARED_TEXT = 0.5
"""The least share of the longer section's words that two sections of other ids and titles have in common."""

_COMMON = 4
"""A passage that stands in more sections than this tells nothing of which is which."""


def pair_sections(before: Spec, after: Spec) -> dict[str, str]:
    """Ids of `before` and the ids that the same sections have in `after`; what is new or gone is left out.

    An id written in the heading tells most, then the same title with the same text, an id made from the
    title, and last the text alone: a section whose id and title changed is known by half of its words.
    Near linear in the length of both texts.
    """
    pairs: dict[str, str] = {}
    taken: set[str] = set()

    def pair(old: str, new: str) -> None:
        if old not in pairs and new not in taken:
            pairs[old] = new
            taken.add(new)

    written = _written_ids(before) & _written_ids(after)
    for id_ in before.ids:
        if id_ in written:
            pair(id_, id_)
    same_text = _by_content(after, [id_ for id_ in after.ids if id_ not in taken])
    ours = _by_content(before, [id_ for id_ in before.ids if id_ not in pairs])
    for content, ids in ours.items():
        if len(ids) == len(same_text.get(content, ())) == 1:
            pair(ids[0], same_text[content][0])
    for id_ in before.ids:
        if id_ in after:
            pair(id_, id_)
    for old, new in _alike(before, after, pairs, taken):
        pair(old, new)
    for place, old in enumerate(before.ids):
        if (follower := _in_its_place(before, after, place, pairs)) is not None:
            pair(old, follower)
    return pairs


def moved_sections(before: Spec, after: Spec, pairs: dict[str, str]) -> tuple[str, ...]:
    """Ids of `after` whose sections stand below another section than before, or in another order there.

    A section that only moved along with the one above it did not move. Of sections in another order the
    fewest are named.
    """
    back = {new: old for old, new in pairs.items()}
    moved: set[str] = set()
    siblings: dict[str | None, list[str]] = defaultdict(list)
    for section in after.sections:
        old = back.get(section.id)
        if old is None:
            continue
        above = before.section(old).parent
        if (pairs.get(above) if above is not None else None) != section.parent or (
            above is not None and above not in pairs
        ):
            moved.add(section.id)
        else:
            siblings[section.parent].append(section.id)
    for ids in siblings.values():
        kept = longest_run([before.place(back[id_]) for id_ in ids])
        moved.update(id_ for place, id_ in enumerate(ids) if place not in kept)
    return tuple(id_ for id_ in after.ids if id_ in moved)


def longest_run(numbers: Sequence[int]) -> set[int]:
    """Places of a longest increasing run of distinct numbers."""
    tops: list[int] = []
    piles: list[int] = []
    back: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        back.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [number]
        piles[pile : pile + 1] = [place]
    found: set[int] = set()
    place = piles[-1] if piles else -1
    while place >= 0:
        found.add(place)
        place = back[place]
    return found


def has_written_id(spec: Spec, id: str) -> bool:
    """Whether the section's id stands in its heading."""
    return read_attributes(spec.headings[spec.place(id)].content).id == id


def _in_its_place(before: Spec, after: Spec, place: int, pairs: dict[str, str]) -> str | None:
    """The section that follows the same one as this did, at the same level, with words enough in common."""
    if before.ids[place] in pairs:
        return None
    ahead = pairs.get(before.ids[place - 1]) if place else None
    follows = after.place(ahead) + 1 if ahead is not None else 0
    if follows == len(after.sections) or (place and ahead is None):
        return None
    id_ = after.ids[follows]
    one, other = (
        Counter(f"{spec.section(each).title} {folded(spec.body_of(each))}".lower().split())
        for spec, each in ((before, before.ids[place]), (after, id_))
    )
    alike = 2 * (one & other).total() >= SHARED_TEXT * (one.total() + other.total())
    return id_ if alike and before.sections[place].level == after.section(id_).level else None


def _written_ids(spec: Spec) -> set[str]:
    return {
        section.id
        for section, heading in zip(spec.sections, spec.headings, strict=True)
        if read_attributes(heading.content).id == section.id
    }


def _by_content(spec: Spec, ids: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id_ in ids:
        found[folded(spec.section(id_).title), folded(spec.body_of(id_))].append(id_)
    return found


def _alike(before: Spec, after: Spec, pairs: dict[str, str], taken: set[str]) -> list[tuple[str, str]]:
    """Sections still alone on both sides that share their text, most shared words first, then those of one title."""
    places: dict[str, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    titles: dict[str, list[str]] = defaultdict(list)
    for id_ in after.ids:
        if id_ in taken:
            continue
        titles[folded(after.section(id_).title)].append(id_)
        for passage in (passages := [folded(each) for each in paragraphs(after.body_of(id_))]):
            places[passage].append(id_)
        sizes[id_] = sum(len(passage.split()) for passage in passages)
    shared: Counter[tuple[str, str]] = Counter()
    ours: dict[str, int] = {}
    alone = [id_ for id_ in before.ids if id_ not in pairs]
    for id_ in alone:
        passages = [folded(each) for each in paragraphs(before.body_of(id_))]
        ours[id_] = sum(len(passage.split()) for passage in passages)
        for passage in set(passages):
            if len(places.get(passage, ())) <= _COMMON:
                for other in places.get(passage, ()):
                    shared[id_, other] += len(passage.split())
    by_text = [
        (old, new)
        for (old, new), words in shared.most_common()
        if words and words >= SHARED_TEXT * max(ours[old], sizes[new])
    ]
    by_title = [
        (id_, found[0])
        for id_ in alone
        if len(found := titles.get(folded(before.section(id_).title), [])) == 1
    ]
    return by_text + by_title
