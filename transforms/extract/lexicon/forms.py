"""Regular forms of English words."""

from __future__ import annotations

VOWELS = frozenset("aeiou")


def inflections(word: str) -> set[str]:
    """Return the regular forms of an English verb or noun, doubled consonants included."""
    forms = plurals(word) | {word + "ed", word + "ing"}
    if word.endswith("e"):
        forms |= {word + "d", word[:-1] + "ing"}
    if word.endswith("y"):
        forms.add(word[:-1] + "ied")
    if word.endswith("ie"):
        forms.add(word[:-2] + "ying")
    if len(word) > 2 and word[-1] not in VOWELS and word[-2] in VOWELS:
        forms |= {word + word[-1] + "ed", word + word[-1] + "ing"}
    return forms


def plurals(word: str) -> set[str]:
    """Return an English noun and its regular plurals; of a verb these are its third person."""
    forms = {word, word + "s", word + "es"}
    if word.endswith("y"):
        forms.add(word[:-1] + "ies")
    if word.endswith("man"):
        forms.add(word[:-3] + "men")
    if word.endswith("f"):
        forms.add(word[:-1] + "ves")
    return forms
