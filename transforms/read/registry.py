"""The formats that `read` knows: one module each, found and ranked here.

A reader is a module of this package that calls `register` once. Every module of the package is
imported when a format is first looked for, so a new reader needs no edit elsewhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.read.pieces import Row
    from transforms.read.text import TextSource


@dataclass(frozen=True, slots=True)
class Reader:
    """A format.

    `sniff(head, name)` says how sure the reader is, 0 to 1, that a text whose first 64 thousand
    characters are `head` and whose file is called `name` (lower case) has its format.
    `read(source)` yields the pieces of the text in order as rows of `Pieces` without `dump_id`;
    it never raises for bad content.
    """

    name: str
    sniff: Callable[[str, str], float]
    read: Callable[[TextSource], Iterator[Row]]


_READERS: dict[str, Reader] = {}


def register(reader: Reader) -> Reader:
    """Make `reader` known; raises `ValueError` where another module has taken its name."""
    known = _READERS.get(reader.name)
    if known is not None and known.sniff.__module__ != reader.sniff.__module__:
        raise ValueError(f"two readers are called {reader.name!r}")
    _READERS[reader.name] = reader
    return reader


@cache
def readers() -> dict[str, Reader]:
    """Import every module of this package and return the registered readers by name."""
    package = __name__.rpartition(".")[0]
    path = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")
    return dict(sorted(_READERS.items()))


def choose(head: str, name: str) -> Reader | None:
    """Return the reader that is surest of `head`, or None where none recognises it."""
    best: Reader | None = None
    score = 0.0
    for reader in readers().values():
        sure = reader.sniff(head, name.lower())
        if sure > score:
            best, score = reader, sure
    return best
