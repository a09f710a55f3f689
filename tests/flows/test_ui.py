"""The nightly flow as people meet it in the pages of a Prefect server, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.server import Served, Server, until
from warehouse import connect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VERSIONS = ("/v2", "")
"""Where the pages are: those that a server shows first, and the older ones."""


@pytest.fixture(scope="module")
def served(
    browser: Any, site: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with site.serving(tmp_path_factory.mktemp("served") / "night.duckdb") as deployment:
        yield deployment


def form(page: Page, served: Served, version: str = "/v2") -> None:
    """Open the form from which a run is started by hand."""
    of = f"deployments/deployment/{served.deployment['id']}"
    page.goto(f"{served.server.page}{version}/{of}/run")
    page.get_by_text("knowledge (Optional)").wait_for()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_form_shows_every_parameter_and_what_it_means(
    page: Page, served: Served, version: str
) -> None:
    form(page, served, version)
    shown = " ".join(page.inner_text("body").split())
    properties = served.deployment["parameter_openapi_schema"]["properties"]
    for name, entry in properties.items():
        assert f"{name} (Optional)" in shown
        assert entry["description"].replace("`", "") in shown.replace("`", ""), name
    assert 'Property is type "None"' not in shown
    assert "Empty: the setting batch_articles (500 unless set)." in shown
    # What has a few values is chosen, what counts is a number, a day is picked.
    assert page.locator("input[type=number]").count() == sum(
        entry.get("type") in {"integer", "number"} for entry in properties.values()
    )
    days = [entry for entry in properties.values() if entry.get("format") == "date"]
    assert page.get_by_text(re.compile("^(Pick a|Select) date$")).count() == len(days) == 3


def test_a_number_that_does_not_fit_is_refused_in_the_field(page: Page, served: Served) -> None:
    form(page, served)
    field = page.get_by_label("batch_articles")
    field.fill("0")
    page.get_by_role("button", name="Submit").click()
    said = field.evaluate("field => field.validationMessage")
    assert said == "Value must be greater than or equal to 1."
    assert not [run for run in served.runs() if not run["auto_scheduled"]]


def test_the_older_pages_tell_why_the_server_refuses(page: Page, served: Served) -> None:
    form(page, served, "")
    page.locator("input[type=number]").first.fill("0")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text(
        "field 'batch_articles'. Failure reason: 0 is less than the minimum"
    ).first.wait_for()
    assert not [run for run in served.runs() if not run["auto_scheduled"]]


def test_a_run_from_the_form_completes_and_its_page_sums_it_up(page: Page, served: Served) -> None:
    page.goto(served.page)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Custom run").click()
    page.get_by_label("batch_articles").fill("7")
    page.get_by_label("strict").click()
    page.get_by_role("option", name="false").click()
    page.get_by_label("format").click()
    page.get_by_role("option", name="jsonl", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**?tab=Runs")
    started = until("the run", lambda: started_by_hand(served), 60, served.log)
    assert started["parameters"]["strict"] is False
    assert started["parameters"]["batch_articles"] == 7
    assert not {"since", "format", "keep"} & set(started["parameters"])
    run = served.ended(started["id"])
    assert run["state_type"] == "COMPLETED", served.log.read_text()[-3000:]

    page.goto(f"{served.server.page}/v2/runs/flow-run/{run['id']}")
    page.get_by_role("heading", name=run["name"]).or_(
        page.get_by_text(run["name"])
    ).first.wait_for()
    assert re.fullmatch(r"nightly \d{4}-\d\d-\d\d samples", run["name"])
    page.get_by_text("read ended: dumps 3, articles 17, rejects 2").first.wait_for()  # the log
    page.get_by_role("tab", name="Artifacts").click()
    page.locator("a[href*='/artifacts/']").get_by_text("nightly", exact=True).click()
    page.get_by_text("completed: 3 files, 3 dumps, 17 articles, 2 rejects").wait_for()
    page.get_by_role("link", name=re.compile("^[0-9a-f]{8}$")).first.click()
    page.get_by_role("heading", name="completed").first.wait_for()
    for row in ("articles 17", "rejects 2"):
        page.get_by_role("row", name=row).wait_for()
    with connect.open_published(served.log.with_name("night.duckdb")) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchall() == [(17,)]


def started_by_hand(served: Served) -> dict[str, Any] | None:
    return next((run for run in served.runs() if not run["auto_scheduled"]), None)
