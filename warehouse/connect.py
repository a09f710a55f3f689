"""Open warehouse files, and the errors that opening, loading and publishing raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


class WarehouseError(Exception):
    """Something about a warehouse that its operator can act on; the message says how."""


class MissingWarehouseError(WarehouseError):
    """There is no file where the warehouse should be."""


class NotAWarehouseError(WarehouseError):
    """The file is not a newsmill warehouse, perhaps not even a DuckDB file."""


class NewerWarehouseError(WarehouseError):
    """A newer newsmill made the file; this one does not know its schema."""


class WarehouseBusyError(WarehouseError):
    """Another run, or another program that writes, holds the warehouse."""


class MovedError(WarehouseError):
    """Another run has written since this one looked, so what it decided may no longer hold."""


class StageError(WarehouseError):
    """The staged frames do not fit the tables, or contradict themselves or the warehouse."""


SAFE: Mapping[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
}
"""Settings for files from others: no file, network or extension beyond the file itself."""

_FOREIGN_LOCK = "Could not set lock on file"


def sql_files(folder: str) -> list[tuple[str, str]]:
    """Return (name without suffix, text) of the package's `folder/*.sql`, sorted by name."""
    return [
        (entry.name.removesuffix(".sql"), entry.read_text("utf-8"))
        for entry in sorted(_entries(folder), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
    ]


def sql(folder: str, name: str) -> str:
    """Return the text of the package's `folder/name.sql`."""
    return files("warehouse").joinpath(folder, f"{name}.sql").read_text("utf-8")


def _entries(folder: str) -> list[Traversable]:
    return list(files("warehouse").joinpath(folder).iterdir())


def section(text: str, marker: str) -> str:
    """Return what follows the line `-- marker:` of an SQL file; empty where there is none.

    Without a marker (the empty string) return what precedes the first section.
    """
    before, found, after = text.partition("\n-- rebuild:")
    if not found:
        before, found, after = text.partition("\n-- refresh:")
    if not marker:
        return before
    return after.partition("\n")[2] if found.startswith(f"\n-- {marker}:") else ""


LAKE_SUFFIX = ".lake"


def is_lake(path: Path) -> bool:
    """Return whether a warehouse is a lake, by the name of the file that stands for it."""
    return path.suffix == LAKE_SUFFIX


def exists(path: Path) -> bool:
    """Return whether there is a warehouse: a file, or tables in a lake."""
    if is_lake(path):
        from warehouse import lake

        return lake.exists(path)
    return path.exists()


def size(path: Path) -> int:
    """Return the bytes that a warehouse takes on disk; 0 where there is none."""
    if is_lake(path):
        from warehouse import lake

        return lake.size(path) if lake.exists(path) else 0
    return path.stat().st_size if path.exists() else 0


_transactions: set[int] = set()
"""The connections with a transaction of `transaction`."""


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Do a block in one transaction: all of it or nothing. Inside another block, be part of it."""
    if id(con) in _transactions:
        yield
        return
    con.execute("BEGIN")
    _transactions.add(id(con))
    try:
        try:
            yield
        except BaseException:
            con.execute("ROLLBACK")
            raise
        # Not among what is rolled back: a commit that fails has ended the transaction.
        con.execute("COMMIT")
    finally:
        _transactions.discard(id(con))


def literal(text: Path | str) -> str:
    """Return a text or path as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def open_private(path: Path, *, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a file that no reader knows, for writing; create it where it is missing.

    Raises `NotAWarehouseError` where DuckDB cannot read the file.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        # Nobody reads a private file: it is written once, at the end, instead of after each step.
        "checkpoint_threshold": "1TB",
    }
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    try:
        con = duckdb.connect(str(path), config=config)
    except duckdb.Error as error:
        raise _refusal(path, error) from error
    con.execute("SET TimeZone = 'UTC'")
    return con


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published warehouse read-only, without external access or extensions, locked so.

    The connection keeps its snapshot: a night published later shows after closing and opening.
    (Within one process every open connection must be closed first, since DuckDB shares one
    instance for a path.)

    Raises `MissingWarehouseError`, `NotAWarehouseError`, `NewerWarehouseError`, or
    `WarehouseBusyError` where a program has the file open for writing.
    """
    import duckdb

    from warehouse import lake

    if is_lake(path):
        return _checked(lake.open_published(path), path)
    if not path.is_file():
        raise MissingWarehouseError(
            f"There is no warehouse at {path}. Run `newsmill run` to make one, or name another "
            "with --warehouse."
        )
    try:
        con = duckdb.connect(str(path), read_only=True, config=dict(SAFE))
    except duckdb.Error as error:
        raise _refusal(path, error) from error
    return _checked(con, path)


def _checked(con: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that this program can read, with its settings locked."""
    from warehouse import migrate

    try:
        migrate.check(con, path)
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET lock_configuration = true")
    except BaseException:
        con.close()
        raise
    return con


def _refusal(path: Path, error: Exception) -> WarehouseError:
    message = str(error)
    if _FOREIGN_LOCK in message:
        return WarehouseBusyError(
            f"{path} is open for writing in another program, so it cannot be opened. Close that "
            f"program, or let it open the file read-only. ({message.splitlines()[0]})"
        )
    if "different configuration" in message:
        return WarehouseBusyError(
            f"{path} is open in this process with other settings. Close that connection, or pass "
            "it on instead of the path."
        )
    if "version number" in message and "newer" in message.lower():
        return NewerWarehouseError(
            f"{path} was written by a newer version of DuckDB than this newsmill has. Upgrade "
            f"newsmill (pip install --upgrade newsmill). ({message.splitlines()[0]})"
        )
    return NotAWarehouseError(
        f"{path} is not a newsmill warehouse: DuckDB cannot open it. Name another file with "
        f"--warehouse. ({message.splitlines()[0]})"
    )
