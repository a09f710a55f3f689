"""Fixtures: stages written to folders, and warehouses made from them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.stages import RUN, Stage, event_types
from warehouse import aggregate, load, publish
from warehouse.load import Loaded

Night = Callable[..., Loaded]


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published warehouse with nothing but event types, to copy."""
    path = tmp_path_factory.mktemp("new") / "news.duckdb"
    with publish.writing(path) as con:
        load.replace_event_types(con, event_types())
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.duckdb"


@pytest.fixture
def publish_night(path: Path, tmp_path: Path, new_warehouse: Path) -> Night:
    """Load a stage into the warehouse at `path` and publish it."""
    number = 0

    def publish_(stage: Stage | Path, replace: bool = False, **run: Any) -> Loaded:
        nonlocal number
        number += 1
        folder = stage if isinstance(stage, Path) else stage.write(tmp_path / f"stage-{number}")
        if number == 1:
            shutil.copy(new_warehouse, path)
        with publish.writing(path) as con:
            loaded = load.load(
                con, folder, RUN | {"run_id": f"run-{number}"} | run, replace=replace
            )
            aggregate.refresh(con, loaded.days)
        return loaded

    return publish_
