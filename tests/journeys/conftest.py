"""A real browser against a live server."""

import importlib
import os
import shutil
from pathlib import Path

import pytest
from django.urls import clear_url_caches, set_urlconf

from linkspan.kernel import outbox
from linkspan.kernel.clock import domain_now
from linkspan.site import urls

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items):
    """Mark what lies in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """Debian's chromium; the tests are skipped, saying so, where it is not installed."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed: run make setup as root on Debian, or install it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """A person at a browser: goes to pages, and has each one checked as it is seen."""

    def __init__(self, browser, base: str, width: int = 1200, scripts: bool = True) -> None:
        self.scripts = scripts
        self.context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.base = base
        self.axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def sign_in(self, email: str) -> None:
        """By the link of the demo."""
        from linkspan.site.demo import link_for

        self.page.goto(self.base + link_for(email))

    def go(self, path: str) -> None:
        """Open a page and check it."""
        self.page.goto(self.base + path)
        self.check()

    def check(self) -> None:
        """No rule of WCAG 2.2 AA that axe knows is broken, and nothing is wider than a phone of 320 px.

        axe is a script: where scripts are off, only that the page came is asked.
        """
        if not self.scripts:
            assert self.page.locator("h1").count() == 1, self.page.url
            return
        session = self.context.new_cdp_session(self.page)
        session.send("Runtime.evaluate", {"expression": self.axe})
        found = self.page.evaluate(
            "async rules => (await axe.run(document, {runOnly: rules})).violations.map(v => [v.id, v.nodes[0].html])",
            RULES,
        )
        assert found == [], f"{self.page.url}: {found}"
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": 320, "height": 800})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(size)
        assert width <= 320, f"{self.page.url} is {width} px wide at 320 px"

    def press(self, name: str) -> None:
        """Press the button of that name and check the page that follows; then the worker delivers what is due."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.check()
        outbox.drain(now=domain_now())

    def confirm(self, reason: str = "As the office decided.") -> None:
        """Confirm what the page before an act shows: with a reason and the number of people where it asks for them."""
        if self.page.get_by_label("Reason").count():
            self.page.get_by_label("Reason").fill(reason)
        number = self.page.locator("label[for=number]")
        if number.count():
            self.page.fill("#number", "".join(filter(str.isdigit, number.inner_text())))
        with self.page.expect_navigation():
            self.page.locator("form.card button").filter(has_text="Confirm").click()
        self.check()
        outbox.drain(now=domain_now())

    def follow(self, name: str) -> None:
        """Follow the link of that name and check the page that follows."""
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()
        self.check()

    def shot(self, name: str) -> None:
        """Keep a picture; where LINKSPAN_SCREENSHOTS names a folder."""
        folder = os.environ.get("LINKSPAN_SCREENSHOTS")
        if folder:
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=False)


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.drill)], ids=["with scripts", "without scripts"])
def scripts(request) -> bool:
    """Whether pages may run scripts: every journey but courseware's goes without them too."""
    return request.param


@pytest.fixture
def visitor(chromium, live_server, settings, scripts):
    """Makes visitors of the live server."""
    settings.BASE_URL = live_server.url
    made: list[Visitor] = []

    def make(width: int = 1200) -> Visitor:
        made.append(Visitor(chromium, live_server.url, width, scripts))
        return made[-1]

    yield make
    for one in made:
        one.context.close()


@pytest.fixture
def links(settings):
    """People sign in by link; afterwards nobody does."""
    offer_links(settings, True)
    yield
    offer_links(settings, False)


def offer_links(settings, offered: bool) -> None:
    """Read the addresses anew: whether they have the demo's links is decided when they are read."""
    settings.DEMO = offered
    importlib.reload(urls)
    clear_url_caches()
    set_urlconf(None)
