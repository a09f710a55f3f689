"""How many letters of a text are capitals: what tells a headline in capitals from running text."""

from __future__ import annotations

_CAPITALS = bytes(range(ord("A"), ord("Z") + 1))
_SMALL = bytes(range(ord("a"), ord("z") + 1))


def counts(text: str) -> tuple[int, int]:
    """Return how many characters of `text` are upper case and how many lower case."""
    if text.isascii():  # counted by the interpreter, not by us
        plain = text.encode("ascii")
        size = len(plain)
        return size - len(plain.translate(None, _CAPITALS)), size - len(
            plain.translate(None, _SMALL)
        )
    return sum(map(str.isupper, text)), sum(map(str.islower, text))
