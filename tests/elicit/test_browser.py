"""A study in a real browser: by keyboard alone, by touch on a phone, without scripts, and cut off in the middle."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from concord.elicit.records import Question
from concord.elicit.study_store import StudyStore

from .conftest import Process, Served, opened, study

pytestmark = pytest.mark.slow
Serve = Callable[..., Served]
SCRIPT = "<script>window.stolen = 1</script>"


@pytest.fixture
def expect() -> Any:
    found = pytest.importorskip("playwright.sync_api").expect
    found.set_options(timeout=20_000)
    return found


class Watched:
    """Pages whose errors, and refusals of the policy, fail the test; a server that is away is none."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.problems: list[str] = []
        self.contexts: list[Any] = []

    def page(self, **more: Any) -> Any:
        context = self.browser.new_context(**{"viewport": {"width": 1100, "height": 800}, **more})
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._said)
        return page

    def _said(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)


@pytest.fixture
def watched(browser: Any) -> Iterator[Watched]:
    found = Watched(browser)
    yield found
    for context in found.contexts:
        context.close()
    assert found.problems == []


def tab_to(page: Any, name: str, most: int = 80) -> None:
    """Press Tab until a field or button of this name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate("[document.activeElement.name || '', document.activeElement.textContent.trim()]")
        if name in at:
            return
    raise AssertionError(f"no way by Tab to {name}")


def given(store: StudyStore, participant: str, item: str) -> Mapping[str, Any]:
    """What stands for a person's ranking of an item."""
    return store.answer(store.standing(participant)[f"rank/{item}"].answer).value


def test_a_person_ranks_with_ties_by_keyboard_alone_is_cut_off_and_finishes(
    watched: Watched, serve_process: Callable[..., Process], tmp_path: Path, expect: Any
) -> None:
    store = opened(study(), tmp_path / "answers")
    ((seat, token),) = store.invite(1)
    served = serve_process(tmp_path)
    page = watched.page()
    keys = page.keyboard
    page.goto(f"{served.address}/s/{token}")
    tab_to(page, "agree")
    keys.press("Space")
    tab_to(page, "Begin")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="About you")).to_be_visible()
    tab_to(page, "Save and go on")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="best for the world")).to_be_visible()
    page.wait_for_load_state("load")
    first, second, third, fourth = seat.orders[seat.items[0]]
    # Arrows move within one response's places; a digit gives a place at once.
    tab_to(page, f"tier-{first}")
    keys.press("Space")
    tab_to(page, f"tier-{second}")
    keys.press("ArrowDown")
    tab_to(page, f"tier-{third}")
    keys.press("2")
    expect(page.locator("#saved")).to_have_text("Saved.")
    tab_to(page, "why")
    keys.type("Because it is hon")
    expect(page.locator("#saved")).to_have_text("Saved.")

    # The server is killed while the person writes.
    served.kill()
    keys.type("est.")
    tab_to(page, "Save and go on")
    keys.press("Enter")
    expect(page.locator("#saved")).to_contain_text("can’t be reached")
    assert given(store, seat.participant, seat.items[0])["why"] == "Because it is hon"
    back = serve_process(tmp_path, served.port)
    expect(page.locator("#told")).to_contain_text(f"Response {fourth} has no place yet")
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == f"tier-{fourth}":
            break
        keys.press("Shift+Tab")
    keys.press("u")
    tab_to(page, "Save and go on")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="by your own values")).to_be_visible()
    assert given(store, seat.participant, seat.items[0])["tiers"] == {
        first: "1", second: "2", third: "2", fourth: "unacceptable"
    }  # fmt: skip

    # The browser dies too; the link brings the person back to the same place in another one.
    page.context.close()
    watched.contexts.clear()
    page = watched.page()
    keys = page.keyboard
    page.goto(f"{back.address}/s/{token}")
    expect(page.get_by_role("heading", name="in use in another browser")).to_be_visible()
    tab_to(page, "That was me: go on here")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="by your own values")).to_be_visible()
    for _ in range(8):
        if page.url.endswith("/finish"):
            break
        before = page.url
        page.wait_for_load_state("load")
        for label in page.evaluate(
            "Array.from(document.querySelectorAll('.card'), (each) => each.dataset.label)"
        ):
            tab_to(page, f"tier-{label}")
            keys.press("1")
        tab_to(page, "Save and go on")
        keys.press("Enter")
        expect(page).not_to_have_url(before)
    expect(page.get_by_role("heading", name="You are through")).to_be_visible()
    assert given(store, seat.participant, seat.items[0])["why"] == "Because it is honest."
    assert store.mend() == 0
    store.close()


