"""Direct votes on a run's record: they are kept, counted, and correct the validator's shares."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..agents.records import Verdict
from ..agents.validator import one_each
from ..agreement.direct import agrees, confusion, preferred
from ..agreement.intervals import Clusters, Estimate, estimate
from ..agreement.people import UNIT
from ..agreement.stances import Stance
from ..agreement.support import Support, SupportShare, corrected_by, weigh
from .labelling import counted_labels, heard, to_label
from .records import SupportRecord
from .run_records import RunRecords
from .vote_records import DirectFigures, DirectVote

Demographics = Mapping[str, Mapping[str, str]]


def weighed_verdicts(
    verdicts: Sequence[Verdict], demographics: Demographics, *, seed: int, apart: Sequence[str] = ()
) -> SupportShare:
    """Support by a base model's verdicts, one stance a person, corrected by labels where there are enough.

    Labels are participants' own votes, and reviewers' readings where chance, by the run's `seed`, chose who is read
    (`labelling`); a person's own word goes before a reviewer's reading of it. `apart`: assessments that are counted apart,
    on conversations that the proposal doesn't bear on.
    """
    left_out = set(apart)
    stances = one_each(each for each in verdicts if not each.is_label and each.assessment not in left_out)
    told, labels = _told(verdicts, seed, apart)
    return weigh(stances, {who: demographics.get(who, {}) for who in stances}, labels=labels, heard=told)


def direct_figures(
    proposal: str, verdicts: Sequence[Verdict], votes: Sequence[DirectVote], *, apart: Sequence[str] = ()
) -> DirectFigures | None:
    """What direct votes come to beside the validator's verdicts; None without votes."""
    if not votes:
        return None
    left_out = set(apart)
    said: dict[str, Stance] = {vote.participant: vote.stance for vote in votes}
    machine = one_each(each for each in verdicts if not each.is_label and each.assessment not in left_out)
    choices = [(vote.participant, each) for vote in votes for each in vote.choices]
    made = [each for _, each in choices if each.choice != "neither"]
    first = sum((each.choice == "new") == each.new_first for each in made)
    return DirectFigures(
        proposal=proposal,
        votes=Support.of(said.values()),
        known=len(said.keys() & machine.keys()),
        confusion=confusion(machine, said),
        preferred=preferred((who, each.conversation, each.choice) for who, each in choices),
        first_chosen=first / len(made) if made else None,
    )


def validator_accuracy(records: RunRecords) -> Estimate | None:
    """How often the validator says what people vote, over all proposals that people were asked about.

    A mean over proposals, each over its people; proposals and people are both drawn, so its interval is the two-way one
    (`agreement.intervals`). None where nobody is in both.
    """
    rows: list[tuple[int, str, float]] = []
    for number, proposal in enumerate(dict.fromkeys(vote.proposal for vote in records.votes.find())):
        support = records.support.find(proposal=proposal)
        left_out = set(support[-1].elsewhere_asked) if support else set()
        verdicts = records.verdicts.find(proposal=proposal)
        told = one_each(each for each in verdicts if not each.is_label and each.assessment not in left_out)
        for vote in records.votes.find(proposal=proposal):
            if vote.participant in told:
                rows.append((number, vote.participant, float(agrees(vote.stance, told[vote.participant]))))
    if not rows:
        return None
    names = {who: place for place, who in enumerate(dict.fromkeys(who for _, who, _ in rows))}
    index = np.arange(len(rows), dtype=np.intp)
    clusters = Clusters(
        np.array([number for number, _, _ in rows], dtype=np.intp),
        np.array([names[who] for _, who, _ in rows], dtype=np.intp),
        index,
        np.ones(len(rows)),
    ).dense()
    values = np.array([value for _, _, value in rows], dtype=np.float64)
    return estimate(values, clusters.macro_shares(), clusters, bounds=UNIT)


def keep_votes(records: RunRecords, votes: Sequence[DirectVote], *, seed: int) -> dict[str, int]:
    """Put votes on record as verdicts with source `participant`, and weigh support anew; new votes by proposal.

    A vote that is there already changes nothing, one that was changed since replaces the old one. What the run
    decided before stands as it was decided. `seed`: the run's. Raises KeyError for a proposal that the run doesn't have.
    """
    added: dict[str, int] = {}
    for vote in votes:
        records.proposals.get(vote.proposal)
        added.setdefault(vote.proposal, 0)
        known = records.votes.find(proposal=vote.proposal, participant=vote.participant)
        if known == [vote]:
            continue
        added[vote.proposal] += not known
        records.votes.put(vote)
        records.verdicts.put(vote.verdict)
    for proposal in added:
        reweighed(records, proposal, seed)
    records.flush()
    return added


def reweighed(records: RunRecords, proposal: str, seed: int) -> SupportRecord | None:
    """The last word of people on a proposal, with the labels that there are by now; kept in place of what was there.

    `seed`: the run's, which drew whom to label. None where nobody's words were asked.
    """
    known = records.support.find(proposal=proposal)
    if not known:
        return None
    last, verdicts = known[-1], records.verdicts.find(proposal=proposal)
    told, labels = _told(verdicts, seed, last.elsewhere_asked)
    bearing = [each for each in verdicts if each.assessment not in last.elsewhere_asked]
    found = last.model_copy(
        update={"support": corrected_by(last.support, told, labels), "to_label": to_label(seed, bearing)}
    )
    records.support.put(found)
    return found


def _told(
    verdicts: Sequence[Verdict], seed: int, apart: Sequence[str]
) -> tuple[dict[str, Stance], dict[str, Stance]]:
    """The validator's stances that labels are held against, and the labels of people whose words it read."""
    left_out = set(apart)
    bearing = [each for each in verdicts if each.by_participant or each.assessment not in left_out]
    told = {who: each.stance for who, each in heard(seed, bearing).items()}
    return told, {who: label for who, label in counted_labels(seed, bearing).items() if who in told}
