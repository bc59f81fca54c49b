"""The proposers: regress people's rankings on behaviours, and suggest the sentence that would agree with them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from pydantic import JsonValue

from .asked import CaseData, SectionData, TriedData
from .changes import Change, new_section, rule_changes
from .reader import Reader
from .regress import Opinion, opinion_of, regress
from .rules import MUST, SHOULD
from .topics import IN_SCOPE, asked_words, grade, is_general
from .wording import content_words

_WANTED = 2.0
"""The t value from which a slope counts as what people want."""
_FEW = 4
"""Fewer cases than this are judged person by person, and more strictly."""
_GAIN, _GAIN_OF_FEW = 0.03, 0.08
"""The rise in agreement on the cases from which a change is worth a proposal."""
_SUBJECT_WORDS = 4
_COMMON = 0.5
"""The share of cases from which a second word names their subject beside one that covers them already."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Cases of one subject, with what people said on them."""

    cases: Sequence[CaseData]
    opinions: Sequence[Opinion]

    def shares(self, reader: Reader, sections: Sequence[SectionData]) -> list[float]:
        """Agreement with the reading of `sections`: by case, or by person where the cases are few."""
        found = [
            opinion.shares(reader.scores(sections, case.messages, case.responses))
            for case, opinion in zip(self.cases, self.opinions, strict=True)
        ]
        if len(self.cases) < _FEW:
            return [share for shares in found for share in shares]
        return [fmean(shares) for shares in found if shares]

    def gain(self, reader: Reader, before: Sequence[SectionData], after: Sequence[SectionData]) -> float:
        """The mean rise in agreement; 0 where it is too small or too uncertain to be worth a proposal."""
        old, new = self.shares(reader, before), self.shares(reader, after)
        gains = [b - a for a, b in zip(old, new, strict=True)]
        if len(gains) < 2:
            return 0.0
        few = len(self.cases) < _FEW
        gain = fmean(gains)
        t = gain / max(stdev(gains) / len(gains) ** 0.5, 1e-6)
        return gain if gain >= (_GAIN_OF_FEW if few else _GAIN) and t >= (2.5 if few else 1.0) else 0.0


def propose(
    reader: Reader,
    outline: Sequence[SectionData],
    sections: Sequence[SectionData],
    cases: Sequence[CaseData],
    tried: Sequence[TriedData],
    *,
    most: int,
) -> JsonValue:
    """At most `most` changes for these cases, the most promising first.

    Each further change must raise agreement beyond what those before it do.
    """
    usable = [case for case in cases if len(case.responses) > 1 and case.people]
    members: dict[str, list[CaseData]] = {}
    for case in usable:
        members.setdefault(_subject_section(case, sections, outline), []).append(case)
    done = {(attempt.section, attempt.intent) for attempt in tried}
    least = min(3, len(usable))
    chosen: list[Change] = []
    answers: list[JsonValue] = []
    for subject, found in sorted(members.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(found) >= least:
            group = _Group(found, [opinion_of(case) for case in found])
            changes = _candidates(reader, outline, sections, subject, group)
            fresh = [change for change in changes if (change.section, change.intent) not in done]
            more = _chosen(reader, sections, group, fresh, most - len(chosen))
            chosen += more
            answers += [change.as_answer([case.key for case in found]) for change in more]
    names = ", ".join(change.behaviour for change in chosen) or "nothing"
    diagnosis = f"By a regression of people's rankings, the text says too little, or otherwise, on: {names}."
    return {"diagnosis": diagnosis, "proposals": answers}


def _chosen(
    reader: Reader, sections: Sequence[SectionData], group: _Group, changes: Sequence[Change], most: int
) -> list[Change]:
    """Forward selection by the gain on the cases."""
    chosen: list[Change] = []
    current = tuple(sections)
    while len(chosen) < most:
        gains = {change: group.gain(reader, current, change.applied(current)) for change in changes}
        best = max(changes, key=lambda change: (round(gains[change], 9), change.intent), default=None)
        if best is None or gains[best] <= 0:
            break
        chosen.append(best)
        current = best.applied(current)
        changes = [change for change in changes if change.behaviour != best.behaviour]
    return chosen


def _subject_section(case: CaseData, sections: Sequence[SectionData], outline: Sequence[SectionData]) -> str:
    """Id of the section that speaks of the case's subject; empty where there is none."""
    graded = [
        (grade(section, case.messages), -position, section.id)
        for position, section in enumerate(sections)
        if not is_general(section)
    ]
    if graded and max(graded)[0] >= IN_SCOPE:
        return max(graded)[2]
    titled = [entry.id for entry in outline if grade(entry, case.messages) >= IN_SCOPE]
    return next((name for name in titled if all(name != section.id for section in sections)), "")


def _candidates(
    reader: Reader,
    outline: Sequence[SectionData],
    sections: Sequence[SectionData],
    subject: str,
    group: _Group,
) -> list[Change]:
    """Changes that go the way of people's slopes: to the section of the subject, or a new one where there is none."""
    slopes = {
        name: (slope.coefficient > 0) - (slope.coefficient < 0)
        if abs(slope.t) >= _WANTED and abs(slope.coefficient) >= 0.05
        else 0
        for name, slope in regress(group.cases, group.opinions, reader.table).items()
    }
    table = reader.table.by_name
    target = next((section for section in sections if section.id == subject), None)
    if subject:
        if target is None:
            return []
        return [
            change
            for name, sign in slopes.items()
            for change in rule_changes(reader, target, table[name], sign)
        ]
    words = _subject_words(group.cases) if outline else []
    return [
        new_section(sections, outline, words, table[name], sign * weight)
        for name, sign in slopes.items()
        for weight in (SHOULD, MUST)
        if sign and words
    ]


def _subject_words(cases: Sequence[CaseData]) -> list[str]:
    """Single words that name the cases' subject: each time the one that most uncovered cases share.

    A word that covers them all may be joined by one other that most of them have.
    """
    stems = [asked_words(case.messages) for case in cases]
    spellings: dict[str, Counter[str]] = {}
    for case in cases:
        for message in case.messages:
            for word in message.content.lower().replace("’", "'").split():
                plain = word.strip(".,;:!?\"'()[]*_").removesuffix("'s")
                if plain.isalpha() and len(plain) <= 20 and (stem := content_words(plain)):
                    spellings.setdefault(stem[0], Counter())[plain] += 1
    echo = Counter(
        word
        for case, words in zip(cases, stems, strict=True)
        for word in words
        if sum(word in content_words(response.text) for response in case.responses) >= 2
    )
    few = len(cases) < _FEW
    candidates = [words & (echo.keys() if few else spellings.keys()) & spellings.keys() for words in stems]
    support = Counter(word for words in candidates for word in words)
    uncovered = [words for words in candidates if words]
    chosen: list[str] = []
    while uncovered and len(chosen) < _SUBJECT_WORDS:
        covers = Counter(word for words in uncovered for word in words)
        best = min(covers, key=lambda word: (-covers[word], -echo[word], -support[word], word))
        if chosen and covers[best] < max(1, len(cases) // 6):
            break
        chosen.append(best)
        uncovered = [words for words in uncovered if best not in words]
    common = sorted(set(support) - set(chosen), key=lambda word: (-support[word], word))[:1]
    if len(chosen) == 1 and not few:
        chosen += [word for word in common if support[word] >= _COMMON * len(cases)]
    return [min(spellings[word], key=lambda one: (-spellings[word][one], one)) for word in chosen]
