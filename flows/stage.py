"""The private folder where a run stages what will be loaded, as Parquet parts.

`<warehouse>.stage/<run_id>/<table>/<part>.parquet`. Tasks pass paths of parts, never frames: a
task may run in another process or on another machine, and frames would travel through the server.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

PART_ROWS = 1000
"""A part of staged rows has about so many; an article's text is a few kilobytes."""


@dataclass(frozen=True)
class Stage:
    """A run's staging folder. Parts are written whole or not at all."""

    folder: Path

    @classmethod
    def create(cls, warehouse: Path, run_id: str) -> Stage:
        """Make the folder for a run, after removing what dead runs left behind.

        The caller holds the warehouse's lock, so no other run is alive.
        """
        base = warehouse.with_name(warehouse.name + ".stage")
        shutil.rmtree(base, ignore_errors=True)
        folder = base / run_id
        folder.mkdir(parents=True)
        return cls(folder)

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
        return pl.read_parquet(parts, columns=columns) if parts else None

    def frames(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield the parts of `table` one by one, so that memory holds one at a time."""
        for part in self.parts(table):
            yield pl.read_parquet(part)

    def remove(self) -> None:
        """Remove the folder, and the base folder when it is empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()


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
