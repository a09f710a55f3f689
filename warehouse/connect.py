"""Open warehouse files, and the errors that opening, loading and publishing raise."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import copies

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


class UnreachableError(WarehouseError):
    """A lake's catalogue or its data cannot be reached, which may pass."""


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
_LOCKED = "configuration has been locked"

_SPELLINGS: dict[str, dict[copies.Identity, int]] = {}
"""Of each path the files that this process has open by it, and by which spelling."""

_OPENING = threading.Lock()


def may_pass(error: BaseException | None) -> bool:
    """Return whether what failed may work a moment later: a lock, a disk, a server; not data."""
    import duckdb

    return isinstance(error, OSError | WarehouseBusyError | UnreachableError | duckdb.Error)


def database_error(error: BaseException) -> str | None:
    """Return in one line what DuckDB says went wrong; None where the error is not DuckDB's.

    Without loading DuckDB: what has not been loaded has raised nothing.
    """
    duckdb = sys.modules.get("duckdb")
    if duckdb is None or not isinstance(error, duckdb.Error):
        return None
    return first_line(error)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says that is not blank."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason")


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

        try:
            return lake.size(path)
        except MissingWarehouseError:
            return 0
    return path.stat().st_size if path.exists() else 0


_transactions: dict[int, bool] = {}
"""The connections with a transaction of `transaction`, and whether a part of it has failed."""


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Do a block in one transaction: all of it or nothing. Inside another block, be part of it."""
    if id(con) in _transactions:
        try:
            yield
        except BaseException:
            _transactions[id(con)] = True
            raise
        return
    con.execute("BEGIN")
    _transactions[id(con)] = False
    try:
        try:
            yield
            if _transactions[id(con)]:
                raise WarehouseError("A part of the transaction has failed: none of it is kept.")
        except BaseException:
            con.execute("ROLLBACK")
            raise
        # Not among what is rolled back: a commit that fails has ended the transaction.
        con.execute("COMMIT")
    finally:
        del _transactions[id(con)]


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

    The connection keeps its night: what is published later shows to whoever opens the path then,
    also in the same process while this one is still open.

    Raises `MissingWarehouseError`, `NotAWarehouseError`, `NewerWarehouseError`, or
    `WarehouseBusyError` where a program has the file open for writing, or this process has it open
    by a connection that is not from here.
    """
    from warehouse import lake

    if is_lake(path):
        return _checked(lake.open_published(path), path)
    if not path.is_file():
        raise MissingWarehouseError(
            f"There is no warehouse at {path}. Run `newsmill run` to make one, or name another "
            "with --warehouse."
        )
    return _checked(_connected(path), path)


def _checked(con: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that this program can read."""
    from warehouse import migrate

    try:
        migrate.check(con, path)
    except BaseException:
        con.close()
        raise
    return con


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    """Connect to the file that has the name now; share what this process has open of the same.

    DuckDB has one instance a path in a process, whatever file it once opened by it. So an instance
    is marked with its file, which DuckDB compares, and another file goes by another spelling.
    """
    import duckdb

    with _OPENING:
        while True:
            file = copies.identity(path.stat())
            used = _SPELLINGS.setdefault(os.path.realpath(path), {})
            for other in [other for other in used if not copies.is_read_here(other)]:
                del used[other]
            others = range(len(used.keys() - {file}) + 1)
            for spelling in dict.fromkeys([used.get(file, 0), *others]):
                try:
                    con = _instance(path, spelling, file)
                    break
                except duckdb.Error as error:
                    refusal = error
            else:
                raise _refusal(path, refusal) from refusal
            if copies.identity(path.stat()) == file:
                used[file] = spelling
                return con
            con.close()  # it was replaced at this moment


def _instance(path: Path, spelling: int, file: copies.Identity) -> duckdb.DuckDBPyConnection:
    """Open a file read-only by one of the spellings of its path, without external access."""
    import duckdb

    name, config = str(path), dict(SAFE)
    if spelling:
        name = f"duckdb:{path.absolute().parent}{os.sep}{f'.{os.sep}' * spelling}{path.name}"
        del config["enable_external_access"]  # it would refuse this spelling; follows below
    config["custom_user_agent"] = f"newsmill {file}"
    con = duckdb.connect(name, read_only=True, config=config)
    try:
        for setting in ("enable_external_access = false", "GLOBAL TimeZone = 'UTC'"):
            con.execute(f"SET {setting}")
        con.execute("SET lock_configuration = true")
    except duckdb.InvalidInputException as error:
        if _LOCKED not in str(error):  # by the connection that shares the instance
            con.close()
            raise
    return con


def _refusal(path: Path, error: Exception) -> WarehouseError:
    message = str(error)
    if _FOREIGN_LOCK in message:
        return WarehouseBusyError(
            f"{path} is open for writing in another program, so it cannot be opened. Close that "
            f"program, or let it open the file read-only. ({first_line(error)})"
        )
    if "different configuration" in message:
        return WarehouseBusyError(
            f"{path} is open in this process with other settings. Close that connection, or pass "
            "it on instead of the path."
        )
    if "version number" in message and "newer" in message.lower():
        return NewerWarehouseError(
            f"{path} was written by a newer version of DuckDB than this newsmill has. Upgrade "
            f"newsmill (pip install --upgrade newsmill). ({first_line(error)})"
        )
    return NotAWarehouseError(
        f"{path} is not a newsmill warehouse: DuckDB cannot open it. Name another file with "
        f"--warehouse. ({first_line(error)})"
    )
