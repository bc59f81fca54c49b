"""What people score and write on a study's pages comes back as rubric items with their authors and points."""

from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from concord.elicit.export import export_study
from concord.panel.importers.load import load

from .conftest import Person, opened, study


def test_scores_and_own_criteria_are_read_from_an_export(
    tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    store = opened(study(conversations=2))
    client = client_of(store)
    names = []
    for seat, token in store.invite(2):
        Person(client, token).through()
        names.append(seat.participant)
    export_study(store, tmp_path / "data")
    panel = load(tmp_path / "data")
    assert not [problem for problem in panel.problems if problem.dropped]
    written = [item for item in panel.rubrics if not item.author]
    own = [item for item in panel.rubrics if item.author]
    assert {item.criterion for item in written} == {"It says what would follow."}
    assert all(set(item.scores) == set(names) for item in written)
    assert {item.author for item in own} == set(names)
    assert all(list(item.scores) == [item.author] for item in own)
    assert all(-10 <= points <= 10 for item in panel.rubrics for points in item.scores.values())
