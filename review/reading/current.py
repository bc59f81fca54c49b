"""The text as it stands: the original with what the loop adopted, in order."""

from collections.abc import Collection, Sequence

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
    """What the loop adopted, in the order of adoption."""
    return [each.proposal for each in decisions if each.by == "loop" and each.decision == "adopted"]


def current_spec(source: RunSource) -> Spec:
    """The original with all adoptions so far."""
    return texts_so_far(source, original_spec(source))[-1]


def texts_so_far(source: RunSource, original: Spec) -> list[Spec]:
    """The original, and the text after each adoption."""
    proposals = {proposal.id: proposal for proposal in source.proposals()}
    texts = [original]
    for id in adopted_ids(source.decisions()):
        if id in proposals:
            texts.append(applied(texts[-1], [proposals[id]])[0])
    return texts


def applied(spec: Spec, proposals: Collection[Proposal]) -> tuple[Spec, list[tuple[Proposal, str]]]:
    """The text after these proposals one after the other, and those that don't apply with the reason."""
    left: list[tuple[Proposal, str]] = []
    for proposal in proposals:
        try:
            spec = apply(spec, proposal.edits)
        except EditError as problem:
            left.append((proposal, str(problem)))
    return spec, left
