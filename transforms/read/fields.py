"""Records as exporters write them, to the columns of `Pieces`."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from transforms.read.html_text import html_to_paragraphs
from transforms.read.pieces import Row, record, reject
from transforms.read.text import repair

_COLUMNS = ("title", "byline", "dateline", "source", "url", "external_id", "language")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"[\W_]+")
_LEAD_KEYS = (
    "name", "value", "text", "title", "#text", "@value", "main", "original", "rendered", "$oid",
    "$date", "$numberLong", "@id", "en",
)  # fmt: skip
_PROSE_KEYS = frozenset([
    "summary", "sections", "headline", "headlines", "paragraphs", "paragraph", "text", "content",
    "value", "rendered", "plaintext", "body", "blocks", "children", "articlebody",
])  # fmt: skip
_MARKED = re.compile(
    r"</(?:p|div|h[1-6]|ul|ol|li|table|a|b|i|em|strong|span|blockquote)\s{0,9}>|<(?:br|p)\s{0,9}/?>",
    re.I,
)
_BLOCK = re.compile(
    r"</(?:p|div|h[1-6]|ul|ol|li|table|blockquote)\s{0,9}>|<(?:br|p)\s{0,9}/?>", re.I
)
_ENTITY = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|amp|quot|apos|lt|gt|nbsp|[lr][sd]quo|[mn]dash|hellip);"
)
_MARKED_COLUMNS = frozenset(["title", "body", "description", "byline"])
_TEXTS = frozenset(["title", "body", "description"])
_WRAPPED = 1000
_DEEP = 32


Aliases = Mapping[str, tuple[str, int]]
"""From a folded field name to its column and its rank there; the lowest rank wins."""


@cache
def _shipped() -> dict[str, list[str]]:
    columns: dict[str, list[str]] = _file()["columns"]
    return columns


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("aliases.toml").read_text(encoding="utf-8"))


@cache
def _wrappers() -> frozenset[str]:
    return frozenset(map(plain_name, _file()["wrappers"]["names"]))


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


def known_columns(names: Iterable[str], table: Aliases | None = None) -> set[str]:
    """Return the columns of `Pieces` that field names such as `names` would fill."""
    table = aliases() if table is None else table
    return {table[key][0] for key in map(_key, names) if key in table}


def _key(name: str) -> str:
    """Fold a name for look-up, without the wrapper that `_source.title` is in."""
    outer, dot, inner = name.partition(".")
    return plain_name(inner if dot and is_wrapper(outer) else name)


def is_wrapper(name: str) -> bool:
    """Say whether a field of this name may hold an object with a record's own fields."""
    return plain_name(name) in _wrappers()


def as_text(value: Any, depth: int = 0) -> str | None:
    """Flatten a field's value to text: lists join by comma or line, objects by their name."""
    if value is None or isinstance(value, bool) or depth > _DEEP:
        return None
    if isinstance(value, str):
        text = value.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        if _SURROGATE.search(text):  # JSON may escape half of a pair, which no text can hold
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return repair(text) or None
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        for key in _LEAD_KEYS:
            if key in value:
                return as_text(value[key], depth + 1)
        return None
    if isinstance(value, list | tuple):
        parts = [part for one in value[:10_000] if (part := as_text(one, depth + 1))]
        long = any(len(part) > 80 for part in parts)
        return ("\n" if long else ", ").join(parts) or None
    return None


def _prose(value: Any, depth: int = 0) -> str | None:
    """Flatten a body to text: paragraphs in lists, and in objects such as sections, in order."""
    if depth > _DEEP:
        return None
    if isinstance(value, Mapping):
        held = [one for key, one in value.items() if plain_name(str(key)) in _PROSE_KEYS]
        parts = [part for one in held if (part := _prose(one, depth + 1))]
        return "\n".join(parts) or as_text(value)
    if isinstance(value, list | tuple) and any(isinstance(one, Mapping | list) for one in value):
        return "\n".join(part for one in value if (part := _prose(one, depth + 1))) or None
    if isinstance(value, list | tuple):
        return "\n".join(part for one in value if (part := as_text(one))) or None
    return as_text(value)


def _unmarked(text: str) -> str:
    """Return the words of a text that is a fragment of HTML, a paragraph a line; others whole."""
    if "<" in text and _MARKED.search(text):
        if _BLOCK.search(text):
            return html_to_paragraphs(text)
        return "\n".join(map(html_to_paragraphs, text.split("\n")))
    return html.unescape(text) if "&" in text and _ENTITY.search(text) else text


def _wraps(key: str, value: Mapping[str, Any], table: Aliases) -> bool:
    """Say whether the object in a field called `key` holds a record's own fields."""
    if key not in _wrappers():
        return False
    columns = known_columns((name for name in map(str, value) if name != "name"), table)
    return bool(_TEXTS & columns) and (key not in table or len(columns) > 1)


def names_of(value: Mapping[str, Any]) -> list[str]:
    """Return the names of a record's fields, also of those in wrappers."""
    names = list(map(str, value))
    for name, inner in value.items():
        if isinstance(inner, Mapping) and is_wrapper(str(name)):
            names += (one for one in map(str, inner) if one != "name")
    return names


def article(
    fields: Mapping[str, Any], start: int, end: int, excerpt: str, table: Aliases | None = None
) -> Row:
    """Turn one exported record into a row: the best-ranked alias with a value fills a column.

    `table` is `source.aliases` (default: the shipped names). Fields may stand one or two levels
    deeper, in an object such as `_source` or `fields` (`aliases.toml`). A record with neither
    headline nor body is a `no_text` reject.
    """
    values = columns_of(fields, table)
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


def columns_of(fields: Mapping[str, Any], table: Aliases | None = None) -> dict[str, str]:
    """Return the texts of a record by column (`title`, `body`, `date` …), as `article` does."""
    table = aliases() if table is None else table
    found: dict[str, tuple[int, str]] = {}
    _gather(fields, table, 0, found)
    return {column: text for column, (_, text) in found.items()}


def _gather(
    fields: Mapping[str, Any], table: Aliases, depth: int, found: dict[str, tuple[int, str]]
) -> None:
    for name, value in fields.items():
        key = _key(str(name))
        if depth < 2 and isinstance(value, Mapping) and _wraps(key, value, table):
            _gather(value, table, depth + 1, found)
            continue
        if depth and key == "name":  # of whom or what the wrapper is about
            continue
        entry = table.get(key)
        if entry is None:
            continue
        column, rank = entry
        rank += _WRAPPED * depth
        if column in found and found[column][0] <= rank:
            continue
        text = _prose(value) if column == "body" else as_text(value)
        if text is not None and column in _MARKED_COLUMNS:
            text = _unmarked(text)
        if text:
            found[column] = (rank, text)
