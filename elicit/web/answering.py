"""What every page of a study has in common: the form read within bounds, and rendered answers."""

from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ..steps.protocol import Form
from .site import StudySite

COOKIE = "concord_device"
MOST_FIELDS = 400
TOO_LARGE = (
    "That is more than a form here may hold ({limit} kB): shorten what you wrote and send it again. "
    "What was saved before is kept."
)


class FormProblem(Exception):
    """A form that can't be read: a status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def site_of(request: Request) -> StudySite:
    site: StudySite = request.app.state.site
    return site


async def form_of(request: Request) -> Form:
    """The form's fields. Raises FormProblem.

    What is too large is read to its end and let go: a browser that is cut off while it sends never shows the sentence.
    """
    limit = site_of(request).limits.largest_form
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            body += chunk
    if size > limit:
        raise FormProblem(413, TOO_LARGE.format(limit=limit // 1000))
    try:
        fields = parse_qs(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise FormProblem(
            400, "The form can't be read: load the page again. What was saved before is kept."
        ) from None
    return Form(fields)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """A rendered page."""
    site = site_of(request)
    html = site.environment.get_template(template).render(study=site.store.study, **values)
    # Lone surrogates, as hostile data may hold, have no UTF-8.
    return HTMLResponse(html.encode("utf-8", "replace"), status_code=status, headers=headers)


def notice(
    request: Request, title: str, sentence: str, *, status: int = 200, back: str = "", word: str = "Back",
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """A page that says one thing, with a way on where there is one."""
    return page(
        request,
        "study_notice.html",
        status=status,
        headers=headers,
        title=title,
        sentence=sentence,
        back=back,
        word=word,
    )
