"""What else a sentence tells: events and states that no entry of the lexicon gives a type.

An event coder wants what has a type; whoever annotates a text wants all of it, as TimeML does
(ISO 24617-1): every verb that is no auxiliary and every noun that names something that happens is
an event. Those without a type of PLOVER's or of our own are `OCCURRENCE`, or `STATE` where they say
how something is, or `STATEMENT` where somebody says something. Their roles are those of PropBank
(Palmer, Gildea and Kingsbury, 2005): the actor is Arg0, the recipient Arg1, which may be a thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from itertools import product

from transforms.extract.arguments import MEASURES, Arguments, coordinated, noun_phrase
from transforms.extract.lexicon import HERE, Entry, Lexicon, read_words
from transforms.extract.lexicon.match import RELATIVE, Match, is_passive, lemma, objects, subjects
from transforms.extract.model import Coding, Trigger
from transforms.extract.syntax import Doc, Span, Token
from transforms.extract.triggers import Candidate, trigger

WEIGHT = 0.4
"""Confidence before what is known of the roles: less than any event with a type."""

MOST = 3
"""Coordinated parties that are told, on either side."""

_NOT_EVENTS = frozenset(("PERSON", "GPE", "ORG", "NORP", "LOC", "FAC", "PRODUCT", "WORK_OF_ART"))
_OF = frozenset(("of", "by", "between"))
_TO = ("of", "against", "with", "on", "over")
"""Prepositions behind which stands what a noun's event is done to, the surest first."""


@cache
def _words() -> dict[str, frozenset[str]]:
    return read_words(HERE / "background.tsv")


def find(
    doc: Doc, taken: Collection[tuple[int, int]], lexicon: Lexicon, arguments: Arguments
) -> Iterator[tuple[Candidate, Coding]]:
    """Yield what a parsed sentence tells beside the triggers at `taken`, in order.

    `taken` are character spans of the sentence, half-open. Each event comes with its coding: a
    phrase that acts and a phrase that it is done to, either of which may be missing.
    """
    for token in doc:
        start, end = token.idx, token.idx + len(token.text)
        if any(start < other and begin < end for begin, other in taken):
            continue
        if _is_verb(token):
            event_type = _type_of(token, lexicon)
            acting, done_to = _roles_of_verb(token, arguments)
        elif _is_noun(token):
            event_type = "OCCURRENCE"
            acting, done_to = _roles_of_noun(token)
        else:
            continue
        candidate, made = _event(token, event_type)
        for actor, recipient in product(_parties(acting), _parties(done_to)):
            yield candidate, Coding(made, actor, recipient)


def _event(token: Token, event_type: str) -> tuple[Candidate, Trigger]:
    entry = Entry("", lemma(token), event_type, None, None, WEIGHT, "s>o")
    noun = token if token.pos_ in ("NOUN", "PROPN") else None
    candidate = Candidate(Match(entry, token), token, event_type, None, None, WEIGHT, noun=noun)
    return candidate, trigger(candidate, f"{'noun' if noun else 'verb'} without a type")


def _parties(head: Token | None) -> list[Span | None]:
    """Return the phrases coordinated with a head, [None] without one; no party is an event."""
    if head is None:
        return [None]
    heads = [one for one in coordinated(head) if not _is_noun(one)]
    return [noun_phrase(one) for one in heads[:MOST]] or [None]


def _is_verb(token: Token) -> bool:
    """Say whether a token is a verb that tells something: no auxiliary, modifier or preposition."""
    if token.pos_ == "AUX":
        return token.dep_ not in ("aux", "auxpass") and token.lemma_ in ("be", "have", "do")
    if token.pos_ != "VERB" or token.dep_ in ("aux", "auxpass", "compound"):
        return False
    if token.dep_ == "amod":  # "recently announced", "growing concern", but "a limited company"
        return any(child.dep_ in ("advmod", "npadvmod") for child in token.children)
    alone = token.dep_ in ("prep", "mark", "pcomp") or not subjects(token)
    hollow = token.tag_ in ("VBG", "VBN") and lemma(token) in _words()["hollow"]
    return token.dep_ != "prep" and not (alone and hollow and not _has_object_or_aux(token))


def _has_object_or_aux(token: Token) -> bool:
    return any(c.dep_ in ("aux", "auxpass", "dobj", "agent") for c in token.children)


def _is_noun(token: Token) -> bool:
    """Say whether a noun names something that happens."""
    if token.pos_ not in ("NOUN", "PROPN"):
        return False
    if token.ent_type_ in _NOT_EVENTS and token.lower_ not in _words()["named"]:
        return False
    if token.dep_ in ("compound", "nmod", "npadvmod", "amod"):
        return False
    word = lemma(token)
    if word in _words()["noun"] or word in _words()["named"]:
        return True
    if word in _words()["act"]:
        return any(
            child.dep_ == "poss" or (child.dep_ == "prep" and child.lower_ in _OF)
            for child in token.children
        )
    return False


def _type_of(verb: Token, lexicon: Lexicon) -> str:
    word = lemma(verb)
    spoken = any(child.dep_ in ("ccomp", "parataxis") for child in verb.children)
    if lexicon.has("say", word) and (spoken or word == "say") and word not in _words()["state"]:
        return "STATEMENT"
    return "STATE" if word in _words()["state"] else "OCCURRENCE"


def _roles_of_verb(verb: Token, arguments: Arguments) -> tuple[Token | None, Token | None]:
    """Return the heads of the phrases that act and that it is done to."""
    word = lemma(verb)
    found = [t for t in objects(verb) if t.pos_ not in ("VERB", "AUX", "ADJ", "ADV")]
    direct = [t for t in found if t.dep_ not in ("dative", "attr", "oprd")]
    acting = [_meant(t) for t in arguments.actors(verb)]
    if is_passive(verb):
        return _first(acting), _first(direct or found)
    if word in ("be", "become", "remain", "seem", "appear"):
        return None, _first(acting) or _there(verb)
    done_to = [t for t in direct if t.ent_type_ not in MEASURES]
    clause = any(child.dep_ in ("xcomp", "ccomp") for child in verb.children)
    if not done_to and not clause and word in _words()["theme"]:
        return None, _first(acting)
    return _first(acting), _first(done_to)


def _there(verb: Token) -> Token | None:
    """Return what there is, of "there is"."""
    return next((child for child in verb.children if child.dep_ in ("attr", "nsubj")), None)


def _meant(token: Token) -> Token:
    """Return what a relative pronoun stands for."""
    if token.lower_ in RELATIVE and token.head.dep_ == "relcl":
        return token.head.head
    return token


def _first(tokens: list[Token]) -> Token | None:
    return tokens[0] if tokens else None


def _roles_of_noun(noun: Token) -> tuple[Token | None, Token | None]:
    """Return who does what a noun names, and to what.

    "Oslo's sale of the bank", "a sale by Oslo", "talks between Oslo and Lima"; but "the bank's
    sale", where the noun is one of those that happen to their owner.
    """
    owner = next((c for c in noun.children if c.dep_ == "poss"), None)
    behind = {
        child.lower_: next((g for g in child.children if g.dep_ == "pobj"), None)
        for child in noun.children
        if child.dep_ in ("prep", "agent")
    }
    between = behind.get("between") or behind.get("among")
    if between is not None:
        return between, None
    actor = behind.get("by")
    done_to = next((behind[form] for form in _TO if behind.get(form) is not None), None)
    if owner is not None and done_to is None and lemma(noun) in _words()["undergone"]:
        return actor, owner
    return actor or owner, done_to
