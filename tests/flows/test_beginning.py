from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from flows import beginning, settings
from flows.settings import Settings
from tests.conftest import Call


@pytest.fixture(autouse=True)
def without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(f"NEWSMILL_{name}", raising=False)


def commented_in(text: str) -> str:
    """The file with every setting in effect."""
    text = re.sub(r"^# (\w+ = |\[\w+\]$)", r"\1", text, flags=re.MULTILINE)
    return text.replace("[fields]\n# ", "[fields]\n")


def test_every_setting_is_in_the_file_with_its_meaning() -> None:
    text = beginning.settings_file()
    assert set(tomllib.loads(commented_in(text))) == set(Settings.model_fields)
    for field in Settings.model_fields.values():
        assert field.description and f"# {field.description}\n" in text


def test_the_file_as_written_gives_the_defaults_and_an_inbox(tmp_path: Path) -> None:
    defaults = settings.load().model_dump()
    (tmp_path / "newsmill.toml").write_text(beginning.settings_file(), "utf-8")
    assert settings.load().model_dump() == {**defaults, "inbox": Path("inbox")}


def test_what_is_commented_out_is_the_default_or_an_example(tmp_path: Path) -> None:
    defaults = settings.load().model_dump()
    (tmp_path / "newsmill.toml").write_text(commented_in(beginning.settings_file()), "utf-8")
    found = settings.load().model_dump()
    different = {name for name, value in found.items() if value != defaults[name]}
    assert different | {"workers"} == {*beginning._EXAMPLES, *beginning._TABLES}


def test_init_writes_once_and_says_what_is_next(tmp_path: Path, newsmill: Call) -> None:
    folder = tmp_path / "new" / "news"
    done = newsmill("init", folder, "--systemd")
    assert done.returncode == 0, done.stderr
    assert (folder / "inbox").is_dir()
    for command in ("newsmill doctor", "newsmill run", "newsmill serve", "systemctl --user"):
        assert command in done.stdout
    unit = (folder / "newsmill.service").read_text("utf-8")
    assert f"WorkingDirectory={folder}\n" in unit
    assert "Restart=always" in unit and "KillSignal=SIGTERM" in unit

    (folder / "newsmill.toml").write_text("workers = 3\n")
    again = newsmill("init", folder)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert (folder / "newsmill.toml").read_text() == "workers = 3\n"
    assert newsmill("init", folder, "--force").returncode == 0
    assert (folder / "newsmill.toml").read_text("utf-8") == beginning.settings_file()


def test_a_run_in_the_new_folder_reads_its_inbox(tmp_path: Path, newsmill: Call) -> None:
    assert newsmill("init", cwd=tmp_path).returncode == 0
    checks = newsmill("doctor", cwd=tmp_path)
    assert "inbox" in checks.stdout
    done = newsmill("run", cwd=tmp_path)
    assert done.returncode == 0
    assert "no dump is there" in done.stdout
