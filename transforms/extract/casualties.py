"""How many people an event killed and hurt, as its clause states it.

The numbers are those that the words name: "dozens" is 24, "scores" 40, "hundreds" 200, "thousands"
2,000, "a couple" 2; "several" and "a few" count 3 and "many" is not counted, for a sum that leaves
out people known to be there is further from the truth than the least number the word allows. A
singular victim ("killed a policeman") is 1, a plural without a number is unknown (`None`), "no one
was hurt" is 0. The bounds that hedges and ranges give are in `quantities`.
"""

from __future__ import annotations

from collections.abc import Iterator

from transforms.extract.model import Sentence, Trigger
from transforms.extract.numerals import Bounds, count_of, numeral, people
from transforms.extract.syntax import Token
from transforms.extract.times.lexicon import words

_DEATH_VERBS = words(
    """
    kill slay murder assassinate massacre execute behead lynch slaughter martyr
    """
)
_DEATH_INTRANSITIVE = frozenset(["die", "perish", "drown", "succumb"])
_KILLINGS = words("murder killing assassination slaying execution massacre slaughter beheading")
_INJURY_VERBS = words("injure wound hurt maim hospitalize hospitalise")
_DEAD = frozenset(["dead", "killed"])
_HURT = frozenset(["injured", "wounded", "hurt"])
_DEATH_NOUNS = frozenset(["death", "fatality"])
_INJURY_NOUNS = frozenset(["injury", "wound"])
_TOLL_VERBS = words("rise climb reach stand increase grow hit be put jump")
_CAUSE_VERBS = frozenset(["leave", "claim", "cause", "take"])
# Types of which people die or come to harm; nobody is killed by a statement or an agreement that
# stands in one clause with a killing.
_HARMFUL = words(
    """
    ASSAULT COERCE PROTEST MOBILIZE RETREAT ACCIDENT DISASTER WEATHER CRIME DEATH HEALTH TRAVEL
    SPORT LIFE
    """
)


def tolls(trigger: Trigger, sentence: Sentence) -> tuple[Bounds | None, Bounds | None]:
    """Return how many dead and injured the trigger's clause states, `None` where it states none.

    Counts only for events of a kind that does harm (attacks, unrest, accidents, disasters, crime).
    Only words of the clause that the trigger heads or belongs to are read, so two events of one
    sentence do not both get its numbers unless they share a clause.
    """
    if sentence.doc is None or trigger.event_type not in _HARMFUL:
        return None, None
    deaths: Bounds | None = None
    injuries: Bounds | None = None
    for token in clause(trigger.head):
        killed, hurt = _stated(token)
        deaths = _greater(deaths, killed)
        injuries = _greater(injuries, hurt)
    return deaths, injuries


def _greater(left: Bounds | None, right: Bounds | None) -> Bounds | None:
    if left is None or right is None:
        return left or right
    return right if right.stated > left.stated else left


def clause(head: Token) -> Iterator[Token]:
    """Yield the tokens of a trigger's clause: its governing verb, joined verbs, what hangs there.

    Finite clauses that speak of something else are left out: reported speech, relative and
    joined clauses with a subject of their own, unless the trigger stands in them. What a clause
    says to have come of the trigger stays in: "attacked the village, killing 12", "an attack that
    killed 12", "12 were hurt when police fired".
    """
    top = head
    while top.head != top:
        if top.pos_ in ("VERB", "AUX"):
            if top.dep_ in ("ccomp", "parataxis", "relcl", "csubj"):
                break
            joined = _states_outcome(top) and _states_outcome(top.head)
            if top.dep_ == "conj" and _has_subject(top) and not joined:
                break
            if top.dep_ == "advcl" and _has_subject(top) and not _states_outcome(top.head):
                break
        top = top.head
    stack = [top]
    while stack:
        token = stack.pop()
        yield token
        for child in token.children:
            apart = child.pos_ in ("VERB", "AUX") and (
                child.dep_ in ("ccomp", "parataxis")
                or (child.dep_ == "conj" and _has_subject(child))
                or (child.dep_ == "advcl" and _has_subject(child) and child.tag_ != "VBG")
                or (child.dep_ == "relcl" and not _is_or_above(head, token))
            )
            if not apart or _is_or_above(head, child) or _joined_outcome(head, child):
                stack.append(child)


def _has_subject(verb: Token) -> bool:
    return any(c.dep_ in ("nsubj", "nsubjpass") for c in verb.children)


def _states_outcome(verb: Token) -> bool:
    """ "12 were hurt when …": the main clause is the outcome of the event below it."""
    lemma = verb.lemma_.lower()
    harmed = verb.tag_ == "VBN" and lemma in _DEATH_VERBS | _INJURY_VERBS
    return harmed or (verb.pos_ == "VERB" and lemma in _DEATH_INTRANSITIVE)


def _joined_outcome(head: Token, verb: Token) -> bool:
    """ "… killed 12 people and 30 were wounded": an outcome joined to one."""
    return verb.dep_ == "conj" and _states_outcome(verb)


def _is_or_above(low: Token, high: Token) -> bool:
    return bool(low == high or high.is_ancestor(low))