def test_a_person_ranks_by_touch_on_a_phone(watched: Watched, serve: Serve, expect: Any) -> None:
    store = opened(study())
    ((seat, token),) = store.invite(1)
    served = serve(store)
    page = watched.page(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page.goto(f"{served.address}/s/{token}")
    page.get_by_text("I have read this and agree.").tap()
    page.get_by_role("button", name="Begin").tap()
    page.get_by_role("button", name="Save and go on").tap()
    expect(page.get_by_role("heading", name="best for the world")).to_be_visible()
    page.wait_for_load_state("load")  # a script may run before the style sheet is there
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first, second, third, fourth = seat.orders[seat.items[0]]

    def card(label: str) -> Any:
        return page.locator(f".card[data-label={label}]")

    heights = (
        card(first)
        .locator(".tier")
        .evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().height)")
    )
    assert min(heights) >= 44, "large enough for a thumb"
    card(first).get_by_role("radio", name="Best").tap()
    card(second).get_by_role("radio", name="Second").tap()
    # On the board a letter is tapped and put down, or dragged.
    board = page.locator(".board")
    board.locator(".chip", has_text=third).tap()
    board.locator(".place", has_text="Second").tap(position={"x": 5, "y": 5})
    expect(card(third).locator("input[value='2']")).to_be_checked()
    chip, place = board.locator(".chip", has_text=fourth), board.locator(".place", has_text="Unacceptable")
    chip.scroll_into_view_if_needed()
    start, end = chip.bounding_box(), place.bounding_box()
    page.mouse.move(start["x"] + 9, start["y"] + 9)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + 20, steps=5)
    page.mouse.up()
    expect(card(fourth).locator("input[value='unacceptable']")).to_be_checked()
    page.get_by_label("Why?").fill("לאמת יש ערך")
    page.get_by_role("button", name="Save and go on").tap()
    expect(page.get_by_role("heading", name="by your own values")).to_be_visible()
    assert given(store, seat.participant, seat.items[0])["tiers"] == {
        first: "1",
        second: "2",
        third: "2",
        fourth: "unacceptable",
    }
    for path in ("0", "1", "2", "3"):
        page.goto(f"{served.address}/s/{token}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(f"{served.address}/o/{store.organiser_token}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_everything_works_without_scripts_and_text_does_nothing(
    watched: Watched, serve: Serve, expect: Any
) -> None:
    store = opened(study(about=(Question(id="name", ask=f"Who? {SCRIPT}"),), title=f"Ours {SCRIPT}"))
    ((seat, token),) = store.invite(1)
    served = serve(store)
    page = watched.page(java_script_enabled=False)
    page.goto(f"{served.address}/s/{token}")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("Who?").fill(SCRIPT)
    page.get_by_role("button", name="Save and go on").click()
    first, *others = seat.orders[seat.items[0]]
    page.get_by_role("group", name=f"Response {first}").get_by_role("radio", name="Best").click()
    page.get_by_label("Why?").fill("so far")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("alert").first).to_contain_text("have no place yet")
    expect(page.get_by_label("Why?")).to_have_value("so far")
    for label in others:
        page.get_by_role("group", name=f"Response {label}").get_by_role("radio", name="Third").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="by your own values")).to_be_visible()
    scripted = watched.page()
    scripted.context.add_cookies(page.context.cookies())
    scripted.goto(f"{served.address}/s/{token}/1")
    expect(scripted.get_by_label("Who?")).to_have_value(SCRIPT)
    assert scripted.evaluate("window.stolen") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, serve: Serve, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    store = opened(study())
    ((_, token),) = store.invite(1)
    served = serve(store)
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{served.address}/s/{token}")
    found: list[str] = []

    def look() -> None:
        for violation in axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                found.append(f"{page.url[-3:]}: {violation['id']}: {nodes}")

    look()
    page.get_by_label("I have read this").check()
    for _ in range(9):
        before = page.url
        page.locator("form.asked button.main").click()
        page.wait_for_url(lambda url, before=before: url != before)
        for label in page.evaluate(
            "Array.from(document.querySelectorAll('.card'), (each) => each.dataset.label)"
        ):
            page.locator(f".card[data-label={label}]").get_by_role("radio", name="Best").click()
        look()
        if page.url.endswith("/finish"):
            break
    page.goto(f"{served.address}/o/{store.organiser_token}")
    look()
    context.close()
    assert found == []
