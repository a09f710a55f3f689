"""The formats that `read` knows: one module each, found and ranked here.

A format is a module of this package that calls `register` once for each of three kinds of thing:

- `Reader`: text whose records or stories have positions in characters (most formats);
- `BinaryReader`: bytes whose records have positions in bytes or rows (WARC, Parquet);
- `Decoder`: bytes that hold a text (DOCX, RTF), which a `Reader` then reads.

Every module of the package is imported when a format is first looked for, so a new one needs no
edit elsewhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from transforms.read.pieces import Row
    from transforms.read.text import BinarySource, TextSource


def as_it_stands(text: str) -> str:
    """Return `text`: a format whose spans hold an article's words without any escapes."""
    return text


@dataclass(frozen=True, slots=True)
class Reader:
    """A text format.

    `sniff(head, name)` says how sure the reader is, 0 to 1, that a text whose first 64 thousand
    characters are `head` and whose file is called `name` (lower case) has its format.
    `read(source)` yields the pieces of the text in order as rows of `Pieces` without `dump_id`;
    it never raises for bad content. `plain(text)` undoes the format's escapes and mark-up in a
    span cut out of the dump, so that the words of its article can be found there again.
    `about` says what it is in a line, for `newsmill formats`.
    """

    name: str
    sniff: Callable[[str, str], float]
    read: Callable[[TextSource], Iterator[Row]]
    plain: Callable[[str], str] = as_it_stands
    about: str = ""


@dataclass(frozen=True, slots=True)
class BinaryReader:
    """A format that is no text; positions of its records count `unit` (`bytes` or `rows`).

    `sniff(head, name)` sees the first 4,096 bytes and the name in lower case. `read(source)` is
    as in `Reader`; `source.file` is seekable.
    """

    name: str
    sniff: Callable[[bytes, str], float]
    read: Callable[[BinarySource], Iterator[Row]]
    unit: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Bytes that hold a text in some wrapping. The text's `encoding` is recorded as `name`.

    `decode(file, limit)` returns the text of a seekable file, the same for the same bytes. It
    raises `ValueError` where the file is damaged or its text is longer than `limit` characters.
    """

    name: str
    sniff: Callable[[bytes, str], float]
    decode: Callable[[IO[bytes], int], str]
    about: str = ""


_READERS: dict[str, Reader] = {}
_BINARY: dict[str, BinaryReader] = {}
_DECODERS: dict[str, Decoder] = {}
_Kind = TypeVar("_Kind", Reader, BinaryReader, Decoder)


def register(kind: _Kind) -> _Kind:
    """Make a format known; raises `ValueError` where another module has taken its name."""
    for table in (_READERS, _BINARY, _DECODERS):
        known = table.get(kind.name)
        if known is not None and known.sniff.__module__ != kind.sniff.__module__:
            raise ValueError(f"two readers are called {kind.name!r}")
    if isinstance(kind, Reader):
        _READERS[kind.name] = kind
    elif isinstance(kind, BinaryReader):
        _BINARY[kind.name] = kind
    else:
        _DECODERS[kind.name] = kind
    return kind


@cache
def _import_all() -> None:
    package = __name__.rpartition(".")[0]
    path = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")


def readers() -> dict[str, Reader]:
    """Return the text formats by name."""
    _import_all()
    return dict(sorted(_READERS.items()))


def binary_readers() -> dict[str, BinaryReader]:
    """Return the formats that are no text by name."""
    _import_all()
    return dict(sorted(_BINARY.items()))


def decoders() -> dict[str, Decoder]:
    """Return the wrappings of text by name."""
    _import_all()
    return dict(sorted(_DECODERS.items()))


def choose_binary(head: bytes, name: str) -> BinaryReader | Decoder | None:
    """Return what is surest of a dump's first bytes, or None: then it is plain text."""
    best: BinaryReader | Decoder | None = None
    score = 0.0
    kinds: list[BinaryReader | Decoder] = [*binary_readers().values(), *decoders().values()]
    for kind in kinds:
        sure = kind.sniff(head, name.lower())
        if sure > score:
            best, score = kind, sure
    return best


def choose(head: str, name: str) -> Reader | None:
    """Return the reader that is surest of `head`, or None where none recognises it."""
    best: Reader | None = None
    score = 0.0
    for reader in readers().values():
        sure = reader.sniff(head, name.lower())
        if sure > score:
            best, score = reader, sure
    return best


def named(name: str) -> Reader | BinaryReader | Decoder:
    """Return the format called `name`; raises `KeyError` where there is none."""
    _import_all()
    for table in (_READERS, _BINARY, _DECODERS):
        found = table.get(name)
        if isinstance(found, Reader | BinaryReader | Decoder):
            return found
    raise KeyError(name)
