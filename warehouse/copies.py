"""Copies of warehouse files, as cheap as the file system and what lies on it allow.

Three ways, the best first: a clone that shares all blocks (XFS, Btrfs and others); an older night's
file brought forward, block by block where it differs; a copy inside the kernel.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import sys
import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal

_FICLONE = 0x40049409
"""Linux ioctl that makes one file share the blocks of another (ioctl_ficlone(2))."""

# A DuckDB file: three headers of 4 KiB, then blocks of one size. (DuckDB, "Storage Versions and
# Format".)
_HEADERS = 3 * 4096
_MAGIC = slice(8, 12)
_VERSION = slice(12, 20)
_VERSIONS = range(64, 69)

_UNTOUCHED_SECONDS = 5.0
"""How long ago a file must have been replaced before it is written over: whoever opened it by its
published name before has locked it by then."""

Identity = tuple[int, int]
"""Device and inode of a file."""

_DESCRIPTORS = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"

_WAITING: list[BinaryIO] = []
_WAITING_GUARD = threading.Lock()
"""Files that are to be closed once nobody else in this process has them open."""


def copy(source: Path | BinaryIO, target: Path) -> None:
    """Copy a file to a new name: share its blocks where the file system can."""
    with _opened(source) as reader:
        if not clone(reader, target):
            copy_bytes(reader, target)


def copy_bytes(source: BinaryIO, target: Path) -> None:
    """Copy an open file to a new name, inside the kernel where the system can."""
    with target.open("xb") as writer:
        held = source.fileno()
        _copy_range(held, writer.fileno(), os.fstat(held).st_size)
    _copy_mode(source, target)


def clone(source: Path | BinaryIO, target: Path) -> bool:
    """Make `target` share all blocks of `source`; without trace where the file system cannot."""
    with _opened(source) as reader, target.open("xb") as writer:
        done = _clone(reader.fileno(), writer.fileno())
        if done:
            _copy_mode(reader, target)
    if not done:
        target.unlink()
    return done


def bring_forward(older: Path, source: Path | BinaryIO, target: Path, block: int) -> bool:
    """Move an older copy of a DuckDB file to `target` and make it equal to `source` by writing the
    blocks that differ; say whether that was done.

    `block` is the files' block size in bytes. The older file stays where and as it is, and the
    answer is no, where anybody has it open or knows it by another name, where it was replaced a
    moment ago, where that cannot be told (leases are Linux's, for files of one's own on most local
    disks), and where a layout is not known. A process that dies leaves `target` torn.

    Raises `OSError` where writing fails; then, too, `target` is torn.
    """
    if not os.access(older, os.W_OK) or is_open_here(older):
        return False
    with _opened(source) as reader, opened(older, "r+b") as writer:
        wanted, held = reader.fileno(), writer.fileno()
        size = os.fstat(wanted).st_size
        headers = os.pread(wanted, _HEADERS, 0)
        if not (
            _is_known(headers, size, block)
            and _is_known(os.pread(held, _HEADERS, 0), os.fstat(held).st_size, block)
            and _is_unlocked(held)
            and _take(older, held, target)
        ):
            return False
        os.ftruncate(held, size)
        _write(held, headers, 0)
        # Read into the same memory again and again: new memory for each block takes thrice as long.
        content, old = bytearray(block), bytearray(block)
        for at in range(_HEADERS, size, block):
            # Whole blocks: DuckDB's checksum of a block is the same for some that differ.
            _read(wanted, content, at)
            if os.preadv(held, [old], at) < block or content != old:
                _write(held, content, at)
        _copy_mode(reader, target)
    return True


@contextmanager
def opened(path: Path, mode: Literal["rb", "r+b"] = "rb") -> Iterator[BinaryIO]:
    """Open a file, and close it only when nobody else in this process has it open.

    Closing a file ends every lock that the process has on it, such as DuckDB's on a file that a
    connection reads. So what is still read is closed when the next file is.
    """
    file = path.open(mode)
    try:
        yield file
    finally:
        _close_unread(file)


def is_open_here(path: Path) -> bool:
    """Return whether this process has a file open; told without opening it."""
    try:
        return is_read_here(identity(path.stat()))
    except FileNotFoundError:
        return False


def is_read_here(file: Identity) -> bool:
    """Return whether this process has a file open, whatever its name is now."""
    _close_unread()
    return _is_open_here(file, ())


def identity(status: os.stat_result) -> Identity:
    """Return what tells a file from others that have or had its name."""
    return status.st_dev, status.st_ino


def _close_unread(*files: BinaryIO) -> None:
    with _WAITING_GUARD:
        _WAITING.extend(files)
        own = [file.fileno() for file in _WAITING]
        for file in tuple(_WAITING):
            if not _is_open_here(identity(os.fstat(file.fileno())), own):
                _WAITING.remove(file)
                file.close()


def _is_open_here(wanted: Identity, but: Container[int]) -> bool:
    """Whether this process has a file open by another descriptor than these."""
    try:
        listed = [int(entry.name) for entry in os.scandir(_DESCRIPTORS)]
    except OSError:
        return False  # no such list, and so no such locks: not a Unix
    for descriptor in listed:
        with suppress(OSError):  # the listing's own is closed by now
            if descriptor not in but and identity(os.fstat(descriptor)) == wanted:
                return True
    return False


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Open a path for reading; leave what is open already as it is."""
    if isinstance(source, Path):
        with opened(source) as reader:
            yield reader
    else:
        yield source


