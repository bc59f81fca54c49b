"""Cells of a CSV file that a spreadsheet must not run."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(value: object) -> object:
    """`value` as a cell: a text that a spreadsheet would take for a formula gets an apostrophe before it.

    Numbers stay numbers (OWASP, CSV injection).
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    return value
