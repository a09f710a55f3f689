"""Decide cheaply which sentences can hold an event, before anything is parsed.

Recall comes first: a sentence passes when it holds any form of a word that heads an entry of the
lexicon. Words as common as "make" or "hold", whose entries all ask for a further word, pass only
beside a form of one of those words.
"""

from __future__ import annotations

import re
from typing import Any

from spacy.language import Language

from transforms.extract import additions
from transforms.extract.lexicon import Entry, Filler, Lexicon, load
from transforms.extract.lexicon.forms import inflections

WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’\-][A-Za-z\u00c0-\u024f]+)*")


_DIGIT = re.compile(r"\d")
_VERSUS = frozenset(("vs", "vs.", "nil", "n/a"))
_JOINT = re.compile(r"['’\-]")


def is_table(text: str) -> bool:
    """Say whether a "sentence" is a table of figures ("Shr 12 cts vs 9 cts Net 1.2 mln vs …")."""
    words = text.split()
    if len(words) < 6:
        return False
    if sum(word in _VERSUS for word in text.lower().split()) >= 2:
        return True
    numbers = sum(map(bool, map(_DIGIT.search, words)))
    return numbers > 0.45 * len(words) and len(words) >= 8


def _irregular(nlp: Language) -> dict[str, set[str]]:
    """Return the irregular forms by lemma, from the lemmatizer's own table."""
    forms: dict[str, set[str]] = {}
    if nlp.has_pipe("lemmatizer"):
        lookups: Any = getattr(nlp.get_pipe("lemmatizer"), "lookups")  # noqa: B009
        if lookups.has_table("lemma_exc"):
            for table in lookups.get_table("lemma_exc").values():
                for form, lemmas in table.items():
                    for lemma in lemmas:
                        forms.setdefault(lemma, set()).add(form)
    return forms


class Gate:
    """Says of a sentence's text whether it can hold an event."""

    def __init__(self, lexicon: Lexicon, irregular: dict[str, set[str]] | None = None) -> None:
        self._irregular = irregular or {}
        self._strong: set[str] = set()
        self._weak: dict[str, frozenset[str]] = {}
        for table in (lexicon.verbs, lexicon.nouns):
            for head, entries in table.items():
                needs = [self._needed(entry) for entry in entries]
                forms = self._forms(head)
                if any(not need for need in needs):
                    self._strong |= forms
                    continue
                words = frozenset().union(*needs)
                for form in forms:
                    self._weak[form] = self._weak.get(form, frozenset()) | words
        for form in self._strong:
            self._weak.pop(form, None)

    def passes(self, text: str, everything: bool = False) -> bool:
        """Return whether the sentence holds a trigger candidate, or any words (`everything`)."""
        if is_table(text):
            return False
        if everything:
            return WORD.search(text) is not None
        words = set(WORD.findall(text.lower()))
        for word in [word for word in words if not word.isalpha()]:  # "Moscow-backed", "minister's"
            words.update(part for part in _JOINT.split(word) if len(part) > 2)
        if not words.isdisjoint(self._strong):
            return True
        return any(
            not words.isdisjoint(self._weak[word] - {word}) for word in words & self._weak.keys()
        )

    def _forms(self, word: str) -> set[str]:
        return inflections(word) | self._irregular.get(word, set())

    def _needed(self, entry: Entry) -> frozenset[str]:
        """Return forms of which the entry needs one; empty where it may do without any."""
        for word in entry.modifiers:
            return frozenset(self._forms(word))
        for kind, what in entry.parts:
            if kind == "word":
                return frozenset((str(what),))
            filler = what[1] if isinstance(what, tuple) else what
            if isinstance(filler, Filler) and not filler.is_open:
                return frozenset(form for head in filler.heads for form in self._forms(head))
        for name, filler, negative in entry.tests:
            if name == "mod" and filler is not None and not negative and not filler.labels:
                return frozenset(form for head in filler.lemmas for form in self._forms(head))
        return frozenset()


@additions.kept
def gate(nlp: Language) -> Gate:
    """Return the gate for a pipeline and the lexicon."""
    return Gate(load(), _irregular(nlp))
