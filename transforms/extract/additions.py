"""A user's own knowledge, beside the files that are shipped.

A file adds to the shipped one that its name starts with: `verbs_elections.tsv` to the verbs,
`leaders_2026.csv` to the leaders. It has the format of that one (its head explains it) and its rows
win over ours. `use` says once a process which files there are; loaders ask for those of their kind,
and keep what they loaded with `kept`, so that it is read anew when the files change.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

T = TypeVar("T")

HERE = Path(__file__).parent
LEXICON = ("verbs", "nouns", "frames", "classes", "reversals")
ONTOLOGY = ("event_types", "cameo", "contexts")
ACTORS = ("countries", "organisations", "armed_groups", "leaders", "roles", "given_names")
SHIPPED = (
    {kind: HERE / "lexicon" / f"{kind}.tsv" for kind in LEXICON}
    | {kind: HERE / "ontology" / f"{kind}.csv" for kind in ONTOLOGY}
    | {kind: HERE / "actors" / f"{kind}.csv" for kind in ACTORS}
)
"""Our own file of each kind, to which a user's files add."""


class AdditionError(ValueError):
    """A user's file that cannot be used; the message says which and what to do."""


_paths: tuple[Path, ...] = ()
_state: tuple[tuple[str, int, int], ...] = ()
_clears: list[Callable[[], None]] = []


def kept(load: T) -> T:
    """Keep what a loader returns, as `functools.cache` does, until other additions are used."""
    cached: Any = cache(cast(Callable[..., Any], load))
    when_changed(cached.cache_clear)
    return cast(T, cached)


def when_changed(clear: Callable[[], None]) -> None:
    """Have something forgotten whenever other additions are used."""
    _clears.append(clear)


def use(paths: Iterable[Path]) -> None:
    """Say which files and folders of files hold a user's additions, in place of any before.

    Raises `AdditionError` for a path that does not exist and for a file whose name starts with no
    kind; files of a folder that end in neither .tsv nor .csv are left alone. What the files hold
    is checked when it is first needed, or by `check`.
    """
    global _paths, _state
    found = tuple(path for given in paths for path in _expanded(Path(given)))
    for path in found:
        kind_of(path)
    state = tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in found)
    if state != _state:
        _paths, _state = found, state
        for clear in _clears:
            clear()


def _expanded(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.suffix in (".tsv", ".csv"))
    if not path.is_file():
        raise AdditionError(f"{path} (knowledge) does not exist: check the path in the settings")
    return [path]


def kind_of(path: Path) -> str:
    """Return what a file adds to: the longest kind that its name starts with.

    Raises `AdditionError` where there is none, or the ending does not fit it.
    """
    kinds = [kind for kind in SHIPPED if path.name.startswith(kind)]
    if not kinds:
        raise AdditionError(f"{path}: the name must start with one of {', '.join(SHIPPED)}")
    kind = max(kinds, key=len)
    if path.suffix != SHIPPED[kind].suffix:
        raise AdditionError(f"{path}: a file of {kind} ends in {SHIPPED[kind].suffix}")
    return kind


def files(kind: str) -> list[Path]:
    """Return the user's files of a kind, in the order in which they were given."""
    return [path for path in _paths if kind_of(path) == kind]


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file, without the lines that start with `#`.

    The shipped file of its kind says which columns there are. Raises `AdditionError` for a row
    with others.
    """
    header = next(csv.reader(_lines(SHIPPED[kind_of(path)])))
    for row in csv.DictReader(_lines(path)):
        if list(row) != header or None in row.values():
            raise AdditionError(f"{path}: a row does not fit the columns {','.join(header)}: {row}")
        yield row


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from (line for line in lines if not line.startswith("#"))


def digest() -> str:
    """Return a hash of the contents of all additions; empty where there are none."""
    hashed = blake2b(digest_size=6)
    for path in _paths:
        hashed.update(path.name.encode())
        hashed.update(path.read_bytes())
    return hashed.hexdigest() if _paths else ""


def check() -> dict[str, int]:
    """Load everything, and return how many files there are of each kind.

    Raises `ValueError` (of which `AdditionError` and `lexicon.LexiconError` are) that names the
    file, and the line where it can, for what does not fit. Without additions nothing is loaded.
    """
    if not _paths:
        return {}
    from transforms.extract import lexicon, ontology
    from transforms.extract.actors import tables

    ontology.table()
    ontology.cameo()
    ontology.contexts()
    lexicon.load()
    tables.knowledge()
    return {kind: len(files(kind)) for kind in SHIPPED if files(kind)}
