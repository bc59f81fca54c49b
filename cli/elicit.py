"""`concord elicit`: ask people, from an empty folder to a data set."""

from pathlib import Path
from typing import Annotated

import typer

from ..api.config import Limits
from ..api.eliciting import WriterModels
from ..elicit.preparing import Wish
from ..elicit.study_folder import PlanNumbers
from ..errors import OptionError
from .console import messages, output
from .options import Only, with_options
from .votes import asks_about_a_run, opened_for, show_taken, taken_into, votes

app = typer.Typer(
    help="Ask people: prepare a study, serve its pages, take its data.", no_args_is_help=True,
    pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

Study = Annotated[Path, typer.Argument(metavar="STUDY", help="A study's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def prepare(
    out: Annotated[Path, typer.Option("--out", help="Folder of the new study.")],
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec.")] = None,
    section: Annotated[
        list[str] | None, typer.Option("--section", help="A section's id; all unless named. May be repeated.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="What prompts should be about. May be repeated.")
    ] = None,
    seeds: Annotated[
        Path | None, typer.Option("--seeds", help="Text file with messages to begin from, one a line.")
    ] = None,
    responses: Annotated[
        Path | None,
        typer.Option(
            "--responses",
            help="CSV or JSON lines of prompts and responses of your own: no base model is asked.",
        ),
    ] = None,
    *,
    models: WriterModels,
    wish: Annotated[Wish, Only("per_section", "seed", "spread")],
    numbers: Annotated[PlanNumbers, Only("per_person", "raters", "shared")],
    limits: Limits,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a study: prompts on which values differ, three responses of differing opinions and a plain one to each.

    Then edit study.toml, about.toml and items.jsonl in the study's folder, and invite people.
    """
    import asyncio

    from ..api.eliciting import prepare_study
    from ..elicit.given import given_items
    from ..elicit.study_folder import new_study_folder, write_study
    from ..elicit.telling import show_prepared
    from ..spec import read_spec
    from .progress import tracked

    numbers = numbers.model_copy(update={"seed": wish.seed})
    if responses is not None:
        if spec is not None or models.model_fields_set or section or topic or seeds:
            raise OptionError(
                "--responses brings all prompts and responses: give it without a spec, sections or models"
            )
        items = given_items(responses)
        write_study(new_study_folder(out), items, numbers)
        show_prepared(output(), out, items, as_json=as_json)
        return
    if spec is None:
        raise OptionError("a study needs --spec FILE and --model URI, or --responses FILE")
    told = wish.model_copy(
        update={"sections": tuple(section or ()), "topics": tuple(topic or ()), "seeds": _lines(seeds)}
    )
    display = tracked(messages(), quiet=quiet)
    with display:
        found = asyncio.run(
            prepare_study(
                read_spec(spec),
                told,
                models,
                out=out,
                numbers=numbers,
                limits=limits,
                tracker=display.tracker,
            )
        )
    show_prepared(
        output(), out, found.prepared.items, as_json=as_json, failed=found.prepared.failed, calls=found.calls,
        usd=found.usd, notices=found.notices,
    )  # fmt: skip


app.command("prepare", short_help="Write a study: prompts, responses, settings.")(with_options(prepare))


@app.command("links")
def links(
    study: Study,
    count: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="New links; at first as many as the plan needs.")
    ] = None,
    url: Annotated[str, typer.Option(help="Where the pages are reached.")] = "http://127.0.0.1:8780",
    lacking: Annotated[
        bool, typer.Option("--lacking", help="New seats go where raters are missing now.")
    ] = False,
    renew: Annotated[
        int | None, typer.Option(min=0, help="A new link for this seat; the old one no longer opens.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write them there as CSV, readable by you only.")
    ] = None,
) -> None:
    """Invite people: one personal link each. Links are kept as hashes only, so they are shown this once.

    The first time, the study is opened: what people are shown no longer changes.
    """
    from ..elicit.plan import people_needed, plan_figures
    from ..elicit.study_folder import edited_since, open_study
    from ..elicit.telling import show_links

    store = open_study(study)
    try:
        if told := edited_since(study, store):
            messages().print(f"Note: {told}", soft_wrap=True)
        if renew is not None:
            if count is not None or lacking:
                raise OptionError("--renew makes a new link for one seat: give it alone")
            made = [(renew, store.renew(renew))]
        else:
            known = store.seats.count()
            if count is None and known:
                raise OptionError(f"{known} people are invited already; say how many more with --count N")
            needed = people_needed(store.study.assignment, len(store.study.items))
            made = [(seat.number, token) for seat, token in store.invite(count or needed, lacking=lacking)]
        show_links(output(), url.rstrip("/"), made, out)
        messages().print(plan_words(plan_figures(store.study, store.seats.find())), soft_wrap=True)
    finally:
        store.close()


def plan_words(figures: object) -> str:
    """One line on a plan."""
    from ..elicit.plan import PlanFigures

    assert isinstance(figures, PlanFigures)
    raters = (
        f"{figures.fewest_raters}"
        if figures.fewest_raters == figures.most_raters
        else f"{figures.fewest_raters} to {figures.most_raters}"
    )
    return (
        f"{figures.people} people see {figures.per_person} of {figures.conversations} prompts each, {figures.shared} of them "
        f"shown to all; every other prompt has {raters} people."
    )


@app.command("serve")
def serve(
    study: Annotated[Path | None, typer.Argument(metavar="[STUDY]", help="A study's folder.")] = None,
    proposals: Annotated[
        str | None,
        typer.Option(
            "--proposals", metavar="RUN", help="Ask people about this run's proposals, in place of a study."
        ),
    ] = None,
    proposal: Annotated[
        list[str] | None,
        typer.Option(
            "--proposal", metavar="ID", help="Of the run: this one; those tried or adopted unless named."
        ),
    ] = None,
    ask: Annotated[
        int | None,
        typer.Option(
            "--ask",
            min=1,
            help="Of the run: links for so many of the people whose words the validator read, at random.",
        ),
    ] = None,
    new_people: Annotated[
        int | None, typer.Option("--new-people", min=1, help="Of the run: links for so many others.")
    ] = None,
    contact: Annotated[str, typer.Option("--contact", help="Of the run: whom people may ask.")] = "",
    seed: Annotated[int, typer.Option("--seed", help="Of the run: draws whom to ask.")] = 0,
    links: Annotated[
        Path | None,
        typer.Option("--links", help="Of the run: write the links there as CSV, readable by you only."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8780,
    url: Annotated[
        str | None, typer.Option(help="Where people reach the pages, such as https://study.example.org.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="A proxy in front does TLS: listen beyond this machine without it."
        ),
    ] = False,
) -> None:
    """Serve a study's pages: people answer by their links, the organiser sees how it goes by another.

    With --proposals RUN people are asked about a run's proposals; their votes go into the run when serving ends, and
    with `concord elicit votes --into RUN` at any moment.
    """
    from ..elicit.study_folder import edited_since, open_study
    from ..elicit.web.access import study_access
    from ..elicit.web.app import study_app
    from ..elicit.web.serving import study_server
    from ..review.web.server import Listening

    if (tls_cert is None) != (tls_key is None):
        raise OptionError("--tls-cert and --tls-key belong together: give both")
    if (study is None) == (proposals is None):
        raise OptionError("give a STUDY, or --proposals RUN")
    if proposals is None and (proposal or ask or new_people or contact or seed or links):
        raise OptionError(
            "--proposal, --ask, --new-people, --contact, --seed and --links go with --proposals RUN"
        )
    if proposals is not None:
        if (ask or new_people) and not port and url is None:
            raise OptionError("links need an address that stays: give --port or --url")
        shown = (url or f"{'https' if tls_cert else 'http'}://{host}:{port}").rstrip("/")
        study = opened_for(
            proposals, proposals=proposal or [], ask=ask, new_people=new_people, contact=contact, seed=seed, url=shown,
            links=links,
        )  # fmt: skip
    assert study is not None
    store = open_study(study)
    listening = None
    try:
        if proposals is None and (told := edited_since(study, store)):
            messages().print(f"Note: {told}", soft_wrap=True)
        listening = Listening.on(host, port)
        access = study_access(
            host, listening.port, url=url, tls=tls_cert is not None, behind_proxy=behind_proxy
        )
        scheme = "https" if tls_cert else "http"
        address = (url or f"{scheme}://{host}:{listening.port}").rstrip("/")
        server = study_server(study_app(store, access), cert=tls_cert, key=tls_key)
        messages().print(f"People answer at {address}/s/… ({store.seats.count()} invited)", soft_wrap=True)
        messages().print(f"Organiser: {address}/o/{store.organiser_token} (Ctrl-C ends it)", soft_wrap=True)
        server.run(sockets=[listening.socket])
    finally:
        if listening is not None:
            listening.socket.close()
        try:  # Ctrl-C, which ends serving, arrives here as KeyboardInterrupt
            if proposals is not None and listening is not None:
                show_taken(taken_into(store, study.parent), study.parent)
        finally:
            store.close()


@app.command("status")
def status(study: Study, as_json: AsJson = False) -> None:
    """How a study stands: who is through, what lacks raters, how long a prompt takes."""
    from ..elicit.progress import study_progress
    from ..elicit.study_folder import study_store
    from ..elicit.telling import show_progress

    store = study_store(study)
    try:
        show_progress(output(), study_progress(store), as_json=as_json)
    finally:
        store.close()


@app.command("pause")
def pause(study: Study) -> None:
    """Show nobody a page; what is sent is saved."""
    _set(study, "paused")


@app.command("open")
def reopen(study: Study) -> None:
    """Go on after a pause, or after closing."""
    _set(study, "open")


@app.command("close")
def close(study: Study) -> None:
    """Take no more answers: what is sent from now on is kept apart, marked as late."""
    _set(study, "closed")


@app.command("export")
def export(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="Folder for the data.")],
    late: Annotated[
        bool, typer.Option("--late", help="With what was sent after the study was closed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Everything so far, in the layout of the collective-alignment release: `concord run --data` takes it."""
    from ..elicit.export import export_study
    from ..elicit.study_folder import study_store
    from ..elicit.telling import show_exported

    store = study_store(study)
    try:
        store.mend()
        show_exported(output(), out, export_study(store, out, late=late), late=late, as_json=as_json)
    finally:
        store.close()


app.command("votes", short_help="Take people's votes on proposals into their run.")(votes)


def _set(study: Path, wanted: str) -> None:
    from typing import cast

    from ..elicit.records import Status
    from ..elicit.study_folder import study_store

    store = study_store(study)
    try:
        store.set_status(cast(Status, wanted))
        output().print(f"The study in {study} is {wanted}.", soft_wrap=True)
        if wanted == "closed" and asks_about_a_run(study):
            show_taken(taken_into(store, study.resolve().parent), study.resolve().parent)
    finally:
        store.close()


def _lines(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as problem:
        raise OptionError(f"{path}: can't be read ({problem})") from None
