"""A warehouse that several machines write: a DuckLake on shared storage.

The tables are Parquet files in a folder that every machine sees, the catalogue is in PostgreSQL.
Where a command takes a warehouse, a file `<name>.lake` stands for it, which says in TOML where::

    catalogue = "postgresql://news@db.example/news"    # as libpq reads it; the password: ~/.pgpass
    data = "/shared/newsmill"                          # the folder, as this machine sees it
    schema = "newsmill"                                # of PostgreSQL, and a folder in that one

Readers see one whole night, since a night is one transaction of the lake. Writers take turns by an
advisory lock of PostgreSQL's, which ends with the session that holds it. Older nights are snapshots
of the lake.

DuckLake (Raasveldt and Mühleisen, 2025, specification 1.0) knows no comments on macros and columns
of views; everything else of the schema is the same.
"""

from __future__ import annotations

import importlib.util
import itertools
import logging
import os
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connect import (
    SAFE,
    MissingWarehouseError,
    NotAWarehouseError,
    UnreachableError,
    WarehouseBusyError,
    WarehouseError,
    first_line,
    literal,
    transaction,
)

if TYPE_CHECKING:
    import duckdb

DATABASE = "newsmill"
"""What the lake is attached as."""

AUTHOR = "newsmill"
"""Who signs the snapshots that are whole nights."""

TURN_SECONDS = 600.0
"""How long a load waits for another machine's at least: loads take seconds to minutes."""

READERS_STAY = timedelta(days=1)
"""How long files that no kept night needs stay, for readers that opened the lake before."""

_REWRITE_ABOVE = 0.25
"""Files of which more than this share is deleted are written anew."""

_EXTENSIONS = ("postgres_scanner", "ducklake")

_SETTINGS = {"catalogue", "data", "schema"}


@dataclass(frozen=True, slots=True)
class Lake:
    """Where a lake is: connection string of the catalogue, its schema, the folder of the data."""

    catalogue: str
    data: Path
    schema: str


def described(path: Path) -> Lake:
    """Read a `.lake` file.

    Raises `MissingWarehouseError` where there is none, `NotAWarehouseError` where it says
    something else.
    """
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise MissingWarehouseError(
            f"There is no {path}. It should say where the lake is: "
            'catalogue = "postgresql://user@host/database", data = "/shared/folder".'
        ) from error
    except (OSError, ValueError) as error:
        raise NotAWarehouseError(f"{path} cannot be read as TOML: {error}") from error
    missing = {"catalogue", "data"} - told.keys()
    unknown = told.keys() - _SETTINGS
    wrong = [name for name, value in told.items() if not isinstance(value, str) or not value]
    if missing or unknown or wrong:
        problems = [
            *(f"{name} is missing" for name in sorted(missing)),
            *(f"{name} is not known" for name in sorted(unknown)),
            *(f"{name} is not a text" for name in sorted(set(wrong) - unknown)),
        ]
        raise NotAWarehouseError(
            f"{path} does not describe a lake: {', '.join(problems)}. It has catalogue (how "
            "PostgreSQL is reached), data (a folder) and, if you like, schema."
        )
    schema = told.get("schema", "newsmill")
    if schema in (".", "..") or "/" in schema or "\\" in schema:
        raise NotAWarehouseError(f"{path} does not describe a lake: schema names no folder.")
    # Relative to the file, so that a run started elsewhere finds the same folder; one of its own,
    # since what the catalogue does not know in it goes.
    home = Path(os.path.realpath(path)).parent
    data = (home / Path(told["data"]).expanduser()).absolute() / schema
    return Lake(told["catalogue"], data, schema)


def exists(path: Path) -> bool:
    """Return whether a lake holds a warehouse. Raises what `described` and opening it raise."""
    lake = described(path)
    with _session(path, lake) as con:
        return _is_there(con, lake)


