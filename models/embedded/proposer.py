"""The proposers: regress people's rankings on behaviours, and suggest the sentence that would agree with them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from pydantic import JsonValue

from .asked import CaseData, SectionData, TriedData
from .changes import Change, new_section, rule_changes
from .reader import Reader
from .regress import Opinion, Slope, opinion_of, regress
from .rules import MUST, SHOULD
from .topics import IN_SCOPE, asked_words, grade, is_general
from .wording import content_words

_WANTED = 2.0
"""The t value from which a slope counts as what people want."""
_GAIN = 0.03
"""The rise in agreement on the cases from which a change is worth a proposal."""
_SUBJECT_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Scored:
    change: Change
    gain: float
    t: float
    behaviour: str


def propose(
    reader: Reader,
    outline: Sequence[SectionData],
    sections: Sequence[SectionData],
    cases: Sequence[CaseData],
    tried: Sequence[TriedData],
    *,
    most: int,
) -> JsonValue:
    """At most `most` changes for these cases, the most promising first."""
    usable = [case for case in cases if len(case.responses) > 1 and case.people]
    groups: dict[str, list[CaseData]] = {}
    for case in usable:
        groups.setdefault(_subject_section(case, sections, outline), []).append(case)
    by_id = {section.id: section for section in sections}
    least = min(3, len(usable))
    scored: list[_Scored] = []
    for subject, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(members) < least or (subject and subject not in by_id):
            continue
        opinions = [opinion_of(case) for case in members]
        slopes = regress(members, opinions, reader.table)
        if subject:
            changes = _rule_candidates(reader, sections, by_id[subject], slopes)
        else:
            changes = _section_candidates(reader, sections, outline, members, slopes)
        scored += _scored(reader, sections, members, opinions, changes)
    done = {(attempt.section, attempt.intent) for attempt in tried}
    fresh = [one for one in scored if (one.change.section, one.change.intent) not in done]
    chosen: list[_Scored] = []
    for one in sorted(fresh, key=lambda one: (-round(one.gain, 9), one.change.intent)):
        if len(chosen) < most and all(one.behaviour != other.behaviour for other in chosen):
            chosen.append(one)
    return {"proposals": [one.change.as_answer() for one in chosen]}


def _subject_section(case: CaseData, sections: Sequence[SectionData], outline: Sequence[SectionData]) -> str:
    """Id of the section that speaks of the case's subject; empty where there is none."""
    graded = [
        (grade(section, case.messages), -place, section.id)
        for place, section in enumerate(sections)
        if not is_general(section)
    ]
    if graded and max(graded)[0] >= IN_SCOPE:
        return max(graded)[2]
    titled = [entry.id for entry in outline if grade(entry, case.messages) >= IN_SCOPE]
    return next((id for id in titled if all(id != section.id for section in sections)), "")


def _rule_candidates(
    reader: Reader, sections: Sequence[SectionData], target: SectionData, slopes: Mapping[str, Slope]
) -> list[tuple[str, Change]]:
    return [
        (name, change)
        for name, slope in slopes.items()
        for change in rule_changes(reader, sections, target, reader.table.by_name[name], _sign(slope))
    ]


def _section_candidates(
    reader: Reader,
    sections: Sequence[SectionData],
    outline: Sequence[SectionData],
    cases: Sequence[CaseData],
    slopes: Mapping[str, Slope],
) -> list[tuple[str, Change]]:
    words = _subject_words(cases)
    if not words or not outline:
        return []
    return [
        (name, new_section(sections, outline, words, reader.table.by_name[name], _sign(slope) * weight))
        for name, slope in slopes.items()
        for weight in (SHOULD, MUST)
        if _sign(slope)
    ]


def _subject_words(cases: Sequence[CaseData]) -> list[str]:
    """Single words that together name the cases' subject: each time the one that most uncovered cases share."""
    stems = [asked_words(case.messages) for case in cases]
    spellings: dict[str, Counter[str]] = {}
    for case in cases:
        for message in case.messages:
            for word in message.content.lower().replace("’", "'").split():
                plain = word.strip(".,;:!?\"'()[]*_").removesuffix("'s")
                if plain.isalpha() and len(plain) <= 20 and (stem := content_words(plain)):
                    spellings.setdefault(stem[0], Counter())[plain] += 1
    echoed = [
        Counter(word for response in case.responses for word in set(content_words(response.text)))
        for case in cases
    ]
    support = Counter(word for words in stems for word in words if word in spellings)
    echo = Counter(
        word for words, seen in zip(stems, echoed, strict=True) for word in words if seen[word] >= 2
    )
    open_cases = list(stems)
    chosen: list[str] = []
    least = max(1, len(cases) // 6)
    while open_cases and len(chosen) < _SUBJECT_WORDS:
        covers = Counter(word for words in open_cases for word in words if word in spellings)
        ranked = sorted(covers, key=lambda word: (-covers[word], -echo[word], -support[word], word))
        if not ranked or (chosen and covers[ranked[0]] < least):
            break
        chosen.append(ranked[0])
        open_cases = [words for words in open_cases if ranked[0] not in words]
    return [min(spellings[word], key=lambda one: (-spellings[word][one], one)) for word in chosen]


def _scored(
    reader: Reader,
    sections: Sequence[SectionData],
    cases: Sequence[CaseData],
    opinions: Sequence[Opinion],
    changes: Sequence[tuple[str, Change]],
) -> list[_Scored]:
    before = [_agreement(reader, sections, case, said) for case, said in zip(cases, opinions, strict=True)]
    scored = []
    for behaviour, change in changes:
        after = [
            _agreement(reader, change.sections, case, said)
            for case, said in zip(cases, opinions, strict=True)
        ]
        gains = [b - a for a, b in zip(before, after, strict=True) if a is not None and b is not None]
        if not gains:
            continue
        gain = fmean(gains)
        spread = stdev(gains) if len(gains) > 2 else 0.0
        t = gain / max(spread / len(gains) ** 0.5, 1e-6)
        if gain >= _GAIN and t >= 1.0:
            scored.append(_Scored(change, gain, t, behaviour))
    return scored


def _agreement(
    reader: Reader, sections: Sequence[SectionData], case: CaseData, opinion: Opinion
) -> float | None:
    return opinion.agreement(reader.scores(sections, case.messages, case.responses))


def _sign(slope: Slope) -> int:
    if abs(slope.t) < _WANTED or abs(slope.coefficient) < 0.05:
        return 0
    return 1 if slope.coefficient > 0 else -1
