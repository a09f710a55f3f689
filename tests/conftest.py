"""Fixtures that every test may use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import PASSWORD, Postgres, server

REPOSITORY = Path(__file__).resolve().parents[1]

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of gold data and real dumps beside the checkout; skips where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "gold").is_dir():
        pytest.skip("no gold data beside this checkout")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server, whose password libpq takes from the environment."""
    with server() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", PASSWORD)
        yield running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def newsmill(home: Path) -> Call:
    """Call the command line in an empty folder with its own Prefect home."""

    def call(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("NEWSMILL_")
        }
        environment.pop("PREFECT_API_URL", None)
        environment |= {"PREFECT_HOME": str(home / "prefect"), "NEWSMILL_WORKERS": "1"}
        environment |= options.pop("environment", {})
        return subprocess.run(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=options.pop("cwd", home),
            env=environment,
            timeout=280,
            check=False,
            **options,
        )

    return call


@pytest.fixture(scope="session")
def samples(home: Path, newsmill: Call) -> Path:
    """The warehouse of the sample dumps."""
    warehouse = home / "samples.duckdb"
    done = newsmill("run", "--warehouse", warehouse, "--json")
    assert done.returncode == 0, done.stderr
    (home / "first.json").write_text(done.stdout)
    return warehouse


@pytest.fixture(scope="session")
def first_run(home: Path, samples: Path) -> dict[str, Any]:
    """What the first run printed with `--json`."""
    record: dict[str, Any] = json.loads((home / "first.json").read_text())
    return record
