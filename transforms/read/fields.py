"""Records as exporters write them, to the columns of `Pieces`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from transforms.read.pieces import Row, record, reject
from transforms.read.text import repair

_COLUMNS = ("title", "byline", "dateline", "source", "url", "external_id", "language")
_PLAIN = re.compile(r"[\W_]+")
_LEAD_KEYS = ("name", "value", "text", "title", "#text", "en")


Aliases = Mapping[str, tuple[str, int]]
"""From a folded field name to its column and its rank there; the lowest rank wins."""


@cache
def _shipped() -> dict[str, list[str]]:
    raw = tomllib.loads(Path(__file__).with_name("aliases.toml").read_text(encoding="utf-8"))
    columns: dict[str, list[str]] = raw["columns"]
    return columns


def alias_columns() -> tuple[str, ...]:
    """Return the columns that field names can be given for."""
    return tuple(_shipped())


def aliases(extra: Mapping[str, Sequence[str]] | None = None) -> Aliases:
    """Map field names, lower case and without punctuation, to their column and rank there.

    `extra` names further fields by column (`{"title": ["Überschrift"]}`); they go before the
    shipped ones. Raises `ValueError` for a column that there is none of.
    """
    key = tuple((column, tuple(names)) for column, names in sorted((extra or {}).items()))
    return _aliases(key)


@lru_cache(maxsize=32)
def _aliases(extra: tuple[tuple[str, tuple[str, ...]], ...]) -> Aliases:
    columns = {column: list(names) for column, names in _shipped().items()}
    for column, more in extra:
        if column not in columns:
            raise ValueError(
                f"no column {column!r} for field names; there are {', '.join(columns)}"
            )
        columns[column] = [*more, *columns[column]]
    table: dict[str, tuple[str, int]] = {}
    own = {plain_name(name) for _, names in extra for name in names}
    for column, names in columns.items():
        given = dict(extra).get(column, ())
        for rank, name in enumerate(names):
            folded = plain_name(name)
            if folded in own and name not in given:
                continue  # the user says that this name means something else
            if folded not in table:
                table[folded] = (column, rank)
    return table


def plain_name(name: str) -> str:
    """Fold a field name for look-up: case, spaces and punctuation do not matter."""
    return _PLAIN.sub("", name.casefold())


def known_columns(names: list[str], table: Aliases | None = None) -> set[str]:
    """Return the columns of `Pieces` that field names such as `names` would fill."""
    table = aliases() if table is None else table
    return {table[key][0] for key in map(plain_name, names) if key in table}


def as_text(value: Any) -> str | None:
    """Flatten a field's value to text: lists join by comma or line, objects by their name."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        return repair(text) or None
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        for key in _LEAD_KEYS:
            if key in value:
                return as_text(value[key])
        return None
    if isinstance(value, list | tuple):
        parts = [part for part in map(as_text, value[:10_000]) if part]
        long = any(len(part) > 80 for part in parts)
        return ("\n" if long else ", ").join(parts) or None
    return None


def article(
    fields: Mapping[str, Any], start: int, end: int, excerpt: str, table: Aliases | None = None
) -> Row:
    """Turn one exported record into a row: the best-ranked alias with a value fills a column.

    `table` is `source.aliases` (default: the shipped names). A record with neither headline nor
    body is a `no_text` reject.
    """
    table = aliases() if table is None else table
    found: dict[str, tuple[int, str]] = {}
    for name, value in fields.items():
        entry = table.get(plain_name(str(name)))
        if entry is None:
            continue
        column, rank = entry
        if column in found and found[column][0] <= rank:
            continue
        text = as_text(value)
        if text is not None:
            found[column] = (rank, text)
    values = {column: text for column, (_, text) in found.items()}
    title = values.get("title")
    body = values.get("body", "")
    if not body and "description" in values:
        body = values["description"]
    if title is None and not body:
        names = ", ".join(str(name) for name in list(fields)[:12])
        return reject(start, end, "no_text", f"neither headline nor body in: {names}", excerpt)
    return record(
        start,
        end,
        body,
        date_text=values.get("date"),
        **{column: " ".join(v.split()) for column in _COLUMNS if (v := values.get(column))},
    )
