"""Open the file while nights are published: `python -m tests.benchmarks.opens [opens] [articles]`.

A reader, a program with nothing but DuckDB, opens the published file again and again, counts rows
in five tables and closes it, while nights are loaded and published without a pause. Every open must
succeed and show one whole night. The private copies are brought forward, the riskier way.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from tests.warehouse.stages import RUN, Stage, event_types, night
from warehouse import aggregate, load, publish

_READER = """
import sys, time
import duckdb
path, opens = sys.argv[1], int(sys.argv[2])
query = ("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM articles),"
         " (SELECT sum(article_count) FROM stories), (SELECT count(*) FROM event_mentions),"
         " (SELECT sum(mention_count) FROM events)")
longest, seen = 0.0, set()
for _ in range(opens):
    started = time.perf_counter()
    with duckdb.connect(path, read_only=True) as con:
        runs, articles, told, mentions, counted = con.execute(query).fetchone()
    longest = max(longest, time.perf_counter() - started)
    assert articles == told and mentions == counted, (articles, told, mentions, counted)
    seen.add(runs)
print(len(seen), f"{longest:.3f}")
"""


def main(opens: int = 1000, articles: int = 60) -> None:
    """Publish nights until the reader has opened the file so many times, and print what it saw."""
    publish._SPARE_ABOVE = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = folder / "w.duckdb"
        with publish.writing(path) as con:
            load.replace_event_types(con, event_types())
        earlier: list[Stage] = []
        nights = forward = 0
        reader: subprocess.Popen[str] | None = None
        while reader is None or reader.poll() is None:
            stage = night(
                nights, articles, day=date(2026, 3, 1) + timedelta(nights), earlier=earlier[-2:]
            )
            earlier.append(stage)
            written = stage.write(folder / f"stage-{nights}")
            before = len(publish.kept(path))
            with publish.writing(path, keep=timedelta(0)) as con:
                forward += len(publish.kept(path)) < before
                loaded = load.load(con, written, RUN | {"run_id": f"night-{nights}"})
                aggregate.refresh(con, loaded.days)
            nights += 1
            if reader is None:
                reader = subprocess.Popen(
                    [sys.executable, "-c", _READER, str(path), str(opens)],
                    stdout=subprocess.PIPE,
                    text=True,
                )
                started = time.perf_counter()
            time.sleep(5.5 if nights % 3 == 0 else 0)  # lets the next copy be brought forward
        seconds = time.perf_counter() - started
        assert reader.stdout is not None
        output = reader.stdout.read().split()
        assert reader.returncode == 0, "the reader met an error or half a night"
        print(
            f"{opens:,} opens in {seconds:.0f} s while {nights} nights were published ({forward} of"
            f" them on a copy brought forward): no error, {output[0]} different nights seen, the"
            f" longest open and query {output[1]} s"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
