"""Whether a clause speaks of the past or of what is to come."""

from __future__ import annotations

import re
from typing import Literal

from transforms.extract.model import Sentence
from transforms.extract.syntax import Token
from transforms.extract.times import lexicon

Lean = Literal["past", "future", "none"]

_FUTURE = re.compile(
    r"\b(?:will|'ll|’ll|won't|won’t|shall|going to|to be|is to|are to|due|scheduled|set to|set for"
    r"|expected|expects|plans|planned for|slated|next|upcoming|coming|ahead of|would|could|should"
    r"|may|might|until|by|to (?:begin|start|meet|hold|vote|open|take|launch|visit))\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:said|was|were|had|has|have|did|told|last|since|after|ago|reported|announced|killed"
    r"|died|took|made|came|went|began|[a-z]{3,14}ed)\b",
    re.IGNORECASE,
)
_FUTURE_VERBS = lexicon.words(
    """expect plan schedule set slate due intend aim hope want vow promise agree pledge threaten
    propose offer prepare decide seek ask urge order call invite bind program"""
)
_FUTURE_PREPOSITIONS = frozenset({"until", "till", "by"})
_MODALS = lexicon.words("will 'll ’ll wo shall would 'd ’d may might can could should must")


def token_at(sentence: Sentence, offset: int) -> Token | None:
    """The token of the sentence's `Doc` that covers a character offset of its text."""
    doc = sentence.doc
    if doc is None:
        return None
    low, high = 0, len(doc) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if doc[middle].idx <= offset:
            low = middle
        else:
            high = middle - 1
    return doc[low] if len(doc) else None


def governing_verb(token: Token) -> Token | None:
    """The nearest verb or auxiliary above a token."""
    for above in token.ancestors:
        if above.pos_ in ("VERB", "AUX"):
            return above
    return None


def verb_lean(verb: Token, *, headline: bool = False) -> Lean:
    """What a finite or non-finite verb says by itself, or by the verb that governs it."""
    current: Token | None = verb
    for _ in range(6):
        if current is None:
            return "none"
        children = list(current.children)
        helpers = {c.lower_ for c in children if c.dep_ in ("aux", "auxpass")}
        if "'d" in helpers and current.tag_ in ("VBN", "VBD"):
            return "past"
        if helpers & _MODALS:
            if "have" in helpers and not helpers & {"will", "'ll", "’ll", "shall"}:
                return "past"
            return "future"
        if "to" in helpers:
            head = current.head
            if "have" in helpers:
                return "past"
            if current.dep_ in ("ROOT",) or (current.dep_ == "xcomp" and head.lemma_ == "be"):
                return "future"
            if headline and current.dep_ in ("xcomp", "ROOT", "relcl", "acl"):
                return "future"
            if current.lemma_ == "do" and head.lower_ in ("nothing", "something", "anything"):
                current = governing_verb(head)
                continue
            if head.lemma_ in _FUTURE_VERBS or current.dep_ in ("acl", "relcl"):
                return "future"
            if current.dep_ == "advcl":
                current = head
                continue
            current = head if head != current else None
            continue
        tag = current.tag_
        if helpers & {"had", "has", "have", "'ve", "was", "were", "did"}:
            if helpers & {"was", "were"} and current.lower_ == "going":
                return "future"
            return "past"
        if tag == "VBD":
            return "past"
        if helpers & {"is", "are", "'s", "'re", "am", "be"}:
            if current.lower_ == "going" or tag == "VBG":
                return "future"
            if current.lemma_ in _FUTURE_VERBS:
                return "future"
            return "none"
        if tag in ("VBZ", "VBP"):
            if headline:
                return "past"
            return "none"
        if current.dep_ == "ROOT" or current.head == current:
            return "past" if tag == "VBN" else "none"
        if tag == "VBN" and current.dep_ in ("acl", "relcl", "amod", "advcl"):
            return "past"
        above = current.head
        current = above if above.pos_ in ("VERB", "AUX") else governing_verb(current)
    return "none"


def lean(sentence: Sentence, offset: int) -> Lean:
    """Whether the clause around a character offset of a sentence looks back or ahead."""
    token = token_at(sentence, offset)
    if token is None:
        return _lean_of_words(sentence.text, offset)
    head = token
    for _ in range(4):
        if head.dep_ in ("pobj", "pcomp") and head.head.lower_ in _FUTURE_PREPOSITIONS:
            verb = governing_verb(head)
            if verb is not None and verb_lean(verb) == "past" and head.head.lower_ == "by":
                return "past"
            return "future"
        if head.head == head or head.pos_ in ("VERB", "AUX"):
            break
        head = head.head
    verb = token if token.pos_ in ("VERB", "AUX") else governing_verb(token)
    if verb is None:
        return _lean_of_words(sentence.text, offset)
    return verb_lean(verb, headline=sentence.is_headline)


def _lean_of_words(text: str, offset: int) -> Lean:
    """The lean of the nearest telling word, for sentences that were not parsed."""
    low = max(0, offset - 120)
    best: tuple[int, Lean] | None = None
    for pattern, says in ((_FUTURE, "future"), (_PAST, "past")):
        for found in pattern.finditer(text, low, offset + 60):
            distance = (
                offset - found.end() if found.end() <= offset else 20 + found.start() - offset
            )
            if best is None or distance < best[0]:
                best = (distance, says)  # type: ignore[assignment]
    return best[1] if best else "none"
