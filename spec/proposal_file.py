"""What a person writes down as a proposal: a small YAML file, an edited copy of the spec, or a unified diff."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal

from ..errors import EditError, OptionError
from ..records import Record
from .derive import SectionEdits, derive_edits, edited_copy
from .document import Spec
from .edits import apply
from .proposal_yaml import entries_of
from .records import Edit, Kind, Proposal
from .unified import read_unified_diff

Layout = Literal["yaml", "diff", "copy"]
MOST_BYTES = 20_000_000
LONGEST_INTENT = 2000
"""Characters. An intent is a sentence; every justification is held against it."""
_YAML = (".yaml", ".yml")
_DIFF = (".diff", ".patch")
_DIFF_STARTS = ("--- ", "diff ", "@@ ", "Index: ")


class Written(Record):
    """One proposal as a person wrote it. `kind` is None where they left it open."""

    edits: tuple[Edit, ...]
    intent: str
    kind: Kind | None = None
    author: str = ""
    conversations: tuple[str, ...] = ()
    """Ids of the conversations that gave rise to it, where the person named them."""
    name: str = "the proposal"
    """Which of a file's proposals this is, for messages."""

    def proposal(self, spec: Spec, kind: Kind | None = None) -> Proposal:
        """As a proposal against `spec`; where its kind is open, `kind` or else a clarification."""
        return Proposal(
            edits=self.edits,
            intent=self.intent,
            kind=self.kind or kind or "clarification",
            origin="human",
            conversations=self.conversations,
            base=spec.digest,
            author=self.author,
        )


def read_proposals(
    path: Path, spec: Spec, *, intents: Sequence[str] = (), author: str = ""
) -> tuple[Written, ...]:
    """The proposals in a file, in order, each tried against `spec`.

    YAML says everything itself. From an edited copy and a diff the edits are derived, section by section, and
    `intents` has one sentence for each changed section: `SECTION=sentence`, `SECTION,SECTION=sentence` for one
    proposal over several, or the sentence alone where one section changed.

    Raises OptionError or SpecError, in one sentence: a file that can't be read, an intent that is missing or
    empty, an edit whose anchor is gone, a diff against another version, a proposal that changes nothing, and
    two that clash.
    """
    text = _text(path)
    layout = layout_of(path, text)
    if layout == "yaml":
        if intents:
            raise OptionError(f"{path}: --intent is for edited copies and diffs; a YAML file says its own")
        written = [
            _from_yaml(entry, author, f"{path}: {name}") for name, entry in entries_of(text, str(path))
        ]
    else:
        new = read_unified_diff(spec, text) if layout == "diff" else edited_copy(spec, text)
        groups = derive_edits(spec, new)
        if not groups:
            raise EditError(f"{path} changes nothing: its text is that of the spec")
        written = _by_section(groups, intents, author, str(path))
    check(spec, written)
    return tuple(written)


def changed_groups(path: Path, spec: Spec) -> tuple[SectionEdits, ...]:
    """The changed sections of an edited copy or a diff, for asking their intents; none for YAML. Raises as above."""
    text = _text(path)
    match layout_of(path, text):
        case "yaml":
            return ()
        case "diff":
            return derive_edits(spec, read_unified_diff(spec, text))
        case "copy":
            return derive_edits(spec, edited_copy(spec, text))


def layout_of(path: Path, text: str) -> Layout:
    """By the file's name; a file of another name is a diff where it begins like one, else an edited copy."""
    suffix = path.suffix.casefold()
    if suffix in _YAML:
        return "yaml"
    if suffix in _DIFF or (suffix != ".md" and text.removeprefix("\ufeff").startswith(_DIFF_STARTS)):
        return "diff"
    return "copy"


def check(spec: Spec, written: Sequence[Written]) -> None:
    """Raises OptionError or EditError, in one sentence, for what can't be tested. All apply to `spec`, alone and in pairs."""
    after: dict[int, str] = {}
    for place, each in enumerate(written):
        if not each.intent.strip():
            raise OptionError(
                f"{each.name} has an empty intent; say in one sentence what it is to bring about"
            )
        if len(each.intent) > LONGEST_INTENT:
            raise OptionError(
                f"{each.name} has an intent of {len(each.intent):,} characters; give one sentence"
                f" (at most {LONGEST_INTENT:,})"
            )
        try:
            after[place] = apply(spec, each.edits).text
        except EditError as problem:
            raise EditError(f"{each.name} doesn't apply: {problem}") from None
        if after[place].split() == spec.text.split():
            raise EditError(f"{each.name} changes nothing: its edits leave the text as it is")
    for one, other in combinations(range(len(written)), 2):
        if after[one] == after[other]:
            raise EditError(
                f"{written[one].name} and {written[other].name} make the same change; leave one out"
            )
        if clash(spec, written[one].edits, written[other].edits):
            raise EditError(
                f"{written[one].name} and {written[other].name} clash: they change the same words; test them one"
                " after the other, each in a file of its own"
            )


def clash(spec: Spec, one: Sequence[Edit], other: Sequence[Edit]) -> bool:
    """Whether two sets of edits, each of which applies, don't apply together in both orders."""
    for first, second in ((one, other), (other, one)):
        try:
            apply(spec, (*first, *second))
        except EditError:
            return True
    return False


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise OptionError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    if len(data) > MOST_BYTES:
        raise OptionError(f"{path} holds {len(data):,} bytes; a proposal file holds at most {MOST_BYTES:,}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise OptionError(f"{path}: not UTF-8 at byte {problem.start}; save it as UTF-8") from None


def _from_yaml(entry: Mapping[str, object], author: str, name: str) -> Written:
    return Written.model_validate({"author": author, **entry, "name": name})


def _by_section(
    groups: Sequence[SectionEdits], intents: Sequence[str], author: str, source: str
) -> list[Written]:
    """One proposal for each intent, with the edits of its sections in the order they apply in."""
    told = _intents(groups, intents, source)
    missing = [
        group.section for group in groups if all(group.section not in sections for sections, _ in told)
    ]
    if missing:
        raise OptionError(
            f"{source} changes section {missing[0]!r}, and no intent is given for it; say in one sentence what it"
            f' is to bring about: --intent "{"" if len(groups) == 1 else missing[0] + "="}SENTENCE"'
        )
    return [
        Written(
            edits=tuple(edit for group in groups if group.section in sections for edit in group.edits),
            intent=intent,
            author=author,
            name=f"{source}: {', '.join(sections)}",
        )
        for sections, intent in told
    ]


def _intents(
    groups: Sequence[SectionEdits], intents: Sequence[str], source: str
) -> list[tuple[tuple[str, ...], str]]:
    known = tuple(dict.fromkeys(group.section for group in groups))
    if len(intents) == 1 and len(known) == 1 and not intents[0].startswith(f"{known[0]}="):
        return [(known, intents[0].strip())]
    told: list[tuple[tuple[str, ...], str]] = []
    for given in intents:
        if not given.strip():
            raise OptionError("--intent is empty; say in one sentence what the change is to bring about")
        names, separator, intent = given.partition("=")
        sections = tuple(name.strip() for name in names.split(","))
        strange = [name for name in sections if name not in known]
        if not separator or strange:
            raise OptionError(
                f"--intent {given[:60]!r}: {source} changes the sections {', '.join(known)}; name the one that it"
                ' is for, as in --intent "SECTION=SENTENCE"'
            )
        if twice := [name for name in sections if any(name in others for others, _ in told)]:
            raise OptionError(f"--intent: section {twice[0]!r} is given two intents; give it one")
        told.append((sections, intent.strip()))
    return told
