"""What a reviewer must notice about a proposal's edits: authority, modal words, structure, examples."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from ..records import Record
from .changes import SectionChange
from .comparison import compare
from .document import Spec
from .edits import apply
from .examples import examples
from .folding import FENCE, folded, folded_token
from .matching import match
from .modality import modal_words
from .records import Edit, Example
from .telling import authority
from .wording import changed_sentences

_LONGEST_QUOTE = 90


class Flag(Record):
    """One thing to notice. `sentence` holds text from the spec as it stands: escape it where it is shown."""

    kind: Literal["authority", "modal", "structure", "example"]
    section: str
    """The section's id in the revised spec, or in the current one where it is gone."""
    sentence: str


def flags(spec: Spec, edits: Sequence[Edit]) -> tuple[Flag, ...]:
    """What `edits` change that weighs more than wording, in the order of the document.

    Authority ("authority of X: user → root"), modal words ("must → should in section X"), structure (sections
    new, deleted, moved, renamed, of another level) and GOOD or BAD examples. Modal words are read
    in prose, not in example responses. Raises EditError when the edits
    don't apply.
    """
    return flags_between(spec, apply(spec, edits))


def flags_between(before: Spec, after: Spec) -> tuple[Flag, ...]:
    """The flags of a whole revision."""
    found: list[Flag] = []
    old_examples, new_examples = _by_section(before), _by_section(after)
    for change in compare(before, after).sections:
        found += _structure(change)
        found += _authority(change)
        found += _modal(change)
        old = old_examples.get(change.old_id or "", []) if change.status != "new" else []
        new = new_examples.get(change.section, []) if change.status != "gone" else []
        found += _examples(change, old, new)
    return tuple(found)


def _flag(
    kind: Literal["authority", "modal", "structure", "example"], change: SectionChange, text: str
) -> Flag:
    return Flag(kind=kind, section=change.section, sentence=text)


def _structure(change: SectionChange) -> Iterator[Flag]:
    where = f" under {change.path[-1]}" if change.path else " at the top level"
    if change.status == "new":
        ranked = f"{change.authority.upper()} " if change.authority else ""
        words = list(dict.fromkeys(word for passage in change.passages for word in modal_words(passage.text)))
        says = f", with {', '.join(words)}" if words else ""
        yield _flag("structure", change, f"new {ranked}section {change.title!r}{where}{says}")
    elif change.status == "gone":
        ranked = f"{change.authority.upper()} " if change.authority else ""
        yield _flag("structure", change, f"{ranked}section {change.title!r}{where} is deleted")
    if change.moved:
        old = change.old_path or ()
        if old != change.path:
            was = f"from under {old[-1]}" if old else "from the top level"
            now = f"to under {change.path[-1]}" if change.path else "to the top level"
            yield _flag("structure", change, f"section {change.title!r} moved {was} {now}")
        else:
            place = f"after {change.after}" if change.after else f"to be the first{where}"
            yield _flag("structure", change, f"section {change.title!r} moved {place}")
    if change.level_changed:
        yield _flag(
            "structure", change, f"heading level of {change.title!r}: {change.old_level} → {change.level}"
        )
    if change.renamed:
        yield _flag("structure", change, f"section {change.old_title!r} is renamed {change.title!r}")


def _authority(change: SectionChange) -> Iterator[Flag]:
    if change.authority_changed:
        old, new = authority(change.old_authority), authority(change.authority)
        yield _flag("authority", change, f"authority of {change.title!r}: {old} → {new}")


def _modal(change: SectionChange) -> Iterator[Flag]:
    if change.status != "kept":
        return
    told: Counter[str] = Counter()
    for passage in change.passages:
        if passage.kind.startswith("moved") or FENCE.match(passage.text):
            continue
        old = "".join(segment.text for segment in passage.segments if segment.kind != "insert")
        new = "".join(segment.text for segment in passage.segments if segment.kind != "delete")
        for was, now in changed_sentences(old, new, key=folded_token):
            ours, theirs = modal_words(was), modal_words(now)
            for block in match(ours, theirs):
                if block.kind == "change":
                    gone, come = ours[block.a : block.a_end], theirs[block.b : block.b_end]
                    told.update(_turned(gone, come, was, now))
    for text, count in told.items():
        times = f" ({count} times)" if count > 1 else ""
        yield _flag("modal", change, text.replace("\0", f"in section {change.title!r}{times}"))


def _turned(gone: list[str], come: list[str], was: str, now: str) -> Iterator[str]:
    """One text for each modal word that changed; `\\0` stands where the section is named."""
    both = min(len(gone), len(come))
    for old, new in zip(gone[:both], come[:both], strict=True):
        yield f"{old} → {new} \0"
    for word in gone[both:]:
        yield f"“{word}” is taken out \0: {_quoted(was)}"
    for word in come[both:]:
        yield f"“{word}” is added \0: {_quoted(now)}"


def _quoted(text: str) -> str:
    text = " ".join(text.replace("\0", "").split())
    return f"“{text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}”"


def _by_section(spec: Spec) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples(spec):
        found[example.section].append(example)
    return found


def _examples(change: SectionChange, old: list[Example], new: list[Example]) -> Iterator[Flag]:
    """Responses that are the same but for typography are one; of the others, those of one label pair up."""
    left = list(old)
    rest: list[Example] = []
    for example in new:
        same = [each for each in left if folded(each.response) == folded(example.response)]
        if not same:
            rest.append(example)
            continue
        was = next((each for each in same if each.label == example.label), same[0])
        left.remove(was)
        if was.label != example.label:
            yield _flag(
                "example", change,
                f"an example in section {change.title!r} turns from {_label(was)} to {_label(example)}:"
                f" {_quoted(example.response)}",
            )  # fmt: skip
        elif folded(was.note) != folded(example.note):
            yield _flag(
                "example", change,
                f"the remark on a {_label(example)} example in section {change.title!r} is changed:"
                f" {_quoted(example.note)}",
            )  # fmt: skip
    for example in rest:
        was_like = next((each for each in left if each.label == example.label), None)
        if was_like:
            left.remove(was_like)
        verb = "is changed" if was_like else "is new"
        yield _flag(
            "example", change,
            f"a {_label(example)} example in section {change.title!r} {verb}: {_quoted(example.response)}",
        )  # fmt: skip
    for example in left:
        yield _flag(
            "example", change,
            f"a {_label(example)} example in section {change.title!r} is removed: {_quoted(example.response)}",
        )  # fmt: skip


def _label(example: Example) -> str:
    return example.label or "unlabelled"
