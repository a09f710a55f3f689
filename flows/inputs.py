"""Which files a run reads: paths, folders and globs turned into a list of dumps."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent / "samples"

BUNDLE_BYTES = 8_000_000
BUNDLE_FILES = 200

SHARED_BYTES = 4_000_000
"""An archive of so many bytes, packed, is worth opening up in several processes."""

_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.\w+)$", re.IGNORECASE)


class InputError(ValueError):
    """A PATH that cannot be read; the message says what to do about it."""


def expand(paths: Iterable[str | Path], *, may_be_empty: bool = False) -> list[Path]:
    """Return the regular files that `paths` name: files, folders (recursively) and globs.

    Sorted and without doubles, so that a run does not depend on the file system's order. Hidden
    files (a leading dot) and files that are still being written (`.part`, `.tmp`, `.crdownload`)
    in folders are passed over. With `may_be_empty` a folder may hold none, as an inbox does on a
    quiet night.

    Raises `InputError` for a path that does not exist, a folder without any file, a folder or
    file that may not be read, and anything that is neither file nor folder.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given).expanduser()
        try:
            is_there = path.exists()
        except PermissionError as error:
            raise InputError(_denied(path)) from error
        if not is_there and glob.has_magic(str(given)):
            matches = sorted(Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207
            if not matches:
                raise InputError(
                    f"no file matches {given}: check the pattern (quote it, so that "
                    "the shell does not expand it)"
                )
            files = [file for match in matches for file in _files(match, may_be_empty)]
        elif not is_there:
            raise InputError(f"{given} does not exist: check the spelling, or the mount")
        else:
            files = _files(path, may_be_empty)
        found.update(dict.fromkeys(files))
    return sorted(found)


def _files(path: Path, may_be_empty: bool) -> list[Path]:
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        if not os.access(path, os.R_OK):
            raise InputError(_denied(path))
        return [path]
    if not stat.S_ISDIR(mode):
        raise InputError(
            f"{path} is neither a file nor a folder (a pipe, socket or device): "
            "copy its content to a file first"
        )
    if not os.access(path, os.R_OK | os.X_OK):
        raise InputError(_denied(path))
    files = [file for file in _walk(path) if _is_dump(file)]
    if not files and not may_be_empty:
        raise InputError(f"{path} holds no file to read: put dumps into it, or name another folder")
    return files


def _walk(folder: Path) -> list[Path]:
    denied: list[OSError] = []
    files = []
    for root, folders, names in os.walk(folder, onerror=denied.append):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "lost+found"
        )
        files += [Path(root, name) for name in sorted(names)]
    if denied:
        raise InputError(_denied(Path(str(denied[0].filename))))
    return files


def _is_dump(file: Path) -> bool:
    unfinished = file.suffix in {".part", ".tmp", ".crdownload"}
    return not file.name.startswith(".") and not unfinished and file.is_file()


def _denied(path: Path) -> str:
    return (
        f"{path} may not be read by this user: change its permissions (chmod, chown), or run "
        "as a user who may"
    )


def day_of(file: Path) -> date:
    """Return the day that a dump belongs to: that in its path, else its modification day.

    Days look like `2024-08-20`, `2024/08/20` or `20240820` (`transforms.read.path_date`).
    """
    from transforms.read.dates import path_date  # only a call with dates needs the readers

    found = path_date(str(file))
    if found is not None:
        return found
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).date()


def within(files: Iterable[Path], since: date | None, until: date | None) -> list[Path]:
    """Return the files whose day lies in `since` to `until`, both included."""
    return [
        file
        for file in files
        if (since is None or day_of(file) >= since) and (until is None or day_of(file) <= until)
    ]


def weight(files: Iterable[Path]) -> int:
    """Return the bytes of files; one that is gone since it was listed has none, and reading it
    makes the reject."""
    total = 0
    for file in files:
        with contextlib.suppress(OSError):
            total += file.stat().st_size
    return total


def bundles(files: Sequence[Path]) -> list[list[Path]]:
    """Group files, in their order, into portions that are each worth a task of their own.

    A large file is a portion; of small ones as many go together as have 8 MB, 200 at most.
    """
    found: list[list[Path]] = []
    size = 0
    for file in files:
        own = weight([file])
        if not found or size + own > BUNDLE_BYTES or len(found[-1]) >= BUNDLE_FILES:
            found.append([])
            size = 0
        found[-1].append(file)
        size += own
    return found


def shares(files: Sequence[Path], workers: int) -> list[tuple[int, int]]:
    """Return the shares `(k, n)` of a portion that are read at the same time: every n-th member of
    a large archive, from the k-th on. What is no archive, or a small one, is one share."""
    archive = len(files) == 1 and _ARCHIVE.search(files[0].name) is not None
    count = workers if archive and weight(files) >= SHARED_BYTES else 1
    return [(share, count) for share in range(count)]


def given_or_default(paths: Iterable[str | Path] | None, inbox: Path | None) -> list[Path]:
    """Return the paths given, else the configured inbox, else the sample dumps."""
    given = [Path(path) for path in paths or ()]
    return given or [inbox or SAMPLES]


def check_names(paths: Iterable[Path]) -> None:
    """Raise `InputError` for a PATH that is no UTF-8; a run's parameters, which are JSON, hold it.

    Files with such names in a folder are read.
    """
    for path in paths:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            raise InputError(
                f"{path} has a name that is no UTF-8: rename it, or name the folder that it is in"
            ) from None


def newest_plausible_date() -> date:
    """Return tomorrow (UTC): a later publication date in a dump is set aside as implausible."""
    return datetime.now(UTC).date() + timedelta(days=1)
