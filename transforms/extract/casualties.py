"""How many people an event killed and hurt, as its clause states it.

Lower bounds: "dozens" is 24, "scores" 40, "hundreds" 200, "thousands" 2,000, "a couple" 2;
"several" and "a few" count 3 and "many" is not counted, for a sum that leaves out people known to
be there is further from the truth than the least number the word allows. "At least" and "up to"
leave the number as it is. A singular victim ("killed a policeman") is 1, a plural without a number
is unknown (`None`), "no one was hurt" is 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from transforms.extract.model import Article, Casualties, Sentence, Trigger
from transforms.extract.times import lexicon
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
_NOT_PEOPLE = words(
    """
    year month week day hour minute percent dlrs dollar animal cow sheep chicken bird fish
    pig cattle deal bill job plan time
    """
)
_COLLECTIVE = {
    "dozen": 24, "score": 40, "hundred": 200, "thousand": 2000, "couple": 2, "several": 3, "few": 3,
}  # fmt: skip
_GROUPS = words(
    """
    family crew group team population rest crowd couple staff army village people public enemy
    number majority half police force unit community convoy patrol company party squad public town
    city militia gang cell leadership opposition government world nation country remainder economy
    """
)
_ONE_PERSON = words("him her his himself herself me myself")
# Types of which people die or come to harm; nobody is killed by a statement or an agreement that
# stands in one clause with a killing.
_HARMFUL = words(
    """
    ASSAULT COERCE PROTEST MOBILIZE RETREAT ACCIDENT DISASTER WEATHER CRIME DEATH HEALTH TRAVEL
    SPORT LIFE
    """
)
_INDEFINITE_ONE = frozenset(["a", "an", "one", "another"])


def count(trigger: Trigger, sentence: Sentence, article: Article) -> Casualties:
    """Deaths and injuries that the trigger's clause states, `None` where it states none.

    Counts only for events of a kind that does harm (attacks, unrest, accidents, disasters, crime).
    Only words of the clause that the trigger heads or belongs to are read, so two events of one
    sentence do not both get its numbers unless they share a clause.
    """
    if sentence.doc is None or trigger.event_type not in _HARMFUL:
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
    return verb.tag_ == "VBN" and verb.lemma_.lower() in _DEATH_VERBS | _INJURY_VERBS


def _joined_outcome(head: Token, verb: Token) -> bool:
    """ "… killed 12 people and 30 were wounded": an outcome joined to one."""
    return verb.dep_ == "conj" and _states_outcome(verb)


def _is_or_above(low: Token, high: Token) -> bool:
    return bool(low == high or high.is_ancestor(low))


def _stated(token: Token) -> tuple[int | None, int | None]:
    """Deaths and injuries that one word states together with its arguments."""
    lemma = token.lemma_.lower()
    if token.pos_ in ("VERB", "AUX"):
        if any(c.dep_ == "neg" for c in token.children):
            return None, None
        if lemma in _DEATH_VERBS or _is_to_death(token):
            return _people(_victims(token), token), None
        if lemma in _INJURY_VERBS:
            return None, _people(_victims(token), token)
        if lemma in _DEATH_INTRANSITIVE:
            return _people(_antecedents([c for c in token.children if c.dep_ == "nsubj"])), None
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
        number = _predicated(token)
        if token.lower_ in _DEAD:
            return number, None
        return None, number
    if token.pos_ == "NOUN" and lemma in _KILLINGS:
        return _people(_killed(token)), None
    if token.pos_ == "NOUN" and lemma in _DEATH_NOUNS and not _number(token):
        for child in token.children:
            if child.lower_ == "of" and child.dep_ == "prep":
                return _people([c for c in child.children if c.dep_ == "pobj"]), None
    if token.pos_ == "NOUN" and lemma in _DEATH_NOUNS | _INJURY_NOUNS and token.tag_ == "NNS":
        number = _number(token)
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


def _people(heads: list[Token], verb: Token | None = None) -> int | None:
    """The number of people in a list of noun phrases and what is joined to them.

    What is joined behind the verb of the first is not its: "57 who were killed and 18 missing".
    """
    total: int | None = None
    for head in heads:
        for part in _conjuncts(head):
            if verb is not None and head.i < verb.i < part.i:
                continue
            number = None if _partitive(part) else _number(part)
            if number is not None:
                total = (total or 0) + number
    return total


def _partitive(number: Token) -> bool:
    """ "two of them": counted already."""
    return any(
        c.lower_ == "of" and any(g.lower_ in ("them", "whom", "these", "those") for g in c.children)
        for c in number.children
    )


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
    if noun.lemma_.lower() in _NOT_PEOPLE or noun.ent_type_ in ("MONEY", "PERCENT"):
        return None
    bare = noun.like_num and noun.dep_ in ("dobj", "obj", "nsubj", "nsubjpass")
    if noun.ent_type_ in ("DATE", "TIME") and not bare:  # "wounding fourteen" looks like an age
        return None
    if noun.lower_ in ("nobody", "none") or any(
        c.dep_ == "det" and c.lower_ == "no" for c in noun.children
    ):
        return 0
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
    if noun.lower_ in _ONE_PERSON:
        return 1
    known = any(c.lower_ in ("the", "this", "that") or c.dep_ == "poss" for c in noun.children)
    if noun.tag_ == "NN" and known and noun.lemma_.lower() not in _GROUPS:
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
    total: float = 0
    for word in (part for w in words for part in w.split("-")):
        plain = word.replace(",", "")
        whole, point, part = plain.partition(".")
        if point and (whole + part).isascii() and (whole + part).isdigit() and len(plain) < 10:
            total += float(plain)
            continue
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
    exact = total == int(total)
    return int(total) if words and exact and 0 <= total < 2**31 else None


def _caused(verb: Token) -> tuple[int | None, int | None]:
    """ "left three dead and ten wounded", "claimed 40 lives"."""
    for child in verb.children:
        if child.dep_ == "dobj" and child.lemma_.lower() == "life":
            return _number(child), None
    return None, None


def _predicated(word: Token) -> int | None:
    """Whose state "dead" or "wounded" is: "three dead", "12 were dead"."""
    counted = _counted_before(word)
    if counted is not None:
        return _number(counted)
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
