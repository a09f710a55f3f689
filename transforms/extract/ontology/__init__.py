"""The ontology: event types and modes, contexts, and the crosswalk to CAMEO.

PLOVER (Open Event Data Alliance, codebook 2023) supplies the sixteen types that begin the table;
the types of origin `newsmill` cover what PLOVER leaves out. The tables are the CSV files beside
this module; lines that start with `#` are comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import polars as pl

from transforms.extract import additions

HERE = Path(__file__).parent
LEXICON = HERE.parent / "lexicon"

EVENT_TYPES_SCHEMA: dict[str, pl.DataType] = {
    "event_type": pl.String(),
    "event_mode": pl.String(),
    "name": pl.String(),
    "description": pl.String(),
    "origin": pl.String(),
    "quad_class": pl.Int8(),
    "goldstein": pl.Float32(),
    "cameo_root": pl.String(),
    "cameo_code": pl.String(),
    "intensity": pl.Float32(),
}


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the table of event types; `event_mode` is `None` for the type itself."""

    event_type: str
    event_mode: str | None
    name: str
    description: str
    origin: str
    quad_class: int
    goldstein: float | None
    cameo_root: str | None
    cameo_code: str | None
    intensity: float | None


@dataclass(frozen=True, slots=True)
class CameoCode:
    """A code of CAMEO with its Goldstein score and the PLOVER type and mode it maps to."""

    code: str
    name: str
    goldstein: float
    event_type: str | None
    event_mode: str | None


def _number(text: str) -> float | None:
    return float(text) if text else None


@additions.kept
def table() -> dict[tuple[str, str | None], EventType]:
    """Return every type and mode by `(event_type, event_mode)`; the mode of a type is `None`.

    A user's rows (`additions`) take the place of ours. Raises `additions.AdditionError` for one
    that cannot be read, or that is a mode of a type that has no row.
    """
    rows = {}
    for path, row in _rows("event_types"):
        mode = row["event_mode"] or None
        try:
            rows[row["event_type"], mode] = EventType(
                event_type=row["event_type"],
                event_mode=mode,
                name=row["name"],
                description=row["description"],
                origin=row["origin"],
                quad_class=int(row["quad_class"]),
                goldstein=_number(row["goldstein"]),
                cameo_root=row["cameo_root"] or None,
                cameo_code=row["cameo_code"] or None,
                intensity=_number(row["intensity"]),
            )
        except ValueError as error:
            raise additions.AdditionError(f"{path}: {row['event_type']}: {error}") from error
        if (row["event_type"], None) not in rows:
            raise additions.AdditionError(f"{path}: {row['event_type']} has a mode before its row")
    return rows


def _rows(kind: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the rows of a table, ours first, each with its file."""
    for path in (additions.SHIPPED[kind], *additions.files(kind)):
        for row in additions.rows(path):
            yield path, row


def lookup(event_type: str, event_mode: str | None) -> EventType:
    """Return the row of a type and mode, or of the type where the mode has none.

    Raises `KeyError` for a type that the ontology does not know.
    """
    rows = table()
    return rows.get((event_type, event_mode)) or rows[event_type, None]


@additions.kept
def cameo() -> dict[str, CameoCode]:
    """Return the CAMEO codes that mentions may carry, by code."""
    return {
        row["cameo_code"]: CameoCode(
            code=row["cameo_code"],
            name=row["name"],
            goldstein=float(row["goldstein"]),
            event_type=row["event_type"] or None,
            event_mode=row["event_mode"] or None,
        )
        for _, row in _rows("cameo")
    }


def goldstein(event_type: str, event_mode: str | None, cameo_code: str | None) -> float | None:
    """Return the Goldstein score of a mention: of its CAMEO code, else of its type and mode."""
    known = cameo().get(cameo_code) if cameo_code else None
    return known.goldstein if known else lookup(event_type, event_mode).goldstein


@additions.kept
def contexts() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each context with the terms that show it, in the order of the file."""
    return tuple(
        (row["context"], tuple(term.strip() for term in row["terms"].split(";") if term.strip()))
        for _, row in _rows("contexts")
    )


def event_types() -> pl.DataFrame:
    """Return the ontology as a frame: one row a type (mode null) and one a mode.

    Columns are those of the dimension `event_types`; `quad_class` is 1 verbal cooperation,
    2 material cooperation, 3 verbal conflict, 4 material conflict, 0 none.
    """
    rows = [{name: getattr(row, name) for name in EVENT_TYPES_SCHEMA} for row in table().values()]
    return pl.DataFrame(rows, schema=EVENT_TYPES_SCHEMA)


@additions.kept
def version() -> str:
    """Return a hash of everything that decides a coding: ontology, lexicon, classifier, and what a
    user adds to them.
    """
    digest = blake2b(digest_size=6)
    folder = HERE.parent
    files = [*HERE.glob("*.csv"), *LEXICON.glob("*.tsv"), *folder.glob("classifier.*")]
    for path in sorted(files):
        if path.suffix != ".py":
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    digest.update(additions.digest().encode())
    return digest.hexdigest()
