"""A group's file is read when a run is launched: the run keeps the ids, and goes on without the file."""

from pathlib import Path

import pytest

from concord.api.config import Preparation, RunConfig
from concord.api.grouping import grouped
from concord.api.home import salt
from concord.errors import OptionError
from concord.graph.options import Options
from concord.panel.pseudonyms import pseudonym


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    path = tmp_path / "people.txt"
    path.write_text("ann\nben\n")
    return path


def test_the_ids_stand_in_place_of_the_file(file: Path) -> None:
    found = grouped(Options(group=("age=young", f"@{file}")))
    assert (found.group, found.members) == (("age=young",), ("ann", "ben"))
    file.unlink()
    kept = RunConfig(spec=None, data=None, options=found, models={}).model_dump_json()
    assert RunConfig.model_validate_json(kept).options.members == ("ann", "ben")
    assert grouped(found) == found


def test_where_people_have_pseudonyms_so_do_those_of_the_file(file: Path) -> None:
    found = grouped(Options(group=(f"@{file}",)), Preparation(pseudonymise=True))
    assert found.members == tuple(pseudonym(name, salt()) for name in ("ann", "ben"))


def test_what_names_no_group_is_refused_at_once(file: Path) -> None:
    file.write_text("\n")
    for entry in ("Kenya", f"@{file}"):
        with pytest.raises(OptionError):
            grouped(Options(group=(entry,)))
