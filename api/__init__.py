"""Concord from Python: what the command line does, with objects in and out. `import concord` offers most of it."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .config import AgentModels, Limits, RunConfig
    from .figures import agreement, groups
    from .frames import Records
    from .progress import Progress, Tracker
    from .redlines import redline
    from .revise import resume, revise, revise_sync
    from .runs import Run, read_run
    from .trying import Tried, try_edit

__all__ = [
    "AgentModels",
    "Limits",
    "Progress",
    "Records",
    "Run",
    "RunConfig",
    "Tracker",
    "Tried",
    "agreement",
    "groups",
    "read_run",
    "redline",
    "resume",
    "revise",
    "revise_sync",
    "try_edit",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "AgentModels": ".config",
        "Limits": ".config",
        "Progress": ".progress",
        "Records": ".frames",
        "Run": ".runs",
        "RunConfig": ".config",
        "Tracker": ".progress",
        "Tried": ".trying",
        "agreement": ".figures",
        "groups": ".figures",
        "read_run": ".runs",
        "redline": ".redlines",
        "resume": ".revise",
        "revise": ".revise",
        "revise_sync": ".revise",
        "try_edit": ".trying",
    },
)
