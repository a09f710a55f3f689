"""Parses taken apart, to be kept, and put together again without a model.

A parse depends on a sentence's wording and on what parsed it, not on lexicon or ontology: whoever
changes these codes texts again that were parsed before. A parse is kept under its article and a
hash of its wording, so that what is worded otherwise is parsed.
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version

import numpy as np
import polars as pl

from transforms.extract.syntax import Doc, Reading, Span
from transforms.schemas import Parses, frame

FORMAT = 1
"""Counts changes of how parses are packed, and of how we cut text into tokens."""

_BETWEEN = "\x1f"
_SIZES = struct.Struct("<HH")


def maker(model: str) -> str:
    """Return a name, fit for a folder, of what decides how a wording is parsed.

    `model` is what `pipeline.identity` returns.
    """
    return re.sub(r"[^\w.]+", "-", f"{model} spacy {version('spacy')} format {FORMAT}")


def wording(text: str) -> int:
    """Return the 64-bit hash of a sentence's wording."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def pack(doc: Doc) -> bytes:
    """Take a parse apart: numbers of its tokens, then their strings, without the text itself."""
    tokens = doc.tokens
    ends = [token.idx + len(token.text) for token in tokens]
    spaces = [1] * len(tokens)
    for i, token in enumerate(tokens[1:]):
        spaces[i] = token.idx - ends[i]
    if tokens:
        spaces[-1] = len(doc.text) - ends[-1]
    numbers = np.array(
        [
            *(len(token.text) for token in tokens),
            *spaces,
            *(token.head.i for token in tokens),
            *(number for ent in doc.ents for number in (ent.start, ent.end)),
        ],
        dtype="<u2",
    )
    strings = [
        *("" if token.lemma_ == token.lower_ else token.lemma_ for token in tokens),
        *(token.pos_ for token in tokens),
        *(token.tag_ for token in tokens),
        *(token.dep_ for token in tokens),
        *(ent.label_ for ent in doc.ents),
    ]
    sizes = _SIZES.pack(len(tokens), len(doc.ents))
    return sizes + numbers.tobytes() + _BETWEEN.join(strings).encode("utf-8", "surrogatepass")


def unpack(text: str, packed: bytes) -> tuple[Doc, list[Span]]:
    """Put a parse of `text` together again; return it without, and beside it, its entities."""
    size, ents = _SIZES.unpack_from(packed)
    doc = Doc(text)
    if not size:
        return doc, []
    count = 3 * size + 2 * ents
    numbers = np.frombuffer(packed, "<u2", count, _SIZES.size).tolist()
    strings = packed[_SIZES.size + 2 * count :].decode("utf-8", "surrogatepass").split(_BETWEEN)
    lengths, spaces, heads = numbers[:size], numbers[size : 2 * size], numbers[2 * size : 3 * size]
    readings: list[Reading] = []
    at = 0
    for i in range(size):
        form = text[at : at + lengths[i]]
        at += lengths[i] + spaces[i]
        lower = form.lower()
        readings.append(
            (form, lower, strings[i] or lower, *strings[size + i : 4 * size : size])  # type: ignore[arg-type]
        )
    doc.build(readings, spaces, heads)
    bounds = numbers[3 * size :]
    return doc, [
        Span(doc, bounds[2 * k], bounds[2 * k + 1], strings[4 * size + k]) for k in range(ents)
    ]


@dataclass(slots=True)
class Kept:
    """Parses that are known, and those that are made, by article and wording."""

    known: Mapping[tuple[str, int], tuple[bool, bytes]] = field(default_factory=dict)
    made: dict[str, dict[int, tuple[bool, bytes]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @classmethod
    def of(cls, parses: pl.DataFrame) -> Kept:
        """Read a frame of `Parses`; of one kept twice the one with entities counts."""
        known: dict[tuple[str, int], tuple[bool, bytes]] = {}
        for article_id, *columns in parses.select(Parses.column_names()).iter_rows():
            for sentence, named, packed in zip(*columns, strict=True):
                key = (article_id, sentence)
                if named or key not in known:
                    known[key] = named, packed
        return cls(known)

    def find(self, article_id: str, text: str) -> tuple[Doc, list[Span] | None] | None:
        """Return the parse of a sentence, if it is kept, without its entities; and these, `None`
        where they have not been looked for."""
        found = self.known.get((article_id, wording(text)))
        if found is None:
            return None
        named, packed = found
        doc, ents = unpack(text, packed)
        return doc, ents if named else None

    def add(self, article_id: str, doc: Doc, *, named: bool) -> None:
        """Keep a parse that was made."""
        self.made[article_id][wording(doc.text)] = named, pack(doc)

    def frame(self) -> pl.DataFrame:
        """Return the parses that were made as a frame of `Parses`."""
        rows = [
            {
                "article_id": article_id,
                "sentences": list(found),
                "named": [named for named, _ in found.values()],
                "parses": [packed for _, packed in found.values()],
            }
            for article_id, found in self.made.items()
        ]
        return frame(Parses, rows)
