"""The pages in a real browser: accessible, keyboard only, small, without scripts, and inert against hostile text."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .conftest import Served, read
from .runs import copy_run
from .test_pages import addresses

pytestmark = pytest.mark.slow
SERIOUS = ("serious", "critical")


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page; an error of a script or a refusal of the policy fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, accept_downloads=True)
    found = context.new_page()
    found.set_default_timeout(8000)
    problems: list[str] = []
    found.on("pageerror", lambda error: problems.append(str(error)))
    found.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield found
    context.close()
    assert problems == []


class Keys:
    """Presses keys once the page and its script are there."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.wait_for_load_state("load")
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, served: Served, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    """In the dark only colours differ, so only their rules are asked again."""
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    found: list[str] = []
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    asked = ["/runs/paused/", "/runs/paused/decide"]
    for address in [*addresses(read(served.home, "demo")), *asked]:
        page.goto(served.address + address)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        for violation in axe.run(page, options=options).response["violations"]:
            if violation["impact"] in SERIOUS:
                nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                found.append(f"{address}: {violation['id']}: {nodes}")
    context.close()
    assert found == []


def test_nothing_is_wider_than_a_phone(browser: Any, served: Served) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    for run in ("demo", "hostile"):
        for address in addresses(read(served.home, run)):
            page.goto(served.address + address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
    context.close()


def test_everything_is_readable_and_a_choice_can_be_made_without_javascript(
    browser: Any, home: Path, tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    served = serve(copy_run(home, "demo", tmp_path))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.address}/runs/demo/")
    assert page.locator("svg[role=img]").count() == 1
    page.get_by_role("link", name="Docket", exact=True).click()
    page.locator(".docket .intent").first.click()
    page.get_by_label("Never").check()
    page.get_by_label("Reason (required)").fill("people asked for something else")
    page.get_by_label("Your name").last.fill("Ada")
    page.get_by_role("button", name="Decide").click()
    assert "Ada: never" in page.locator(".bar.ask").inner_text()
    context.close()


def test_from_overview_to_a_decision_and_an_export_by_keyboard_alone(
    page: Any, home: Path, tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    served = serve(copy_run(home, "demo", tmp_path))
    expect = pytest.importorskip("playwright.sync_api").expect
    keys = Keys(page)
    page.goto(f"{served.address}/runs/demo/")
    keys.press("g")
    keys.press("d")
    expect(page.get_by_role("heading", name="Docket")).to_be_visible()
    keys.press("j")
    keys.press("j")
    keys.press("k")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="The change")).to_be_visible()
    first = page.url
    keys.press("j")
    expect(page).not_to_have_url(first)
    keys.press("k")
    expect(page).to_have_url(first)
    keys.press("d")
    for _ in range(3):
        keys.press("ArrowDown")
    assert page.locator("input[name=choice]:checked").get_attribute("value") == "set_aside"
    keys.press("Tab")
    while page.evaluate("document.activeElement.name") != "reason":
        keys.press("Tab")
    keys.type("people asked for something else")
    keys.press("Tab")
    keys.type("Ada")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator(".bar.ask").first).to_contain_text("Ada: never")
    keys.press("g")
    keys.press("x")
    expect(page.get_by_text("1 choice of reviewers applied")).to_be_visible()
    while page.evaluate("document.activeElement.textContent") != "docket.json":
        keys.press("Tab")
    with page.expect_download() as download:
        keys.press("Enter")
    docket = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    told = [row for row in docket["proposals"] if row["chosen"] == "set_aside"]
    assert len(told) == 1
    assert not told[0]["in_text"]
    keys.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.go_back()
    keys.press("/")
    expect(page.get_by_label("Words in any call")).to_be_visible()


def test_focus_is_seen(page: Any, served: Served) -> None:
    page.goto(f"{served.address}/runs/demo/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(width.removesuffix("px")) >= 2


def test_hostile_text_does_nothing(page: Any, served: Served) -> None:
    reading = read(served.home, "hostile")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    for address in addresses(reading):
        page.goto(served.address + address)
        assert page.evaluate("window.stolen") is None, address
        assert page.evaluate("document.querySelectorAll('img, main script, iframe, template').length") == 0, (
            address
        )
    assert all(url.startswith(served.address) for url in asked), [
        u for u in asked if not u.startswith(served.address)
    ]


def test_a_search_leads_from_words_to_a_call(page: Any, served: Served) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    page.goto(f"{served.address}/runs/demo/trace")
    page.get_by_label("Words in any call").fill("opinion")
    page.keyboard.press("Enter")
    expect(page.locator(".pager").first).to_contain_text("calls")
    page.locator(".calls a").first.click()
    expect(page.get_by_role("heading", name="Prompt", exact=True)).to_be_visible()
    assert "opinion" in page.locator("main").inner_text()


def test_a_paused_run_goes_on_from_the_page_and_a_hidden_tab_holds_no_stream(
    page: Any, home: Path, tmp_path: Path, serve: Callable[[Path], Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    served = serve(copy_run(home, "paused", tmp_path))
    expect = pytest.importorskip("playwright.sync_api").expect
    page.goto(f"{served.address}/runs/paused/")
    asked = read(served.home, "paused").known.asked
    assert asked is not None
    expect(page.locator(".bar.ask").first).to_contain_text(asked.intent)
    page.get_by_role("link", name="Look at it and decide").click()
    page.get_by_label("Adopt", exact=False).first.check()
    page.get_by_label("Reason (required)").fill("the quotes are clear")
    page.get_by_label("Your name").last.fill("Ada")
    page.get_by_role("button", name="Decide").click()
    page.get_by_role("link", name="Decide", exact=True).click()
    expect(page.get_by_text("opens the sealed test, for time")).to_be_visible()
    page.get_by_role("button", name="Close the round and go on").click()
    question = page.locator(".bar.ask").filter(has_text="Look at it and decide")
    # A whole round goes by until the next question: 3 s on an idle machine, far more on a busy one.
    expect(question).to_be_visible(timeout=120_000)
    expect(question).not_to_contain_text(asked.intent, timeout=120_000)
    streams = served.site.streams
    assert streams.open == 1
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    for _ in range(50):
        if streams.open == 0:
            break
        page.wait_for_timeout(100)
    assert streams.open == 0


def test_the_report_opens_from_the_file_system_and_asks_nobody(
    browser: Any, served: Served, tmp_path: Path
) -> None:
    from concord.review.html_report import report_html

    for run in ("demo", "hostile"):
        file = tmp_path / f"{run}.html"
        file.write_text(report_html(read(served.home, run)), encoding="utf-8")
        context = browser.new_context()
        page = context.new_page()
        asked: list[str] = []
        problems: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, problems=problems: problems.append(message.text))
        page.goto(f"file://{quote(str(file))}")
        assert asked == [f"file://{quote(str(file))}"]
        assert problems == [], "the policy names its own styles"
        assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "1120px"
        assert page.evaluate("window.stolen") is None
        context.close()
