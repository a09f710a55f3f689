"""A Prefect server and a browser for the tests of flows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server, for all tests that need one; yields the environment that reaches it."""
    with running(tmp_path_factory.mktemp("server")) as environment:
        yield environment


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Prefect server of its own, for tests that look at all its pages or end it."""
    started = Server(tmp_path_factory.mktemp("server"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser of this machine; skips where there is none. Nothing is downloaded."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on this machine: looked for {', '.join(BROWSERS)}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """An empty page. What it shows at the end of the test is left as a picture beside its files."""
    context = browser.new_context(viewport={"width": 1280, "height": 1800})
    opened = context.new_page()
    opened.set_default_timeout(90_000)
    # Nothing but the server is reached; its pages would send statistics to their makers.
    opened.route(
        lambda url: not url.startswith(("http://127.0.0.1:", "data:", "blob:")),
        lambda route: route.abort(),
    )
    yield opened
    opened.screenshot(path=tmp_path / "page.png", full_page=True)
    context.close()
