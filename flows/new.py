"""What the warehouse does not hold yet, and whether it changed. Loads no Prefect and no Polars."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


def new_files(files: Iterable[Path], warehouse: Path, *, force: bool) -> list[Path]:
    """Return the files whose content the warehouse does not hold yet, each content once.

    Content is compared by SHA-256, so a dump that was moved or renamed is not read again. A file
    that cannot be read is returned: reading it makes the reject.
    """
    from transforms.read import sha256_of
    from warehouse import query

    known = set() if force else query.known_containers(warehouse)
    new: dict[str, Path] = {}
    for file in files:
        try:
            digest = sha256_of(file)
        except OSError:
            digest = str(file)
        if digest not in known:
            new.setdefault(digest, file)
    return list(new.values())


def last_change(warehouse: Path) -> tuple[int, datetime | None] | None:
    """Return what differs once another run has written; `None` where there is no warehouse yet."""
    from warehouse import connect, query

    return query.last_change(warehouse) if connect.exists(warehouse) else None
