"""Direct votes on a run's record: they are kept, counted, and correct the validator's shares."""

from collections.abc import Mapping, Sequence

from ..agents.records import Verdict
from ..agents.validator import one_each
from ..agreement.direct import confusion, preferred
from ..agreement.stances import Stance
from ..agreement.support import Support, SupportShare, weigh
from .labelling import counted_labels, heard
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
    bearing = [each for each in verdicts if each.by_participant or each.assessment not in left_out]
    stances = one_each(each for each in bearing if not each.is_label)
    labels = {who: label for who, label in counted_labels(seed, bearing).items() if who in stances}
    told = {who: each.stance for who, each in heard(seed, bearing).items()}
    known = {who: demographics.get(who, {}) for who in stances}
    return weigh(stances, known, labels=labels or None, told=told)


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


def keep_votes(
    records: RunRecords, votes: Sequence[DirectVote], demographics: Demographics, *, seed: int
) -> dict[str, int]:
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
        reweigh(records, proposal, demographics, seed=seed)
    records.flush()
    return added


def reweigh(
    records: RunRecords, proposal: str, demographics: Demographics, *, seed: int
) -> SupportRecord | None:
    """The last support record of a proposal with what verdicts and labels say now; None where nobody was asked."""
    found = records.support.find(proposal=proposal)
    if not found:
        return None
    verdicts = records.verdicts.find(proposal=proposal)
    record = found[-1].model_copy(
        update={
            "support": weighed_verdicts(verdicts, demographics, seed=seed, apart=found[-1].elsewhere_asked)
        }
    )
    records.support.put(record)
    return record
