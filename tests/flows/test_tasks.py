"""What is staged for the extractor, and which dumps come twice: in the order of the parts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from flows import tasks
from flows.stage import Stage, read_part


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path / "run")
    made.folder.mkdir()
    return made


def staged_articles(numbers: list[int], dump: str = "d") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "article_id": [f"a{number:05d}" for number in numbers],
            "dump_id": dump,
            "language": ["de" if number % 10 == 9 else "en" for number in numbers],
            "body": [f"{number} from {dump}" for number in numbers],
        }
    )


def test_batches_hold_each_canonical_article_once_and_get_smaller_towards_the_end(
    stage: Stage, tmp_path: Path
) -> None:
    stage.write("articles", "00000-00000", staged_articles(list(range(1500)), "first"))
    stage.write("articles", "00001-00000", staged_articles(list(range(1000, 3000)), "second"))
    ids = [f"a{number:05d}" for number in range(3000)]
    assignments = pl.DataFrame({"article_id": ids, "story_id": ids})
    is_canonical = pl.int_range(pl.len()) % 100 != 0
    stage.write("assignments", "all", assignments.with_columns(is_canonical=is_canonical))
    done = tasks.cut_batches.fn(stage, tmp_path / "none.duckdb", 500, ("en",), 2)
    batches = [read_part(part) for part, _ in done["batches"]]
    coded = pl.concat(batches)
    wanted = [n for n in range(3000) if n % 100 != 0 and n % 10 != 9]
    assert coded["article_id"].to_list() == [f"a{number:05d}" for number in wanted]
    # Of an article that stands in both parts the first counts.
    told = coded.filter(pl.col("article_id") < "a01500")["body"]
    assert all(told.str.ends_with("first"))
    sizes = [batch.height for batch in batches]
    assert sizes == [count for _, count in done["batches"]]
    assert sizes[0] == 500 and sizes == sorted(sizes, reverse=True) and sizes[-2] <= 160
    assert done["other_language"] == 300
    assert "de 300" in done["warnings"][0]


def test_of_dumps_with_one_content_the_first_stays(stage: Stage, tmp_path: Path) -> None:
    def dumps(*found: tuple[str, str]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "dump_id": [dump_id for dump_id, _ in found],
                "path": [path for _, path in found],
                "container_path": [f"{path}.gz" for _, path in found],
                "container_sha256": "0",
                "article_count": 2,
                "reject_count": 1,
            }
        )

    stage.write("dumps", "00000-00000", dumps(("x", "one"), ("y", "two")))
    stage.write("dumps", "00001-00000", dumps(("x", "three"), ("z", "four"), ("y", "five")))
    gone = tasks.drop_doubles.fn(stage, tmp_path / "none.duckdb", replace=False)
    assert (gone["dumps"], gone["articles"], gone["rejects"]) == (-2, -4, -2)
    assert [warning.partition(",")[0] for warning in gone["warnings"]] == [
        "three: the same content as one",
        "five: the same content as two",
    ]
    containers = stage.read("containers")
    assert containers is not None
    left = stage.read("dumps", ["path"])
    assert left is not None and left["path"].to_list() == ["one", "two", "four"]
    assert containers["container_path"].to_list() == ["three.gz", "five.gz"]
