"""Publish nights: readers see one whole night's state, and nobody waits for anybody.

DuckDB lets one process write or many read, so the published file is never written. A run takes a
lock of newsmill's own, copies the file to a private one beside it (a copy-on-write clone where the
file system can), loads into that, and renames it over the published name: open readers keep the old
night's file, new ones open the new one. A run that dies leaves a private file that the next run
removes; the published file is whole at every moment.

Older nights can be kept beside the file, as `<name>.<time>.kept`, and restored.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connect import (
    MissingWarehouseError,
    WarehouseBusyError,
    WarehouseError,
    open_private,
    open_published,
)
from warehouse.migrate import migrate

if TYPE_CHECKING:
    import duckdb
    from filelock import BaseFileLock

_FICLONE = 0x40049409
"""Linux ioctl that makes one file share the blocks of another (ioctl_ficlone(2))."""

_COMPACT_ABOVE = 0.25
"""Copy a file block by block only up to this share of free blocks; above, write it anew."""

_KEPT_FORMAT = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Held:
    """A held lock on a warehouse; pass it to `writing`."""

    path: Path
    lock: BaseFileLock


@contextmanager
def lock(path: Path, *, wait: float = 0, holder: str = "") -> Iterator[Held]:
    """Hold the warehouse against other runs, for as long as a run takes.

    Waits up to `wait` seconds. `holder` (such as a run's name) is shown to whoever waits. The lock
    is the operating system's, so it ends with the process that holds it, however that dies; it can
    be used from every thread of that process. Readers are not concerned.

    Raises `WarehouseBusyError`, which says who holds it, or `WarehouseError` where the folder
    cannot be made or written.
    """
    from filelock import FileLock, Timeout

    path = _real(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        guard = FileLock(_beside(path, "lock"), thread_local=False)
        guard.acquire(timeout=wait)
    except Timeout as error:
        raise WarehouseBusyError(
            f"Another run holds {path}{_holder(path)}. Wait for it to end, or stop it."
        ) from error
    except OSError as error:
        raise WarehouseError(
            f"Cannot lock {path}: {error.strerror or error}. Check that the folder {path.parent} "
            "can be written, or name another file with --warehouse."
        ) from error
    try:
        _note_holder(path, holder)
        yield Held(path, guard)
    finally:
        with suppress(OSError):
            _beside(path, "holder").unlink(missing_ok=True)
        guard.release()


@contextmanager
def writing(
    path: Path, *, wait: float = 0, held: Held | None = None, keep: timedelta | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a private copy of the warehouse, migrated, and publish it when the block ends well.

    `held` is the lock where the caller holds it already; otherwise it is taken for the block,
    waiting up to `wait` seconds. With `keep` the night that is replaced is kept beside the file,
    and kept nights older than `keep` are removed.

    When the block raises, the private copy is removed and the published file is as it was.

    Raises `WarehouseBusyError`, `NotAWarehouseError`, `NewerWarehouseError`.
    """
    if held is None:
        with lock(path, wait=wait) as own, writing(path, held=own, keep=keep) as con:
            yield con
        return
    path = _real(path)
    if held.path != path or not held.lock.is_locked:
        raise WarehouseError(f"The lock that was passed does not hold {path}.")
    _remove_leftovers(path)
    private = Path(tempfile.mkdtemp(prefix=f".{path.name}.next-", dir=path.parent)) / path.name
    try:
        _start(path, private)
        con = open_private(private)
        try:
            migrate(con, path)
            yield con
            con.execute("CHECKPOINT")
        finally:
            con.close()
        _publish(private, path, keep)
    finally:
        shutil.rmtree(private.parent, ignore_errors=True)


def kept(path: Path) -> list[tuple[datetime, Path]]:
    """Return the older nights kept beside a warehouse: when each was replaced (UTC), its file."""
    path = _real(path)
    found = []
    for file in path.parent.glob(f"{path.name}.*.kept"):
        stamp = file.name[len(path.name) + 1 : -len(".kept")]
        with suppress(ValueError):
            found.append((datetime.strptime(stamp, _KEPT_FORMAT).replace(tzinfo=UTC), file))
    return sorted(found)


def restore(path: Path, version: Path, *, wait: float = 0) -> None:
    """Publish a kept night again; the night that it replaces is kept in turn.

    Raises `MissingWarehouseError` where `version` is no file, and what `connect.open_published`
    raises where it is not a warehouse that this program can read.
    """
    path, version = _real(path), _real(version)
    with lock(path, wait=wait, holder="restore"):
        open_published(version).close()
        _remove_leftovers(path)
        private = Path(tempfile.mkdtemp(prefix=f".{path.name}.next-", dir=path.parent)) / path.name
        try:
            _copy(version, private)
            _publish(private, path, timedelta.max)
        finally:
            shutil.rmtree(private.parent, ignore_errors=True)


def _start(path: Path, private: Path) -> None:
    """Copy the published file to the private name; without a published file do nothing."""
    if not path.exists():
        return
    # Open for reading while it is copied: refuses what is no warehouse before a byte is copied, and
    # no other program can begin to write it meanwhile.
    with open_published(path) as con:
        row = con.execute(
            "SELECT free_blocks / greatest(total_blocks, 1), total_blocks"
            " FROM pragma_database_size()"
        ).fetchone()
        wasted, blocks = row if row is not None else (0.0, 0)
        wal = Path(f"{path}.wal")
        if wasted <= _COMPACT_ABOVE or blocks < 64 or wal.exists():
            _copy(path, private)
            if wal.exists():
                # Changes that another program left uncheckpointed belong to the file.
                _copy(wal, Path(f"{private}.wal"))
            return
    _compact(path, private)


def _compact(path: Path, private: Path) -> None:
    """Write the file anew without its free blocks; comments, views and macros come along."""
    with open_private(private) as con:
        source = "'" + str(path).replace("'", "''") + "'"
        con.execute(f"ATTACH {source} AS published (READ_ONLY)")
        target = con.execute("SELECT current_database()").fetchone()
        assert target is not None
        con.execute(f'COPY FROM DATABASE published TO "{target[0]}"')
        con.execute("DETACH published")
    shutil.copymode(path, private)


def _publish(private: Path, path: Path, keep: timedelta | None) -> None:
    """Put the finished private file in the published one's place."""
    if Path(f"{private}.wal").exists():
        raise WarehouseError(f"{private} has unwritten changes after its checkpoint.")
    _sync(private)
    if keep is not None and path.exists():
        _keep(path, keep)
    # Its changes are in the private file; DuckDB would replay it into the new one.
    Path(f"{path}.wal").unlink(missing_ok=True)
    private.replace(path)
    _sync(path.parent)


def _keep(path: Path, keep: timedelta) -> None:
    now = datetime.now(UTC)
    name = path.with_name(f"{path.name}.{now.strftime(_KEPT_FORMAT)}.kept")
    try:
        os.link(path, name)
    except OSError:
        _copy(path, name)
    for since, file in kept(path):
        if file != name and keep != timedelta.max and since < now - keep:
            file.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Copy a file: share its blocks where the file system can, else copy inside the kernel."""
    with source.open("rb") as reader, target.open("xb") as writer:
        if not _clone(reader.fileno(), writer.fileno()):
            _copy_range(reader.fileno(), writer.fileno(), os.fstat(reader.fileno()).st_size)
    shutil.copymode(source, target)


def _clone(reader: int, writer: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(writer, _FICLONE, reader)
    except (ImportError, OSError):
        return False
    return True


def _copy_range(reader: int, writer: int, size: int) -> None:
    done = 0
    try:
        while done < size:
            step = os.copy_file_range(reader, writer, min(size - done, 1 << 30), done, done)
            if step == 0:
                break
            done += step
    except (AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    if done < size:
        os.lseek(reader, done, os.SEEK_SET)
        os.lseek(writer, done, os.SEEK_SET)
        with os.fdopen(os.dup(reader), "rb") as source, os.fdopen(os.dup(writer), "wb") as target:
            shutil.copyfileobj(source, target, 1 << 22)


def _sync(path: Path) -> None:
    """Have the system write a file, or a folder's entries, to the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return  # a folder cannot be opened on every system
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(path: Path) -> None:
    """Remove private files of runs that died. Only for the holder of the lock."""
    for folder in path.parent.glob(f".{path.name}.next-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _real(path: Path) -> Path:
    """Return the file behind links, so that a rename replaces the file and not a link to it."""
    return Path(os.path.realpath(path))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _note_holder(path: Path, holder: str) -> None:
    note = {
        "holder": holder,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with suppress(OSError):
        _beside(path, "holder").write_text(json.dumps(note), "utf-8")


def _holder(path: Path) -> str:
    try:
        note = json.loads(_beside(path, "holder").read_text("utf-8"))
        name = f"{note['holder']}, " if note["holder"] else ""
        return f" ({name}process {note['pid']} on {note['host']}, since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


__all__ = [
    "Held",
    "MissingWarehouseError",
    "WarehouseBusyError",
    "WarehouseError",
    "kept",
    "lock",
    "restore",
    "writing",
]
