"""Part of speech, features and lemma of words, worked out once for all that are tagged alike.

spaCy's attribute ruler tries every pattern at every token, and the lemmatizer asks every token for
its features. With few exceptions the patterns look at nothing but a tag, a relation and some two
hundred words: what they say of these is kept, and so is a word's lemma. A document that may hold
an exception, a pattern over several tokens ("gon na"), goes through the ruler as ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spacy.attrs import DEP, ORTH, TAG
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.pipeline import AttributeRuler, Lemmatizer
from spacy.tokens import Doc as SpacyDoc
from spacy.tokens import MorphAnalysis, Token

from transforms.extract.syntax import Doc, Reading

MOST_WORDS = 100_000
"""So many words are kept as what they are in a place, some 30 MB; then anew."""

_FORMS = frozenset(("ORTH", "TEXT", "LOWER"))
_ASKED = _FORMS | {"IS_SPACE", "TAG", "DEP"}
"""What patterns may ask of a token for their answer to hold for a word, tag and relation."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the ruler says of a token; `dep` is 0 and `lemma` empty where it does not say."""

    tag: int
    dep: int
    pos: int
    morph: MorphAnalysis
    lemma: str
    opens_pattern: bool


@dataclass(slots=True)
class Patterns:
    """What the patterns of a ruler ask for: words, relations, and how long ones begin."""

    openers: Matcher
    words: set[str] = field(default_factory=set)
    shapes: list[re.Pattern[str]] = field(default_factory=list)
    relations: set[str] = field(default_factory=set)

    def add(self, pattern: Sequence[Any]) -> None:
        """Take in a pattern. Raises `ValueError` where its answer depends on more than is kept."""
        first, *others = pattern
        if not set(first) <= _ASKED or any("OP" in token for token in others):
            raise ValueError(f"a pattern that asks for more: {pattern}")
        for name in (*_FORMS, "DEP"):
            asked = first.get(name, {})
            for how, what in asked.items() if isinstance(asked, dict) else [("IN", [asked])]:
                if how in ("IN", "NOT_IN"):
                    (self.relations if name == "DEP" else self.words).update(what)
                elif how == "REGEX" and name != "DEP":
                    self.shapes.append(re.compile(str(what)))
                else:
                    raise ValueError(f"a pattern that asks for {how}: {pattern}")
        if others:
            self.openers.add(str(len(self.openers)), [[first]])

    def name(self, token: Token) -> bool:
        """Say whether any pattern may ask for this very word."""
        forms = (token.orth_, token.lower_)
        return token.is_space or any(
            form in self.words or any(shape.search(form) for shape in self.shapes) for form in forms
        )


@dataclass(slots=True)
class Morphology:
    """An attribute ruler and a lemmatizer that follows it, as what reads their documents."""

    nlp: Language
    ruler: AttributeRuler
    lemmatizer: Lemmatizer
    patterns: Patterns
    relations: frozenset[int]
    words: dict[int, int] = field(default_factory=dict)
    rulings: dict[tuple[int, int, int], Ruling] = field(default_factory=dict)
    known: dict[tuple[int, int, int], Reading] = field(default_factory=dict)

    @classmethod
    def of(cls, nlp: Language, ruler: Any, lemmatizer: Any) -> Morphology | None:
        """Return both as one, or `None` where what they say depends on more than is kept."""
        if not isinstance(ruler, AttributeRuler) or not isinstance(lemmatizer, Lemmatizer):
            return None
        if lemmatizer.mode not in ("rule", "lookup") or lemmatizer.overwrite:
            return None
        patterns = Patterns(Matcher(nlp.vocab))
        try:
            rules: list[dict[str, Any]] = list(map(dict, ruler.patterns))
            for rule in rules:
                for pattern in rule["patterns"]:
                    patterns.add(pattern)
        except ValueError:
            return None
        _look_up_quickly(lemmatizer)
        relations = frozenset(nlp.vocab.strings.add(name) for name in patterns.relations)
        return cls(nlp, ruler, lemmatizer, patterns, relations)

    def read(self, source: SpacyDoc, text: str) -> Doc:
        """Return the parse of a tagged and parsed document, with parts of speech and lemmas."""
        doc = Doc(text)
        readings: list[Reading] = []
        known = self.known
        columns: Any = source.to_array([ORTH, TAG, DEP])
        for i, key in enumerate(map(tuple, columns.tolist())):
            reading = known.get(key)
            if reading is None:
                reading = self._reading(source[i])
                if reading is None:
                    return Doc.of(self.lemmatizer(self.ruler(source)), text)
                known[key] = reading
            readings.append(reading)
        doc.fill(source, readings)
        return doc

    def _reading(self, token: Any) -> Reading | None:
        """Return what a token is; `None` where it may begin a pattern of several tokens."""
        if len(self.known) > MOST_WORDS or len(self.words) > MOST_WORDS:
            for kept in (self.known, self.words, self.rulings, self.lemmatizer.cache):
                kept.clear()
        ruling = self._ruling(token)
        if ruling.opens_pattern:
            return None
        token.tag = ruling.tag
        if ruling.dep:
            token.dep = ruling.dep
        token.pos = ruling.pos
        token.set_morph(ruling.morph)
        lemma = ruling.lemma or self.lemmatizer.lemmatize(token)[0]
        return token.text, token.lower_, lemma, token.pos_, token.tag_, token.dep_

    def _ruling(self, token: Token) -> Ruling:
        orth, dep = token.orth, token.dep
        word = self.words.get(orth)
        if word is None:
            word = self.words[orth] = orth if self.patterns.name(token) else 0
        key = (word, token.tag, dep if dep in self.relations else 0)
        found = self.rulings.get(key)
        if found is None:
            doc = SpacyDoc(
                self.nlp.vocab,
                words=[token.orth_],
                tags=[token.tag_],
                heads=[0],
                deps=[token.dep_],
            )
            opens = bool(self.patterns.openers(doc, allow_missing=True))
            alone: Any = self.ruler(doc)[0]
            found = Ruling(
                tag=alone.tag,
                dep=alone.dep if alone.dep != dep else 0,
                pos=alone.pos,
                morph=alone.morph,
                lemma=alone.lemma_,
                opens_pattern=opens,
            )
            self.rulings[key] = found
        return found


def _look_up_quickly(lemmatizer: Lemmatizer) -> None:
    """Turn the lists of known words, which every lemma is looked up in, into sets."""
    if lemmatizer.lookups.has_table("lemma_index"):
        table = lemmatizer.lookups.get_table("lemma_index")
        for part_of_speech, words in list(table.items()):
            table[part_of_speech] = frozenset(words)