def _copy_mode(source: BinaryIO, target: Path) -> None:
    target.chmod(stat.S_IMODE(os.fstat(source.fileno()).st_mode))


def sync(path: Path) -> None:
    """Have the system write a file, or a folder's entries, to the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return  # a folder cannot be opened on every system
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_known(headers: bytes, size: int, block: int) -> bool:
    return (
        headers[_MAGIC] == b"DUCK"
        and int.from_bytes(headers[_VERSION], "little") in _VERSIONS
        and size > _HEADERS
        and (size - _HEADERS) % block == 0
    )


def _is_unlocked(descriptor: int) -> bool:
    """Whether a file has one name, nobody is about to read it and nobody has locked it.

    DuckDB locks what it has open, against other processes. A lock may come from another machine,
    where no lease shows it.
    """
    try:
        import fcntl

        own = os.fstat(descriptor)
        if own.st_nlink != 1 or time.time() - own.st_ctime < _UNTOUCHED_SECONDS:
            return False
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def _take(file: Path, descriptor: int, target: Path) -> bool:
    """Move a file to a name that nobody knows, unless anybody has it open; say whether."""
    if not _lease(descriptor):
        return False
    try:
        file.replace(target)
        # Its old name must be gone from the disk before its content changes.
        sync(target.parent)
        sync(file.parent)
        if _is_leased(descriptor):
            return True
        # Somebody opened it by its old name meanwhile, and is made to wait as long as we hold it.
        target.replace(file)
        return False
    finally:
        _end_lease(descriptor)


if sys.platform == "linux":
    import fcntl

    def _lease(descriptor: int) -> bool:
        """Take a write lease, which the system gives only while nobody else has the file open."""
        try:
            # How the system tells that somebody wants the file: by default it ends the process.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError:
            return False
        return True

    def _is_leased(descriptor: int) -> bool:
        return fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_WRLCK

    def _end_lease(descriptor: int) -> None:
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)

else:

    def _lease(descriptor: int) -> bool:
        return False

    def _is_leased(descriptor: int) -> bool:
        return False

    def _end_lease(descriptor: int) -> None:
        pass


def _read(descriptor: int, block: bytearray, at: int) -> None:
    """Fill a block from a file. Raises `OSError` where the file ends before."""
    rest = memoryview(block)
    while rest:
        done = os.preadv(descriptor, [rest], at)
        if not done:
            raise OSError(errno.EIO, "The file has become shorter while it was read")
        rest, at = rest[done:], at + done


def _write(descriptor: int, content: bytes | bytearray, at: int) -> None:
    rest = memoryview(content)
    while rest:
        done = os.pwrite(descriptor, rest, at)
        rest, at = rest[done:], at + done


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
