"""A comparison as HTML, as plain text and as rich Text: everything from the texts escaped or made visible."""

import html
from collections.abc import Iterator

from rich.text import Text

from .changes import Comparison, Passage, SectionChange
from .telling import HEADINGS, PASSAGE_WORDS, happened, named, totals
from .visible import visible
from .wording import Segment

COMPARISON_CSS = """\
.comparison ins { background: #dff5e1; color: #0b4a1b; text-decoration: underline; }
.comparison del { background: #fde3e1; color: #7a1410; text-decoration: line-through; }
.comparison .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.comparison p.passage { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; padding-left: .75rem; border-left: 3px solid #d0d0d0; }
.comparison p.added { border-left-color: #2e7d32; }
.comparison p.removed { border-left-color: #b3261e; }
.comparison p.path, .comparison .count { color: #555; margin: 0; }
.comparison ul.happened { font-weight: 600; }
.comparison table { border-collapse: collapse; }
.comparison th { text-align: left; font-weight: 600; padding-right: 1rem; vertical-align: top; white-space: nowrap; }
.comparison td { padding: .1rem .5rem .1rem 0; vertical-align: top; }
"""
"""Styles for `comparison_html`, readable in contrast; `.spoken` is read out only."""

_STYLES = {"equal": "", "insert": "green underline", "delete": "red strike"}
_SIGNS = {
    "edited": "~",
    "added": "+",
    "removed": "-",
    "moved_here": ">",
    "moved_away": "<",
    "moved_within": ">",
}
_PASSAGE_STYLES = {
    "added": "green",
    "removed": "red",
    "moved_here": "cyan",
    "moved_away": "cyan",
    "moved_within": "cyan",
}
_LONGEST_EQUAL = 400
_KEPT = 150


def comparison_html(comparison: Comparison, *, prefix: str = "change") -> str:
    """Summary, table of contents and sections, without a page around them. See COMPARISON_CSS.

    Ids of elements begin with `prefix`, which must be unlike for two comparisons on one page.
    """
    shown = _shown(comparison)
    places = {id(change): f"{prefix}-{number}" for number, change in enumerate(shown, 1)}
    parts = ['<div class="comparison">', f"<p>{_escaped(totals(comparison))}.</p>", "<table>"]
    for head, changes in comparison.summary.items():
        names = [
            f'<a href="#{places[id(each)]}">{_escaped(named(each, head))}</a>'
            if id(each) in places
            else _escaped(named(each, head))
            for each in changes
        ]
        parts.append(
            f'<tr><th scope="row">{HEADINGS[head]}</th><td class="count">{len(changes)}</td>'
            f"<td>{'; '.join(names)}</td></tr>"
        )
    parts.append("</table>")
    if shown:
        parts.append('<nav aria-label="Contents"><h2>Contents</h2><ul>')
        for change in shown:
            words = "; ".join([*_kinds(change)])
            parts.append(
                f'<li><a href="#{places[id(change)]}">{_escaped(change.title)}</a> <span class="count">{words}</span></li>'
            )
        parts.append("</ul></nav>")
    if comparison.preamble:
        parts.append("<section><h2>Before the first section</h2>")
        parts += [_passage_html(passage) for passage in comparison.preamble]
        parts.append("</section>")
    for change in shown:
        place = places[id(change)]
        parts.append(f'<section id="{place}" aria-labelledby="{place}-title">')
        parts.append(f'<h2 id="{place}-title">{_escaped(change.title)}</h2>')
        parts.append(f'<p class="path">{_escaped(_place(change))}</p>')
        if told := happened(change):
            items = "".join(f"<li>{_escaped(each)}</li>" for each in told)
            parts.append(f'<ul class="happened">{items}</ul>')
        parts += [_passage_html(passage) for passage in change.passages]
        parts.append("</section>")
    return "\n".join([*parts, "</div>", ""])


def comparison_plain(comparison: Comparison) -> str:
    """Plain text: in an edited passage deleted words as `[-x-]`, inserted ones as `{+y+}`."""
    return _written(comparison, marks=True).plain


def comparison_terminal(comparison: Comparison) -> Text:
    """A rich Text in colours. No markup and no escape code of the texts is obeyed."""
    return _written(comparison, marks=False)


def _shown(comparison: Comparison) -> tuple[SectionChange, ...]:
    """The sections that are told in full: those where more than typography changed."""
    return tuple(change for change in comparison.sections if change.changed)


def _kinds(change: SectionChange) -> Iterator[str]:
    if change.status != "kept":
        yield change.status
    if change.moved:
        yield "moved"
    if change.renamed:
        yield "renamed"
    if change.authority_changed:
        yield "authority"
    if change.status == "kept" and change.text == "substantive":
        yield "text"


def _place(change: SectionChange) -> str:
    where = " › ".join(change.path) if change.path else "top level"
    return f"{where} · #{change.section}{f' · {change.authority}' if change.authority else ''}"


def _passage_html(passage: Passage) -> str:
    inside = "".join(_element(segment) for segment in passage.segments)
    told = f"<em>{_escaped(_moved(passage))}</em> " if passage.kind.startswith("moved") else ""
    return f'<p class="passage {passage.kind}">{told}{inside}</p>'


def _moved(passage: Passage) -> str:
    return f"{PASSAGE_WORDS[passage.kind]}{f' {passage.other}' if passage.other else ''}:"


def _element(segment: Segment) -> str:
    if segment.kind == "equal":
        return _escaped(segment.text)
    tag, word = ("ins", "inserted") if segment.kind == "insert" else ("del", "deleted")
    return f'<{tag}><span class="spoken">{word}: </span>{_escaped(segment.text)}</{tag}>'


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _written(comparison: Comparison, *, marks: bool) -> Text:
    text = Text()
    text.append(f"{totals(comparison)}\n", style="bold")
    for head, changes in comparison.summary.items():
        names = "; ".join(visible(named(each, head)) for each in changes)
        text.append(f"  {HEADINGS[head]:<18}{len(changes):>4}  {names}".rstrip() + "\n")
    if comparison.preamble:
        text.append("\nBefore the first section\n", style="bold")
        for passage in comparison.preamble:
            _write_passage(text, passage, marks=marks)
    for change in _shown(comparison):
        text.append("\n")
        text.append(f"{'#' * change.level} {visible(change.title)}\n", style="bold")
        text.append(f"  {visible(_place(change))}\n", style="dim")
        for told in happened(change):
            text.append(f"  {visible(told)}\n", style="yellow")
        for passage in change.passages:
            _write_passage(text, passage, marks=marks)
    return text


def _write_passage(text: Text, passage: Passage, *, marks: bool) -> None:
    style = _PASSAGE_STYLES.get(passage.kind, "")
    text.append(f"  {_SIGNS[passage.kind]} ", style=style)
    if passage.kind.startswith("moved"):
        text.append(f"{visible(_moved(passage))} ", style="cyan")
    for segment in passage.segments:
        shown = visible(segment.text)
        if passage.kind != "edited":
            text.append(shown.replace("\n", "\n    "), style=style)
            continue
        if segment.kind == "equal" and len(shown) > _LONGEST_EQUAL:
            shown = f"{shown[:_KEPT].rsplit(' ', 1)[0]} […] {shown[-_KEPT:].split(' ', 1)[-1]}"
        if marks:
            shown = {"equal": shown, "insert": f"{{+{shown}+}}", "delete": f"[-{shown}-]"}[segment.kind]
        text.append(shown.replace("\n", "\n    "), style=_STYLES[segment.kind])
    text.append("\n")
