"""Records as exporters write them, to the columns of `Pieces`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from transforms.read.pieces import Row, record, reject
from transforms.read.text import repair

_COLUMNS = ("title", "byline", "dateline", "source", "url", "external_id", "language")
_PLAIN = re.compile(r"[^a-z0-9]+")
_LEAD_KEYS = ("name", "value", "text", "title", "#text", "en")


@cache
def aliases() -> dict[str, tuple[str, int]]:
    """Map a field name, lower case and without punctuation, to its column and its rank there."""
    raw = tomllib.loads(Path(__file__).with_name("aliases.toml").read_text(encoding="utf-8"))
    return {
        plain_name(name): (column, rank)
        for column, names in raw["columns"].items()
        for rank, name in reversed(list(enumerate(names)))
    }


def plain_name(name: str) -> str:
    """Fold a field name for look-up: case, spaces and punctuation do not matter."""
    return _PLAIN.sub("", name.lower())


def known_columns(names: list[str]) -> set[str]:
    """Return the columns of `Pieces` that field names such as `names` would fill."""
    table = aliases()
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


def article(fields: Mapping[str, Any], start: int, end: int, excerpt: str) -> Row:
    """Turn one exported record into a row: the best-ranked alias with a value fills a column.

    A record with neither headline nor body is a `no_text` reject.
    """
    table = aliases()
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
