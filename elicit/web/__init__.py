"""The pages of a study: for those who answer, and for whoever organises it."""

from typing import TYPE_CHECKING

from ...faces import lazy

if TYPE_CHECKING:
    from .app import study_app
    from .limits import Limits
    from .serving import study_server

__all__ = ["Limits", "study_app", "study_server"]

__getattr__, __dir__ = lazy(__name__, {"Limits": ".limits", "study_app": ".app", "study_server": ".serving"})
