"""`concord behave`: what a model answers under the old and under the new text."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import Limits
from ..errors import OptionError
from .options import with_options

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def behave(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's folder or id: its proposals are compared.")
    ] = None,
    proposal: Annotated[
        list[str] | None,
        typer.Option(
            "--proposal", metavar="ID", help="This proposal; those that were tried or adopted unless named."
        ),
    ] = None,
    old: Annotated[Path | None, typer.Option("--old", help="Without a run: the old spec.")] = None,
    new: Annotated[Path | None, typer.Option("--new", help="Without a run: the new spec.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Participant data, with the conversations.")
    ] = None,
    conversation: Annotated[
        list[str] | None,
        typer.Option("--conversation", metavar="ID", help="This conversation; drawn by seed unless named."),
    ] = None,
    conversations: Annotated[
        int, typer.Option("--conversations", min=1, max=20, help="Conversations a proposal at the most.")
    ] = 3,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="URI", help="The base model that answers; a run's ranker unless named."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Without a run: TOML file with what base models need.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Draws conversations and the order of the responses.")
    ] = 0,
    *,
    limits: Limits,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write the pairs there, blind, and the key into FILE.key.json."
        ),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Use what a run that came from elsewhere names.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, blind; the key stands last.")] = False,
) -> None:
    """What a model answers in a few conversations with the old and with the new text in its context.

    For proposals of a run the answers are kept with it, and `concord elicit serve --proposals RUN` shows them to people.
    Conversations of the sealed test split are not used.
    """
    from ..api.behaving import Behaved, Wanted, behave_run, behave_texts
    from ..api.session import reopen_run
    from ..panel.importers.load import load
    from ..review.behaviours import blind, show_behaviours
    from ..review.printing import show_json, show_notice
    from ..spec import read_spec
    from ..store.runs import write_atomically, write_json
    from .console import messages, output
    from .progress import tracked

    wanted = Wanted(tuple(proposal or ()), tuple(conversation or ()), conversations, seed)
    display = tracked(messages(), quiet=quiet)

    def found() -> Behaved:
        if run is not None:
            if old is not None or new is not None or config is not None:
                raise OptionError(
                    "a run has its own texts and models file: leave --old, --new and --config out"
                )
            session = reopen_run(
                run, spec=None, data=data, approve=False, limits=limits, tracker=display.tracker,
                asking=model is None, trust=trust,
            )  # fmt: skip
            try:
                with display:
                    return asyncio.run(behave_run(session, wanted, model=model))
            finally:
                session.close()
        if old is None or new is None or data is None or model is None:
            raise OptionError("give a RUN, or --old FILE, --new FILE, --data PATH and --model URI")
        if proposal:
            raise OptionError("--proposal names one of a run's: give the RUN too")
        with display:
            return asyncio.run(
                behave_texts(
                    read_spec(old), read_spec(new), load(data), wanted, model=model, config=config, limits=limits,
                    tracker=display.tracker,
                )
            )  # fmt: skip

    told = found()
    pairs, key = blind(told.behaviours)
    if out is not None:
        from ..records import canonical_json

        write_atomically(out, b"".join(canonical_json(pair) + b"\n" for pair in pairs))
        write_json(out.with_name(out.name + ".key.json"), key)
    if as_json:
        show_json(output(), {"notice": told.notice, "pairs": pairs, "failed": told.failed, "key": key})
        return
    show_notice(output(), told.notice)
    show_behaviours(output(), told.behaviours, failed=told.failed)
    if out is not None:
        output().print(f"Written to {out}; which response is which: {out.name}.key.json", soft_wrap=True)


app.command(short_help="What a model answers under the old and the new text.")(with_options(behave))
