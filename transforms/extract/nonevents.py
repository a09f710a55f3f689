"""What looks like an event and is none: declining to comment, questions, idioms.

The patterns of the lexicon say what a word may mean; these rules look at what stands around it and
take away readings that no pattern can exclude.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.extract.lexicon import Lexicon
from transforms.extract.lexicon.match import lemma

if TYPE_CHECKING:
    from transforms.extract.triggers import Candidate

NO_NEWS = frozenset(
    ("comment", "say", "elaborate", "disclose", "identify", "name", "reveal", "specify",
     "speculate", "predict", "confirm", "discuss", "describe", "forecast", "estimate")
)  # fmt: skip
NO_WORDS = frozenset(("comment", "detail", "figure", "name", "reason", "breakdown", "explanation",
                      "price", "value", "term", "size", "amount", "yield",
                      "forecast", "date", "interview", "timetable"))  # fmt: skip
"""What who declines to give it declines to say."""
PRIVATE_MEETINGS = frozenset(("annual", "shareholder", "shareholders", "stockholders", "board"))
IDIOMS = frozenset(("due", "short", "apart", "asleep", "victim", "prey", "foul"))


def is_no_news(candidate: Candidate, lexicon: Lexicon) -> bool:
    """Return whether somebody only declined to comment, or the words are an idiom."""
    head = candidate.match.head
    if head.lower_ == "opposed" and head.i and head.nbor(-1).lower_ == "as":
        return True  # "a unit as opposed to individuals"
    if candidate.event_type == "MARKET" and any(
        c.lower_ in IDIOMS
        or (c.dep_ == "nsubj" and lemma(c) in lexicon.classes["uneconomic"].lemmas)
        for c in head.children
    ):
        return True  # "the loan fell due", "the infections rose"
    if candidate.is_noun and any(c.lower_ in PRIVATE_MEETINGS for c in head.children):
        return candidate.event_type == "CONSULT"  # "the annual meeting"
    shown = candidate.event_type == "PROTEST" and lemma(head) == "demonstrate"
    if shown and any(c.dep_ in ("ccomp", "dobj") for c in head.children):
        return True  # "this demonstrates that"
    if lemma(head) == "suspect" and any(
        c.lower_ == "of" and any(lemma(g) in ("have", "carry") for g in c.children)
        for c in head.children
    ):
        return True  # "suspected of having Ebola"
    if candidate.event_type == "HEALTH" and any(
        c.lower_ == "sick" and any(g.lower_ == "of" for g in c.children) for c in head.children
    ):
        return True  # "sick of the debate"
    return candidate.event_type == "REJECT" and any(
        (child.dep_ in ("xcomp", "dobj") and lemma(child) in NO_NEWS)
        or (child.dep_ == "xcomp" and any(lemma(g) in NO_WORDS for g in child.children))
        for child in candidate.head.children
    )


QUESTION_WORDS = frozenset(
    ("if", "whether", "what", "who", "how", "why", "when", "where", "which", "whose")
)


def is_question(candidate: Candidate) -> bool:
    """Return whether somebody only asks to be told: "asked why he left"."""
    if candidate.event_type != "REQUEST" or lemma(candidate.match.head) != "ask":
        return False
    asking = candidate.match.head
    above = asking.head if asking.dep_ in ("parataxis", "ccomp") else asking
    if any(w.text == "?" for verb in (asking, above) for w in verb.children):
        return True
    return any(
        child.dep_ in ("ccomp", "advcl", "parataxis")
        and (
            any(g.lower_ in QUESTION_WORDS for g in child.children)
            or child.doc[child.left_edge.i].lower_ in QUESTION_WORDS
            or any(w.text == "?" for w in child.subtree)
        )
        for child in asking.children
    )