def _stated(token: Token) -> tuple[Bounds | None, Bounds | None]:
    """Deaths and injuries that one word states together with its arguments."""
    lemma = token.lemma_.lower()
    if token.pos_ in ("VERB", "AUX"):
        if any(c.dep_ == "neg" for c in token.children):
            return None, None
        if lemma in _DEATH_VERBS or _is_to_death(token):
            return people(_victims(token), token), None
        if lemma in _INJURY_VERBS:
            return None, people(_victims(token), token)
        if lemma in _DEATH_INTRANSITIVE:
            return people(_antecedents([c for c in token.children if c.dep_ == "nsubj"])), None
        if lemma in _CAUSE_VERBS:
            return _caused(token)
    if lemma in ("toll",) and token.pos_ == "NOUN":
        return _toll(token), None
    if (
        token.lower_ in _DEAD | _HURT
        and token.pos_ not in ("VERB", "AUX")
        and token.dep_
        in (
            "acomp",
            "oprd",
            "amod",
            "acl",
            "attr",
            "advcl",
            "conj",
            "ccomp",
        )
    ):
        number = predicated(token)
        if token.lower_ in _DEAD:
            return number, None
        return None, number
    if token.pos_ == "NOUN" and lemma in _KILLINGS:
        return people(_killed(token)), None
    if token.pos_ == "NOUN" and lemma in _DEATH_NOUNS and count_of(token) is None:
        for child in token.children:
            if child.lower_ == "of" and child.dep_ == "prep":
                return people([c for c in child.children if c.dep_ == "pobj"]), None
    if token.pos_ == "NOUN" and lemma in _DEATH_NOUNS | _INJURY_NOUNS and token.tag_ == "NNS":
        number = count_of(token)
        if lemma in _DEATH_NOUNS:
            return number, None
        return None, number
    return None, None


def _is_to_death(verb: Token) -> bool:
    """ "shot to death", "beaten to death"."""
    return any(
        child.dep_ == "prep"
        and child.lower_ == "to"
        and any(g.lower_ == "death" for g in child.children)
        for child in verb.children
    )


def _killed(noun: Token) -> list[Token]:
    """Whom a noun for a killing names: "the murder of six priests", "his assassination"."""
    for child in noun.children:
        if child.lower_ == "of" and child.dep_ == "prep":
            return [c for c in child.children if c.dep_ == "pobj"]
    if noun.tag_ == "NNS":
        return []
    return [
        c for c in noun.children
        if c.dep_ == "poss" and (c.ent_type_ == "PERSON" or c.lower_ in ("his", "her"))
    ]  # fmt: skip


def _victims(verb: Token) -> list[Token]:
    left = verb.head.lemma_ == "leave"
    if (verb.tag_ == "VBN" or left) and (counted := _counted_before(verb)) is not None:
        return [counted]
    passive = [c for c in verb.children if c.dep_ == "nsubjpass"]
    if passive:
        return _antecedents(passive)
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


def _antecedents(subjects: list[Token]) -> list[Token]:
    """Subjects, a relative pronoun replaced by what it stands for."""
    return [
        s.head.head if s.lower_ in ("who", "that") and s.head.dep_ == "relcl" else s
        for s in subjects
    ]


def _counted_before(participle: Token) -> Token | None:
    """The numeral right before a participle: "12 killed and more than 200 injured".

    The parser often hangs such a bare numeral on the wrong word, so its place decides.
    """
    if participle.i == 0:
        return None
    before = participle.nbor(-1)
    if (
        participle.dep_ == "conj"
        and participle.head.i < before.left_edge.i
        and before.tag_ == "NNS"
        and any(c.dep_ == "nummod" for c in before.children)
    ):
        return before
    if before.like_num and before.lower_ != "one" and before.dep_ != "nummod":
        return before
    if before.like_num and before.head == participle:
        return before
    return None


def _caused(verb: Token) -> tuple[Bounds | None, Bounds | None]:
    """ "left three dead and ten wounded", "claimed 40 lives"."""
    for child in verb.children:
        if child.dep_ == "dobj" and child.lemma_.lower() == "life":
            return count_of(child), None
    return None, None


def predicated(word: Token) -> Bounds | None:
    """Whose state "dead" or "wounded" is: "three dead", "12 were dead"."""
    counted = _counted_before(word)
    if counted is not None:
        return count_of(counted)
    for child in word.children:
        if child.dep_ in ("nsubj", "nsubjpass", "nummod"):
            return people([child])
    head = word.head
    if word.dep_ in ("amod", "acl") and head.pos_ in ("NOUN", "NUM", "PROPN"):
        return count_of(head)
    if word.dep_ in ("acomp", "attr", "oprd"):
        wanted = ("dobj",) if head.lemma_ in ("leave", "find") else ("nsubj", "nsubjpass")
        return people([c for c in head.children if c.dep_ in wanted])
    return None


def _toll(noun: Token) -> Bounds | None:
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
                        return count_of(number)
            if child.dep_ in ("dobj", "attr", "npadvmod") and child.like_num:
                return numeral(child)
    return None
