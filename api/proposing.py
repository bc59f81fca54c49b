"""A person's proposals in a file, tested in a run of their own or on the docket of another run."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, OptionError
from ..graph.human_records import ProposalResult
from ..graph.human_run import propose
from ..graph.labelling import Label
from ..graph.launching import Finished
from ..spec import Spec
from ..spec.proposal_file import Written, read_proposals
from .config import Limits, RunConfig
from .progress import Tracker
from .session import RunSession, open_run, reopen_run
from .source import Source


def open_own(
    source: Source, config: RunConfig, file: Path, intents: Sequence[str], author: str, *, out: Path | None, tracker: Tracker
) -> RunSession:  # fmt: skip
    """A run of the proposals' own. The file is read first: what can't be tested makes no folder. Raises InputError."""
    read_proposals(file, source.spec, intents=intents, author=author)
    return open_run(source, config, out=out, tracker=tracker)


def open_into(run: str, *, spec: Path | None, data: Path | None, tracker: Tracker) -> RunSession:
    """The session of a run whose docket they go on. Raises RunError."""
    session = reopen_run(run, spec=spec, data=data, approve=False, limits=Limits(), tracker=tracker)
    if not session.begun:
        session.close()
        raise OptionError(f"{run} has not begun: there is no docket to put a proposal on")
    return session


async def tried_in(
    session: RunSession,
    file: Path,
    intents: Sequence[str],
    author: str,
    *,
    labels: Sequence[Label] = (),
    validate_only: bool = False,
) -> tuple[ProposalResult, Finished]:
    """Test the file's proposals in a session, and write the run's outputs. Closes the base models.

    `labels` are a person's own stances on justifications, as `label_sheets` reads them.
    """

    def read(current: Spec) -> Sequence[Written]:
        return read_proposals(file, current, intents=intents, author=author)

    folder = session.folder
    try:
        result, finished = await propose(
            session.inputs, read, run=session.config.run or "run",
            checkpoint=session.checkpoint, ledger=session.ledger, meter=session.tracker,
            labels=labels, validate_only=validate_only,
        )  # fmt: skip
        if not (session.resumed and not (folder and folder.summary.is_file())):
            # A run that is still under way writes its outputs itself, at its end.
            session.write(finished)
    except InputError:
        session.discard()
        raise
    finally:
        await session.close_models()
    return result, finished
