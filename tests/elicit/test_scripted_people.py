"""Scripted people read the pages as they are, and go through over HTTP."""

import asyncio
import random
from collections.abc import Callable

from starlette.testclient import TestClient

from concord.elicit.page_form import PageForm
from concord.elicit.scripted_people import ScriptedBrowser, walk_through
from concord.evals.elicit import filled

from .conftest import Person, Served, opened, study


def test_a_page_is_read_as_it_stands(client_of: Callable[..., TestClient]) -> None:
    store = opened(study())
    ((seat, token),) = store.invite(1)
    person = Person(client_of(store), token)
    form = PageForm.of(person.get().text)
    assert form.checks == {"agree": "yes"}
    assert set(form.hidden) == {"token", "mark", "count", "shown"}
    person.fill(person.get())
    person.fill(person.get())
    form = PageForm.of(person.get().text)
    item = seat.items[0]
    number = item.removeprefix("talk-")
    assert form.prompt == [f"Is it right to lie in case {number}?"]
    assert form.responses == {label: f"Answer {label} to {number}." for label in seat.orders[item]}
    assert list(form.responses) == list(seat.orders[item])
    assert form.radios["tier-A"] == ["1", "2", "3", "4", "unacceptable"]
    assert form.selects == {"q-importance": ["Not", "Very"]}
    assert form.texts == ["why"]


def test_they_go_through_beside_each_other(serve: Callable[..., Served]) -> None:
    store = opened(study())
    invited = store.invite(5)
    served = serve(store)

    async def all_of_them() -> list[int]:
        async def one(number: int, token: str) -> int:
            browser = ScriptedBrowser(served.address)
            try:
                rng = random.Random(number)
                return await walk_through(browser, token, lambda form: filled(form, rng, "so"))
            finally:
                await browser.close()

        return await asyncio.gather(*(one(seat.number, token) for seat, token in invited))

    assert asyncio.run(all_of_them()) == [7] * 5
    assert sum(store.raters().values()) == 10
