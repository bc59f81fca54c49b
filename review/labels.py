"""A reviewer's labels on verdicts: kept beside the validator's, never over them.

Those that chance drew correct the support share (graph.labelling)."""

from typing import get_args

from ..agents.records import Verdict
from ..agreement.stances import Stance
from ..errors import OptionError
from ..graph.run_records import RunRecords
from ..graph.voting import reweighed
from .desk import checked_name
from .reading.run import RunReading


def label_verdict(reading: RunReading, proposal: str, assessment: str, stance: str, *, name: str) -> Verdict:
    """Keep what a reviewer says that a justification says to a proposal.

    Raises OptionError for a verdict that isn't there, or a stance that is none.
    """
    known = next((each for each in reading.source.verdicts(proposal) if each.assessment == assessment), None)
    if known is None:
        raise OptionError("the run has no verdict on this justification, so there is none to dispute")
    if stance not in get_args(Stance):
        raise OptionError(f"a label is one of {', '.join(get_args(Stance))}, not {stance!r}")
    verdict = Verdict.model_validate(
        {
            "proposal": proposal, "assessment": assessment, "participant": known.participant, "stance": stance,
            "source": f"reviewer:{checked_name(name)}",
        }
    )  # fmt: skip
    records = RunRecords.open(reading.folder.path)
    try:
        records.verdicts.put(verdict)
        reweighed(records, proposal, reading.source.launched.options.seed)
        records.flush()
    finally:
        records.close()
    return verdict
