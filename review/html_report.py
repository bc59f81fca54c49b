"""One HTML file about a run: offline, printable, with no script and no address to load anything from."""

import base64
import hashlib

from markupsafe import Markup

from .reading.group_view import GroupView
from .reading.run import RunReading
from .web.rendering import STATIC, environment

MOST_CHANGES = 200
"""Proposals shown whole; the rest of the docket is in its table."""


def report_html(reading: RunReading, group: GroupView | None = None) -> str:
    """The report. Its policy forbids every request, and its only styles are those that it names by hash.

    `group`: a group of people whose figures and words stand beside everybody's.
    """
    styles = (STATIC / "style.css").read_text(encoding="utf-8")
    named = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    rows = reading.docket_rows()
    tried = [row for row in rows if row.status != "rejected" or row.effect is not None][:MOST_CHANGES]
    found = [page for row in tried if (page := reading.proposal(row.id)) is not None]
    summary = reading.source.summary()
    people = reading.progress().has("people") and not reading.progress().problem
    return environment().get_template("report.html").render(
        run=reading.id, notice=reading.notice, view=reading.overview(), rows=rows, proposals=found,
        sections=reading.sections() if people else None, styles=Markup(styles), group=group,
        overlays=summary.overlays if summary else (),
        added={each.group: each for each in summary.sealed_test.overlays} if summary and summary.sealed_test else {},
        hangs=reading.hangs_on, careless=reading.careless,
        policy=f"default-src 'none'; style-src 'sha256-{named}'; base-uri 'none'; form-action 'none'",
    )  # fmt: skip
