"""Parses kept beside the warehouse, so that other knowledge codes the same texts without parsing.

`<warehouse>.parses/<what made them>/<run>-<number>.parquet`. They are a cache: whatever is missing
or cannot be read is parsed again, and the folder may be removed at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows import logs
from flows.stage import Stage, read_part
from transforms.schemas import Parses, empty

TABLE = "parses"
"""Parts of parses that a run makes are staged as this table."""

FILE_ARTICLES = 20_000
"""A file of the store holds the parses of about so many articles."""


@dataclass(frozen=True)
class Store:
    """The parses that one pipeline made; `look_up` says whether a run may meet articles that were
    parsed before: asking costs more than it gives where all are new."""

    folder: Path
    look_up: bool

    @classmethod
    def beside(cls, warehouse: Path, model: str, *, look_up: bool) -> Store:
        """Return the store of a warehouse for what `pipeline.identity` calls `model`."""
        from transforms.extract import kept

        folder = warehouse.with_name(f"{warehouse.name}.{TABLE}") / kept.maker(model)
        return cls(folder, look_up)

    def find(self, articles: pl.DataFrame) -> pl.DataFrame:
        """Return what is kept of some articles, as rows of `Parses`."""
        files = sorted(self.folder.glob("*.parquet")) if self.look_up else []
        if not files:
            return empty(Parses)
        wanted = pl.col("article_id").is_in(articles["article_id"].implode())
        try:
            return pl.scan_parquet(files, glob=False).filter(wanted).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            logs.tell(f"parses are made anew: {error}", level=logging.WARNING)
            return empty(Parses)

    def take(self, stage: Stage) -> None:
        """Keep the parses that a run has staged. Where that fails, the run goes on without."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for number, rows in enumerate(_gathered(stage)):
                file = self.folder / f"{stage.run_id}-{number:04d}.parquet"
                unfinished = file.with_suffix(".unfinished")
                rows.sort("article_id").write_parquet(
                    unfinished, compression="zstd", row_group_size=2_000
                )
                unfinished.replace(file)
        except (OSError, pl.exceptions.PolarsError) as error:
            logs.tell(f"parses are not kept: {error}", level=logging.WARNING)


def _gathered(stage: Stage) -> Iterator[pl.DataFrame]:
    """Yield staged parses of many articles at a time."""
    held: list[pl.DataFrame] = []
    for part in stage.parts(TABLE):
        held.append(read_part(part))
        if sum(each.height for each in held) >= FILE_ARTICLES:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)
