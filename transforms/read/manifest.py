"""Lists that come along with an archive and say what should be in it.

BagIt manifests (RFC 8493), and the output of `sha256sum` and its kin: a digest and a name a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

MAX_BYTES = 16 << 20
_NAME = re.compile(r"(?:manifest|tagmanifest|checksums?|(?:md5|sha(?:1|256|512))sums?)\b.*", re.I)
_LINE = re.compile(r"([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}) [ *](.+)")
_SHA256_DIGITS = 64
_SHOWN = 5

Manifest = Mapping[str, str]
"""From a member's name to its digest in lower-case hexadecimal."""


def is_named(path: str) -> bool:
    """Say whether a member is called like a manifest."""
    return _NAME.fullmatch(PurePosixPath(path.rpartition("!")[2]).name) is not None


def parse(data: bytes) -> Manifest | None:
    """Return what a manifest lists, or None where any of its lines is none of a manifest."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            return None
        found[match[2].strip().removeprefix("./")] = match[1].lower()
    return found or None


def differences(listed: Manifest, held: Mapping[str, str]) -> list[str]:
    """Return a sentence for each way in which an archive differs from its manifest.

    `held` maps the names of the archive's members to their SHA-256, empty where it is not known.
    Names are compared from their end, because many archives wrap everything in a folder.
    """
    by_name = {name.removeprefix("./"): digest for name, digest in held.items()}
    missing: list[str] = []
    changed: list[str] = []
    for name, digest in listed.items():
        match = name if name in by_name else _ending(name, by_name)
        if match is None:
            missing.append(name)
        elif len(digest) == _SHA256_DIGITS and by_name[match] not in ("", digest):
            changed.append(name)
    sentences = []
    if missing:
        sentences.append(f"lists {len(listed):,} files, {len(missing):,} missing: {_some(missing)}")
    if changed:
        sentences.append(f"{len(changed):,} files differ from their checksum: {_some(changed)}")
    return sentences


def _ending(name: str, names: Mapping[str, str]) -> str | None:
    found = [other for other in names if other.endswith("/" + name)]
    return found[0] if len(found) == 1 else None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