def open_published(path: Path, *, folders: Sequence[Path] = ()) -> duckdb.DuckDBPyConnection:
    """Open a lake read-only, without access to anything else but `folders`.

    Each statement sees the newest night, those between `BEGIN` and `COMMIT` the same one.

    Raises `MissingWarehouseError` where the lake is empty, `NotAWarehouseError` for a `.lake` file
    that describes none, `UnreachableError` where it cannot be reached.
    """
    lake = described(path)
    con = _session(path, lake)
    try:
        if not _is_there(con, lake):
            raise MissingWarehouseError(
                f"There is no warehouse in the lake of {path} yet. Run `newsmill run` to make one."
            )
        con.execute("DETACH catalogue")
        _attach(con, path, lake, "READ_ONLY, OVERRIDE_DATA_PATH true")
        allowed = ", ".join(literal(f"{folder}/") for folder in (lake.data, *folders))
        con.execute(f"SET allowed_directories = [{allowed}]")
        con.execute("SET enable_external_access = false")
        con.execute(f"USE {DATABASE}")
        if not folders:
            con.execute("SET lock_configuration = true")
    except BaseException:
        con.close()
        raise
    return con


@contextmanager
def writing(
    path: Path, *, wait: float = 0, holder: str = "", keep: timedelta | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the lake for one night: what the block does becomes visible at once, when it ends well.

    Waits for its turn for `wait` seconds, at least ten minutes. With `keep` nights older than that
    go, and files of theirs a day later.

    Raises what `open_published` raises, and `WarehouseBusyError`.
    """
    from warehouse import migrate

    lake = described(path)
    with (
        _session(path, lake) as con,
        _turn(con, path, lake, max(wait, TURN_SECONDS), holder) as still_ours,
    ):
        is_new = not _has_catalogue(con, lake)
        if is_new:
            _make_folder(path, lake)
        _attach(con, path, lake, "" if is_new else "OVERRIDE_DATA_PATH true")
        con.execute(f"USE {DATABASE}")
        with transaction(con):
            migrate.migrate(con, path)
            yield con
            con.execute(f"CALL {DATABASE}.set_commit_message(?, ?)", [AUTHOR, holder])
            still_ours()
        if keep is not None:
            _maintain(con, keep)


def nights(path: Path) -> list[tuple[datetime, int, datetime]]:
    """Return the older nights that a lake holds: until when it was published (UTC), its snapshot,
    and since when."""
    with open_published(path) as con:
        found = con.execute(
            f"SELECT snapshot_time, snapshot_id FROM {DATABASE}.snapshots() WHERE author = ?"
            " ORDER BY snapshot_id",
            [AUTHOR],
        ).fetchall()
    return [
        (until.astimezone(UTC), number, since.astimezone(UTC))
        for (since, number), (until, _) in itertools.pairwise(found)
    ]


def restore(path: Path, snapshot: int, *, wait: float = 0) -> None:
    """Give every table the rows that it had at a snapshot; what this replaces is a kept night.

    Raises what `writing` raises, and `WarehouseError` where the snapshot has gone or its tables had
    other columns.
    """
    import duckdb

    from warehouse import migrate

    told = described(path)
    with writing(path, wait=wait, holder="restore") as con:
        # Attached once more, since in one transaction a table's past lacks what was deleted there.
        _attach(
            con,
            path,
            told,
            f"READ_ONLY, OVERRIDE_DATA_PATH true, SNAPSHOT_VERSION {snapshot:d}",
            name="past",
        )
        then = con.execute("SELECT max(version) FROM past.schema_version").fetchone()
        if then is None or then[0] != migrate.newest():
            raise WarehouseError(
                f"Snapshot {snapshot} of {path} has an older schema (version {then and then[0]};"
                f" now {migrate.newest()}), so it cannot be restored."
            )
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables()"
            " WHERE database_name = current_database() AND schema_name = 'main'"
            " AND table_name <> 'schema_version'"  # what it says of columns stays true
        ).fetchall()
        for (table,) in tables:
            try:
                con.execute(f"DELETE FROM {table}")
                con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM past.{table}")
            except duckdb.Error as error:
                raise WarehouseError(
                    f"Snapshot {snapshot} of {path} cannot be restored: {first_line(error)}"
                ) from error


def size(path: Path) -> int:
    """Return the bytes of the files that hold the lake's newest night."""
    with open_published(path) as con:
        row = con.execute(
            "SELECT sum(file_size_bytes + delete_file_size_bytes)"
            f" FROM ducklake_table_info('{DATABASE}')"
        ).fetchone()
    return int(row[0] or 0) if row else 0


def _session(path: Path, lake: Lake) -> duckdb.DuckDBPyConnection:
    """Open a session in which the catalogue is attached as a PostgreSQL database."""
    import duckdb

    config = {name: value for name, value in SAFE.items() if name != "enable_external_access"}
    con = duckdb.connect(config=config)
    try:
        for name in _EXTENSIONS:
            _load(con, name)
        con.execute("SET TimeZone = 'UTC'")
        try:
            con.execute(f"ATTACH {literal(lake.catalogue)} AS catalogue (TYPE postgres)")
        except duckdb.Error as error:
            raise UnreachableError(
                f"The catalogue of {path} cannot be reached:"
                f" {first_line(error).replace(lake.catalogue, '…')}. Check that "
                "PostgreSQL runs, the catalogue in the file, and the password in ~/.pgpass or "
                "PGPASSWORD."
            ) from error
    except BaseException:
        con.close()
        raise
    return con


def _load(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its package, else one that DuckDB itself has installed."""
    import duckdb

    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    found: list[Path] = []
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}"
        found = sorted(folder.rglob(f"{name}.duckdb_extension"))
    try:
        con.execute(f"LOAD {literal(found[0])}" if found else f"LOAD {name}")
    except duckdb.Error as error:
        raise WarehouseError(
            f"A lake needs DuckDB's extension {name}, which is not there for DuckDB "
            f"{duckdb.__version__}: pip install 'newsmill[lake]'. ({first_line(error)})"
        ) from error


def _tables_of(lake: Lake) -> str:
    return '"' + lake.schema.replace('"', '""') + '".ducklake_table'


def _has_catalogue(con: duckdb.DuckDBPyConnection, lake: Lake) -> bool:
    """Return whether PostgreSQL has a lake in the schema, perhaps without a table."""
    name = literal(_tables_of(lake))
    return _ask(con, f"SELECT CAST(to_regclass({name}) AS text) AS name")[0][0] is not None


def _is_there(con: duckdb.DuckDBPyConnection, lake: Lake) -> bool:
    """Return whether the catalogue has a warehouse's tables in the schema."""
    table = _tables_of(lake)
    return _has_catalogue(con, lake) and bool(
        _ask(
            con,
            f"SELECT count(*) AS tables FROM {table}"
            " WHERE table_name = 'schema_version' AND end_snapshot IS NULL",
        )[0][0]
    )


def _attach(
    con: duckdb.DuckDBPyConnection, path: Path, lake: Lake, options: str, *, name: str = DATABASE
) -> None:
    import duckdb

    more = f", {options}" if options else ""
    try:
        con.execute(
            f"ATTACH {literal(_address(lake))} AS {name} (METADATA_SCHEMA"
            f" {literal(lake.schema)}, DATA_PATH {literal(f'{lake.data}/')}{more})"
        )
    except duckdb.Error as error:
        raise WarehouseError(f"The lake of {path} cannot be opened: {first_line(error)}") from error


def _address(lake: Lake) -> str:
    return f"ducklake:postgres:{lake.catalogue}"


def _make_folder(path: Path, lake: Lake) -> None:
    try:
        lake.data.mkdir(parents=True, exist_ok=True)
        if any(lake.data.iterdir()):
            raise WarehouseError(
                f"{lake.data} is not empty, and PostgreSQL knows no lake in it. Name another schema"
                f" or another folder in {path}, or empty this one."
            )
    except OSError as error:
        raise WarehouseError(
            f"The folder {lake.data} of {path} cannot be made: {error.strerror or error}."
        ) from error


@contextmanager
def _turn(
    con: duckdb.DuckDBPyConnection, path: Path, lake: Lake, wait: float, holder: str
) -> Iterator[Callable[[], None]]:
    """Hold the lake's advisory lock, in a transaction of its own beside `con`.

    Gives a function that raises `UnreachableError` where the lock has been lost meanwhile.
    """
    import duckdb

    key = f"hashtextextended({literal(f'newsmill {lake.schema}')}, 0)"
    # A name for whoever waits, and no limit to how long a quiet transaction may stay open.
    name = literal(f"newsmill {holder}".strip()[:63])
    settings = (
        f"SELECT set_config('application_name', {name}, true) AS name,"
        " set_config('idle_in_transaction_session_timeout', '0', true) AS limit_,"
        " set_config('tcp_keepalives_idle', '60', true) AS idle"
    )
    deadline = time.monotonic() + wait
    with con.cursor() as guard:
        while True:
            guard.execute("BEGIN")
            _ask(guard, settings)
            if _ask(guard, f"SELECT pg_try_advisory_xact_lock({key}) AS is_held")[0][0]:
                break
            other = _holder(guard, key) if time.monotonic() > deadline else None
            guard.execute("ROLLBACK")
            if other is not None:
                raise WarehouseBusyError(
                    f"Another machine writes to {path}{other}. Wait for it to end, or stop it."
                )
            time.sleep(0.2)

        def still_ours() -> None:
            try:
                _ask(guard, "SELECT 1 AS here")
            except duckdb.Error as error:
                raise UnreachableError(
                    f"The connection that held the turn at {path} was lost, so nothing was"
                    f" written: {first_line(error)}"
                ) from error

        try:
            yield still_ours
        finally:
            with suppress(duckdb.Error):  # a lost connection holds no lock
                guard.execute("ROLLBACK")


def _holder(con: duckdb.DuckDBPyConnection, key: str) -> str:
    """Return who holds the lock, in parentheses, where PostgreSQL tells."""
    found = _ask(
        con,
        "SELECT a.application_name, coalesce(host(a.client_addr), 'the same host') AS host"
        " FROM pg_locks AS l INNER JOIN pg_stat_activity AS a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted"
        f" AND ((l.classid::bigint << 32) | l.objid::bigint) = {key}",
    )
    return f" ({found[0][0]}, on {found[0][1]})" if found else ""


def _ask(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Run a query in PostgreSQL, in the transaction that is open there."""
    return con.execute(f"FROM postgres_query('catalogue', {literal(query)})").fetchall()


def _maintain(con: duckdb.DuckDBPyConnection, keep: timedelta) -> None:
    """Let go of nights replaced longer than `keep` ago, join small files, write anew those mostly
    deleted. The night is published by then: what fails here is left to the next one."""
    import duckdb

    stay = f"now() - INTERVAL {int(max(keep, READERS_STAY).total_seconds())} SECOND"
    try:
        over = _expired(con, keep)
        con.execute(f"CALL ducklake_flush_inlined_data('{DATABASE}')")
        if over:
            con.execute(f"CALL ducklake_expire_snapshots('{DATABASE}', versions => {over})")
        con.execute(f"CALL ducklake_merge_adjacent_files('{DATABASE}')")
        con.execute(
            f"CALL ducklake_rewrite_data_files('{DATABASE}', delete_threshold => {_REWRITE_ABOVE})"
        )
        con.execute(f"CALL ducklake_cleanup_old_files('{DATABASE}', older_than => {stay})")
        # What writers that died left. The folder is this lake's own.
        con.execute(f"CALL ducklake_delete_orphaned_files('{DATABASE}', older_than => {stay})")
    except duckdb.Error as error:
        logging.getLogger(__name__).warning(
            "the lake was not tidied, which the next night will do: %s", first_line(error)
        )


def _expired(con: duckdb.DuckDBPyConnection, keep: timedelta) -> list[int]:
    """Return the snapshots before the oldest night that is to stay."""
    found = con.execute(
        f"SELECT snapshot_id, snapshot_time, author FROM {DATABASE}.snapshots() ORDER BY 1"
    ).fetchall()
    whole = [(number, moment) for number, moment, author in found if author == AUTHOR]
    limit = datetime.now(UTC) - keep
    staying = [
        number
        for (number, _), (_, replaced) in itertools.pairwise(whole)
        if replaced.astimezone(UTC) >= limit
    ]
    first = min([*staying, whole[-1][0]]) if whole else 0
    return [number for number, _, _ in found if number < first]


__all__ = [
    "Lake", "described", "exists", "nights", "open_published", "restore",
    "size", "writing",
]  # fmt: skip
