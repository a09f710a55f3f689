"""Keys of assets; that they are told is tested on a server in `test_watching`."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.assets import Asset

from flows import lineage


@pytest.mark.parametrize("name", ["news.duckdb", "a b#?.duckdb", "año[1]|x.duckdb", "x" * 600])
def test_every_warehouse_has_keys_that_prefect_takes(name: str) -> None:
    for table in ("articles", *lineage.MADE_FROM):
        key = lineage.key(Path("/data") / name, table)
        assert Asset(key=key).key == key
        assert key.endswith(f"/{table}")


def test_a_key_is_the_same_wherever_the_warehouse_lies() -> None:
    assert lineage.key(Path("/a/news.duckdb"), "events") == "newsmill://news.duckdb/events"
    assert lineage.key(Path("news.duckdb"), "events") == "newsmill://news.duckdb/events"


def test_few_dumps_are_assets_each_and_many_are_their_folders() -> None:
    few = [f"/in/2024-05-1{n}/a b.txt" for n in range(3)]
    assert lineage.dump_keys(few, ["/in"])[0] == "file:///in/2024-05-10/a_b.txt"
    many = [f"/in/{day}/{n}.txt" for day in ("13", "14") for n in range(20)]
    assert lineage.dump_keys(many, ["/in"]) == ["file:///in/13", "file:///in/14"]
    days = [f"/in/{n}/a.txt" for n in range(400)]
    assert lineage.dump_keys(days, ["/in"]) == ["file:///in"]
    for key in lineage.dump_keys(["/in/\udcff\n%.txt"], []):
        Asset(key=key)


def test_every_table_comes_from_one_that_comes_from_dumps() -> None:
    for table in lineage.MADE_FROM:
        chain = [table]
        while chain[-1] != "articles":
            chain.append(lineage.MADE_FROM[chain[-1]])
            assert len(chain) < 6
