"""docs/agents.md: its table and its prompt are what the code has."""

from pathlib import Path

import pytest

from concord.testing.agents_page import written_anew
from concord.testing.sample_prompts import JUSTIFICATIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agents.md"


def test_the_page_is_what_the_code_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written_anew(page) == page, "python -m concord.testing.agents_page docs/agents.md"


def test_the_page_shows_three_cases_whole() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(item.text in page for item in JUSTIFICATIONS)


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="0 places for the table"):
        written_anew("# Agents\n")
