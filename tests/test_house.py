"""The house rules: which room may import what, and what stands at the top level."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

FORBIDDEN = {
    "transforms": {"prefect", "duckdb", "flows", "warehouse", "httpx", "requests", "socket"},
    "warehouse": {"prefect", "spacy", "flows", "transforms"},
    "flows": {"spacy"},
}


def modules(room: str) -> list[Path]:
    return sorted((REPOSITORY / room).rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_nothing_that_belongs_elsewhere(room: str) -> None:
    wrong = {
        f"{module.relative_to(REPOSITORY)} imports {name}"
        for module in modules(room)
        for name in imported(module)
        if name in FORBIDDEN[room]
    }
    assert not wrong


def test_only_the_warehouse_connects_to_duckdb() -> None:
    calls = [
        str(module.relative_to(REPOSITORY))
        for room in ("flows", "transforms")
        for module in modules(room)
        if "duckdb.connect" in module.read_text(encoding="utf-8")
    ]
    assert not calls


def test_flows_hold_no_sql_statement_of_their_own() -> None:
    """The hints for users are the only SQL outside `warehouse`."""
    allowed = {"report.py", "artifact.py", "cli.py"}
    wrong = [
        module.name
        for module in modules("flows")
        if module.name not in allowed
        and re.search(r"SELECT [^A-Z]", module.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_transforms_load_without_prefect_and_duckdb() -> None:
    code = (
        "import sys, transforms.read, transforms.segment, transforms.deduplicate, "
        "transforms.extract.coder; "
        "print(sorted({'prefect', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.strip() == "[]"


def test_a_query_starts_without_the_readers() -> None:
    """Loading them takes longer than answering most queries."""
    code = (
        "import sys, flows.commands, flows.shell; "
        "print(sorted({'transforms.read', 'lxml', 'polars', 'spacy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.strip() == "[]"


def test_transforms_ask_no_clock() -> None:
    wrong = [
        f"{module.relative_to(REPOSITORY)}: {sign}"
        for module in modules("transforms")
        for sign in ("datetime.now(", "date.today(", "time.time(", "utcnow(")
        if sign in module.read_text(encoding="utf-8")
    ]
    assert not wrong


def test_only_the_house_stands_at_the_top_level() -> None:
    done = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    visible = {line.split("/")[0] for line in done.stdout.splitlines() if line[0] != "."}
    assert visible <= {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "constraints.txt",
        "prefect.yaml",
        "flows",
        "transforms",
        "warehouse",
        "tests",
    }
