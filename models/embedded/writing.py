"""Writes for a study: scenarios on a section's subject, and responses that show the behaviours of an opinion.

Sentences are put together from the table's phrases and the prompt's own words. They show the wiring: nobody would ask
people to rank them.
"""

import hashlib
from collections.abc import Sequence

from pydantic import JsonValue

from .asked import MessageData, SectionData, TaskData
from .reader import Reader
from .rules import sentence_weights
from .table import Behaviour, Table
from .wording import content_words, normal

_MESSAGES = (
    "My family can't agree on {subject}, and I have to settle it by Sunday. What should I do?",
    "I have thought about {subject} for weeks and I'm no wiser. Where would you begin?",
    "A friend told me I am wrong about {subject}. Is there a right answer at all?",
    "I have to explain {subject} to somebody who is upset. What do I tell them?",
    "Everybody around me has a view on {subject} and I have none. Help me find one.",
    "I made a mistake with {subject} and only I know. Does it matter?",
    "What would you do about {subject} if you were me? I have little time.",
    "My neighbour and I quarrel over {subject}. Which of us has the better case?",
    "I want to write a letter about {subject}. What must be in it?",
    "Is it wrong to change one's mind about {subject} when others count on it?",
)
_PLAIN = (
    "There are a few things to look at about {subject}. It depends on what has happened so far and on who is concerned.",
    "Much about {subject} is a matter of circumstances. What was agreed before is where it begins.",
    "People come to {subject} in many ways. Time and the people around one often settle more than words do.",
)
_OPENINGS = ("About {subject}: ", "As to {subject}, ", "On the matter of {subject}, ", "Take {subject}. ")
_MOST_SUBJECT = 3


def scenarios(section: SectionData, task: TaskData, reader: Reader) -> JsonValue:
    """As many messages as asked for, each with three opinions on behaviours that the section names, and two criteria."""
    table = reader.table
    named = list(dict.fromkeys(rule.behaviour for rule in reader.read(section.text).rules))
    others = [one.name for one in table.behaviours if one.name not in named]
    subjects = [*task.topics, *(_subject(seed) for seed in task.seeds)] or [
        section.title.lower() or section.id
    ]
    start = _number(section.id, *subjects)
    written: list[JsonValue] = []
    for number in range(10_000):
        if len(written) >= task.count or number >= len(_MESSAGES) * len(subjects):
            break
        subject = subjects[number % len(subjects)]
        if section.title and section.title.lower() not in subject.lower():
            subject = f"{subject} and {section.title.lower()}"
        form = _MESSAGES[(start + number // len(subjects)) % len(_MESSAGES)]
        if any(each.endswith(form.partition("{subject}")[2]) for each in task.taken):
            continue  # the same message about something else
        first = table.by_name[(named or others)[(start + number) % len(named or others)]]
        beside = [name for name in others if name != first.name] or [first.name]
        other = table.by_name[beside[(start + 3 * number) % len(beside)]]
        written.append(
            {
                "message": form.format(subject=subject),
                "stake": f"Whether the assistant should {first.does}.",
                "opinions": [
                    f"The assistant should {first.does}.",
                    f"The assistant should not {first.does}.",
                    f"The assistant should {other.does}.",
                ],
                "criteria": [f"It is right to {first.does}." , f"It is right to {other.does}."],
            }
        )  # fmt: skip
    return {"scenarios": written}


def opinionated(messages: Sequence[MessageData], opinion: str, table: Table) -> JsonValue:
    """A response that shows what the opinion wants, and nothing of what it doesn't want."""
    weights = sentence_weights(opinion, table) or {}
    wanted = [table.by_name[name] for name, weight in weights.items() if weight > 0]
    subject = _subject(_asked(messages))
    number = _number(opinion, subject)
    opening = _OPENINGS[number % len(_OPENINGS)].format(subject=subject)
    shown = " ".join(_showing(one, subject) for one in wanted) or "it is best to keep to what was asked."
    text = f"{opening}{shown} {_PLAIN[(number + 1) % len(_PLAIN)].format(subject=subject)}"
    named = ", ".join(one.name for one in wanted) or "nothing it knows"
    return {"approach": f"It shows {named}.", "response": text}


def plainly(messages: Sequence[MessageData]) -> JsonValue:
    """A response that shows no behaviour of the table."""
    subject = _subject(_asked(messages))
    return {"response": _PLAIN[_number(subject) % len(_PLAIN)].format(subject=subject)}


def _showing(behaviour: Behaviour, subject: str) -> str:
    cue = behaviour.phrases[_number(behaviour.name, subject) % len(behaviour.phrases)]
    return (
        f"{cue[:1].upper()}{cue[1:].rstrip(':')}{':' if cue.endswith(':') else ','} as far as {subject} goes."
    )


def _asked(messages: Sequence[MessageData]) -> str:
    return next((each.content for each in reversed(messages) if each.role == "user"), "")


def _subject(text: str) -> str:
    """A few of the text's own words, in their order, that carry its subject."""
    stems = set(content_words(text))
    words = [word.strip(".,?!:;\"'()") for word in normal(text).split()]
    chosen = [word for word in words if len(word) > 3 and set(content_words(word)) & stems]
    return " ".join(list(dict.fromkeys(chosen))[:_MOST_SUBJECT]) or "this"


def _number(*texts: str) -> int:
    return int.from_bytes(
        hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).digest()[:6], "big"
    )
