"""Explicit marks of story starts and ends, used where a dump has them and never required."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from transforms.segment.units import Line


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of mark; see `markers.toml`."""

    name: str
    role: str
    pattern: re.Pattern[str]
    at_least: int


@dataclass(frozen=True, slots=True)
class Found:
    """A mark at line `line`; `id` where it names its story."""

    line: int
    name: str
    role: str
    id: str | None


@cache
def marks() -> tuple[Mark, ...]:
    """Load the kinds of marks."""
    raw = tomllib.loads(Path(__file__).with_name("markers.toml").read_text(encoding="utf-8"))
    return tuple(
        Mark(entry["name"], entry["role"], re.compile(entry["pattern"], re.I), entry["at_least"])
        for entry in raw["mark"]
    )


def find(lines: Sequence[Line]) -> list[Found]:
    """Return the marks among `lines`, in order, without kinds that are too rare to count."""
    found: list[Found] = []
    for number, line in enumerate(lines):
        text = line.text.strip()
        if not 3 <= len(text) <= 100:
            continue
        for mark in marks():
            match = mark.pattern.match(text)
            if match:
                name = match.groupdict().get("id")
                found.append(Found(number, mark.name, mark.role, name))
                break
    counts = Counter(mark.name for mark in found)
    least = {mark.name: mark.at_least for mark in marks()}
    return [mark for mark in found if counts[mark.name] >= least[mark.name]]
