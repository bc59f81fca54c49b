"""The page on one section, from a session."""

from contextlib import nullcontext

from ..graph.context import RunContext
from ..graph.drafting import SectionDraft, drafted
from ..store.run_lock import run_lock
from .session import RunSession


async def draft_of(session: RunSession, section: str, question: str = "") -> SectionDraft:
    """Closes the base models. Raises SpecError, BudgetEnded, and RunError where another process has the run."""
    folder = session.folder
    try:
        with run_lock(folder.path) if folder else nullcontext():
            context = RunContext.of(session.inputs, run=session.config.run or "run", meter=session.tracker)
            try:
                return await drafted(context, section, question=question)
            finally:
                session.inputs.records.flush()
    finally:
        await session.close_models()
