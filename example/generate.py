"""Makes the example's data: `python -m concord.example.generate --seed N --out DIR`.

The same seed gives the same bytes. Everything is synthetic: the people are simulated, and want what the embedded
reader reads in the true spec (`world.true_spec`), with error, ties and tastes of their own.
"""

import argparse
import math
import random
import sys
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean

from ..errors import DataError, InputError
from ..models.embedded.asked import CaseData, MessageData, PersonData, ResponseData
from ..models.embedded.reader import Reader
from ..models.embedded.regress import opinion_of
from ..models.embedded.topics import IN_SCOPE, grade, is_general
from ..panel.records import Conversation, Message, Response
from ..panel.splits import FoldSplitter
from ..records import Record
from .people import NOISE, draw_id, draw_people
from .subjects import Subject, habits, response, subjects
from .talks import NOTICE, Talk, annotator_lines, comparison_lines
from .world import Place, example_spec, planted, read_sections, reading_table, true_spec

PEOPLE = 60
PER_PLACE = 60
UNTOUCHED = 80
RATERS = (8, 12)
LABELS = "ABCD"
WANTED_GAIN = (0.2, 0.3)
"""What the true improvement must move on a place's conversations, in agreement."""
SEALED = 5
"""One conversation of so many is in the test split of the default seed."""
_ATTEMPTS = 400


class World(Record):
    """A generated world: its places, and the lines of its two files."""

    places: tuple[Place, ...]
    subjects: Mapping[str, str]
    """Conversation id to the name of its subject."""
    gains: Mapping[str, float]
    """Kind of place to what its true improvement moves on its conversations, in agreement."""
    comparisons: tuple[str, ...]
    annotators: tuple[str, ...]


def place_of_prompt(text: str) -> int | str:
    """Where the default split puts a conversation that begins with this prompt."""
    answers = tuple(Response(label=label, messages=()) for label in LABELS)
    asked = Conversation(id="", messages=(Message(role="user", content=text),), responses=answers)
    return FoldSplitter().place_of(asked)


