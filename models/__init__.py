"""Base models, and the one path of a call to one: cache → budget → limiter → model → validate → record."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .batches import Batched
    from .budget import Budget
    from .call_log import CallLog, StoredCalls
    from .caller import Answered, Caller, Estimate, RetryPolicy, Watcher
    from .config import ModelConfig, Settings
    from .function_model import FunctionModel
    from .health import Health
    from .protocol import Answer, BaseModel, BatchModel, Failure, Profile, Reply, Request, Ticket, Usage
    from .records import CallRecord, Spent, Where
    from .registry import known_models, open_model

__all__ = [
    "Answer",
    "Answered",
    "BaseModel",
    "BatchModel",
    "Batched",
    "Budget",
    "CallLog",
    "CallRecord",
    "Caller",
    "Estimate",
    "Failure",
    "FunctionModel",
    "Health",
    "ModelConfig",
    "Profile",
    "Reply",
    "Request",
    "RetryPolicy",
    "Settings",
    "Spent",
    "StoredCalls",
    "Ticket",
    "Usage",
    "Watcher",
    "Where",
    "known_models",
    "open_model",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Answer": ".protocol",
        "Answered": ".caller",
        "BaseModel": ".protocol",
        "BatchModel": ".protocol",
        "Batched": ".batches",
        "Budget": ".budget",
        "CallLog": ".call_log",
        "CallRecord": ".records",
        "Caller": ".caller",
        "Estimate": ".caller",
        "Failure": ".protocol",
        "FunctionModel": ".function_model",
        "Health": ".health",
        "ModelConfig": ".config",
        "Profile": ".protocol",
        "Reply": ".protocol",
        "Request": ".protocol",
        "RetryPolicy": ".caller",
        "Settings": ".config",
        "Spent": ".records",
        "StoredCalls": ".call_log",
        "Ticket": ".protocol",
        "Usage": ".protocol",
        "Watcher": ".caller",
        "Where": ".records",
        "known_models": ".registry",
        "open_model": ".registry",
    },
)
