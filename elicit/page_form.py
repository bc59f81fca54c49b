"""Reads one of a study's pages as a browser does: its form's fields, and what is shown."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


@dataclass
class PageForm:
    """The fields of a page's form, and the prompt and responses on it."""

    action: str = ""
    """Address that the form is sent to; empty where the page has none."""
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
        reader = _Reader()
        reader.feed(html)
        reader.close()
        return reader.form


class _Reader(HTMLParser):
    """Follows the elements that are open, as far as it needs them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.form = PageForm()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._select = ""
        self._in_form = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append((tag, told))
        name, value = told.get("name", ""), told.get("value", "")
        if tag == "form" and not self.form.action:
            self.form.action = told.get("action", "")
            self._in_form = True
        if not self._in_form:
            self._begin_said(told)
            return
        kind = told.get("type", "text") if tag == "input" else tag
        if kind == "hidden":
            self.form.hidden[name] = value
        elif kind == "checkbox":
            self.form.checks[name] = value
        elif kind == "radio":
            self.form.radios.setdefault(name, []).append(value)
        elif kind in ("text", "textarea"):
            self.form.texts.append(name)
        elif kind == "select":
            self._select = name
            self.form.selects[name] = []
        elif kind == "option" and value:
            self.form.selects[self._select].append(value)
        self._begin_said(told)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, _ = self._open.pop()
            if name == tag:
                break
        if tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        said = any(told.get("class") == "said" for _, told in self._open)
        if not said:
            return
        card = next((told["data-label"] for _, told in self._open if "data-label" in told), None)
        if card is not None:
            self.form.responses[card] += data
        elif self.form.prompt:
            self.form.prompt[-1] += data

    def _begin_said(self, told: dict[str, str]) -> None:
        if told.get("class") != "said":
            return
        card = next((each["data-label"] for _, each in self._open if "data-label" in each), None)
        if card is not None:
            self.form.responses[card] = ""
        else:
            self.form.prompt.append("")
