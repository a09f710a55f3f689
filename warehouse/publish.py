"""Publish nights: readers see one whole night's state, and nobody waits for anybody.

DuckDB lets one process write or many read, so the published file is never written. A run takes a
lock of newsmill's own, copies the file to a private one beside it, loads into that, and renames it
over the published name: open readers keep the old night's file, new ones open the new one. A run
that dies leaves a private file that the next run removes; the published file is whole at every
moment.

The private copy is cheap: a clone where the file system shares blocks; else, of a large file, the
night before the last one, brought forward by the blocks that differ. So one older night of a large
file always stays beside it. More can be kept, as `<name>.<time>.kept`, and restored.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from warehouse import copies, lake
from warehouse.connect import (
    MissingWarehouseError,
    WarehouseBusyError,
    WarehouseError,
    is_lake,
    literal,
    open_private,
    open_published,
)
from warehouse.migrate import migrate

if TYPE_CHECKING:
    import duckdb
    from filelock import BaseFileLock

_COMPACT_ABOVE = 0.25
"""Copy a file block by block only up to this share of free blocks; above, write it anew."""

_SPARE_ABOVE = 64 << 20
"""Bytes above which a night that is replaced stays, to be brought forward by the next run."""

_KEPT_FORMAT = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Held:
    """A held lock on a warehouse; pass it to `writing`."""

    path: Path
    lock: BaseFileLock
    holder: str = ""


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
        yield Held(path, guard, holder)
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
    waiting up to `wait` seconds. With `keep` the night that is replaced is kept beside the file for
    so long, of each day (UTC) that is past only the first; what need not be kept any longer goes,
    but for the night that makes the next copy cheap. Without `keep` kept nights are left alone.

    When the block raises, the private copy is removed and the published file is as it was.

    Raises `WarehouseBusyError`, `NotAWarehouseError`, `NewerWarehouseError`.
    """
    if held is None:
        with lock(path, wait=wait) as own, writing(path, held=own, keep=keep) as con:
            yield con
        return
    given, path = path, _real(path)
    if held.path != path or not held.lock.is_locked:
        raise WarehouseError(f"The lock that was passed does not hold {path}.")
    if is_lake(given):
        with lake.writing(given, wait=wait, holder=held.holder, keep=keep) as con:
            yield con
        return
    _remove_leftovers(path)
    private = _private(path)
    try:
        is_shared = _start(path, private, keep)
        con = open_private(private)
        try:
            migrate(con, path)
            yield con
            con.execute("CHECKPOINT")
        finally:
            con.close()
        _publish(private, path, keep, spare=not is_shared)
    finally:
        shutil.rmtree(private.parent, ignore_errors=True)


class Night(NamedTuple):
    """An older night that can be restored."""

    until: datetime
    """When it was replaced (UTC)."""
    version: Path | int
    """Its file; of a lake, its snapshot."""
    since: datetime
    """When it was published (UTC)."""


def kept(path: Path) -> list[Night]:
    """Return the older nights that are kept of a warehouse, the oldest first."""
    if is_lake(path):
        return [Night(*each) for each in lake.nights(path)]
    path = _real(path)
    found = []
    for file in path.parent.glob(f"{glob.escape(path.name)}.*.kept"):
        stamp = file.name[len(path.name) + 1 : -len(".kept")]
        with suppress(ValueError):
            until = datetime.strptime(stamp, _KEPT_FORMAT).replace(tzinfo=UTC)
            found.append(Night(until, file, _published_since(file, until)))
    return sorted(found)


def kept_of(path: Path, day: date | None = None) -> Night | None:
    """Return the kept night that was published at the end of a day (UTC), the last one without.

    None where no night is kept, or none that stood at the end of that day: the day is before the
    oldest one (see `oldest_day`), or what is published now stands since then.
    """
    nights = kept(path)
    if day is None:
        return nights[-1] if nights else None
    if not nights or day < nights[0].since.date():
        return None
    return next((each for each in nights if each.until.date() > day), None)


