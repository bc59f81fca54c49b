"""`concord review`: the pages on which a person sees what the agents did, and decides."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import OptionError
from .app import app, messages

if TYPE_CHECKING:
    from ..review.closing import Answer
    from ..store.runs import RunFolder


@app.command("review", short_help="Pages in a browser: see what the agents did, and decide.")
def review_command(
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
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser.")] = True,
) -> None:
    """See a run in a browser: what was proposed, on what evidence, what each agent was told and said; and decide.

    It listens on this machine only. Another address takes a password and TLS, or a proxy that says who the user is.
    """
    from ..review.web.access import access_for
    from ..review.web.server import Listening, serve
    from ..review.web.site import Site
    from ..store.ledger import Ledger
    from ..store.runs import find_run
    from .home import home

    if (tls_cert is None) != (tls_key is None):
        raise OptionError("--tls-cert and --tls-key belong together: give both")
    only = find_run(run, home()) if run is not None else None
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
        ledger=Ledger(home() / "ledger.jsonl"), go_on=go_on,
    )  # fmt: skip
    scheme = "https" if tls_cert else "http"
    address = f"{scheme}://{host}:{listening.port}/"
    messages().print(f"Review at {address} (Ctrl-C ends it)", soft_wrap=True)
    if browser and access.mode == "local":
        typer.launch(address)
    serve(site, listening, cert=tls_cert, key=tls_key)


def go_on(folder: "RunFolder", answers: Mapping[str, "Answer"]) -> None:
    """Take a paused run up again with a reviewer's answers, up to its end or the next question. Raises as a run does."""
    from ..graph.launch import Finished, launch
    from .opening import reopen_run
    from .progress import Bars

    class Unanswered(Exception):
        """The loop asks something that no answer was given to."""

    async def answer(question: Mapping[str, object]) -> dict[str, str]:
        found = answers.get(str(question["proposal"]))
        if found is None:
            raise Unanswered
        return {"decision": found.decision, "name": found.name, "note": found.note}

    async def turn() -> None:
        try:
            ended = await launch(
                opened.setup,
                run=opened.chosen.run,
                checkpoint=folder.checkpoint,
                ledger=opened.ledger,
                approver=answer,
            )
            if isinstance(ended, Finished):
                opened.write(ended)
        except Unanswered:
            pass
        finally:
            await opened.close_models()

    opened = reopen_run(
        str(folder.path), spec=None, data=None, approve=True, limits=(None, None, None),
        watcher=Bars(messages(), quiet=True),
    )  # fmt: skip
    try:
        asyncio.run(turn())
    finally:
        opened.close()


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
