"""What people look at: figures, plans, reports, traces and redlines, on a terminal, in a notebook and as CSV."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .agreement import Agreement, agreement, show_agreement
    from .compare import compare
    from .compare_records import Comparison
    from .exports import write_outputs
    from .finding import conversation_trace, proposal_trace
    from .model_check import ModelCheck, check_model
    from .plan import Plan, plan
    from .report import report
    from .sheets import sheet
    from .terminal import Terminal

__all__ = [
    "Agreement",
    "Comparison",
    "ModelCheck",
    "Plan",
    "Terminal",
    "agreement",
    "check_model",
    "compare",
    "conversation_trace",
    "plan",
    "proposal_trace",
    "report",
    "sheet",
    "show_agreement",
    "write_outputs",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Agreement": ".agreement",
        "Comparison": ".compare_records",
        "ModelCheck": ".model_check",
        "Plan": ".plan",
        "Terminal": ".terminal",
        "agreement": ".agreement",
        "check_model": ".model_check",
        "compare": ".compare",
        "conversation_trace": ".finding",
        "plan": ".plan",
        "proposal_trace": ".finding",
        "report": ".report",
        "sheet": ".sheets",
        "show_agreement": ".agreement",
        "write_outputs": ".exports",
    },
)
