"""Lists that come along with an archive and say what should be in it.

BagIt manifests (RFC 8493), the output of `sha256sum` and its kin (a digest and a name a line), and
tables or JSON that give names of files with how many articles each holds, or with its digest.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

MAX_BYTES = 16 << 20
_NAME = re.compile(
    r"(?:manifest|tagmanifest|checksums?|(?:md5|sha(?:1|256|512))sums?|inventory|file_?list|index"
    r"|contents)\b.*",
    re.I,
)
_ABOUT = re.compile(
    r"(?:read_?me|licen[cs]e|copying|notice|change_?log|citation|bagit|bag-info)"
    r"(?:\.(?:txt|md|rst|cff))?",
    re.I,
)
_LINE = re.compile(r"([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}) [ *](.+)")
_DIGEST = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}")
_NAMES = ("file", "filename", "file_name", "name", "path", "member", "dump")
_COUNTS = (
    "articles", "records", "rows", "documents", "docs", "stories", "items", "count",
    "article_count", "record_count", "row_count", "document_count", "num_articles", "n_articles",
)  # fmt: skip
_DIGESTS = ("sha256", "md5", "sha1", "sha512", "checksum", "digest", "hash")
_SHA256_DIGITS = 64
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of a file: its digest in lower case, empty where it has none, and how
    many articles it holds."""

    digest: str = ""
    count: int | None = None


Manifest = Mapping[str, Entry]
"""From a member's name to what is said of it."""


def is_named(path: str) -> bool:
    """Say whether a member is called like a manifest."""
    return _NAME.fullmatch(PurePosixPath(path.rpartition("!")[2]).name) is not None


def is_about(path: str) -> bool:
    """Say whether a member is called like what tells people about an archive, and is no dump."""
    return "!" in path and _ABOUT.fullmatch(PurePosixPath(path.rpartition("!")[2]).name) is not None


def parse(data: bytes) -> Manifest | None:
    """Return what a manifest lists, or None where any of its lines is none of a manifest."""
    text = data.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] in ("{", "["):
        return _from_json(text)
    lines = [line for line in text.splitlines() if line.strip()]
    return _from_sums(lines) or _from_table(lines)


def _from_sums(lines: list[str]) -> Manifest | None:
    found: dict[str, Entry] = {}
    for line in lines:
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            return None
        found[match[2].strip().removeprefix("./")] = Entry(match[1].lower())
    return found or None


def _from_table(lines: list[str]) -> Manifest | None:
    if len(lines) < 2:
        return None
    delimiter = max("\t,;|", key=lines[0].count)
    try:
        rows = list(csv.DictReader(lines, delimiter=delimiter, restval=""))
    except csv.Error:
        return None
    return _from_records(rows)


def _from_json(text: str) -> Manifest | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        lists = [held for held in value.values() if isinstance(held, list | dict) and held]
        value = lists[0] if len(lists) == 1 else value
    if isinstance(value, dict):
        value = [
            {"name": name, **(told if isinstance(told, dict) else _told(told))}
            for name, told in value.items()
        ]
    return _from_records(value)


def _told(value: object) -> dict[str, object]:
    return {"count": value} if isinstance(value, int) else {"digest": value}


def _from_records(records: Iterable[Any]) -> Manifest | None:
    """Return the entries of records, or None where one names no file or says nothing of it."""
    found: dict[str, Entry] = {}
    for record in records:
        if not isinstance(record, dict):
            return None
        told = {
            str(key).strip().casefold().replace(" ", "_").replace("-", "_"): value
            for key, value in record.items()
        }
        name = next((told[key] for key in _NAMES if told.get(key)), None)
        count = next((told[key] for key in _COUNTS if str(told.get(key) or "").strip()), None)
        digest = next((told[key] for key in _DIGESTS if told.get(key)), "")
        known = told.keys() & {*_COUNTS, *_DIGESTS}
        if not isinstance(name, str) or "." not in name or not known:
            return None
        try:
            number = None if count is None else int(str(count).strip().replace(",", ""))
        except ValueError:
            return None
        digest = str(digest).strip().lower()
        if digest and not _DIGEST.fullmatch(digest):
            return None
        found[name.strip().removeprefix("./")] = Entry(digest, number)
    return found or None


def differences(
    listed: Manifest, held: Mapping[str, str], counts: Mapping[str, int] | None = None
) -> list[str]:
    """Return a sentence for each way in which an archive differs from its manifest.

    `held` maps the names of the archive's members to their SHA-256, empty where it is not known;
    `counts` to how many articles were read, where that is known. Names are compared from their
    end, because many archives wrap everything in a folder.
    """
    by_name = {name.removeprefix("./"): digest for name, digest in held.items()}
    by_count = {name.removeprefix("./"): count for name, count in (counts or {}).items()}
    missing: list[str] = []
    changed: list[str] = []
    miscounted: list[str] = []
    for name, entry in listed.items():
        match = name if name in by_name else _ending(name, by_name)
        if match is None:
            missing.append(name)
            continue
        if len(entry.digest) == _SHA256_DIGITS and by_name[match] not in ("", entry.digest):
            changed.append(name)
        read = by_count.get(match)
        if entry.count is not None and read is not None and read != entry.count:
            miscounted.append(f"{name} ({entry.count:,} listed, {read:,} read)")
    sentences = []
    if missing:
        sentences.append(f"lists {len(listed):,} files, {len(missing):,} missing: {_some(missing)}")
    if changed:
        sentences.append(f"{len(changed):,} files differ from their checksum: {_some(changed)}")
    if miscounted:
        sentences.append(f"articles listed and read differ: {_some(miscounted)}")
    return sentences


def _ending(name: str, names: Mapping[str, str]) -> str | None:
    found = [other for other in names if other.endswith("/" + name)]
    return found[0] if len(found) == 1 else None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
