"""One line of the quality table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside the best known one.

    `part` is the gold set (and the part of it, behind a slash), `n` what was counted, `best` the
    best figure that anybody has measured and `by` who did; both empty where none is known.
    """

    part: str
    metric: str
    value: float
    n: int
    best: float | None = None
    by: str = ""
