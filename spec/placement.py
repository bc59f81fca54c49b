"""Whether a new section stands where it should: its level, and an authority that its place allows."""

from typing import Literal

from ..errors import EditError, SpecError
from ..records import Record
from .document import Spec
from .edits import apply
from .identifiers import AUTHORITIES
from .problems import problems
from .records import Authority, Edit, Section


class PlacementProblem(Record):
    kind: Literal["level", "authority", "attributes"]
    section: str
    """The id that the new section would have."""
    sentence: str
    """What is wrong and what would be right. Text from the spec is not escaped."""
    allowed: Authority | None = None
    """For `authority`: the highest that the place allows."""


def rank(authority: Authority) -> int:
    """0 for root, higher for what has less to say. `platform` is what older releases call root's own level."""
    return AUTHORITIES.index(authority)


def placement_problems(spec: Spec, edit: Edit) -> tuple[PlacementProblem, ...]:
    """What speaks against the place of a new section; nothing for edits of other kinds.

    - level: it should stand beside the section that it is placed after, or directly below it
    - authority: not above that of the nearest section above it that has one; where none has, not above the
      highest among the sections beside it
    - attributes: an attribute list in its text that would not be read

    A person may want it all the same. Raises EditError when the edit doesn't apply.
    """
    if edit.op != "new_section":
        return ()
    after = apply(spec, [edit])
    added = [id_ for id_ in after.ids if id_ not in spec]
    first = after.section(added[0])
    beside = spec.section(edit.section)
    found = [*_level(beside, first)]
    for id_ in added:
        section = after.section(id_)
        bound = allowed_authority(after, id_, added)
        if section.authority and bound and rank(section.authority) < rank(bound[0]):
            found.append(
                PlacementProblem(
                    kind="authority",
                    section=id_,
                    allowed=bound[0],
                    sentence=(
                        f"{section.title!r} asks for authority {section.authority}, above {bound[0]}, that of"
                        f" {bound[1]}; give it {bound[0]} or lower, or leave it out"
                    ),
                )
            )
    new = set(added)
    found += [
        PlacementProblem(kind="attributes", section=each.section, sentence=f"{each.what}; {each.todo}")
        for each in problems(after)
        if each.section in new
    ]
    return tuple(found)


def allowed_authority(spec: Spec, id: str, ignoring: list[str]) -> tuple[Authority, str] | None:
    """The highest authority that the section's place allows, and whose it is; None where nothing tells.

    `ignoring`: ids of sections just added: they don't count as beside it, and what stands above them holds too.
    """
    ranked = [above for above in reversed(spec.ancestors(id)) if spec.section(above).authority]
    nearest = [*ranked[:1], *[above for above in ranked if above not in ignoring][:1]]
    if nearest:
        least = max((spec.section(above) for above in nearest), key=_rank_of)
        return (least.authority, f"{least.title!r} above it") if least.authority else None
    parent = spec.section(id).parent
    beside = [
        section
        for section in spec.sections
        if section.parent == parent and section.id not in ignoring and section.authority
    ]
    if not beside:
        return None
    highest = min(beside, key=_rank_of)
    return (highest.authority, f"{highest.title!r} beside it") if highest.authority else None


def lowered(spec: Spec, edit: Edit) -> Edit:
    """The same new section with every authority that its place doesn't allow lowered to the highest allowed.

    Raises EditError when the edit doesn't apply, or an authority can't be found in its text.
    """
    while wrong := [each for each in placement_problems(spec, edit) if each.kind == "authority"]:
        text = edit.text
        try:
            added = Spec.parse(text)
            section = added.section(wrong[0].section)
        except SpecError as problem:
            raise EditError(f"the authority of {wrong[0].section!r} can't be lowered: {problem}") from None
        heading = text[section.start : section.body]
        at = heading.lower().rfind(section.authority or "", heading.lower().rfind("authority=") + 10)
        if at < 0 or section.authority is None:
            raise EditError(f"the authority of {wrong[0].section!r} can't be found in its heading")
        changed = heading[:at] + (wrong[0].allowed or "") + heading[at + len(section.authority) :]
        edit = edit.model_copy(update={"text": text[: section.start] + changed + text[section.body :]})
    return edit


def _rank_of(section: Section) -> int:
    return rank(section.authority or "guideline")


def _level(beside: Section, first: Section) -> list[PlacementProblem]:
    if first.level > beside.level + 1:
        said = (
            f"{first.title!r} has a heading of level {first.level} after {beside.title!r} of level"
            f" {beside.level}: it skips a level; use {'#' * (beside.level + 1)} to put it below, or"
            f" {'#' * beside.level} to put it beside"
        )
    elif first.level < beside.level:
        said = (
            f"{first.title!r} has a heading of level {first.level} after {beside.title!r} of level"
            f" {beside.level}: it would end the part that {beside.title!r} stands in; use"
            f" {'#' * beside.level} to put it beside"
        )
    else:
        return []
    return [PlacementProblem(kind="level", section=first.id, sentence=said)]
