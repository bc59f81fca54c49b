"""Overlays as files: a group's name out of the data is never a path, and no two groups share a file."""

import pytest

from concord.review.overlays import file_names

HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    "",
    "\x00",
    "a\\b",
    "con\nfig",
    "\u202etxt",
    "日本",
    "x" * 500,
    "\ud800",
]


def test_names_are_plain_words() -> None:
    assert file_names(["Kenya", "South Africa"]) == {"Kenya": "kenya", "South Africa": "south-africa"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_out_of_the_data_is_never_a_path(name: str) -> None:
    (plain,) = file_names([name]).values()
    assert plain
    assert len(plain) <= 60
    assert set(plain) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_groups_that_read_alike_have_files_of_their_own() -> None:
    names = file_names(["Kenya", "KENYA", "kenya!", "日本", "中国"])
    assert len(set(names.values())) == 5
    assert names == file_names(["Kenya", "KENYA", "kenya!", "日本", "中国"])
