"""The page on one section, from a session."""

from ..graph.context import RunContext
from ..graph.drafting import SectionDraft, drafted
from .session import RunSession


async def draft_of(session: RunSession, section: str, question: str = "") -> SectionDraft:
    """Closes the base models. Raises SpecError and BudgetEnded."""
    try:
        context = RunContext.of(session.inputs, run=session.config.run or "run", meter=session.tracker)
        return await drafted(context, section, question=question)
    finally:
        session.inputs.records.flush()
        await session.close_models()
