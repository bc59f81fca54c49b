"""CSV that a spreadsheet reads as text: no cell of it is a formula, whatever the data holds."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from ..spec import visible

_FORMULA = re.compile(r"^\s*[=+\-@\t\r|%]")


def cell(value: JsonValue) -> str:
    """`value` as a cell. A text that a spreadsheet would calculate (`=`, `+`, `-`, `@`, a tab) gets a `'` before it.

    Numbers that are no texts stay numbers, nested values are JSON, unseen characters are spelled out.
    """
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return ("'" if _FORMULA.match(text) else "") + visible(text)


def sheet(rows: Iterable[Mapping[str, JsonValue]], columns: Sequence[str] | None = None) -> str:
    """CSV (RFC 4180) of rows by column name; columns as given, else in the order in which rows name them."""
    all_rows = list(rows)
    names = (
        list(columns)
        if columns is not None
        else list(dict.fromkeys(name for row in all_rows for name in row))
    )
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([cell(name) for name in names])
    writer.writerows([cell(row.get(name)) for name in names] for row in all_rows)
    return written.getvalue()
