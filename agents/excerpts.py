"""What a prompt shows of a long text: its beginning, and the sentences that count with those around them."""

import difflib
from collections.abc import Sequence

from pydantic import JsonValue

from ..prompts.cut import INSIDE, MARK, cut, sentence_spans
from ..spec import Proposal, Spec, apply, changed_sections, without_examples

Span = tuple[int, int]


def changed_spans(old: str, new: str) -> list[Span]:
    """The sentences of `new` that don't stand in `old`; where some were taken out, those at the seam."""
    before = [" ".join(old[start:end].split()) for start, end in sentence_spans(old)]
    spans = sentence_spans(new)
    after = [" ".join(new[start:end].split()) for start, end in spans]
    found: list[int] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag in ("replace", "insert"):
            found += range(start, end)
        elif tag == "delete":
            found += range(max(0, start - 1), min(len(spans), start + 1))
    return [spans[number] for number in sorted(set(found))]


def changed_sentences(old: str, new: str) -> list[str]:
    """The sentences of `new` that don't stand in `old`."""
    there = {" ".join(old[start:end].split()) for start, end in sentence_spans(old)}
    found = [new[start:end] for start, end in changed_spans(old, new)]
    return [sentence for sentence in found if " ".join(sentence.split()) not in there]


def excerpt(text: str, most: int, around: Sequence[Span] = ()) -> str:
    """`text` in about `most` characters: whole sentences, the mark wherever some are left out.

    The sentences of `around` come first, then their neighbours in turn with the beginning of the text. A
    single sentence may make it longer.
    """
    if len(text) <= most:
        return text
    spans = sentence_spans(text)
    if not around or not spans:
        return cut(text, most)
    wanted = {
        number
        for number, (start, end) in enumerate(spans)
        if any(start < stop and end > first for first, stop in around)
    }
    chosen: set[int] = set()
    size = 0
    for number in [*sorted(wanted), *_by_distance(len(spans), wanted)]:
        length = spans[number][1] - spans[number][0]
        if number in chosen or (chosen and size + length > most):
            continue
        chosen.add(number)
        size += length
    pieces: list[str] = []
    last = -1
    for number in sorted(chosen):
        if number != last + 1:
            pieces.append(f"\n{MARK}\n")
        elif pieces:
            pieces.append(text[spans[last][1] : spans[number][0]])
        start, end = spans[number]
        # One endless sentence must not fill the prompt by itself.
        pieces.append(
            text[start:end] if end - start <= 4 * most else f"{text[start : start + most]} {INSIDE}"
        )
        last = number
    if last != len(spans) - 1:
        pieces.append(f"\n{MARK}")
    return "".join(pieces).strip("\n")


def _by_distance(count: int, wanted: set[int]) -> list[int]:
    """Sentence numbers: the first, then in turn those nearest to `wanted` and those nearest to the beginning."""
    near = sorted(range(count), key=lambda number: (min(abs(number - each) for each in wanted), number))
    return [0, *(number for pair in zip(near, range(count), strict=True) for number in pair)]


def covers(spec: Spec, id: str, most: int) -> str:
    """What a section is about: its title and the beginnings of its paragraphs, examples left out."""
    section = spec.section(id)
    body = without_examples(spec.body_of(id))
    paragraphs = [part.strip() for part in body.replace("\r\n", "\n").split("\n\n") if part.strip()]
    if not paragraphs:
        return section.title
    shown = [section.title]
    size = len(section.title)
    for paragraph in paragraphs:
        start, end = sentence_spans(paragraph)[0]
        beginning = cut(paragraph[start:end], most)
        if size + len(beginning) > most and len(shown) > 1:
            shown.append(MARK)
            break
        shown.append(beginning)
        size += len(beginning)
    return "\n".join(shown)


def opening(spec: Spec, id: str, most: int) -> str:
    """The first sentence of a section's own text, exactly as it stands; empty for a mere heading."""
    body = spec.body_of(id)
    spans = sentence_spans(body)
    if not spans:
        return ""
    start, end = spans[0]
    return cut(body[start:end], most)


def before_and_after(spec: Spec, proposal: Proposal, most: int) -> list[JsonValue]:
    """The sections that a proposal changes, each before and after, around what changes, in about `most`
    characters. Raises EditError for a proposal that doesn't apply.
    """
    after = apply(spec, proposal.edits)
    found: list[JsonValue] = []
    for id_ in changed_sections(spec, after):
        old = spec.source_of(id_).rstrip() if id_ in spec else ""
        new = after.source_of(id_).rstrip() if id_ in after else ""
        found.append(
            {
                "id": id_,
                "before": excerpt(old, most, changed_spans(new, old) if new else ()),
                "after": excerpt(new, most, changed_spans(old, new) if old else ()),
            }
        )
    return found
