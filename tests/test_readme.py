"""README and the command line cannot drift apart."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import typer.main

from flows.cli import app
from flows.settings import Settings
from warehouse import connect

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_in_the_readme(name: str) -> None:
    assert f"`newsmill {name}" in README
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option) or parameter.param_type_name == "option":
            assert any(option in README for option in parameter.opts), parameter.opts


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_explains_itself(name: str) -> None:
    assert len(COMMANDS[name].help or "") > 30
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "option":
            assert getattr(parameter, "help", None), parameter.opts


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme_and_described(name: str) -> None:
    assert f"| `{name}` |" in README
    assert Settings.model_fields[name].description


def queries() -> list[str]:
    """The SQL of every call of `newsmill sql` that README shows."""
    calls = re.findall(r"^\$ newsmill (sql .+)$", README, flags=re.MULTILINE)
    return [shlex.split(call)[1] for call in calls]


def test_the_cookbook_answers_twenty_questions() -> None:
    cookbook = README.partition("## Cookbook")[2].partition("\n## ")[0]
    assert cookbook.count("$ newsmill sql") == cookbook.count("\n**") >= 20


def test_every_query_runs_on_the_samples(samples: Path) -> None:
    with connect.open_published(samples) as con:
        for query in queries():
            rows = con.execute(query).fetchall()
            assert rows or "version" in query or "thread" in query, query


def test_the_readme_has_no_place_holder_left() -> None:
    assert "<!--" not in README
