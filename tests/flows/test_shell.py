"""The prompt of `newsmill sql`, typed into as in a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROMPT = "newsmill> "

# Control-C reaches only programs whose own terminal it is.
_OWN_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Terminal:
    """A prompt on a pseudo terminal: what is typed, and what is shown until a mark."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.shown = ""

    def until(self, mark: str, *, nudge: str = "") -> str:
        """Return what is shown next, up to the mark; while nothing comes, type the nudge."""
        for _ in range(24):
            while mark not in self.shown and select.select([self.descriptor], [], [], 5)[0]:
                self.shown += os.read(self.descriptor, 65_536).decode(errors="replace")
            if mark in self.shown:
                found, _, self.shown = self.shown.partition(mark)
                return found + mark
            self.type(nudge)
        raise AssertionError(f"{mark!r} never came: {self.shown!r}")

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())


@contextmanager
def prompt(warehouse: Path, home: Path) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN_TERMINAL, "-m", "flows", "sql", "--warehouse", str(warehouse)],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, close_fds=True,
        env=os.environ | {"NEWSMILL_HISTORY": str(home / "history"), "TERM": "dumb",
                          "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(ours)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_names_are_completed_and_history_is_kept(samples: Path, tmp_path: Path) -> None:
    with prompt(samples, tmp_path) as terminal:
        terminal.until(PROMPT)
        terminal.type("select count(*) as n from event_men\t;\n")
        shown = terminal.until(PROMPT)
        assert "event_mentions" in shown
        assert "46" in shown
        terminal.type("SELECT title\nFROM sea\t('floods');\n")
        shown = terminal.until(PROMPT)
        assert "Kenya sends maize" in shown
        terminal.type("\x1b[A\x1b[A\n")  # the last line but one again
        terminal.until("...> ")
        terminal.type("FROM articles ORDER BY title LIMIT 1;\n")
        assert "Bolivia" in terminal.until(PROMPT)
        terminal.type(".quit\n")
    kept = (tmp_path / "history").read_text()
    assert "select count(*) as n from event_mentions;" in kept.replace("mentions ;", "mentions;")


def test_a_mistake_is_shown_and_the_prompt_goes_on(samples: Path, tmp_path: Path) -> None:
    with prompt(samples, tmp_path) as terminal:
        terminal.until(PROMPT)
        terminal.type("SELECT nothing FROM nowhere;\n")
        assert "nowhere does not exist" in terminal.until(PROMPT)
        terminal.type("DELETE FROM articles;\n")
        assert "read-only" in terminal.until(PROMPT)
        terminal.type("SELECT count(*)")
        terminal.until("count(*)")
        terminal.type("\x03")  # interrupted: the statement is dropped
        # Python sees a signal that comes just before it waits for a key only at the next one. So
        # there may be one prompt more than asked for.
        terminal.until(PROMPT, nudge="\x03")
        terminal.type(".describe daily_dyads\n")
        terminal.until("net_cooperation")
        terminal.type(".tables\n")
        terminal.until("search(")
        terminal.until(PROMPT)
        terminal.type("\x04")
