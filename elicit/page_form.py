"""Reads one of a study's pages as a browser does: its form's fields, and what is shown.

It knows the study's own templates (attributes in double quotes, everything from data escaped), and no other HTML.
"""

import re
from dataclasses import dataclass, field
from html import unescape

_TAG = re.compile(r"<(form|/form|input|select|option|textarea|fieldset|/fieldset|div)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass
class PageForm:
    """The fields of a page's form, and the prompt and responses on it."""

    action: str = ""
    """Address that the form is sent to; empty where the page has none to answer."""
    hidden: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    """Checkbox to its value."""
    radios: dict[str, list[str]] = field(default_factory=dict)
    selects: dict[str, list[str]] = field(default_factory=dict)
    """Select to its values, without the empty one."""
    texts: list[str] = field(default_factory=list)
    """Names of text fields, one line or several."""
    prompt: list[str] = field(default_factory=list)
    """Texts of the prompt's messages, in order."""
    responses: dict[str, str] = field(default_factory=dict)
    """Label to text, in the order shown."""

    @classmethod
    def of(cls, html: str) -> "PageForm":
        form = cls()
        label = select = ""
        inside = False
        for tag in _TAG.finditer(html):
            kind = tag[1]
            told = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag[2])}
            if kind == "form" and "asked" in told.get("class", ""):
                form.action, inside = told["action"], True
            elif kind == "/form":
                inside = False
            elif kind == "fieldset":
                label = told.get("data-label", "")
            elif kind == "/fieldset":
                label = ""
            elif kind == "div" and told.get("class") == "said":
                text = unescape(html[tag.end() : html.index("</div>", tag.end())])
                if label:
                    form.responses[label] = text
                else:
                    form.prompt.append(text)
            elif inside and kind == "select":
                select = told["name"]
                form.selects[select] = []
            elif inside and kind == "option":
                if told.get("value"):
                    form.selects[select].append(told["value"])
            elif inside and kind in ("input", "textarea"):
                form.take(told.get("type", "text"), told)
        return form

    def take(self, kind: str, told: dict[str, str]) -> None:
        """One input."""
        name, value = told["name"], told.get("value", "")
        if kind == "hidden":
            self.hidden[name] = value
        elif kind == "checkbox":
            self.checks[name] = value
        elif kind == "radio":
            self.radios.setdefault(name, []).append(value)
        else:
            self.texts.append(name)
