"""What `newsmill doctor` found: one line a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, how it stands, and what to do."""

    check: str
    state: State
    detail: str
    advice: str = ""
