"""How many people an event killed and hurt, as its clause states it.

Lower bounds: "dozens" is 24, "scores" 40, "hundreds" 200, "thousands" 2,000, "a couple" 2; "several"
and "a few" count 3 and "many" is not counted, for a sum that leaves out people known to be there is
further from the truth than the least number the word allows. "At least" and "up to" leave a number as it is. A
singular victim ("killed a policeman") is 1, a plural without a number is unknown (`None`).
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from transforms.extract.model import Article, Casualties, Sentence, Trigger
from transforms.extract.times import lexicon

_DEATH_VERBS = frozenset(
    ["kill", "slay", "murder", "assassinate", "massacre", "execute", "behead", "lynch", "slaughter", "martyr", "behead"]
)
_DEATH_INTRANSITIVE = frozenset(["die", "perish", "drown", "succumb"])
_INJURY_VERBS = frozenset(["injure", "wound", "hurt", "maim", "hospitalize", "hospitalise", "burn"])
_DEAD = frozenset(["dead", "killed"])
_HURT = frozenset(["injured", "wounded", "hurt"])
_DEATH_NOUNS = frozenset(["death", "fatality"])
_INJURY_NOUNS = frozenset(["injury", "wound"])
_TOLL_VERBS = frozenset(["rise", "climb", "reach", "stand", "increase", "grow", "hit", "be", "put", "jump"])
_CAUSE_VERBS = frozenset(["leave", "claim", "cause", "take"])
_NOT_PEOPLE = frozenset(
    ["year", "month", "week", "day", "hour", "minute", "percent", "dlrs", "dollar", "animal", "cow", "sheep", "chicken", "bird", "fish", "pig", "cattle", "deal", "bill", "job", "plan", "time"]
)
_COLLECTIVE = {
    "dozen": 24, "score": 40, "hundred": 200, "thousand": 2000, "couple": 2, "several": 3, "few": 3,
}  # fmt: skip
_INDEFINITE_ONE = frozenset(["a", "an", "one", "another"])


def count(trigger: Trigger, sentence: Sentence, article: Article) -> Casualties:
    """Deaths and injuries that the trigger's clause states, `None` where it states none.

    Only words of the clause that the trigger heads or belongs to are read, so two events of one
    sentence do not both get its numbers unless they share a clause.
    """
    if sentence.doc is None:
        return Casualties(None, None)
    deaths: int | None = None
    injuries: int | None = None
    for token in _clause(trigger.head):
        killed, hurt = _stated(token)
        if killed is not None:
            deaths = max(deaths or 0, killed)
        if hurt is not None:
            injuries = max(injuries or 0, hurt)
    return Casualties(deaths, injuries)


def _clause(head: Token) -> Iterator[Token]:
    """The tokens of the trigger's clause: its governing verb, joined verbs, and what hangs there.

    Clauses that speak of something else (finite complements of other verbs) are left out, except
    those through which the trigger itself says its outcome: "in an attack that killed 12",
    "attacked the village, killing 12".
    """
    top = head
    while top.head != top:
        if top.dep_ in ("ccomp", "parataxis", "relcl", "csubj") and top.pos_ in ("VERB", "AUX"):
            break
        if (
            top.dep_ == "conj"
            and top.pos_ == "VERB"
            and any(c.dep_ in ("nsubj", "nsubjpass") for c in top.children)
        ):
            break
        if top.dep_ == "advcl" and any(c.dep_ == "nsubj" for c in top.children):
            break
        top = top.head
    stack = [top]
    while stack:
        token = stack.pop()
        yield token
        for child in token.children:
            if (
                child.dep_ in ("ccomp", "parataxis")
                and child.pos_ in ("VERB", "AUX")
                and not _within(head, child)
            ):
                continue
            if (
                child.dep_ == "conj"
                and child.pos_ == "VERB"
                and child != head
                and not _within(head, child)
                and any(c.dep_ in ("nsubj", "nsubjpass") for c in child.children)
            ):
                continue
            stack.append(child)


def _within(token: Token, top: Token) -> bool:
    return top == token or top.is_ancestor(token)


def _stated(token: Token) -> tuple[int | None, int | None]:
    """Deaths and injuries that one word states together with its arguments."""
    lemma = token.lemma_.lower()
    if token.pos_ in ("VERB", "AUX"):
        if any(c.dep_ == "neg" for c in token.children):
            return None, None
        if lemma in _DEATH_VERBS:
            return _people(_victims(token)), None
        if lemma in _INJURY_VERBS:
            return None, _people(_victims(token))
        if lemma in _DEATH_INTRANSITIVE:
            return _people([c for c in token.children if c.dep_ == "nsubj"]), None
        if lemma in _CAUSE_VERBS:
            return _caused(token)
    if lemma in ("toll",) and token.pos_ == "NOUN":
        return _toll(token), None
    if token.lower_ in _DEAD | _HURT and token.dep_ in (
        "acomp",
        "oprd",
        "amod",
        "acl",
        "attr",
        "advcl",
        "conj",
        "ccomp",
    ):
        number = _predicated(token)
        if token.lower_ in _DEAD:
            return number, None
        return None, number
    if token.pos_ == "NOUN" and lemma in _DEATH_NOUNS | _INJURY_NOUNS and token.tag_ == "NNS":
        number = _number(token)
        if lemma in _DEATH_NOUNS:
            return number, None
        return None, number
    return None, None


def _victims(verb: Token) -> list[Token]:
    passive = [c for c in verb.children if c.dep_ == "nsubjpass"]
    if passive:
        return passive
    objects = [c for c in verb.children if c.dep_ == "dobj"]
    if objects:
        return objects
    if verb.tag_ == "VBN":
        if verb.dep_ in ("acl", "relcl"):
            return [verb.head]
        if verb.dep_ == "conj":
            return _victims(verb.head) if verb.head.tag_ == "VBN" else []
        # Headlines: "12 killed in blast".
        return [c for c in verb.children if c.dep_ in ("nsubj", "nummod", "dep")]
    if verb.dep_ == "conj" and verb.head.pos_ == "VERB" and verb.tag_ == "VBN":
        return _victims(verb.head)
    return []


def _people(heads: list[Token]) -> int | None:
    """The number of people in a list of noun phrases and what is joined to them."""
    total: int | None = None
    for head in heads:
        for part in _conjuncts(head):
            number = _number(part)
            if number is not None:
                total = (total or 0) + number
    return total


def _conjuncts(head: Token) -> Iterator[Token]:
    current = [head]
    for _ in range(12):
        if not current:
            return
        token = current.pop(0)
        yield token
        current += [c for c in token.children if c.dep_ == "conj"]


def _number(noun: Token) -> int | None:
    """How many a noun phrase stands for: its numeral, its quantifier, or one."""
    if noun.lemma_.lower() in _NOT_PEOPLE or noun.ent_type_ in ("MONEY", "PERCENT", "DATE", "TIME"):
        return None
    if noun.pos_ == "NUM" or noun.like_num:
        return numeral(noun)
    if noun.lemma_.lower() in _COLLECTIVE:
        return _collective(noun)
    for child in noun.children:
        if child.dep_ == "nummod":
            return numeral(child)
    for child in noun.children:
        if child.lemma_.lower() in ("several", "few") and child.dep_ in ("amod", "det"):
            return _COLLECTIVE[child.lemma_.lower()]
        if child.dep_ == "quantmod" and child.like_num:
            return numeral(child)
        if child.lemma_.lower() in ("dozen", "hundred", "thousand", "score") and child.dep_ in (
            "amod",
            "compound",
            "nmod",
        ):
            return _collective(child)
    if noun.tag_ in ("NN", "NNP") and any(c.lower_ in _INDEFINITE_ONE for c in noun.children):
        return 1
    if noun.tag_ == "NNP" and noun.ent_type_ == "PERSON":
        return 1
    return None


def _collective(token: Token) -> int | None:
    lemma = token.lemma_.lower()
    if token.tag_ == "NNS" or token.lower_.endswith("s"):
        return _COLLECTIVE[lemma]
    if lemma in ("several", "few", "couple"):
        return _COLLECTIVE[lemma]
    base = {"dozen": 12, "score": 20, "hundred": 100, "thousand": 1000}[lemma]
    for child in token.children:
        if child.like_num:
            number = numeral(child)
            return base * number if number is not None else base
    return base


def numeral(token: Token) -> int | None:
    """The integer that a numeral says, with the words compounded to it; `None` for a fraction."""
    words = [
        c for c in token.children if c.dep_ in ("compound", "nummod", "quantmod") and c.like_num
    ]
    words = sorted([*words, token], key=lambda t: t.i)
    return words_to_int([w.lower_ for w in words])


def words_to_int(words: list[str]) -> int | None:
    """An integer from digits or number words.

    >>> words_to_int(["two", "hundred"]), words_to_int(["1,200"]), words_to_int(["2.5"])
    (200, 1200, None)
    """
    total = 0
    for word in (part for w in words for part in w.split("-")):
        plain = word.replace(",", "")
        if plain.isascii() and plain.isdigit() and len(plain) < 10:
            total += int(plain)
        elif word in lexicon.NUMBER_WORDS:
            total += lexicon.NUMBER_WORDS[word]
        elif word in ("hundred", "thousand", "million", "dozen"):
            total = (
                max(total, 1)
                * {"hundred": 100, "thousand": 1000, "million": 10**6, "dozen": 12}[word]
            )
        elif word in ("a", "an"):
            total += 1
        else:
            return None
    return total if words and 0 <= total < 2**31 else None


def _caused(verb: Token) -> tuple[int | None, int | None]:
    """ "left three dead and ten wounded", "claimed 40 lives"."""
    for child in verb.children:
        if child.dep_ == "dobj" and child.lemma_.lower() == "life":
            return _number(child), None
    return None, None


def _predicated(word: Token) -> int | None:
    """Whose state "dead" or "wounded" is: "three dead", "12 were dead"."""
    for child in word.children:
        if child.dep_ in ("nsubj", "nsubjpass", "nummod"):
            return _people([child])
    head = word.head
    if word.dep_ in ("amod", "acl") and head.pos_ in ("NOUN", "NUM", "PROPN"):
        return _number(head)
    if word.dep_ in ("acomp", "attr", "oprd"):
        wanted = ("dobj",) if head.lemma_ in ("leave", "find") else ("nsubj", "nsubjpass")
        return _people([c for c in head.children if c.dep_ in wanted])
    return None


def _toll(noun: Token) -> int | None:
    """ "the death toll rose to 45", "a death toll of 45"."""
    if not any(c.lower_ == "death" for c in noun.children):
        return None
    homes = [noun]
    if noun.dep_ in ("nsubj", "nsubjpass", "dobj") and noun.head.lemma_ in _TOLL_VERBS | {
        "bring",
        "raise",
    }:
        homes.append(noun.head)
    for home in homes:
        for child in home.children:
            if child.dep_ in ("prep", "agent") and child.lower_ in ("to", "of", "at"):
                for number in child.children:
                    if number.dep_ == "pobj":
                        return _number(number)
            if child.dep_ in ("dobj", "attr", "npadvmod") and child.like_num:
                return numeral(child)
    return None
