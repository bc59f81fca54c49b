"""`concord review`: the pages on which a person sees what the agents did, and decides."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import Limits
from ..api.home import home
from ..api.progress import Tracker
from ..api.revise import carried_out
from ..api.session import reopen_run
from ..api.storing import folders_of, found_run
from ..api.wordings import tried
from ..errors import OptionError
from ..graph.question import Answer, Question
from ..review.closing import Handed
from ..review.web.access import access_for
from ..review.web.server import Listening, serve
from ..review.web.site import Site
from ..store.address import address_of
from ..store.opening import open_ledger
from ..store.runs import RunFolder
from .console import messages
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def review(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's folder or id; without it, all runs.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    password_file: Annotated[
        Path | None, typer.Option(help="File with a password that every reviewer gives, with a name.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    proxy_user_header: Annotated[
        str | None,
        typer.Option(
            help="Header in which a proxy in front says who the user is; that name signs decisions."
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A host name by which it may be called. May be repeated."),
    ] = None,
    store: Store = None,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser.")] = True,
) -> None:
    """See a run in a browser: what was proposed, on what evidence, what each agent was told and said; and decide.

    It listens on this machine only. Another address takes a password and TLS, or a proxy that says who the user is.
    """
    if (tls_cert is None) != (tls_key is None):
        raise OptionError("--tls-cert and --tls-key belong together: give both")
    shared = address_of(store)
    only = found_run(run, store) if run is not None else None
    if only is None and shared is not None:
        folders_of(shared)
    listening = Listening.on(host, port)
    try:
        access = access_for(
            host, listening.port, password=_password(password_file), tls=tls_cert is not None,
            user_header=proxy_user_header, names=tuple(name or ()),
        )  # fmt: skip
    except OptionError:
        listening.socket.close()
        raise
    site = Site(
        root=home(), indexes=home() / "indexes", access=access, only=only,
        ledger=open_ledger(shared, home() / "ledger.jsonl"), go_on=go_on, test=try_wordings,
    )  # fmt: skip
    scheme = "https" if tls_cert else "http"
    here = f"{scheme}://{host}:{listening.port}/"
    messages().print(f"Review at {here} (Ctrl-C ends it)", soft_wrap=True)
    if browser and access.mode == "local":
        typer.launch(here)
    serve(site, listening, cert=tls_cert, key=tls_key)


def go_on(folder: RunFolder, answers: Mapping[str, Handed]) -> None:
    """Take a paused run up again with a reviewer's answers, up to its end or the next question. Raises as a run does."""

    async def person(question: Question) -> Answer:
        found = answers.get(question.proposal)
        if found is None:
            return Answer(proposal=question.proposal, decision="pause")
        given = {
            "proposal": question.proposal,
            "decision": found.decision,
            "name": found.name,
            "note": found.note,
        }
        return Answer.model_validate(given)

    session = reopen_run(
        folder.path.resolve(), spec=None, data=None, approve=True, limits=Limits(), tracker=Tracker(None)
    )
    asyncio.run(carried_out(session, person))


def try_wordings(folder: RunFolder) -> None:
    """Test the reviewers' own wordings of a run that stands still. Raises as a run does."""
    session = reopen_run(
        folder.path.resolve(), spec=None, data=None, approve=False, limits=Limits(), tracker=Tracker(None)
    )
    asyncio.run(tried(session))


def _password(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise OptionError(f"{file}: the password can't be read ({problem})") from None
    if not lines or not lines[0].strip():
        raise OptionError(f"{file}: the first line holds no password")
    return lines[0].strip()
