"""Who visits a study's pages, and what is said to those who can't go on."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .answering import COOKIE, notice, site_of
from .site import Visitor

NO_LINK = (
    "This link opens nothing here. Check that it is whole, or ask whoever sent it to you for another one: each link is "
    "for one person."
)
ELSEWHERE = "This link went on in another browser since. Load the page again if you want to go on here: what was saved is kept."
STALE = "This form is not from these pages, or has lost a part: load the page again. What was saved before is kept."
PAUSED = (
    "The study is paused. What you gave is saved; come back later by the same link and go on where you are."
)
CLOSED = "The study is closed. What you gave before is saved, and nothing of it is lost."
LATE = (
    "The study is closed. What you just sent was kept too, marked as late: whoever organises the study decides whether "
    "it counts."
)
NOT_SAVED = "That could not be saved just now. Nothing that was saved before is lost: wait a moment and send it again."


def visitor_of(request: Request) -> Visitor | Response:
    site = site_of(request)
    found = site.visitor(request.path_params["token"], request.cookies.get(COOKIE, "")[:64])
    if found is not None:
        return found
    client = request.client.host if request.client else ""
    if wait := site.guesses.wait(client):
        return slower(request, wait)
    return said(request, 404, "No such link", NO_LINK)


def address_of(visitor: Visitor, place: int) -> str:
    return f"/s/{visitor.token}/{place if place < len(visitor.walk.steps) else 'finish'}"


def scripted(request: Request) -> bool:
    return request.url.path.endswith("/draft")


def slower(request: Request, wait: float) -> Response:
    seconds = max(1, round(wait + 0.5))
    sentence = (
        f"That was too much in too short a time: wait {seconds} {'second' if seconds == 1 else 'seconds'} and try again. "
        "What was saved before is kept."
    )
    return said(request, 429, "A little slower, please", sentence, headers={"retry-after": str(seconds)})


def said(
    request: Request, status: int, title: str, sentence: str, *, back: str = "", saved: bool = False,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """One sentence, as a page or to the page's script."""
    if scripted(request):
        return JSONResponse({"saved": saved, "problem": sentence}, status_code=status, headers=headers)
    return notice(request, title, sentence, status=status, back=back, headers=headers)
