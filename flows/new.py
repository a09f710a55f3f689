"""Which dumps the warehouse does not hold yet. Starts neither Prefect nor Polars."""

from __future__ import annotations

from collections.abc import Iterable
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
