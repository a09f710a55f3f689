"""What a word says of the event that it embeds: `veridicality.csv`, by lemma and part of speech."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from transforms.extract.syntax import Token

_POS = {"VERB": "v", "AUX": "v", "NOUN": "n", "ADJ": "a"}


@cache
def veridicality() -> dict[tuple[str, str], str]:
    """The class of each embedding word, by lemma and part of speech (`v`, `n` or `a`).

    See the header of `veridicality.csv`.
    """
    path = Path(__file__).with_name("veridicality.csv")
    lines = [x for x in path.read_text("utf-8").splitlines() if not x.startswith("#")]
    return {
        (row["lemma"], pos): row["class"] for row in csv.DictReader(lines) for pos in row["pos"]
    }


def class_of(word: Token) -> str | None:
    """The veridicality class of a word, of a verb with its particle where that has its own."""
    table = veridicality()
    lemma, pos = word.lemma_.lower(), _POS.get(word.pos_, "")
    for child in word.children:
        if child.dep_ == "prt":
            return table.get((f"{lemma} {child.lower_}", pos))
    return table.get((lemma, pos))
