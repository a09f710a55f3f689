"""Stored articles coded anew: the warehouse is as if they had been coded so from the start."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.postgres import Postgres
from tests.warehouse.stages import RUN, Stage, _random_mention, event_types, night, one_article
from tests.warehouse.test_load import contents
from transforms.schemas import Mentions, Rejects, frame
from warehouse import aggregate, days, load, publish, query

LEFT_OUT = ("run_id",)


def failed(article: dict[str, Any], why: str = "ValueError: too odd") -> dict[str, Any]:
    return {
        "dump_id": article["dump_id"],
        "char_start": article["char_start"],
        "char_end": article["char_end"],
        "reason": "extract_failed",
        "detail": why,
        "excerpt": article["title"],
    }


def coded_anew(stage: Stage, seed: int, present: Iterable[str]) -> Stage:
    """Return the night as another coder makes it: other mentions, and other articles that fail.

    These are `present`: what an article that is a copy by now once was refused for stays.
    """
    random_ = random.Random(seed)
    anew = copy.deepcopy(stage)
    anew.rejects = [row for row in anew.rejects if row["reason"] != "extract_failed"]
    anew.mentions = []
    stories = {row["article_id"]: row for row in stage.assignments if row["is_canonical"]}
    for article in anew.articles:
        if article["article_id"] not in stories:
            continue
        story_id = stories[article["article_id"]]["story_id"]
        if article["article_id"] in present and random_.random() < 0.1:
            anew.rejects.append(failed(article))
            continue
        for number in range(random_.choice((0, 0, 1, 2, 4))):
            # Another year, now and then, that the calendar would not have otherwise.
            day = random_.choice([date(2026, 3, 1), date(2026, 2, 27), date(2019, 7, 5)])
            mention = _random_mention(random_, article, story_id, number, day)
            anew.mentions.append(mention)
    return anew


def canonical(nights: Iterable[Stage]) -> list[str]:
    """Return the articles that represent a story after these nights."""
    last = {row["article_id"]: row for stage in nights for row in stage.assignments}
    return [key for key, row in last.items() if row["is_canonical"]]


def recoding(folder: Path, nights: list[Stage], wanted: Iterable[str]) -> Path:
    """Stage the mentions and failures of these articles, as coding them anew does."""
    chosen = set(wanted)
    places = {
        (row["dump_id"], row["char_start"])
        for stage in nights
        for row in stage.articles
        if row["article_id"] in chosen
    }
    mentions = [row for stage in nights for row in stage.mentions if row["article_id"] in chosen]
    rejects = [
        row
        for stage in nights
        for row in stage.rejects
        if row["reason"] == "extract_failed" and (row["dump_id"], row["char_start"]) in places
    ]
    for name, rows, schema in (("mentions", mentions, Mentions), ("rejects", rejects, Rejects)):
        if rows:
            (folder / name).mkdir(parents=True)
            frame(schema, rows).write_parquet(folder / name / "0.parquet")
    (folder / "recoded").mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"article_id": sorted(chosen)}).write_parquet(folder / "recoded" / "0.parquet")
    return folder


def loaded_into(path: Path, folder: Path, number: int, name: str = "run") -> load.Loaded:
    when = datetime(2026, 3, 2 + number, 1, 30, tzinfo=UTC)
    run = RUN | {"run_id": f"{name}-{number}", "loaded_at": when, "finished_at": when}
    with publish.writing(path) as con:
        if number == 0:
            load.replace_event_types(con, event_types())
        loaded = load.load(con, folder, run)
        aggregate.refresh(con, loaded.days)
    return loaded


@pytest.fixture(params=["file", "lake"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "file":
        return tmp_path / "news.duckdb"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.lake(tmp_path)


def three_nights(seed: int, articles: int = 30) -> list[Stage]:
    nights: list[Stage] = []
    for number in range(3):
        nights.append(night(seed + number, articles=articles, earlier=nights))
    present = canonical(nights)
    for stage in nights:
        refused = next(row for row in stage.articles if row["article_id"] in present)
        stage.rejects.append(failed(refused, "RuntimeError: before"))
    return nights


@pytest.mark.parametrize("seed", [20, 30])
def test_recoding_equals_coding_so_from_the_start(path: Path, tmp_path: Path, seed: int) -> None:
    nights = three_nights(seed)
    for number, stage in enumerate(nights):
        loaded_into(path, stage.write(tmp_path / f"stage-{number}"), number)
    present = canonical(nights)
    anew = [coded_anew(stage, seed, present) for stage in nights]
    started = tmp_path / "from-the-start.duckdb"
    for number, stage in enumerate(anew):
        loaded_into(started, stage.write(tmp_path / f"anew-{number}"), number)

    random.Random(seed).shuffle(present)
    half = len(present) // 2  # in two runs, as a backfill does it day by day
    for number, part in enumerate((present[:half], present[half:]), 3):
        loaded = loaded_into(path, recoding(tmp_path / f"recode-{number}", anew, part), number)
        assert loaded.counts["mentions"] > 0
        assert loaded.counts["mentions_removed"] > 0
        assert loaded.counts["articles"] == 0
    found, wanted = contents(path, LEFT_OUT), contents(started, LEFT_OUT)
    for table, rows in wanted.items():
        assert_frame_equal(found[table], rows, check_exact=True)
    assert {2019, 2026} <= set(found["calendar"]["year"])


def test_recoding_by_an_unchanged_coder_changes_only_runs(path: Path, tmp_path: Path) -> None:
    nights = three_nights(40)
    for number, stage in enumerate(nights):
        loaded_into(path, stage.write(tmp_path / f"stage-{number}"), number)
    before = contents(path, LEFT_OUT)
    folder = recoding(tmp_path / "recode", nights, canonical(nights))
    loaded = loaded_into(path, folder, 3)
    assert loaded.counts["mentions"] == loaded.counts["mentions_removed"] > 0
    assert loaded.counts["events"] == 0
    for table, rows in contents(path, LEFT_OUT).items():
        assert_frame_equal(rows, before[table], check_exact=True)


def test_recoded_to_nothing(path: Path, tmp_path: Path) -> None:
    stage = one_article()
    loaded_into(path, stage.write(tmp_path / "stage"), 0)
    folder = recoding(tmp_path / "recode", [Stage()], canonical([stage]))
    assert loaded_into(path, folder, 1).counts["mentions_removed"] == 1
    for table in ("events", "event_mentions", "actors", "places", "daily_events", "daily_dyads"):
        assert query.run(path, f"SELECT count(*) FROM {table}").item() == 0
    assert query.run(path, "SELECT mention_count FROM stories").item() == 0
    assert query.run(path, "SELECT mentions FROM daily_ingest").item() == 0


def test_what_cannot_be_coded_anew_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "news.duckdb"
    nights = three_nights(50)
    for number, stage in enumerate(nights):
        loaded_into(path, stage.write(tmp_path / f"stage-{number}"), number)
    present = set(canonical(nights))
    a_copy = next(
        row["article_id"] for row in nights[0].articles if row["article_id"] not in present
    )
    before = contents(path)
    for number, wanted in enumerate(("unknown", a_copy)):
        folder = recoding(tmp_path / f"recode-{number}", [Stage()], [wanted])
        with pytest.raises(load.StageError, match="represents no story"):
            loaded_into(path, folder, 3)
    for table, rows in contents(path).items():
        assert_frame_equal(rows, before[table])


def test_days_of_stories(path: Path, tmp_path: Path) -> None:
    stage = night(60, articles=60)
    present = canonical([stage])
    wanted = [row for row in stage.articles if row["article_id"] in present]
    for row, language in zip(wanted, ("de", "EN-gb", None), strict=False):
        row["language"] = language
    loaded_into(path, stage.write(tmp_path / "stage"), 0)
    found = days.story_days(path, None, None, ("en",))
    stories = query.run(path, "SELECT count(*) FROM stories").item()
    assert sum(day.covered + day.others for day in found) == stories
    assert sum(day.others for day in found) == 1
    assert [day.day for day in found] == sorted({day.day for day in found})
    undated = query.run(
        path,
        "SELECT count(*) FROM articles WHERE is_canonical AND publish_date IS NULL",
    ).item()
    last = found[-1]
    assert undated
    assert (last.day, last.covered) == (date(2026, 3, 2), undated)  # the day of loading
    some = days.story_days(path, found[1].day, found[-2].day, ("en",))
    assert some == found[1:-1]
    for day in found:
        parts = list(days.canonical_articles(path, day.day, ("en",), rows=7))
        assert all(part.height <= 7 for part in parts)
        assert sum(part.height for part in parts) == day.covered


def test_a_day_read_again_has_another_digest(path: Path, tmp_path: Path) -> None:
    folder = one_article().write(tmp_path / "stage")
    loaded_into(path, folder, 0)
    [before] = days.story_days(path, None, None, ("en",))
    loaded_into(path, recoding(tmp_path / "recode", [Stage()], canonical([one_article()])), 1)
    assert days.story_days(path, None, None, ("en",)) == [before]
    with publish.writing(path) as con:
        load.load(con, folder, RUN | {"run_id": "again"}, replace=True)
    [after] = days.story_days(path, None, None, ("en",))
    assert after.digest != before.digest


def test_what_is_done(path: Path) -> None:
    coder = {"program_version": "1", "model": "m", "ontology": "o"}
    assert days.done(path, "stories", **coder) == {}
    clock = iter(range(60))

    def ran(kind: str | None, day: str, key: str, *, state: str = "completed", **more: Any) -> None:
        at = datetime(2026, 3, 2, 1, next(clock), tzinfo=UTC)
        parameters: dict[str, Any] = {"force": more.pop("force", False)}
        if kind is not None:
            parameters["backfill"] = {"kind": kind, "day": day, "key": key}
        row = RUN | coder | {"run_id": f"{kind} {key} {at:%M}", "finished_at": at, "state": state}
        with publish.writing(path) as con:
            load.record_run(con, row | {"parameters": parameters} | more)

    def keys(kind: str = "stories") -> dict[date, str]:
        return {day: found.key for day, found in days.done(path, kind, **coder).items()}

    first, second = date(2026, 3, 1), date(2026, 3, 2)
    ran("stories", "2026-03-01", "a")
    ran("stories", "2026-03-02", "b", state="failed")
    ran("dumps", "2026-03-02", "c")
    assert keys() == {first: "a"}
    assert keys("dumps") == {second: "c"}
    ran("stories", "2026-03-01", "d")
    assert keys() == {first: "d"}
    ran(None, "", "", ontology="p")  # an ordinary night codes nothing again
    ran(None, "", "", force=True)
    assert keys() == {first: "d"}
    ran("dumps", "2026-03-09", "e", ontology="p")
    assert keys() == keys("dumps") == {}
    ran("stories", "2026-03-01", "f")
    assert keys() == {first: "f"}
    ran(None, "", "", force=True, model="n")
    assert keys() == {}
