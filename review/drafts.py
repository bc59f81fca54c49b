"""The page on one section for a person who writes: for a terminal, and as one HTML file."""

from rich.console import Console
from rich.text import Text

from ..graph.drafting import SectionDraft
from ..spec import visible
from .fragments import escaped, grid, heading, paragraph
from .printing import count, indented, interval, points, show_notice, table

CITED = 8
"""Assessment ids printed after a statement; a page and JSON have all."""
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.25rem .75rem .25rem 0;vertical-align:top;text-align:left}"
    "pre{white-space:pre-wrap;background:#f4f4f4;padding:1rem}blockquote{margin:.5rem 0 .5rem 1rem}"
)


def show_draft(console: Console, draft: SectionDraft) -> None:
    """Print the page."""
    show_notice(console, draft.notice)
    console.print(Text(f"{visible(draft.title)} ({visible(draft.section)})", style="bold"))
    indented(console, _facts(draft))
    for line in draft.text.splitlines():
        indented(console, visible(line), by=4)
    if draft.answer:
        console.print(Text(f"\nAsked: {visible(draft.answer.question)}", style="bold"))
        for statement in draft.answer.statements:
            cited = ", ".join(map(visible, statement.assessments[:CITED]))
            cited += (
                f" and {len(statement.assessments) - CITED} more"
                if len(statement.assessments) > CITED
                else ""
            )
            indented(
                console, f"{visible(statement.text)} ({count(statement.people, 'participant')}: {cited})"
            )
        indented(console, _read(draft))
    console.print(Text("\nThemes of the reasons", style="bold"))
    for theme in draft.themes.themes:
        indented(console, f"{theme.people:4}  {visible(theme.title)}: {visible(theme.about)}")
    console.print(Text("\nLargest gaps", style="bold"))
    for row in draft.gaps:
        indented(
            console,
            f"{visible(row.conversation)}: agreement {points(row.agreement)} of {points(row.best)} possible,"
            f" {count(row.people, 'participant')}; ranker {visible(row.ranker)}, most people first {visible(row.top)}",
        )
        indented(console, f"asked: {_line(row.asked)}", by=4)
        if row.explanation:
            indented(console, f"ranker: {_line(row.explanation)}", by=4)
    console.print(Text("\nJustifications that say most", style="bold"))
    for each in draft.telling:
        indented(console, f"{visible(each.assessment)} [{visible(each.theme)}]: “{_line(each.text)}”")
    console.print(Text("\nTried before", style="bold"))
    if not draft.tried:
        indented(console, "Nothing in this section.")
        return
    shown = table("  proposal", "origin", "what became of it", "intent")
    for tried in draft.tried:
        shown.add_row(f"  {tried.proposal}", tried.origin, tried.decision, visible(tried.intent))
    console.print(shown)


def draft_html(draft: SectionDraft) -> str:
    """One page that loads nothing from elsewhere; all that comes from data is escaped."""
    parts = [
        paragraph(draft.notice),
        f"<h1>{escaped(draft.title)}</h1>",
        paragraph(_facts(draft)),
        f"<pre>{escaped(draft.text)}</pre>",
    ]
    if draft.answer:
        parts.append(heading(f"Asked: {draft.answer.question}"))
        parts.append(
            grid(
                ("answer", "people", "assessments"),
                [(each.text, each.people, ", ".join(each.assessments)) for each in draft.answer.statements],
            )
        )
        parts.append(paragraph(_read(draft)))
    parts += [
        heading("Themes of the reasons"),
        grid(("theme", "people"), [(f"{each.title}: {each.about}", each.people) for each in draft.themes.themes]),
        heading("Largest gaps"),
        grid(
            ("conversation", "agreement", "possible", "people", "ranker", "most people first"),
            [
                (
                    f"{row.conversation}: {row.asked}", points(row.agreement), points(row.best), row.people,
                    f"{row.ranker} {row.explanation}", row.top,
                )
                for row in draft.gaps
            ],
        ),
        heading("Justifications that say most"),
        *(
            f"<blockquote>{escaped(each.text)}<br><small>{escaped(each.assessment)} · {escaped(each.theme)}</small>"
            "</blockquote>"
            for each in draft.telling
        ),
        heading("Tried before"),
        grid(
            ("intent", "origin", "what became of it", "proposal"),
            [(each.intent, each.origin, each.decision, each.proposal) for each in draft.tried],
        ),
    ]  # fmt: skip
    body = "\n".join(filter(None, parts))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(draft.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _facts(draft: SectionDraft) -> str:
    return (
        f"Authority: {draft.authority or 'none'}. It bears on {count(draft.conversations, 'open conversation')};"
        f" agreement there {points(draft.agreement.estimate)} ({interval(draft.agreement)})."
        f" {count(draft.themes.read, 'justification')} read."
    )


def _read(draft: SectionDraft) -> str:
    answer = draft.answer
    assert answer is not None
    if not answer.answered:
        return "The call failed: no answer."
    told = "" if answer.statements else "What people wrote doesn't tell. "
    left = f", {answer.left_out:,} did not fit" if answer.left_out else ""
    return f"{told}From {count(answer.read, 'justification')}{left}; every id was checked to exist."


def _line(text: str) -> str:
    return visible(" ".join(text.split()))
