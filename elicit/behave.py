"""What a proposal does to behaviour: the response that a model gives under the old and under the new text."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..agents.responder import Answering, Responded, Responder
from ..errors import DataError, OptionError
from ..graph.run_records import RunRecords
from ..graph.vote_records import Behaviour, Shown
from ..models.records import Where
from ..panel.records import Conversation
from ..review.reading.run import RunReading
from ..spec import Spec, apply, changed_sections

MOST = 3
"""Conversations a proposal, unless told: two or three are what a person reads."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One conversation to answer twice, and the two texts."""

    proposal: str
    """Empty: two texts rather than a proposal."""
    conversation: Conversation
    old: Spec
    new: Spec

    @property
    def sections(self) -> tuple[str, ...]:
        """Those that differ: they stand in the prompt however long the spec is."""
        return tuple(changed_sections(self.old, self.new))


async def behaviours(
    responder: Responder, pairs: Sequence[Pair], *, seed: int, round_: int = 0
) -> tuple[list[Behaviour], int]:
    """Both answers to each pair, all asked side by side; and how many pairs lack one since a call failed.

    The calls are filed under the node `behave` and the pair's proposal. Raises BudgetEnded.
    """
    found: list[Behaviour] = []
    failed = 0
    for proposal in dict.fromkeys(pair.proposal for pair in pairs):
        here = [pair for pair in pairs if pair.proposal == proposal]
        work = [
            Answering(pair.conversation, spec, pair.sections)
            for pair in here
            for spec in (pair.old, pair.new)
        ]
        answers = await responder.respond(work, Where(round=round_, node="behave", subject=proposal))
        for pair, old, new in zip(here, answers[::2], answers[1::2], strict=True):
            if old is None or new is None:
                failed += 1
                continue
            found.append(
                Behaviour(
                    proposal=proposal,
                    conversation=pair.conversation.id,
                    messages=pair.conversation.messages,
                    old=_shown(old),
                    new=_shown(new),
                    seed=seed,
                )
            )
    return found, failed


def pairs_of_run(
    reading: RunReading,
    records: RunRecords,
    open_conversations: Mapping[str, Conversation],
    proposals: Sequence[str],
    *,
    most: int = MOST,
    seed: int = 0,
) -> list[Pair]:
    """For each proposal, up to `most` open conversations that it bears on, and the texts without and with it.

    Conversations are drawn by seed out of those of its trial (else those that it rests on), not by what the trial
    found there. Raises OptionError for a proposal that the run doesn't have or that applies to no text of it, and
    DataError for one without a conversation.
    """
    known = reading.known.by_id
    pairs: list[Pair] = []
    for id_ in proposals:
        if id_ not in known:
            raise OptionError(f"the run {reading.id} has no proposal {id_!r}; its docket lists them")
        base = reading.base_of(known[id_])
        if base is None:
            raise OptionError(f"the proposal {id_} applies to no text of the run: there is no text with it")
        trials = records.trials.find(proposal=id_, stage="trial")
        bearing = [name for name in (trials[-1].planned if trials else ()) if name in open_conversations]
        bearing = bearing or [name for name in known[id_].conversations if name in open_conversations]
        if not bearing:
            raise DataError(
                f"no open conversation is known on which the proposal {id_} bears: name some with --conversation"
            )
        chosen = drawn_conversations(bearing, seed=seed, subject=id_, most=most)
        after = apply(base, known[id_].edits)
        pairs += [Pair(id_, open_conversations[name], base, after) for name in chosen]
    return pairs


def worth_asking(reading: RunReading, most: int) -> list[str]:
    """Proposals that people may be asked about: waiting, in the text, or tried; in the docket's order."""
    rows = [
        row for row in reading.docket_rows() if row.status in ("waiting", "adopted") or row.effect is not None
    ]
    return [row.id for row in rows if reading.base_of(reading.known.by_id[row.id]) is not None][:most]


def drawn_conversations(names: Iterable[str], *, seed: int, subject: str, most: int) -> list[str]:
    """At most `most` of the names, by a hash of seed, subject and name; in order of name."""

    def place(name: str) -> bytes:
        text = "\0".join(("behave", str(seed), subject, name))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    return sorted(sorted(set(names), key=place)[:most])


def _shown(answer: Responded) -> Shown:
    return Shown(text=answer.text, spec=answer.spec, model=answer.model, call=answer.call)
