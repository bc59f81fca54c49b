"""The text as it stands: the original with what the loop adopted, in order."""

from collections.abc import Sequence

from ...errors import EditError, RunError
from ...graph.records import Decision
from ...spec import Proposal, Spec, apply
from .source import RunSource


def original_spec(source: RunSource) -> Spec:
    """Raises RunError where the run has not kept it (a run that ended before its first step)."""
    found = source.spec(source.launched.spec_digest)
    if found is None:
        raise RunError(
            f"{source.folder.path}: the run ended before it had kept its spec; there is nothing to review"
        )
    return found


def adopted_ids(decisions: Sequence[Decision]) -> list[str]:
    """What the loop adopted into the text for everybody, in the order of adoption."""
    return [
        each.proposal
        for each in decisions
        if each.by == "loop" and each.decision == "adopted" and not each.overlays
    ]


def overlay_ids(decisions: Sequence[Decision]) -> list[str]:
    """What it adopted into overlays of groups, in the order of adoption."""
    return [each.proposal for each in decisions if each.decision == "adopted" and each.overlays]


def texts_so_far(source: RunSource, original: Spec) -> list[Spec]:
    """The original, and the text after each adoption."""
    proposals = source.proposals()
    texts = [original]
    for id_ in adopted_ids(source.decisions()):
        if id_ in proposals:
            texts.append(applied(texts[-1], proposals[id_]) or texts[-1])
    return texts


def applied(spec: Spec, proposal: Proposal) -> Spec | None:
    """The text after a proposal's edits; None where they don't apply."""
    try:
        return apply(spec, proposal.edits)
    except EditError:
        return None


def proven_spec(source: RunSource, original: Spec) -> Spec:
    """The text with the proven edits alone, after the last round that ended."""
    rounds = source.rounds()
    return (source.spec(rounds[-1].proven) if rounds else None) or original