def oldest_day(path: Path) -> date | None:
    """Return the first day (UTC) at whose end a kept night was published; None without any."""
    nights = kept(path)
    if not nights:
        return None
    first = nights[0].since.date()
    return first if nights[-1].until.date() > first else None


def _published_since(file: Path, until: datetime) -> datetime:
    """Return when a kept night was published.

    A file is written just before it is published, and never after. Where somebody copied it since,
    only the day before it was replaced is sure.
    """
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return written if written <= until else until - timedelta(days=1)


def restore(path: Path, version: Path | int, *, wait: float = 0) -> None:
    """Publish a kept night again; the night that it replaces is kept in turn.

    Raises `MissingWarehouseError` where `version` is no file, and what `connect.open_published`
    raises where it is not a warehouse that this program can read.
    """
    if isinstance(version, int):
        with lock(path, wait=wait, holder="restore"):
            lake.restore(path, version, wait=wait)
        return
    path, version = _real(path), _real(version)
    with lock(path, wait=wait, holder="restore"):
        is_read = copies.is_open_here(version)
        _remove_leftovers(path)
        private = _private(path)
        try:
            if is_read:
                # To open and close it would end the lock of who reads it in this process.
                copies.copy(version, private)
                open_published(private).close()
            else:
                con = open_published(version)
                with copies.opened(version) as source, con:
                    copies.copy(source, private)
            if _wal(version).exists():
                copies.copy(_wal(version), _wal(private))
                with open_private(private) as con:
                    con.execute("CHECKPOINT")
            if path.exists():
                _keep(path)
            _publish(private, path, None)
        finally:
            shutil.rmtree(private.parent, ignore_errors=True)


def thin(path: Path, since: datetime, *, wait: float = 0) -> None:
    """Let go of the nights that were replaced after `since`, but for the first.

    For who publishes many nights in a row: what was published before them can be restored, and
    what they published in between takes no space. A lake's snapshots share what did not change.

    Raises what `lock` raises.
    """
    if is_lake(path):
        return
    path = _real(path)
    with lock(path, wait=wait, holder="thin"):
        for night in [each for each in kept(path) if each.until >= since][1:]:
            if isinstance(night.version, Path):
                night.version.unlink(missing_ok=True)
                _wal(night.version).unlink(missing_ok=True)


def _private(path: Path) -> Path:
    """Return a name for a private file, in a folder that the next run removes if this one dies."""
    return Path(tempfile.mkdtemp(prefix=f".{path.name}.next-", dir=path.parent)) / path.name


def _start(path: Path, private: Path, keep: timedelta | None) -> bool:
    """Copy the published file to the private name; without a published file do nothing.

    Returns whether the copy shares the published file's blocks.
    """
    if not path.exists():
        return False
    # Open for reading while it is copied: refuses what is no warehouse before a byte is copied, and
    # no other program can begin to write it meanwhile.
    con = open_published(path)
    with copies.opened(path) as source, con:
        row = con.execute(
            "SELECT free_blocks / greatest(total_blocks, 1), total_blocks, block_size"
            " FROM pragma_database_size() WHERE database_name = current_database()"
        ).fetchone()
        wasted, blocks, block_size = row if row is not None else (0.0, 0, 0)
        if wasted <= _COMPACT_ABOVE or blocks < 64 or _wal(path).exists():
            is_shared = copies.clone(source, private)
            if not is_shared and not _bring_forward(path, source, private, block_size, keep):
                copies.copy_bytes(source, private)
            if _wal(path).exists():  # another program left it
                copies.copy(_wal(path), _wal(private))
            return is_shared
    _compact(path, private)
    return False


def _bring_forward(
    path: Path, source: BinaryIO, private: Path, block_size: int, keep: timedelta | None
) -> bool:
    """Make a private copy of the newest older night that need not be kept; say whether."""
    if sys.platform != "linux":
        return False
    over = _expired(path, keep)
    if not over or not copies.bring_forward(over[-1], source, private, block_size):
        return False
    _wal(over[-1]).unlink(missing_ok=True)
    return True


