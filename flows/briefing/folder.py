"""Where the pages are, and of which days. Loads nothing that draws."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

SUFFIX = ".briefings"
HEAD = 4096
"""Characters at the begin of a page that hold its state."""

_STATE = re.compile(r'<meta name="newsmill-state" content="([^"]*)">')


def folder_of(warehouse: Path, chosen: Path | None = None) -> Path:
    """Return the folder of a warehouse's pages: the chosen one, else one beside it."""
    return chosen if chosen is not None else warehouse.with_name(warehouse.name + SUFFIX)


def existing(folder: Path) -> dict[date, str]:
    """Return the days that have a page, and what state each is of."""
    found = {}
    for path in folder.glob("????-??-??.html"):
        try:
            day = date.fromisoformat(path.stem)
        except ValueError:
            continue
        state = state_of(path)
        if state is not None:
            found[day] = state
    return found


def state_of(path: Path) -> str | None:
    """Return the state that a page was made of; empty where it says none, None where it is gone."""
    try:
        with path.open(encoding="utf-8", errors="replace") as text:
            state = _STATE.search(text.read(HEAD))
    except OSError:
        return None
    return state[1] if state else ""
