"""The pages that hold runs against each other: two side by side, or several of the same."""

from starlette.requests import Request
from starlette.responses import Response

from ...errors import RunError
from ..reading.comparing import compare_readings
from ..reading.stability import compare_several
from .answering import answer, notice, site_of

MOST_RUNS = 20
"""Runs that are held against each other."""


def compare(request: Request) -> Response:
    """Two runs side by side."""
    site = site_of(request)
    ids = [folder.id for folder in site.folders()]
    chosen = [request.query_params.get(name, "") for name in ("a", "b")]
    view = None
    if all(chosen):
        try:
            view = compare_readings(site.reading(chosen[0]), site.reading(chosen[1]))
        except RunError as problem:
            return notice(request, str(problem), 404)
    return answer(request, "compare.html", ids=ids[:500], a=chosen[0], b=chosen[1], view=view)


def stability(request: Request) -> Response:
    """Several runs of the same: how far they decide alike."""
    site = site_of(request)
    ids = [folder.id for folder in site.folders()]
    wanted = list(dict.fromkeys(request.query_params.getlist("run")))[:MOST_RUNS]
    try:
        readings = [site.reading(id_) for id_ in wanted]
    except RunError as problem:
        return notice(request, str(problem), 404)
    view = compare_several(readings) if len(readings) > 1 else None
    return answer(request, "stability.html", ids=ids[:500], wanted=wanted, view=view)
