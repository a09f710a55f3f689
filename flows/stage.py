"""The private folder where a run stages what will be loaded, as Parquet parts.

`<warehouse>.stage/<run_id>/<table>/<part>.parquet`. Tasks pass paths of parts, never frames: a
task may run in another process or on another machine, and frames would travel through the server.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

PART_ROWS = 1000
"""A part of staged rows has about so many; an article's text is a few kilobytes."""


KEY = "key.json"
KEPT = ("coded", "mentions", "parses")
"""What a run that did not end leaves to the next one."""


@dataclass(frozen=True)
class Stage:
    """A run's staging folder. Parts are written whole or not at all."""

    folder: Path

    @classmethod
    def create(cls, warehouse: Path, run_id: str, key: Mapping[str, Any]) -> Stage:
        """Make the folder for a run, and take into it what stopped or dead runs have coded.

        `key` is all that decides how an article is coded, as JSON can hold it: what was coded with
        another one is removed, as is everything else that they left. The caller holds the
        warehouse's lock, so no other run is alive.
        """
        base = warehouse.with_name(warehouse.name + ".stage")
        folder = base / run_id
        folder.mkdir(parents=True, exist_ok=True)
        stage = cls(folder)
        for left in sorted(base.iterdir()):
            if left != folder and left.is_dir() and _key(left) == key:
                stage._take(cls(left))
            if left != folder:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
        (folder / KEY).write_text(json.dumps(key), encoding="utf-8")
        return stage

    def _take(self, dead: Stage) -> None:
        """Take over the mentions of the articles that a dead run has finished, and its parses."""
        for part in dead.parts("coded"):
            coded = read_part(part).filter(~pl.col("failed"))
            name = f"{self.next_number('coded'):05d}-resumed"
            mentions = dead.part("mentions", part.stem)
            if mentions.exists():
                done = coded.select("article_id", "story_id")
                rows = read_part(mentions).join(done, on=["article_id", "story_id"], how="semi")
                self.write("mentions", name, rows)
            self.write("coded", name, coded)
        for part in dead.parts("parses"):
            self.write("parses", f"{dead.run_id}-{part.stem}", read_part(part))

    def next_number(self, table: str) -> int:
        """Return the number behind those with which names of parts of `table` begin."""
        return 1 + max((int(part.stem.partition("-")[0]) for part in self.parts(table)), default=-1)

    def discard(self, prefix: str) -> None:
        """Remove the parts of every table whose name has `prefix`, finished or not."""
        for part in self.folder.glob(f"*/{prefix}*"):
            part.unlink()

    def leave(self) -> None:
        """Remove what the next run makes anew; keep what took longest, codings and parses."""
        if not self.parts("coded"):
            self.remove()
            return
        for folder in self.folder.iterdir():
            if folder.is_dir() and folder.name not in KEPT:
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def run_id(self) -> str:
        """The run whose folder it is."""
        return self.folder.name

    def write(self, table: str, part: str, frame: pl.DataFrame) -> Path:
        """Write `frame` as one part of `table` and return its path."""
        target = self.part(table, part)
        target.parent.mkdir(exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        frame.write_parquet(unfinished, compression="zstd")
        unfinished.replace(target)
        return target

    def part(self, table: str, name: str) -> Path:
        """Return the path of a part, whether or not it is there."""
        return self.folder / table / f"{name}.parquet"

    def parts(self, table: str, prefix: str = "") -> list[Path]:
        """Return the parts of `table` in a fixed order: all, or those whose name has `prefix`."""
        return sorted((self.folder / table).glob(f"{prefix}*.parquet"))

    def read(self, table: str, columns: list[str] | None = None) -> pl.DataFrame | None:
        """Return all parts of `table` as one frame, or `None` where there is none."""
        parts = self.parts(table)
        if not parts:
            return None
        return pl.concat([read_part(part, columns) for part in parts], how="vertical")

    def frames(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield the parts of `table` one by one, so that memory holds one at a time."""
        for part in self.parts(table):
            yield read_part(part)

    def remove(self) -> None:
        """Remove the folder, and the base folder when it is empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()


def read_part(part: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Read one part, whatever signs its path has."""
    return pl.read_parquet(part, columns=columns, glob=False)


def _key(folder: Path) -> Any:
    try:
        return json.loads((folder / KEY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


class Gathered:
    """Gathers rows of one source and stages them in parts of many rows.

    A folder of a thousand pages is a thousand dumps of one article: a frame and a part for each
    would cost more than reading it. `make` says, by table, how a list of rows becomes a frame;
    `derived` names, by table, a table that is made from its frames and how. Parts are called
    `<prefix>-<number>`; a derived one is called as what it was made from.
    """

    def __init__(
        self,
        stage: Stage,
        prefix: str,
        make: Mapping[str, Callable[[list[dict[str, Any]]], pl.DataFrame]],
        derived: Mapping[str, tuple[str, Callable[[pl.DataFrame], pl.DataFrame]]],
    ) -> None:
        self._stage = stage
        self._prefix = prefix
        self._make = make
        self._derived = derived
        self._rows: dict[str, list[dict[str, Any]]] = {table: [] for table in make}
        self._number = 0

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Take rows; everything is staged once any table has enough."""
        held = self._rows[table]
        held.extend(rows)
        if len(held) >= PART_ROWS:
            self.flush()

    def flush(self) -> None:
        """Stage what is held."""
        part = f"{self._prefix}-{self._number:05d}"
        self._number += 1
        for table, rows in self._rows.items():
            if not rows:
                continue
            frame = self._make[table](rows)
            self._stage.write(table, part, frame)
            if table in self._derived:
                name, derive = self._derived[table]
                self._stage.write(name, part, derive(frame))
            rows.clear()
