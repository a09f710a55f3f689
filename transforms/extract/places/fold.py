"""Folding of place names to the keys under which the gazetteer files them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe",
        "ı": "i", "ħ": "h", "ŧ": "t", "ə": "a", "ƣ": "gh", "ŋ": "n",
        "'": None, "’": None, "‘": None, "`": None, "ʼ": None, "ʻ": None, "ʿ": None, "ʾ": None,
        "´": None, "′": None, ".": None,
    }
)  # fmt: skip
_BREAKS = re.compile(r"[^\w]+|_")
_SHORT = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount", "mtn": "mountain"}


@lru_cache(maxsize=50_000)
def fold(name: str) -> str:
    """Return `name` without case, accents, apostrophes and dots, hyphens as spaces.

    "St." and "Saint", "Ft." and "Fort", "Mt." and "Mount" fold to the same key. The key of a
    name without letters is empty.
    """
    if name.isascii() and name.isalpha():
        return name.lower()
    text = name.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(c for c in text if not unicodedata.combining(c))
    words = _BREAKS.sub(" ", text.translate(_LETTERS)).split()
    if len(words) > 1:
        words = [_SHORT.get(word, word) for word in words]
    return " ".join(words)
