"""Does the file grow beyond what it holds? `python -m tests.benchmarks.growth [nights] [articles]`.

Two histories of small nights, each published on its own: nights of new articles, of which some copy
older ones, beside the same content written anew; and one night replaced again and again, which adds
nothing. Printed are sizes in MB.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from tests.warehouse.stages import RUN, Stage, event_types, night
from warehouse import aggregate, load, publish


def _publish(path: Path, stage: Path, name: str, *, replace: bool = False) -> None:
    with publish.writing(path) as con:
        loaded = load.load(con, stage, RUN | {"run_id": name}, replace=replace)
        aggregate.refresh(con, loaded.days)


def _anew(path: Path) -> int:
    """Return the bytes of the same content in a file of its own."""
    target = path.with_name("anew.duckdb")
    publish._compact(path, target)
    size = target.stat().st_size
    target.unlink()
    return size


def main(nights: int = 100, articles: int = 60) -> None:
    """Load the histories and print how the files grow."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = folder / "new.duckdb"
        with publish.writing(path) as con:
            load.replace_event_types(con, event_types())
        empty = path.stat().st_size
        print(f"empty: {empty / 1e6:.1f} MB")
        earlier: list[Stage] = []
        for number in range(nights):
            day = date(2026, 3, 1) + timedelta(number)
            stage = night(number, articles, day=day, earlier=earlier[-3:], words=200)
            earlier.append(stage)
            _publish(path, stage.write(folder / f"stage-{number}"), f"night-{number}")
            if (number + 1) % (nights // 5) == 0:
                size, least = path.stat().st_size, _anew(path)
                print(
                    f"night {number + 1}: {size / 1e6:.1f} MB, written anew {least / 1e6:.1f} MB"
                    f" ({size / least:.2f})",
                    flush=True,
                )
        path = folder / "same.duckdb"
        with publish.writing(path) as con:
            load.replace_event_types(con, event_types())
        sizes = []
        for number in range(nights):
            _publish(path, folder / "stage-0", f"again-{number}", replace=number > 0)
            sizes.append(path.stat().st_size)
        print(
            f"the same night {nights} times: {sizes[0] / 1e6:.1f} MB after the first,"
            f" {sizes[-1] / 1e6:.1f} MB after the last, {max(sizes) / 1e6:.1f} MB at most"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
