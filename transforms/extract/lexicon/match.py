"""Match entries of the lexicon against a parse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from transforms.extract.lexicon import Entry, Filler, Lexicon
from transforms.extract.lexicon.forms import inflections, plurals
from transforms.extract.syntax import Token

ACTOR_LABELS = frozenset(("PERSON", "ORG", "GPE", "NORP"))
NOT_ACTOR_LABELS = frozenset(
    ("DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "ORDINAL", "WORK_OF_ART", "LAW", "LANGUAGE",
     "EVENT", "PRODUCT")
)  # fmt: skip
ATTACHED = frozenset(("against", "from", "to", "with", "on"))
"""Prepositions that the parser often hangs on the object in place of the verb."""

WHEN = frozenset(("DATE", "TIME"))
PEOPLE = (
    "ologist", "ician", "sman", "woman", "keeper", "fighter", "iatrist", "onist", "alist", "cist",
    "worker", "holder", "maker", "seeker", "leader", "person",
)  # fmt: skip
PARTS = frozenset(
    ("some", "most", "all", "many", "part", "one", "several", "number", "any", "none", "each",
     "half", "bit", "rest", "list", "set", "series", "package", "hour", "worth", "batch",
     "consignment", "kilogram", "kg", "truckload", "planeload", "amount", "sum", "quantity",
     "majority", "portion", "dozen", "score", "piece")
)  # fmt: skip
PERSONAL = frozenset(
    [
        "he",
        "she",
        "they",
        "it",
        "we",
        "i",
        "you",
        "him",
        "her",
        "them",
        "us",
        "me",
        "who",
        "whom",
        "himself",
        "herself",
        "themselves",
        "itself",
    ]
)
RELATIVE = frozenset(("who", "which", "that", "whom"))
ACTOR_CLASSES = ("person", "military", "post", "government", "diplomats", "company", "group",
                 "police", "troops", "peacekeepers", "observers")  # fmt: skip
LINKS = frozenset(("prep", "prt", "advmod", "dative", "agent", "npadvmod", "oprd", "acomp", "dep",
                   "mark", "pcomp"))  # fmt: skip
OBJECTS = ("dobj", "obj", "dative", "oprd", "attr")
COMPLEMENTS = frozenset(("acomp", "attr", "oprd", "xcomp", "ccomp", "pcomp", "advmod", "prep",
                         "dobj", "advcl"))  # fmt: skip


@dataclass(slots=True)
class Match:
    """How an entry matched: the words that belong to the trigger and what filled its slots."""

    entry: Entry
    head: Token
    words: list[Token] = field(default_factory=list)
    slots: list[Token] = field(default_factory=list)
    links: list[Token] = field(default_factory=list)


def lemma(token: Token) -> str:
    """Return the lemma in lower case; the parser keeps capitals of proper nouns."""
    return token.lemma_.lower()


def is_passive(verb: Token) -> bool:
    """Say whether a verb is passive, or a past participle that modifies a noun."""
    for child in verb.children:
        if child.dep_ in ("nsubjpass", "auxpass", "csubjpass"):
            return True
    if verb.tag_ == "VBN" and verb.dep_ in ("acl", "amod"):
        return True
    if verb.dep_ == "conj" and verb.tag_ in ("VBN", "VBD") and verb.head.pos_ in ("VERB", "AUX"):
        own = any(child.dep_ in ("nsubj", "dobj", "aux") for child in verb.children)
        return not own and is_passive(verb.head)
    if verb.tag_ == "VBN" and verb.dep_ in ("ROOT", "ccomp", "advcl"):
        # Headlines drop the auxiliary: "Minister held in raid". A subject without "by" is more
        # often a past tense that the tagger took for a participle.
        kinds = {child.dep_ for child in verb.children}
        if kinds & {"aux", "auxpass", "dobj", "obj"}:
            return False
        return "nsubj" not in kinds or "agent" in kinds
    return False


def subjects(verb: Token) -> list[Token]:
    """Return the grammatical subjects of a verb's own clause, without conjuncts."""
    return [c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass", "csubj", "expl")]


def objects(verb: Token) -> list[Token]:
    """Return the direct objects of a verb; of a passive, its subject (or the noun it modifies)."""
    found = [c for c in verb.children if c.dep_ in OBJECTS and c.pos_ not in ("ADJ", "ADP")]
    if is_passive(verb):
        passive = [c for c in verb.children if c.dep_ in ("nsubjpass", "nsubj")]
        if passive:
            found = [_antecedent(verb, c) for c in passive] + found
        elif verb.dep_ in ("acl", "amod", "relcl"):
            found = [verb.head, *found]
        elif verb.dep_ in ("conj", "xcomp"):
            found = objects(verb.head)[:1] + found
    elif verb.dep_ == "relcl" and not found:
        own = subjects(verb)
        if own and own[0].lower_ not in RELATIVE:
            found = [verb.head]
    elif verb.dep_ == "relcl":
        found = [_antecedent(verb, c) for c in found]
    if not found and not is_passive(verb):
        later = [c for c in verb.children if c.dep_ == "conj" and c.pos_ == "VERB"]
        if later and not subjects(later[0]) and later[0].i - verb.i <= 3:
            found = [c for c in later[0].children if c.dep_ in ("dobj", "obj")]
    return found


def _antecedent(verb: Token, subject: Token) -> Token:
    if subject.lower_ in RELATIVE and verb.dep_ == "relcl":
        return antecedent(subject, verb.head)
    return subject


NOBODY = frozenset(("GPE", "LOC", "FAC", "DATE", "TIME", "MONEY", "PERCENT", "QUANTITY"))


def antecedent(pronoun: Token, noun: Token) -> Token:
    """Return what a relative pronoun stands for, `noun` being what its clause hangs on.

    "Who" is nobody's address and no day: "a man of 19 High Street, who is accused" is the man.
    """
    if pronoun.lower_ not in ("who", "whom"):
        return noun
    token = noun
    while token.ent_type_ in NOBODY or (
        token != noun and token.pos_ == "PROPN" and token.ent_type_ not in ("PERSON", "ORG", "NORP")
    ):
        if token.dep_ == "pobj" and token.head.head != token.head:
            token = token.head.head
        elif token.dep_ in ("appos", "conj", "npadvmod", "nummod", "compound"):
            token = token.head
        else:
            return noun
    return token if token.pos_ in ("NOUN", "PROPN", "PRON", "NUM") else noun


class Clause:
    """A verb and what stands around it, each looked up once for all entries that ask."""

    def __init__(self, verb: Token) -> None:
        self.verb = verb
        self.children = list(verb.children)

    @cached_property
    def particles(self) -> frozenset[str]:
        """The verb's particles in lower case."""
        return frozenset(c.lower_ for c in self.children if c.dep_ == "prt")

    @cached_property
    def is_passive(self) -> bool:
        """Whether the verb is passive."""
        return is_passive(self.verb)

    @cached_property
    def objects(self) -> list[Token]:
        """What `objects` returns."""
        return objects(self.verb)

    @cached_property
    def agents(self) -> list[Token]:
        """Who acts, for tests on the subject: of a passive, the agent."""
        verb = self.verb
        if self.is_passive:
            return [
                grand
                for child in self.children
                if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by")
                for grand in child.children
                if grand.dep_ == "pobj"
            ]
        found = [_antecedent(verb, subject) for subject in subjects(verb)]
        if not found and verb.dep_ in ("conj", "xcomp", "advcl", "ccomp", "pcomp"):
            governor = verb.head
            for _ in range(4):
                if governor.pos_ in ("VERB", "AUX"):
                    found = [_antecedent(governor, subject) for subject in subjects(governor)]
                    if found or governor.head == governor:
                        break
                if governor.head == governor:
                    break
                governor = governor.head
        if not found and verb.dep_ == "acl":
            found = [verb.head]
        return found


class _Asking:
    """The entries of a word: those that need no other, and what all the others need first."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.easy = [entry for entry in entries if not entry.needs]
        self.first = frozenset(w for entry in entries for need in entry.needs[:1] for w in need)

    def possible(self, token: Token) -> list[Entry]:
        """Return the entries whose words all stand in a token's sentence, wherever."""
        if len(self.easy) == len(self.entries):
            return self.entries
        words = token.doc.vocabulary
        if self.first.isdisjoint(words):
            return self.easy
        possible = []
        for entry in self.entries:
            for need in entry.needs:
                if need.isdisjoint(words):
                    break
            else:
                possible.append(entry)
        return possible


_NOTHING = _Asking([])


class Nominal:
    """A noun and its modifiers, looked up once for all entries that ask."""

    def __init__(self, noun: Token) -> None:
        self.noun = noun
        self.children = list(noun.children)
        self.modifiers: dict[str, Token] = {}
        """By lemma and by form; of the modifiers' own modifiers, by lemma."""
        for child in self.children:
            if child.dep_ in ("compound", "amod", "nmod", "poss"):
                self.modifiers[lemma(child)] = child
                self.modifiers[child.lower_] = child
                for grand in child.children:  # "peace | talk" under another compound
                    if grand.dep_ in ("compound", "amod"):
                        self.modifiers.setdefault(lemma(grand), grand)


def _is_military(noun: Token) -> bool:
    return any(c.lower_ in ("military", "peacekeeping", "combat") for c in noun.children)


class Matcher:
    """Finds the entries that a token's syntax satisfies."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._verbs = {head: _Asking(entries) for head, entries in lexicon.verbs.items()}
        self._nouns = {head: _Asking(entries) for head, entries in lexicon.nouns.items()}
        self._verb_forms = {f: head for head in lexicon.verbs for f in inflections(head)}
        self._noun_forms = {f: head for head in lexicon.nouns for f in plurals(head)}
        self._actors: frozenset[str] = frozenset().union(
            *(lexicon.classes[name].lemmas for name in ACTOR_CLASSES)
        )

    def _entries(
        self, table: dict[str, _Asking], forms: dict[str, str], token: Token
    ) -> list[Entry]:
        """Return the entries of a token that may match in its sentence: by lemma, or by form where
        the lemma is unknown (the lemmatizer makes "stag" of "staged")."""
        asking = table.get(lemma(token))
        if asking is None:
            asking = table.get(forms.get(token.lower_, ""), _NOTHING)
        return asking.possible(token)

    def is_actor(self, token: Token) -> bool:
        """Say whether a token heads a phrase for people, an organisation or a country."""
        if token.ent_type_ in ACTOR_LABELS:
            return True
        if token.ent_type_ in NOT_ACTOR_LABELS:
            return False
        if token.pos_ == "PRON":
            return token.lower_ in PERSONAL and token.lower_ != "you"
        if self.is_party_word(token) or (token.pos_ == "NOUN" and _is_name(token)):
            return True
        return token.pos_ == "PROPN" and token.ent_type_ == ""

    def is_party_word(self, token: Token) -> bool:
        """Say whether a word itself means people, an organisation or a country."""
        if lemma(token) in self._actors or token.lower_ in self._actors:
            return True
        return token.pos_ == "NOUN" and lemma(token).endswith(PEOPLE)

    def fills(self, token: Token, filler: Filler) -> bool:
        """Say whether a token may fill a slot."""
        if filler.anything:
            return True
        if lemma(token) in filler.lemmas or token.lower_ in filler.lemmas:
            return True
        if filler.labels and (token.ent_type_ in filler.labels or token.tag_ in filler.labels):
            return True
        if filler.actor and self.is_actor(token):
            return True
        return any(_is_phrase(token, phrase) for phrase in filler.phrases)

    def verb(self, token: Token) -> Iterator[Match]:
        """Yield the verb entries that match, most specific first."""
        entries = self._entries(self._verbs, self._verb_forms, token)
        clause = Clause(token) if entries else None
        for entry in entries:
            match = self._match_verb(entry, cast(Clause, clause))
            if match is not None:
                yield match

    def noun(self, token: Token) -> Iterator[Match]:
        """Yield the noun entries that match, most specific first."""
        entries = self._entries(self._nouns, self._noun_forms, token)
        nominal = Nominal(token) if entries else None
        for entry in entries:
            match = self._match_noun(entry, cast(Nominal, nominal))
            if match is not None:
                yield match

    def _match_verb(self, entry: Entry, clause: Clause) -> Match | None:
        if not clause.particles <= entry.forms:  # "wound up" is not "wound"
            return None
        match = Match(entry, clause.verb)
        for kind, what in entry.parts:
            if kind == "word":
                link = self._link(clause, cast(str, what), match)
                if link is None:
                    return None
                match.links.append(link)
                if link.dep_ in ("prt", "advmod", "acomp"):
                    match.words.append(link)
            elif kind == "behind":
                form, filler = cast(tuple[str, Filler], what)
                link = self._link(clause, form, match)
                if link is None:
                    return None
                if link.dep_ in ("prt", "advmod"):  # particle before or behind the object
                    filled = self._first(clause.objects, filler)
                    match.words.append(link)
                else:
                    filled = self._first(_under(link), filler)
                if filled is None:
                    return None
                match.links.append(link)
                match.slots.append(filled)
                match.words.append(filled)
            elif kind == "object":
                filled = self._first(clause.objects, cast(Filler, what), match.slots)
                if filled is None:
                    return None
                match.slots.append(filled)
                match.words.append(filled)
            else:
                filled = self._complement(clause, cast(Filler, what))
                if filled is None:
                    return None
                match.words.append(filled)
                match.links.append(filled)
        if entry.event_type == "BUSINESS" and any(_is_military(slot) for slot in match.slots):
            return None  # "ceased its military operations"
        return match if all(self._test(clause, *test) for test in entry.tests) else None

    def _link(self, clause: Clause, form: str, match: Match) -> Token | None:
        """Find the particle, preposition or adverb `form` that belongs to a verb."""
        around = [clause.children, *(place.children for place in (*match.links, *match.slots))]
        if form in ATTACHED:
            around += [place.children for place in clause.objects]
        for children in around:
            for child in children:
                if (
                    child.lower_ == form
                    and (child.dep_ in LINKS or child.pos_ == "ADP")
                    and not any(g.dep_ == "pobj" and g.ent_type_ in WHEN for g in child.children)
                ):
                    return child
        return None

    def _first(
        self, tokens: list[Token], filler: Filler, taken: list[Token] | None = None
    ) -> Token | None:
        for token in tokens:
            for candidate in (token, *token.conjuncts):
                if candidate not in (taken or ()) and self.fills(candidate, filler):
                    return candidate
            if lemma(token) in PARTS or token.pos_ == "NUM" or token.text == "%":
                # "some of its restrictions", "curfew hours", "11 of the prisoners"
                inner = [g for c in token.children if c.lower_ == "of" for g in c.children]
                inner += [c for c in token.children if c.dep_ == "compound"]
                for candidate in inner:
                    if self.fills(candidate, filler):
                        return candidate
        return None

    def _complement(self, clause: Clause, filler: Filler) -> Token | None:
        for child in clause.children:
            if child.dep_ in COMPLEMENTS and (
                self.fills(child, filler)
                or (child.dep_ == "prep" and self._first(_under(child), filler))
            ):
                return child
            if child.dep_ in ("ccomp", "xcomp") and filler.lemmas:
                spoken = [c for c in child.children if c.dep_ in ("nsubj", "nsubjpass")]
                if spoken and spoken[0].pos_ == "PRON":
                    continue  # "we must" asks nobody
                for small in child.children:
                    if small.dep_ in ("aux", "acomp") and lemma(small) in filler.lemmas:
                        return small
        return None

    def _test(self, clause: Clause, name: str, filler: Filler | None, negative: bool) -> bool:
        if name == "subj":
            found = clause.agents
            hit = any(filler is not None and self.fills(t, filler) for t in found)
            return hit != negative if found or not negative else True
        if name == "obj":
            found = clause.objects
            if filler is None:
                return bool(found) != negative
            # Behind a number or a part what it is of counts too: "freed 11 of the prisoners".
            hit = any(self.fills(t, filler) for t in found) or (
                not negative and self._first(found, filler) is not None
            )
            return hit != negative
        if name == "noobj":
            direct = any(c.dep_ in ("dobj", "obj") for c in clause.children)
            return not direct and not clause.is_passive
        if name == "passive":
            return clause.is_passive
        if name == "active":
            return not clause.is_passive
        if name == "that":
            return any(c.dep_ == "ccomp" for c in clause.children)
        if name == "inf":
            return any(
                c.dep_ in ("xcomp", "ccomp")
                and any(g.lower_ == "to" and g.dep_ == "aux" for g in c.children)
                for c in clause.children
            )
        if name == "modal":
            wanted = filler.lemmas if filler else frozenset()
            return any(c.dep_ == "aux" and lemma(c) in wanted for c in clause.children)
        return False

    def _match_noun(self, entry: Entry, nominal: Nominal) -> Match | None:
        noun, modifiers = nominal.noun, nominal.modifiers
        match = Match(entry, noun)
        for word in entry.modifiers:
            if word not in modifiers:
                return None
            match.words.append(modifiers[word])
        for kind, what in entry.parts:
            if kind == "behind":
                form, filler = cast(tuple[str, Filler], what)
                filled = self._behind(noun, form, filler)
                if filled is None:
                    return None
                match.words.append(filled)
        return match if all(self._test_noun(nominal, *test) for test in entry.tests) else None

    def _test_noun(
        self, nominal: Nominal, name: str, filler: Filler | None, negative: bool
    ) -> bool:
        noun, modifiers = nominal.noun, nominal.modifiers
        if name == "mod":
            hit = filler is not None and (
                not filler.lemmas.isdisjoint(modifiers)
                or any(child.ent_type_ in filler.labels for child in modifiers.values())
            )
        elif name == "of":
            hit = filler is not None and self._behind(noun, "of", filler) is not None
        elif name == "poss":
            hit = filler is not None and any(
                c.dep_ in ("poss", "amod", "compound", "nmod") and self.fills(c, filler)
                for c in nominal.children
            )
        elif name == "for":
            hit = any(c.dep_ == "prep" and c.lower_ == "for" for c in nominal.children)
        elif name == "inf":
            hit = any(c.dep_ in ("acl", "xcomp") for c in nominal.children)
        elif name == "light":
            hit = noun.dep_ in ("dobj", "obj", "nsubjpass", "pobj", "conj")
        else:
            hit = True
        return hit != negative

    def _behind(self, noun: Token, form: str, filler: Filler) -> Token | None:
        for child in noun.children:
            if child.dep_ == "prep" and child.lower_ == form:
                return self._first(_under(child), filler)
        return None


class Foresight(Matcher):
    """Finds where an entry may match before the entity recogniser has said what names name.

    Whatever depends on that counts as satisfied, so every match of `Matcher` is one here.
    """

    def fills(self, token: Token, filler: Filler) -> bool:
        """Say whether a token may fill a slot, whatever it or what stands before it names."""
        if _asks_for_names(filler) and (_has_capital(token) or any(map(_has_capital, token.lefts))):
            return True
        return super().fills(token, filler)

    def _test(self, clause: Clause, name: str, filler: Filler | None, negative: bool) -> bool:
        if negative and filler is not None and _asks_for_names(filler):
            return True
        return super()._test(clause, name, filler, negative)

    def _test_noun(
        self, nominal: Nominal, name: str, filler: Filler | None, negative: bool
    ) -> bool:
        if filler is not None and _asks_for_names(filler) and (negative or name == "mod"):
            return True
        return super()._test_noun(nominal, name, filler, negative)


def _has_capital(token: Token) -> bool:
    text: str = token.text
    return text.lower() != text


def _asks_for_names(filler: Filler) -> bool:
    return filler.actor or bool(filler.labels)


def _is_name(token: Token) -> bool:
    """Say whether the tagger took a name for a common noun: "ICE", "Israel Flying Aid"."""
    text = token.text
    if len(text) > 1 and text.isupper() and text.isalpha():
        return not token.doc.text.isupper()
    above = token.doc[token.i - 1] if token.i else None
    return (
        text[:1].isupper()
        and above is not None
        and above.dep_ == "compound"
        and above.pos_ == "PROPN"
    )


def _under(link: Token) -> list[Token]:
    """Return what stands behind a preposition, looking through one more preposition."""
    found = []
    for child in link.children:
        if child.dep_ in ("pobj", "pcomp", "dobj"):
            found.append(child)
        elif child.dep_ == "prep":
            found.extend(c for c in child.children if c.dep_ in ("pobj", "pcomp"))
    return found


def _is_phrase(token: Token, phrase: tuple[str, ...]) -> bool:
    """Say whether a token heads a phrase of several words ("peace talk", "state of emergency")."""
    if "of" in phrase:
        at = phrase.index("of")
        if not at or lemma(token) != phrase[at - 1]:
            return False
        return any(
            lemma(grand) == phrase[-1]
            for child in token.children
            if child.lower_ == "of"
            for grand in child.children
        )
    if lemma(token) != phrase[-1] and token.lower_ != phrase[-1]:
        return False
    words = {w for c in token.children if c.i < token.i for w in (lemma(c), c.lower_)}
    words |= {w for c in token.children for g in c.children for w in (lemma(g), g.lower_)}
    return all(word in words for word in phrase[:-1])
