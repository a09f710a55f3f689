"""The private folder where a run stages what will be loaded, as Parquet parts.

`<warehouse>.stage/<run_id>/<table>/<part>.parquet`. Tasks pass paths of parts, never frames: a
task may run in another process or on another machine, and frames would travel through the server.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl


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

    def write(self, table: str, part: str, frame: pl.DataFrame) -> Path:
        """Write `frame` as one part of `table` and return its path."""
        target = self.folder / table / f"{part}.parquet"
        target.parent.mkdir(exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        frame.write_parquet(unfinished, compression="zstd")
        unfinished.replace(target)
        return target

    def parts(self, table: str) -> list[Path]:
        """Return the parts of `table`, in a fixed order."""
        return sorted((self.folder / table).glob("*.parquet"))

    def read(self, table: str, columns: list[str] | None = None) -> pl.DataFrame | None:
        """Return all parts of `table` as one frame, or `None` where there is none."""
        parts = self.parts(table)
        return pl.read_parquet(parts, columns=columns) if parts else None

    def frames(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield the parts of `table` one by one, so that memory holds one at a time."""
        for part in self.parts(table):
            yield pl.read_parquet(part)

    def discard(self, prefix: str) -> None:
        """Remove, in every table, the part called `prefix` and those called `prefix-…`."""
        for pattern in (f"*/{prefix}.parquet", f"*/{prefix}-*.parquet"):
            for part in self.folder.glob(pattern):
                part.unlink()

    def remove(self) -> None:
        """Remove the folder, and the base folder when it is empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()
