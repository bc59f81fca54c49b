"""The pages of whoever answers: every step saved, nothing lost, a sentence for whatever is wrong."""

from collections.abc import Callable

from starlette.testclient import TestClient

from concord.elicit.export import export_files

from .conftest import Person, opened, study

Clients = Callable[..., TestClient]


def test_a_person_goes_through_and_the_answers_stand(client_of: Clients) -> None:
    store = opened(study())
    ((seat, token),) = store.invite(1)
    person = Person(client_of(store), token)
    assert person.through() == 2 + 2 + 1 + 2, (
        "consent and about, two rankings, one second block, two rubric pages"
    )
    assert len(store.standing(seat.participant)) == 7
    _, told = export_files(store)
    assert (told.people, told.assessments) == (1, 2)
