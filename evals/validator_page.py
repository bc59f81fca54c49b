"""Writes the validator's prompts of three labelled cases into a page, so that a reader can judge them.

python -m concord.evals.validator_page docs/human-first.md
"""

import re
import sys
from pathlib import Path

from ..agents.justifications import opaque_keys
from ..agents.validator import Validator
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.embedded.model import EmbeddedModel
from ..models.embedded.table import shipped_table
from ..models.protocol import Request
from ..store.memory import MemoryCallCache
from .labelled import Case, shipped

SHOWN = ("tax-late", "self-harm-sign", "table-format")
"""Cases of the shipped set."""
ROWS = 2
"""Justifications of each that are shown; the real calls hold more."""
_PLACE = re.compile(r"(<!-- prompts -->\n).*?(<!-- end of prompts -->)", re.DOTALL)


def written_anew(page: str) -> str:
    """The page with its prompts as the code renders them now. Raises ValueError for a page without the marks."""
    text, count = _PLACE.subn(lambda match: f"{match[1]}{prompts()}{match[2]}", page)
    if count != 1:
        raise ValueError(f"the page has {count} places for the prompts, not one")
    return text


def prompts() -> str:
    """What the validator is shown of each case, the instructions once."""
    by_id = {case.id: case for case in shipped()}
    requests = [_request(by_id[name]) for name in SHOWN]
    parts = [f"The instructions, the same in every call:\n\n~~~text\n{requests[0].system.strip()}\n~~~\n"]
    parts += [
        f"\nThe case `{name}`:\n\n~~~text\n{request.user.strip()}\n~~~\n"
        for name, request in zip(SHOWN, requests, strict=True)
    ]
    return "".join(parts)


def _request(case: Case) -> Request:
    caller = Caller(
        EmbeddedModel("embedded", shipped_table()),
        cache=MemoryCallCache(),
        calls=RunRecords.in_memory().calls,
        budget=Budget(),
    )
    items = opaque_keys(0, case.proposal.id, case.justifications()[:ROWS])
    return Validator(caller).request(
        case.proposal, items, spec=case.document, conversations={case.id: case.conversation}
    )


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written_anew(page.read_text(encoding="utf-8")), encoding="utf-8")
