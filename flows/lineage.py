"""Where tables come from, as Prefect assets: dumps → articles → stories → events → daily tables.

A load writes and publishes them all, so it is the load that tells, once it has succeeded. An
asset's key is `newsmill://<warehouse's file name>/<table>`, a dump's that of its file or folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows import server
from flows.run_record import RunRecord
from flows.stage import Stage

MOST_DUMPS = 10
"""Of more files than these the assets are their folders; of more folders, what was to be read."""

MADE_FROM: Mapping[str, str] = {
    "stories": "articles",
    "events": "stories",
    "daily_events": "events",
    "daily_dyads": "events",
    "daily_actors": "events",
    "daily_places": "events",
    "daily_stories": "stories",
    "daily_ingest": "articles",
}
"""Table → the table that it is made from. Articles are made from dumps."""

COUNTED: Mapping[str, Sequence[str]] = {
    "articles": ("dumps", "articles", "rejects"),
    "stories": ("stories", "copies", "threads"),
    "events": ("events", "mentions"),
}
"""Table → the run's counts that say how much of it was made."""


def key(warehouse: Path, table: str) -> str:
    """Return the key of a table, the same for every run."""
    return _valid(f"newsmill://{warehouse.name}/{table}")


def dump_keys(files: Iterable[str], given: Sequence[str]) -> list[str]:
    """Return the keys of what was read: files, their folders, or the paths `given`."""
    found = sorted({str(Path(file).absolute()) for file in files})
    if len(found) > MOST_DUMPS:
        found = sorted({str(Path(file).parent) for file in found})
    if len(found) > MOST_DUMPS:
        found = sorted({str(Path(path).absolute()) for path in given})[:MOST_DUMPS]
    return [_valid(f"file://{path}") for path in found]


def _valid(text: str) -> str:
    """Replace what Prefect refuses in a key, and cut one that is too long at its front."""
    scheme, _, path = text.partition("://")
    path = re.sub(r"""[\x00-\x20#?&%"'<>\[\]{}|\\^`\ud800-\udfff]""", "_", path)
    return f"{scheme}://{path[-_LONGEST:]}"


_LONGEST = 490


def tell(run: RunRecord, warehouse: Path, stage: Stage, *, days: int) -> None:
    """Emit that the tables were made, from what, and with how many rows; `days` were touched.

    To be called in the task that loads. Does nothing where no server outlives the run.
    """
    if not server.is_there():
        return
    parts = stage.parts("dumps")
    files = pl.read_parquet(parts, columns=["container_path"]) if parts else None
    sources = [] if files is None else files["container_path"].to_list()
    _made(
        key(warehouse, "articles"),
        dump_keys(sources, run.parameters.get("paths", [])),
        _metadata(run, "articles"),
    )
    for table, source in MADE_FROM.items():
        more = {"days": days} if table.startswith("daily_") else {}
        _made(key(warehouse, table), [key(warehouse, source)], _metadata(run, table) | more)


def _metadata(run: RunRecord, table: str) -> dict[str, Any]:
    counts = {name: run.counts.get(name, 0) for name in COUNTED.get(table, ())}
    return {"run_id": run.run_id, **counts}


def _made(asset: str, sources: Sequence[str], metadata: dict[str, Any]) -> None:
    """Emit what a task decorated with `prefect.assets.materialize` would: here the keys are known
    only at run time, and each of a task's assets has sources of its own."""
    from prefect.assets import Asset
    from prefect.context import AssetContext
    from prefect.states import Completed

    AssetContext(
        downstream_assets={Asset(key=asset)},
        direct_asset_dependencies={Asset(key=source) for source in sources},
        materialized_by="newsmill",
        materialization_metadata={asset: metadata},
    ).emit_events(Completed())
