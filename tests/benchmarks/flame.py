"""A sampling profiler: which calls are under way, looked at so many times a second of CPU.

What it writes is a profile of https://www.speedscope.app (drop the file there: flame graph, left
heavy, sandwich). It costs next to nothing, and shows a call in C under the Python line it is made
from.
"""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
EVERY = 0.002
"""Seconds of CPU between two looks; the kernel may take longer."""

Call = tuple[str, str, int]


@contextmanager
def sampled(path: Path | None) -> Iterator[None]:
    """Sample the main thread in the block and write the profile to `path`; without one, nothing.

    Raises `ValueError` for a path in this repository, where profiles do not belong.
    """
    if path is None:
        yield
        return
    if path.resolve().is_relative_to(ROOT):
        raise ValueError(f"{path} is in the repository: write the profile elsewhere")
    stacks: Counter[tuple[Call, ...]] = Counter()

    def look(_signal: int, frame: FrameType | None) -> None:
        calls: list[Call] = []
        while frame is not None:
            code = frame.f_code
            calls.append((code.co_qualname, code.co_filename, code.co_firstlineno))
            frame = frame.f_back
        stacks[tuple(reversed(calls))] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        path.write_text(json.dumps(_profile(stacks, path.stem)), encoding="utf-8")


def _profile(stacks: Counter[tuple[Call, ...]], name: str) -> dict[str, object]:
    """Return the profile in speedscope's format, a unit a sample."""
    calls: dict[Call, int] = {}
    samples = [[calls.setdefault(call, len(calls)) for call in stack] for stack in stacks]
    return {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "name": name,
        "shared": {
            "frames": [
                {"name": call, "file": file.removeprefix(f"{ROOT}/"), "line": line}
                for call, file, line in calls
            ]
        },
        "profiles": [
            {
                "type": "sampled",
                "name": name,
                "unit": "none",
                "startValue": 0,
                "endValue": stacks.total(),
                "samples": samples,
                "weights": list(stacks.values()),
            }
        ],
    }
