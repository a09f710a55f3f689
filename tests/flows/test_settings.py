from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import typer
from pydantic import ValidationError

from flows import cli, nightly, settings


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "WAREHOUSE", "WORKERS", "MODEL"):
        monkeypatch.delenv(f"NEWSMILL_{name}", raising=False)


def test_option_beats_environment_beats_file_beats_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.load().warehouse == Path("newsmill.duckdb")
    (tmp_path / "newsmill.toml").write_text('warehouse = "file.duckdb"\nworkers = 3\n')
    assert settings.load().warehouse == Path("file.duckdb")
    monkeypatch.setenv("NEWSMILL_WAREHOUSE", "environment.duckdb")
    assert settings.load().warehouse == Path("environment.duckdb")
    assert settings.load(warehouse=Path("option.duckdb")).warehouse == Path("option.duckdb")
    assert settings.load(warehouse=None).warehouse == Path("environment.duckdb")
    assert settings.load().workers == 3


def test_doctor_can_say_where_each_value_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "newsmill.toml").write_text("workers = 3\n")
    monkeypatch.setenv("NEWSMILL_MODEL", "xx_model")
    rows = {name: (value, origin) for name, value, origin in settings.origins(settings.load())}
    assert rows["workers"] == ("3", "newsmill.toml")
    assert rows["model"] == ("xx_model", "environment NEWSMILL_MODEL")
    assert rows["warehouse"] == ("newsmill.duckdb", "default")


def test_a_value_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSMILL_WORKERS", "many")
    with pytest.raises(ValidationError, match="workers"):
        settings.load()


def test_languages_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSMILL_LANGUAGES", "en, de")
    assert settings.load().languages == ("en", "de")


def test_knowledge_from_the_environment_and_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "newsmill.toml").write_text('knowledge = ["mine", "verbs.tsv"]\n')
    assert settings.load().knowledge == (Path("mine"), Path("verbs.tsv"))
    monkeypatch.setenv("NEWSMILL_KNOWLEDGE", "a,b")
    assert settings.load().knowledge == (Path("a"), Path("b"))
    rows = {name: value for name, value, _ in settings.origins(settings.load())}
    assert rows["knowledge"] == "a,b"


def test_a_run_by_hand_takes_what_a_run_on_the_command_line_takes() -> None:
    of_flow = inspect.signature(nightly.nightly.fn).parameters
    command = typer.main.get_command(cli.app).commands["run"]  # type: ignore[attr-defined]
    of_line = {each.name: each for each in command.params}
    told = {"as_json", "verbose", "help"}  # how the command line shows what it does
    assert set(of_line) - told <= set(of_flow)
    others = set(of_flow) - set(of_line)
    assert others <= set(settings.Settings.model_fields)  # what only the settings say
    for name in set(of_line) & set(of_flow):
        assert of_flow[name].default in (None, False), name
        assert not of_line[name].default, name