class _Maker:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.reader = Reader(reading_table())
        self.places = planted(seed)
        self.before = read_sections(example_spec())
        self.after = read_sections(true_spec(self.places))
        self.people = draw_people(PEOPLE, self._rng("people"))

    def world(self) -> World:
        by_subject = {place.subject: place for place in self.places}
        covered = [subject for subject in subjects().values() if not subject.title]
        untouched = [subject for subject in covered if subject.name not in by_subject]
        talks: list[Talk] = []
        gains: dict[str, float] = {}
        for place in self.places:
            made, gain = self._touched(place)
            talks += made
            gains[place.kind] = round(gain, 4)
        for index, subject in enumerate(untouched):
            share = UNTOUCHED * (index + 1) // len(untouched) - UNTOUCHED * index // len(untouched)
            talks += self._talks(subject, None, share, self._rng(subject.name))
        self._rng("order").shuffle(talks)
        return World(
            places=self.places,
            subjects={talk.id: talk.subject for talk in talks},
            gains=gains,
            comparisons=tuple(comparison_lines(talks, self._rng)),
            annotators=tuple(annotator_lines(self.people)),
        )

    def _touched(self, place: Place) -> tuple[list[Talk], float]:
        """A place's conversations, drawn again until the true improvement moves what it should."""
        gain, aim = 0.0, fmean(WANTED_GAIN)
        for attempt in range(_ATTEMPTS):
            rng = self._rng(f"{place.subject} {attempt}")
            talks = self._talks(subjects()[place.subject], place, PER_PLACE, rng, aim)
            gain = fmean(self._gain(talk) for talk in talks)
            if WANTED_GAIN[0] + 0.01 <= gain <= WANTED_GAIN[1] - 0.01:
                return talks, gain
            aim += (fmean(WANTED_GAIN) - gain) / 2
        raise DataError(
            f"seed {self.seed}: the {place.kind} on {place.subject} moves {gain:.2f} where 0.20 to 0.30 are wanted"
        )

    def _talks(
        self, subject: Subject, place: Place | None, count: int, rng: random.Random, aim: float = 0.0
    ) -> list[Talk]:
        asked: set[str] = set()
        talks = []
        for index in range(count):
            id_ = draw_id(rng)
            messages = self._messages(subject, rng, asked, sealed=index % SEALED == SEALED - 1)
            talks.append(self._judged(self._talk(id_, subject, place, messages, rng, aim), rng))
        return talks

    def _messages(
        self, subject: Subject, rng: random.Random, asked: set[str], *, sealed: bool
    ) -> tuple[MessageData, ...]:
        """A prompt that speaks of its own subject and of no other, and was not asked before.

        `sealed`: whether the default split seals it, so that each subject has its share in the test split.
        """
        for _ in range(_ATTEMPTS):
            text = subject.prompt(rng)
            messages = (MessageData(role="user", content=text),)
            if (place_of_prompt(text) == "test") != sealed:
                continue
            mine = [
                section.id
                for section in self.after
                if not is_general(section) and grade(section, messages) >= IN_SCOPE
            ]
            if text not in asked and (mine == [subject.name] or (subject.title and not mine)):
                asked.add(text)
                return messages
        raise DataError(
            f"the subject {subject.name} has too few prompts of its own; add some to subjects.toml"
        )

    def _talk(
        self,
        id: str,
        subject: Subject,
        place: Place | None,
        messages: tuple[MessageData, ...],
        rng: random.Random,
        aim: float,
    ) -> Talk:
        old = {name: rule.rule.weight for name, rule in self.reader.in_force(self.before, messages).items()}
        new = {name: rule.rule.weight for name, rule in self.reader.in_force(self.after, messages).items()}
        ruled = sorted({*old, *new})
        while True:
            extra = rng.sample([name for name in habits() if name not in ruled], 2)
            shown = [
                frozenset(name for name in [*ruled, *extra] if rng.random() < 0.4) for _ in range(len(LABELS))
            ]
            if max(map(len, shown)) <= 4 and _worth_asking(shown, old, new, aim):
                break
        responses = [
            ResponseData(label=label, text=response(subject, names, rng))
            for label, names in zip(LABELS, shown, strict=True)
        ]
        for one, names in zip(responses, shown, strict=True):
            if self.reader.table.shown(one.text) != names:
                raise DataError(
                    f"a response on {subject.name} is read otherwise than it was written: {one.text}"
                )
        return Talk(
            id, messages, tuple(responses), dict(zip(LABELS, shown, strict=True)), new, place, subject.name
        )

    def _judged(self, talk: Talk, rng: random.Random) -> Talk:
        people = rng.sample(self.people, rng.randint(*RATERS))
        rankings = tuple((person, person.rank(talk.shown, talk.weights, rng)) for person in people)
        return Talk(
            talk.id,
            talk.messages,
            talk.responses,
            talk.shown,
            talk.weights,
            talk.place,
            talk.subject,
            rankings,
        )

    def _gain(self, talk: Talk) -> float:
        case = CaseData(
            responses=talk.responses,
            people=tuple(PersonData(ranking=ranking) for _, ranking in talk.rankings),
        )
        opinion = opinion_of(case)
        before = opinion.agreement(self.reader.scores(self.before, talk.messages, talk.responses))
        after = opinion.agreement(self.reader.scores(self.after, talk.messages, talk.responses))
        return (after or 0.5) - (before or 0.5)

    def _rng(self, purpose: str) -> random.Random:
        return random.Random(f"concord example {self.seed} {purpose}")


def generate(seed: int) -> World:
    """The world of a seed. Raises DataError where a place can't be made to move what it should."""
    return _Maker(seed).world()


def write_world(world: World, folder: Path) -> None:
    """Write `comparisons.jsonl` and `annotators.jsonl` into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (("comparisons", world.comparisons), ("annotators", world.annotators)):
        (folder / f"{name}.jsonl").write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))


def _worth_asking(
    shown: Sequence[frozenset[str]], old: Mapping[str, float], new: Mapping[str, float], aim: float
) -> bool:
    """Whether the responses tell the two specs apart by about `aim` (0: whether they tell the rules at all)."""
    before = [sum(old.get(name, 0.0) for name in names) for names in shown]
    after = [sum(new.get(name, 0.0) for name in names) for names in shown]
    pairs = list(combinations(range(len(shown)), 2))
    reach = fmean(_expected(after[i] - after[j], after[i] - after[j]) for i, j in pairs)
    if not aim:
        return reach >= 0.75
    gain = reach - fmean(_expected(before[i] - before[j], after[i] - after[j]) for i, j in pairs)
    return reach >= 0.72 and abs(gain - aim) <= 0.09


def _expected(read: float, meant: float) -> float:
    """How often a person agrees about a pair, when the reader sees `read` and people mean `meant`."""
    if not read or not meant:
        return 0.5
    x = abs(meant) / (NOISE * 1.4)
    right = 0.5 + 0.5 * x / math.sqrt(1.0 + x * x)
    return right if (read > 0) == (meant > 0) else 1.0 - right


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m concord.example.generate", description=NOTICE)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out", type=Path, required=True, help="a folder for comparisons.jsonl and annotators.jsonl"
    )
    options = parser.parse_args(arguments)
    try:
        write_world(generate(options.seed), options.out)
    except (InputError, OSError) as problem:
        parser.error(str(problem))
    return 0


if __name__ == "__main__":
    sys.exit(main())
