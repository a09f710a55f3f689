"""Whether two words of an article tell the same happening, read from the parse alone.

A story comes back to what it tells: "gunmen killed the mayor … the murder of the mayor on 3 May".
The words are of one stem, or both say that somebody dies, and what it happens to is named alike. A
plain "the attack" or "the incident" behind an event stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from transforms.extract.syntax import Token
from transforms.extract.times.lexicon import words

# Whoever dies dies once, whichever word says so.
_KILLING = words(
    """die death kill killing murder assassinate assassination massacre slay slaying slaughter
    execute execution shooting"""
)
_VIOLENCE = _KILLING | words(
    """attack assault raid ambush bombing explosion blast kidnapping abduction strike shelling clash
    robbery arson"""
)
_ANYTHING = words("incident event action crime act operation case tragedy deed accident")
# The parser's lemma of "staged" is "stag".
_TAKES_PLACE = words("take occur happen carry perpetrate stage stag commit begin start last")
_DEFINITE = words("the this that these those its his her their our")
# Verbs that say too little to tell one happening from another.
_HOLLOW = words("be have do make take get give go come say tell use add see want need keep begin")
_OBJECTS = ("dobj", "nsubjpass", "obj")
_BEHIND = words("of against on at to")
# Heads that say too little to tell one party from another.
_VAGUE = words(
    """people person man woman child other victim member official one some all leader group number
    civilian soldier policeman officer resident two three four five six seven eight nine ten dozen
    hundred thousand country city town area place"""
)

_NOT_CALLED = frozenset(("GPE", "LOC", "FAC", "DATE", "TIME", "NORP", "CARDINAL"))
_NAMED_WITHIN = 8  # tokens


def is_definite(noun: Token) -> bool:
    """Whether a noun phrase speaks of something known: "the raid", "its launch", "Velm's fall"."""
    return any(c.lower_ in _DEFINITE or c.dep_ == "poss" for c in noun.children)


def same_words(left: Token, right: Token) -> bool:
    """Whether two events are called by one stem, or both say that somebody dies."""
    a, b = left.lemma_.lower(), right.lemma_.lower()
    if a in _HOLLOW or b in _HOLLOW:
        return False
    if a == b or (a in _KILLING and b in _KILLING):
        return True
    short, long = sorted((a, b), key=len)
    if len(short) < 4 or _doer(a) != _doer(b):
        return False
    kept = max(5, len(long) - 4)
    return long[:kept] == short[:kept] or (long.startswith(short) and len(long) - len(short) <= 3)


def _doer(word: str) -> bool:
    return word.endswith(("er", "or", "ist")) and len(word) > 6


def same(left: Token, right: Token) -> bool:
    """Whether two tokens of an article tell one happening: same words, and to the same party."""
    if not same_words(left, right):
        return False
    parties = _names(left)
    return bool(parties) and bool(parties & _names(right))


def takes_place(verb: Token) -> bool:
    """Whether a verb says of an event no more than that it took place or was committed."""
    return verb.lemma_.lower() in _TAKES_PLACE


def stands_for(noun: Token, event: Token, violent: bool) -> bool:
    """Whether a noun takes up an event told before it and says that it took place: "the attack
    took place", "this crime, which was committed". `violent` says whether the event is an attack.
    """
    word = noun.lemma_.lower()
    if not (word in _ANYTHING or same_words(noun, event) or (violent and word in _VIOLENCE)):
        return False
    if not is_definite(noun) or any(
        c.dep_ == "poss" or (c.dep_ == "prep" and c.lower_ in _BEHIND) for c in noun.children
    ):
        return False
    if noun.dep_ in ("nsubj", "nsubjpass"):
        return noun.head.lemma_.lower() in _TAKES_PLACE
    return any(
        c.dep_ in ("relcl", "acl") and c.lemma_.lower() in _TAKES_PLACE for c in noun.children
    )


def _names(event: Token) -> set[str]:
    """What the parties are called that an event happens to."""
    found: set[str] = set()
    for party in _undergo(event):
        for head in (party, *party.conjuncts):
            word = head.lemma_.lower()
            if word in _VAGUE or head.pos_ not in ("NOUN", "PROPN"):
                continue
            if head.pos_ == "PROPN":
                found.update(_called(head))
            elif is_definite(head) or event.pos_ == "NOUN":
                found.add(word)
    return found


def _called(party: Token) -> Iterator[str]:
    """The names of a party, those in apposition with it too: "Velm, known as Commander Teo"."""
    beside = {t for other in party.rights if other.dep_ == "conj" for t in other.subtree}
    for token in party.subtree:
        if token.i > party.i + _NAMED_WITHIN:
            break
        named = token == party or (token.ent_type_ not in _NOT_CALLED and token not in beside)
        if named and token.pos_ == "PROPN":
            yield token.lower_


def _undergo(event: Token) -> Iterator[Token]:
    children = list(event.children)
    if event.pos_ in ("VERB", "AUX"):
        objects = [c for c in children if c.dep_ in _OBJECTS]
        if not objects and event.tag_ == "VBN" and event.dep_ == "acl":
            objects = [event.head]
        told = any(c.dep_ in ("ccomp", "xcomp", "parataxis") for c in children)
        if not objects and not told:
            objects = [c for c in children if c.dep_ == "nsubj"]
        for each in objects:
            related = each.tag_ in ("WP", "WDT") and event.dep_ == "relcl"
            yield event.head if related else each
        return
    for child in children:
        if child.dep_ in ("poss", "compound", "nmod"):
            yield child
        elif child.dep_ == "prep" and child.lower_ in _BEHIND:
            yield from (c for c in child.children if c.dep_ == "pobj")
    for child in children:
        if child.dep_ == "prep" and child.lower_ in ("in", "by"):
            for inner in child.children:
                yield from (
                    p
                    for c in inner.children
                    if c.dep_ == "prep" and c.lower_ == "of"
                    for p in c.children
                    if p.dep_ == "pobj"
                )
