"""The folder of pages: what is written, what is written again, and what is left alone."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.briefing import page, pages
from flows.briefing.folder import folder_of
from tests.flows.briefing.conftest import DAY, quiet
from tests.warehouse.stages import one_article
from warehouse import briefing, connect


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_a_refresh_writes_the_days_wanted_and_an_index(path: Path, publish_night: Any) -> None:
    for number in range(3):
        publish_night(quiet(DAY + timedelta(days=number)))
    folder = folder_of(path)
    assert folder == path.with_name("news.duckdb.briefings")
    done = pages.refresh(path, folder, [DAY, DAY + timedelta(days=1)])
    assert [each.name for each in done.pages] == ["2026-03-01.html", "2026-03-02.html"]
    written = contents(folder)
    assert set(written) == {"2026-03-01.html", "2026-03-02.html", "index.html"}
    assert 'href="2026-03-02.html" rel="next"' in written["2026-03-01.html"]
    assert 'href="2026-03-01.html"' in written["index.html"]
    assert "2026-03-03" in written["index.html"]
    assert 'href="2026-03-03.html"' not in written["index.html"]
    assert "1 day has no page yet" in written["index.html"]


def test_refreshing_again_writes_nothing(path: Path, publish_night: Any) -> None:
    publish_night(quiet(DAY))
    folder = folder_of(path)
    pages.refresh(path, folder, [DAY])
    before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    assert pages.refresh(path, folder, [DAY]).pages == []
    assert {each.name: each.stat().st_mtime_ns for each in folder.iterdir()} == before
    assert [each.name for each in pages.refresh(path, folder, [DAY], anew=True).pages]


def test_a_day_loaded_late_changes_the_pages_that_look_back_at_it(
    path: Path, publish_night: Any
) -> None:
    later = [DAY + timedelta(days=number) for number in (0, 10, 28, 40)]
    for day in later:
        publish_night(quiet(day))
    folder = folder_of(path)
    pages.refresh(path, folder, later)
    before = contents(folder)
    publish_night(quiet(DAY + timedelta(days=5), events=4))
    done = pages.refresh(path, folder)
    # Its own day has no page; those up to 28 days after it are written anew, others are not.
    assert [each.name for each in done.pages] == ["2026-03-11.html", "2026-03-29.html"]
    assert contents(folder)["2026-03-01.html"] == before["2026-03-01.html"]
    assert "2026-03-06" in contents(folder)["index.html"]


def test_a_new_page_gives_its_neighbour_a_link(path: Path, publish_night: Any) -> None:
    publish_night(quiet(DAY))
    folder = folder_of(path)
    pages.refresh(path, folder, [DAY])
    publish_night(quiet(DAY + timedelta(days=1)))
    done = pages.refresh(path, folder, [DAY + timedelta(days=1)])
    assert len(done.pages) == 2
    assert 'href="2026-03-02.html" rel="next"' in contents(folder)["2026-03-01.html"]


def test_files_that_are_no_pages_of_days_are_left_alone(path: Path, publish_night: Any) -> None:
    publish_night(quiet(DAY))
    folder = folder_of(path)
    folder.mkdir()
    for name in ("2026-99-99.html", "notes.html", ".2026-03-01.html.abc"):
        (folder / name).write_text("mine")
    (folder / "2026-02-01.html").write_text("<html>no state</html>")  # a page of an older version
    done = pages.refresh(path, folder, [DAY])
    assert {each.name for each in done.pages} == {"2026-02-01.html", "2026-03-01.html"}
    assert (folder / "notes.html").read_text() == (folder / "2026-99-99.html").read_text() == "mine"


def test_a_page_that_cannot_be_finished_leaves_the_one_before(
    path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_night(quiet(DAY))
    folder = folder_of(path)
    pages.refresh(path, folder, [DAY])
    before = contents(folder)

    def full(*_: Any) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        pages.refresh(path, folder, [DAY], anew=True)
    assert contents(folder) == before


def test_the_newest_day_is_not_one_to_come(path: Path, publish_night: Any) -> None:
    for day in (DAY, DAY + timedelta(days=400)):
        publish_night(quiet(day))
    assert pages.newest_day(path, DAY + timedelta(days=9)) == DAY
    assert pages.newest_day(path, date(2020, 1, 1)) == DAY  # all are to come: the first


def test_a_page_alone_leads_to_no_other(path: Path, publish_night: Any, tmp_path: Path) -> None:
    publish_night(one_article())
    out = tmp_path / "mail" / "page.html"
    assert pages.write_one(path, DAY, out)
    text = out.read_text("utf-8")
    assert "index.html" not in text and "All days" not in text
    assert "The French navy" in text
    assert not pages.write_one(path, date(2020, 1, 1), out)
    assert "2026-03-01" in out.read_text("utf-8")  # the nearest day that has something


def test_a_warehouse_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(connect.MissingWarehouseError):
        pages.newest_day(tmp_path / "none.duckdb", DAY)
    with pytest.raises(connect.MissingWarehouseError):
        pages.refresh(tmp_path / "none.duckdb", tmp_path / "pages", [DAY])


def test_the_sql_on_a_page_runs_as_it_stands(path: Path, publish_night: Any) -> None:
    publish_night(quiet(DAY))
    found = briefing.look(path, DAY)
    with connect.open_published(path) as con:
        for name in [name for names in page.QUERIES.values() for name in names]:
            text = found.query(name)
            assert not re.search(r"\$\w", text), name
            con.execute(text)
            assert bool(con.fetchall()) == bool(found.found.get(name, True)), name


def test_a_page_may_be_written_through_a_link_and_to_a_pipe(
    path: Path, publish_night: Any, tmp_path: Path
) -> None:
    publish_night(quiet(DAY))
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_text("old")
    link.symlink_to(real)
    pages.write_one(path, DAY, link)
    assert link.is_symlink()
    assert "Workers 0" in real.read_text("utf-8")
    pages.write_one(path, DAY, Path("/dev/null"))
    assert not Path("/dev/null").is_file()
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        pages.write_one(path, DAY, tmp_path)
