"""The pages as people meet them, in a real browser, with a day on which every text is hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from flows.briefing import page as html
from flows.briefing import pages
from flows.briefing.folder import folder_of
from tests.flows.briefing.conftest import DAY, HOSTILE, URLS, hostile, quiet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WIDTHS = (360, 820, 1280)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, new_warehouse: Path) -> Path:
    """The pages of the hostile day and of the day before, and the index."""
    import shutil
    from datetime import timedelta

    from tests.warehouse.stages import RUN
    from warehouse import aggregate, load, publish

    at = tmp_path_factory.mktemp("pages")
    path = at / "news.duckdb"
    shutil.copy(new_warehouse, path)
    stages = [quiet(DAY - timedelta(days=back)) for back in range(28, 0, -1) if back % 7]
    for number, stage in enumerate([*stages, hostile()]):
        with publish.writing(path) as con:
            written = stage.write(at / f"stage-{number}")
            loaded = load.load(con, written, RUN | {"run_id": f"run-{number}"}, replace=False)
            aggregate.refresh(con, loaded.days)
    found = folder_of(path)
    done = pages.refresh(path, found, [DAY, DAY - timedelta(days=1)])
    assert len(done.pages) == 2
    return found


class Seen:
    """What a page did that it should not."""

    def __init__(self) -> None:
        self.console: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1280, anchor: str = "", **options: Any
) -> Iterator[tuple[Page, Seen]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page, seen = context.new_page(), Seen()
    page.on("console", lambda message: seen.console.append(message.text))
    page.on("pageerror", lambda error: seen.console.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri() + anchor)
    try:
        yield page, seen
    finally:
        context.close()


def names(folder: Path) -> list[Path]:
    return [folder / f"{DAY.isoformat()}.html", folder / pages.INDEX]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_hostile_runs_nothing_leaves_and_nothing_overflows(
    browser: Browser, folder: Path, width: int, scheme: str
) -> None:
    for path in names(folder):
        with opened(browser, path, width=width, color_scheme=scheme) as (page, seen):
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = 1")
            page.mouse.move(width / 2, 400)
            assert page.evaluate("window.hacked") is None
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.console == []
            assert seen.dialogs == []
            assert {url.partition("#")[0] for url in seen.requests} == {path.as_uri()}
            assert page.locator("script").count() == 1
            assert page.locator("img, iframe, object, embed, form, base, link").count() == 0
            assert page.locator("h1").count() == 1
            page.locator("footer.page").wait_for(state="visible")  # nothing was cut off or hidden


def test_what_is_hostile_stands_there_as_text(browser: Browser, folder: Path) -> None:
    with opened(browser, names(folder)[0]) as (page, _):
        shown = page.inner_text("body")
        assert "<script>window.hacked = 1; alert(1)</script>" in shown
        assert "{{ 7 * 7 }} {% raw %} ${7 * 7}" in shown
        assert "</details></table></tbody><h1>Injected</h1>" in shown
        assert "&lt;b&gt; &amp; &#x3c;script&#x3e;" in shown
        assert not set("\u202e\u2066\u2069\x07") & set(shown)


def test_only_http_links_leave_the_page(browser: Browser, folder: Path) -> None:
    with opened(browser, names(folder)[0]) as (page, _):
        links = page.evaluate(
            "[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
        )
        away = {link for link in links if not re.fullmatch(r"#[\w-]*|[\w-]+\.html", link)}
        assert away == {html.link(url) for url in URLS} - {None}
        assert {urlsplit(link).scheme.lower() for link in away} <= {"http", "https"}
        for link in page.locator("a[href^=http i]").all():
            assert "noopener" in str(link.get_attribute("rel"))


def test_without_its_script_the_page_is_whole(browser: Browser, folder: Path) -> None:
    with opened(browser, names(folder)[0], java_script_enabled=False) as (page, _):
        shown = page.inner_text("body")
        assert "Protests, violence and casualties" in shown
        page.locator("#events summary").first.click()
        assert page.locator("#events blockquote").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_pages(browser: Browser, folder: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for path in names(folder):
        with opened(browser, path, color_scheme=scheme) as (page, _):
            page.evaluate(
                "for (const each of document.querySelectorAll('section > details')) each.open = 1"
            )
            found = axe.run(page)
            assert found.violations_count == 0, found.generate_report()


def test_searching_and_sorting_work_without_a_mouse(browser: Browser, folder: Path) -> None:
    with opened(browser, names(folder)[0]) as (page, seen):
        field = page.get_by_label("Search events")
        field.focus()
        page.keyboard.type("Injected")
        output = page.locator("#found")
        assert re.fullmatch(r"\d+ of \d+", output.inner_text())
        visible = page.locator("#event-table tbody:visible")
        assert 0 < visible.count() < page.locator("#event-table tbody").count()
        field.fill("no such words at all")
        assert visible.count() == 0
        assert output.inner_text().startswith("0 of")
        field.fill("")

        head = page.locator("#event-table th", has_text="Killed")
        head.get_by_role("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "descending"
        killed = page.locator("#event-table tbody tr:first-child td:nth-child(6)")
        counts = [int(text or 0) for text in killed.all_inner_texts()]
        assert counts == sorted(counts, reverse=True) and counts[0] == len(HOSTILE) - 1
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        assert page.locator("#event-table th[aria-sort=ascending]").count() == 1
        # An event and its evidence stay together.
        first = page.locator("#event-table tbody").first
        assert first.locator("tr").count() == 2
        assert seen.console == []


def test_a_link_to_evidence_opens_it_and_the_keyboard_goes_on_from_there(
    browser: Browser, folder: Path
) -> None:
    with opened(browser, names(folder)[0]) as (page, _):
        link = page.locator("#violence a.ev").first
        link.focus()
        page.keyboard.press("Enter")
        target = page.locator(f"[id='{str(link.get_attribute('href'))[1:]}']")
        target.locator("blockquote").first.wait_for(state="visible")
        assert target.locator("mark").first.inner_text() == "attacked"
        assert "characters 0–90" in target.inner_text()
        assert page.evaluate("document.activeElement.id") == target.get_attribute("id")
        assert target.bounding_box() is not None


def test_an_address_of_evidence_shows_it_at_once_though_a_search_hides_it(
    browser: Browser, folder: Path
) -> None:
    with opened(browser, names(folder)[0]) as (page, _):
        link = str(page.locator("#violence a.ev").first.get_attribute("href"))
        page.get_by_label("Search events").fill("no such words at all")
        page.locator(f"#violence a[href='{link}']").first.click()
        page.locator(f"[id='{link[1:]}'] blockquote").first.wait_for(state="visible")
    with opened(browser, names(folder)[0], anchor=link) as (page, _):
        page.locator(f"[id='{link[1:]}'] blockquote").first.wait_for(state="visible")


def test_every_link_within_the_page_leads_somewhere(browser: Browser, folder: Path) -> None:
    for path in names(folder):
        with opened(browser, path) as (page, _):
            assert (
                page.evaluate(
                    "Array.from(document.links, a => a.getAttribute('href'))"
                    ".filter(to => to.startsWith('#') && !document.getElementById(to.slice(1)))"
                )
                == []
            )
            assert (
                page.evaluate(
                    "(ids => ids.filter((id, at) => ids.indexOf(id) !== at))"
                    "([...document.querySelectorAll('[id]')].map(e => e.id))"
                )
                == []
            )
            for link in page.locator("a[href$='.html']").all():
                assert (folder / str(link.get_attribute("href"))).exists()


def test_days_are_reached_from_each_other_and_from_the_calendar(
    browser: Browser, folder: Path
) -> None:
    with opened(browser, folder / pages.INDEX) as (page, _):
        page.locator(f"svg a[href='{DAY.isoformat()}.html']").click()
        page.get_by_role("heading", name="Sunday 1 March 2026").wait_for()
        page.get_by_role("link", name="← 2026-02-28").click()
        page.get_by_role("heading", name="Saturday 28 February 2026").wait_for()
        page.get_by_role("link", name="All days").click()
        page.get_by_role("heading", name="Calendar").wait_for()


def test_in_print_there_is_nothing_to_click(browser: Browser, folder: Path) -> None:
    with opened(browser, names(folder)[0]) as (page, _):
        page.emulate_media(media="print")
        assert not page.get_by_label("Search events").is_visible()
        assert not page.locator("nav").is_visible()
        assert page.locator("#map svg").is_visible()
        assert page.pdf().startswith(b"%PDF")


def test_colours_change_with_the_scheme(browser: Browser, folder: Path) -> None:
    found = []
    for scheme in ("light", "dark"):
        with opened(browser, names(folder)[0], color_scheme=scheme) as (page, _):
            found.append(
                page.evaluate(
                    "[getComputedStyle(document.body).backgroundColor,"
                    " getComputedStyle(document.querySelector('#map .f-land')).fill]"
                )
            )
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]