def _compact(path: Path, private: Path) -> None:
    """Write the file anew without its free blocks; comments, views and macros come along."""
    source = path
    if copies.is_open_here(path):
        # DuckDB would end the lock of whoever reads it when it is detached.
        source = private.with_name("whole")
        copies.copy(path, source)
    with open_private(private) as con:
        con.execute(f"ATTACH {literal(source)} AS published (READ_ONLY)")
        target = con.execute("SELECT current_database()").fetchone()
        assert target is not None
        con.execute(f'COPY FROM DATABASE published TO "{target[0]}"')
        con.execute("DETACH published")
    if source != path:
        source.unlink()
    shutil.copymode(path, private)


def _publish(private: Path, path: Path, keep: timedelta | None, *, spare: bool = False) -> None:
    """Put the finished private file in the published one's place.

    With `spare` one older night stays in any case, if the file is large.
    """
    if _wal(private).exists():
        raise WarehouseError(f"{private} has unwritten changes after its checkpoint.")
    copies.sync(private)
    large = sys.platform == "linux" and private.stat().st_size >= _SPARE_ABOVE
    spare = spare and large and keep is not None
    if path.exists() and (keep or spare):
        _keep(path)
    # Its changes are in the private file; DuckDB would replay it into the new one.
    _wal(path).unlink(missing_ok=True)
    private.replace(path)
    copies.sync(path.parent)
    over = _expired(path, keep)
    for file in over[:-1] if spare else over:
        file.unlink(missing_ok=True)
        _wal(file).unlink(missing_ok=True)


def _keep(path: Path) -> None:
    """Give the published file a second name, by which it is kept once it is replaced."""
    name = _beside(path, f"{datetime.now(UTC).strftime(_KEPT_FORMAT)}.kept")
    if _wal(path).exists():  # first, so that the kept night is never without it
        _name_too(_wal(path), _wal(name), path)
    _name_too(path, name, path)


def _name_too(file: Path, name: Path, path: Path) -> None:
    """Give a file of the warehouse at `path` a second name; a copy has it once it is whole."""
    try:
        os.link(file, name)
    except OSError:  # not every file system has links
        whole = _private(path)
        try:
            copies.copy(file, whole)
            shutil.copystat(file, whole)  # when it was published: see `kept_of`
            copies.sync(whole)
            whole.replace(name)
            copies.sync(path.parent)
        finally:
            shutil.rmtree(whole.parent, ignore_errors=True)


def _expired(path: Path, keep: timedelta | None) -> list[Path]:
    """Return the kept nights, oldest first, that are too old, or replaced later on the same day.

    Of those replaced on one day (UTC) the first is what the day before had at its end.
    """
    if keep is None:
        return []
    nights = [(each.until, each.version) for each in kept(path) if isinstance(each.version, Path)]
    now = datetime.now(UTC)
    first = {since.date(): file for since, file in reversed(nights)}
    return [
        file
        for since, file in nights
        if since < now - keep or (file != first[since.date()] and since.date() < now.date())
    ]


def _remove_leftovers(path: Path) -> None:
    """Remove files that only runs that died knew. Only for the holder of the lock."""
    for folder in path.parent.glob(f".{glob.escape(path.name)}.next-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for wal in path.parent.glob(f"{glob.escape(path.name)}.*.kept.wal"):
        if not wal.with_suffix("").exists():
            wal.unlink(missing_ok=True)


def _real(path: Path) -> Path:
    """Return the file behind links, so that a rename replaces the file and not a link to it."""
    return Path(os.path.realpath(path))


def _wal(path: Path) -> Path:
    """Return where DuckDB keeps changes that are not in a file yet. They belong to the file."""
    return _beside(path, "wal")


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
    "kept_of",
    "lock",
    "oldest_day",
    "restore",
    "thin",
    "writing",
]
