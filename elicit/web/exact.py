"""A person's own text, put back into the field where it was typed."""

from markupsafe import Markup, escape


def exact(text: object) -> Markup:
    """Escaped, and otherwise as it was: hidden characters aren't spelled out, or saving it again would change it."""
    return Markup(escape(text if isinstance(text, str) else ""))
