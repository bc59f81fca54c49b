"""What changed from one spec to another, section by section, as a person who knows the text would tell it."""

from collections import Counter, defaultdict
from typing import Literal

from .changes import Comparison, Passage, SectionChange
from .document import Spec
from .folding import folded, folded_token, paragraphs
from .matching import Effort, match
from .pairing import moved_sections, pair_sections
from .records import Section
from .wording import Segment, changed, joined, word_segments

LIKE = 0.4
"""The least share of common words for two passages to be told as one that was edited."""

MOST_PAIRS = 4_000
"""Of passages compared with each other in one place; beyond that they are told as taken out and put in."""

_MOVED_WORDS = 6


def compare(before: Spec, after: Spec) -> Comparison:
    """Compare two specs. Near linear in their length, and bounded for any input.

    Text is compared with its typography folded away (see `folding`), so a passage that only got other quotes
    is not shown; a section where nothing else changed is `typographic`.
    """
    pairs = pair_sections(before, after)
    back = {new: old for old, new in pairs.items()}
    moved = set(moved_sections(before, after, pairs))
    gone: dict[str | None, list[Section]] = defaultdict(list)
    last: str | None = None
    for section in before.sections:
        if section.id in pairs:
            last = pairs[section.id]
        else:
            gone[last].append(section)
    effort = Effort()
    changes = [_gone(before, section) for section in gone[None]]
    last_child: dict[str | None, str] = {}
    for section in after.sections:
        old = before.section(back[section.id]) if section.id in back else None
        change = _change(before, after, old, section, section.id in moved, effort)
        changes.append(change.model_copy(update={"after": last_child.get(section.parent, "")}))
        last_child[section.parent] = section.title
        changes += [_gone(before, each) for each in gone[section.id]]
    told = [each for each in changes if each.changed or each.text != "same"]
    return Comparison(
        sections=tuple(_with_moves(told)), preamble=_passages(before.preamble, after.preamble, effort)
    )


def _gone(before: Spec, section: Section) -> SectionChange:
    return SectionChange(
        section=section.id,
        title=section.title,
        level=section.level,
        authority=section.authority,
        path=_path(before, section),
        status="gone",
        old_id=section.id,
        old_title=section.title,
        old_level=section.level,
        old_authority=section.authority,
        old_path=_path(before, section),
        text="substantive",
        passages=_passages(before.body_of(section.id), "", Effort()),
    )


def _change(
    before: Spec, after: Spec, old: Section | None, new: Section, moved: bool, effort: Effort
) -> SectionChange:
    was = before.text[old.body : old.end].rstrip() if old else ""
    now = after.text[new.body : new.end].rstrip()
    passages = _passages(was, now, effort) if was != now else ()
    title_set_anew = old is not None and old.title != new.title and folded(old.title) == folded(new.title)
    text: Literal["same", "typographic", "substantive"] = "substantive" if passages else "same"
    if not passages and (was != now or title_set_anew):
        text = "typographic"
    told = SectionChange(
        section=new.id,
        title=new.title,
        level=new.level,
        authority=new.authority,
        path=_path(after, new),
        status="kept" if old else "new",
        text=text,
        passages=passages,
        moved=moved,
    )
    if old is None:
        return told
    return told.model_copy(
        update={
            "old_id": old.id,
            "old_title": old.title,
            "old_level": old.level,
            "old_authority": old.authority,
            "old_path": _path(before, old),
        }
    )


def _path(spec: Spec, section: Section) -> tuple[str, ...]:
    return tuple(spec.section(id_).title for id_ in spec.ancestors(section.id))


def _passages(old: str, new: str, effort: Effort) -> tuple[Passage, ...]:
    ours, theirs = paragraphs(old), paragraphs(new)
    found: list[Passage] = []
    for block in match([folded(each) for each in ours], [folded(each) for each in theirs], effort):
        if block.kind == "change":
            found += _edited(ours[block.a : block.a_end], theirs[block.b : block.b_end], effort)
    return tuple(found)


def _edited(ours: list[str], theirs: list[str], effort: Effort) -> list[Passage]:
    """Passages that are like each other told as edited, the others as taken out and put in."""
    found: list[Passage] = []
    a = b = 0
    for i, j in [*_alike(ours, theirs), (len(ours), len(theirs))]:
        found += [Passage(kind="removed", segments=tuple(changed(each, ""))) for each in ours[a:i]]
        found += [Passage(kind="added", segments=tuple(changed("", each))) for each in theirs[b:j]]
        if i < len(ours):
            segments = joined(word_segments(ours[i], theirs[j], effort, key=folded_token))
            if any(segment.kind != "equal" for segment in segments):
                found.append(Passage(kind="edited", segments=segments))
        a, b = i + 1, j + 1
    return found


def _alike(ours: list[str], theirs: list[str]) -> list[tuple[int, int]]:
    """The pairs of passages, in order, with the most words in common."""
    if not ours or not theirs or len(ours) * len(theirs) > MOST_PAIRS:
        return []
    words = [[Counter(folded(each).lower().split()) for each in side] for side in (ours, theirs)]
    likeness = [[_share(one, other) for other in words[1]] for one in words[0]]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            paired = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= LIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


def _share(one: Counter[str], other: Counter[str]) -> float:
    size = one.total() + other.total()
    return 2 * (one & other).total() / size if size else 0.0


def _with_moves(changes: list[SectionChange]) -> list[SectionChange]:
    """A passage taken out in one place and put in, word for word, in another is told as moved."""
    sources: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, change in enumerate(changes):
        for number, passage in enumerate(change.passages):
            if passage.kind == "removed" and len((text := folded(passage.text)).split()) >= _MOVED_WORDS:
                sources[text].append((place, number))
    told: list[list[Passage | None]] = [list(change.passages) for change in changes]
    for place, change in enumerate(changes):
        for number, passage in enumerate(change.passages):
            if passage.kind == "added" and (waiting := sources.get(folded(passage.text))):
                from_place, from_number = waiting.pop(0)
                moved = (Segment(kind="equal", text=passage.text),)
                here = from_place == place
                told[place][number] = Passage(
                    kind="moved_within" if here else "moved_here",
                    segments=moved,
                    other="" if here else changes[from_place].title,
                )
                told[from_place][from_number] = (
                    None if here else Passage(kind="moved_away", segments=moved, other=change.title)
                )
    return [
        change.model_copy(update={"passages": tuple(each for each in passages if each is not None)})
        for change, passages in zip(changes, told, strict=True)
    ]
