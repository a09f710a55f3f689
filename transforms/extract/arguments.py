"""Find who acts and on whom, in the parse around a trigger.

Subjects are followed through passives, conjunctions, control, relative clauses and participles;
recipients through objects, prepositions, possessors and complement clauses, as the entry's roles
say (see the head of `lexicon/verbs.tsv`).
"""

from __future__ import annotations

from collections.abc import Callable

from transforms.extract.lexicon.match import (
    RELATIVE,
    Matcher,
    antecedent,
    is_passive,
    lemma,
    objects,
)
from transforms.extract.model import Coding
from transforms.extract.syntax import Doc, Span, Token
from transforms.extract.triggers import Candidate, ontology_plover, trigger

MOST_CODINGS = 9
"""Codings that one trigger may give; coordinated actors and recipients multiply."""

MUTUAL = frozenset(("AGREE", "CONSULT", "COOPERATE", "SUPPORT"))
"""Types whose coordinated actors, without a recipient, act on each other."""

SIGNING = frozenset(
    (
        "sign", "ratify", "conclude", "reach", "initial", "finalize", "finalise", "seal", "strike",
        "forge", "adopt", "enter", "restore", "establish", "normalize", "normalise", "resume",
        "renew", "strengthen", "exchange", "form", "make", "improve",
    )
)  # fmt: skip
"""Verbs of SUPPORT that two do with each other; what two praise or welcome is a third thing."""

VERBAL = frozenset(
    ("REQUEST", "ACCUSE", "REJECT", "THREATEN", "AGREE", "SUPPORT", "CONSULT", "CONCEDE")
)
"""Types that only somebody who can speak can be the actor of."""

STATES = frozenset(("commit", "prepare", "determine", "oppose", "dedicate", "engage"))
"""Verbs whose passive describes its subject: "is committed to"."""

INDEFINITE = frozenset(
    ("some", "many", "others", "several", "few", "both", "all", "none", "nobody", "somebody",
     "someone", "most", "those", "these", "two", "three")
)  # fmt: skip

MEASURES = frozenset(("DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "ORDINAL"))

SEARCH = ("against", "on", "upon", "with", "to", "at", "toward", "towards", "from", "between",
          "among", "of", "for", "into", "over", "by", "in", "inside", "near", "along",
          "about")  # fmt: skip
WHERE = frozenset(("in", "inside", "near", "along"))
SPOKEN_OR_SIGNED = (VERBAL | {"COOPERATE"}) - {"CONCEDE"}
"""What is said or signed in a place is not done to it: "agreed in Paris" has no recipient there."""
OBJECT_CONTROL = frozenset(
    [
        "urge",
        "ask",
        "order",
        "tell",
        "force",
        "persuade",
        "allow",
        "permit",
        "help",
        "enable",
        "lead",
        "cause",
        "convince",
        "push",
        "press",
        "pressure",
        "invite",
        "advise",
        "warn",
        "instruct",
        "direct",
        "command",
        "require",
        "compel",
        "want",
        "expect",
        "authorize",
        "encourage",
        "call",
        "appeal",
        "beg",
        "prompt",
        "let",
        "make",
        "see",
        "hear",
        "get",
        "leave",
        "send",
        "accuse",
        "prevent",
        "stop",
        "bar",
        "keep",
        "suspect",
        "convict",
    ]
)
MAKING = frozenset(("make", "mount", "launch", "undertake", "take", "carry"))
OUTCOMES = frozenset(("kill", "injure", "wound", "destroy", "damage", "leave", "cause", "maim"))
MOMENTS = frozenset(("end", "time", "deadline", "close", "beginning", "start", "middle", "date"))
"""Heads behind "by" that say until when: "sold by the end of the year"."""

TOLD = frozenset(("STATEMENT", "SCIENCE"))
"""Types whose clause is what is said: its places and parties are not what it falls on."""

SUFFERED = frozenset(
    ("assassination", "murder", "slaying", "killing", "kidnapping", "abduction", "arrest",
     "capture", "detention", "imprisonment", "execution", "beheading", "deportation", "expulsion",
     "rape", "extradition", "torture", "stabbing", "shooting", "lynching", "beating", "hanging",
     "poisoning")
)  # fmt: skip
"""Nouns whose possessor, where it is one person, is on whom it was done: "his arrest"."""

VIOLENT = frozenset(("ASSAULT", "COERCE"))
DESTROYED = ("structure", "vehicle", "road", "territory")
"""Classes of things on which violence falls though nobody is named."""

OFFICES = frozenset(("minister", "secretary", "commissioner", "spokesman", "spokeswoman"))
PLACE_LABELS = frozenset(("GPE", "LOC", "FAC"))
CLAUSES = frozenset(("relcl", "acl", "advcl", "ccomp", "punct", "cc", "conj", "appos", "parataxis",
                     "xcomp", "dep"))  # fmt: skip
KEPT_PREPOSITIONS = frozenset(("of", "in", "from", "for", "at", "near"))


def noun_phrase(token: Token) -> Span:
    """Return the noun phrase of a head, without relative clauses, appositions and conjuncts."""
    doc = token.doc
    if token.pos_ == "PRON" or token.dep_ in ("poss", "amod", "compound", "nmod"):
        return doc[_left(token) : token.i + 1]
    right = token.i
    for child in token.rights:
        if child.dep_ in CLAUSES:
            if child.dep_ == "appos" and _is_name_apposition(token, child):
                right = child.right_edge.i if len(list(child.subtree)) <= 8 else child.i
                right = _before_clause(child, right)
                continue
            break
        if child.dep_ == "prep":
            if child.lower_ not in KEPT_PREPOSITIONS or not _short(child):
                break
            end = _before_clause(child, child.right_edge.i)
            right = max(right, end)
        elif child.dep_ in ("nummod", "compound", "amod", "flat", "case", "nmod", "npadvmod"):
            right = max(right, child.right_edge.i)
        else:
            break
    while token.ent_type_ == "ORG" and right + 1 < len(doc) and _is_one_name(token, doc[right + 1]):
        right += 1
    left = _left(token)
    while left < token.i and (doc[left].is_punct and doc[left].text not in "\"'“‘$"):
        left += 1
    while right > token.i and doc[right].is_punct:
        right -= 1
    return doc[left : right + 1]


def _left(token: Token) -> int:
    left = token.i
    for child in token.lefts:
        if child.dep_ in ("det", "amod", "compound", "nmod", "nummod", "poss", "quantmod",
                          "predet", "npadvmod", "case", "neg", "advmod"):  # fmt: skip
            left = min(left, child.left_edge.i)
    return left


def _is_name_apposition(token: Token, child: Token) -> bool:
    return token.ent_type_ == "" and child.ent_type_ == "PERSON"


def _short(preposition: Token) -> bool:
    words = list(preposition.subtree)
    return len(words) <= 9 and not any(
        w.dep_ in ("pcomp", "advcl", "ccomp") or (w.pos_ == "VERB" and w.dep_ != "amod")
        for w in words[:9]
        if w.dep_ not in ("relcl", "acl")
    )


def _before_clause(token: Token, right: int) -> int:
    """Return the last token of a subtree before a clause or a coordination begins in it."""
    doc = token.doc
    for index in range(token.i + 1, right + 1):
        if doc[index].dep_ in ("relcl", "acl", "advcl", "ccomp", "parataxis"):
            return max(token.i, doc[index].left_edge.i - 1)
    return right


def coordinated(token: Token) -> list[Token]:
    """Return a head and the heads coordinated with it, in order.

    Two offices of one person are one head, the name: "chairman and founder Ann Lee".
    """
    found = [token]
    for child in token.children:
        joined = child.dep_ == "conj" and child.pos_ in ("NOUN", "PROPN", "PRON", "ADJ", "NUM")
        if joined and not _is_one_name(token, child):
            found.extend(coordinated(child))
    # "Energy Minister | Lee" may be two heads to the parser.
    found = [one for one in found if not (lemma(one) in OFFICES and _is_next(one, found))]
    if len(found) == 2 and (
        (_is_office(found[0]) and _has_office(found[1])) or _is_portfolio(*found)
    ):
        return found[1:]
    if len(found) == 2 and found[0].tag_ in ("NN", "NNP") and not _is_marked(found[1]):
        # "The chairman and chief executive, | Ann Lee"
        named = [c for c in token.children if c.dep_ == "appos" and c.ent_type_ == "PERSON"]
        if named and named[0].left_edge.i == found[1].i + 1:
            return named
    return found


def _is_one_name(token: Token, joined: Token) -> bool:
    """Say whether what is joined is inside one organisation's name ("Standard and Poor's")."""
    between = token.doc[token.i + 1 : joined.i + 1]
    return joined.ent_type_ == "ORG" and all(t.ent_iob_ == "I" and t.text != "," for t in between)


def _is_marked(token: Token) -> bool:
    """Say whether an article, a possessor or a number begins a phrase of its own."""
    return any(child.dep_ in ("det", "poss", "nummod") for child in token.children)


def _is_next(office: Token, heads: list[Token]) -> bool:
    """Say whether the name of a person among the heads follows an office at once."""
    return any(one.i == office.i + 1 and one.ent_type_ == "PERSON" for one in heads)


def _is_portfolio(token: Token, named: Token) -> bool:
    """Say whether a noun only begins an office: "Mines and Energy Minister Ann Lee"."""
    above = named.doc[named.left_edge.i : named.i] if named.i else named.doc[:0]
    before = {lemma(word) for word in above} | {lemma(named.doc[max(named.left_edge.i - 1, 0)])}
    bare = not any(c.dep_ in ("det", "compound", "nummod", "poss") for c in token.children)
    known = token.ent_type_ in ("PERSON", "GPE", "NORP")
    return named.ent_type_ == "PERSON" and not before.isdisjoint(OFFICES) and bare and not known


def _is_office(token: Token) -> bool:
    """Say whether a noun may be the office of whoever is named next: singular, no name of a
    person, without an article."""
    return (
        token.tag_ in ("NN", "NNP")
        and token.ent_type_ in ("", "ORG")
        and not any(child.dep_ in ("det", "nummod") for child in token.children)
    )


def _has_office(token: Token) -> bool:
    """Say whether a person's name follows an office, without an article."""
    return (
        token.ent_type_ == "PERSON"
        and any(
            child.dep_ == "compound" and child.ent_type_ != "PERSON" and child.text.islower()
            for child in token.children
        )
        and not any(child.dep_ == "det" for child in token.children)
    )


def preferred_of(right: str) -> tuple[str, ...]:
    """Return the prepositions that the roles of an entry name for the recipient."""
    if right.startswith("o"):
        return ()
    return tuple(p.strip() for p in right.split(",") if p.strip() not in ("", "o", "-"))


def _is_own(token: Token) -> bool:
    """Say whether a phrase belongs to the actor ("its troops"): not somebody else."""
    return any(
        child.dep_ == "poss" and child.lower_ in ("its", "their", "his", "her", "my", "our")
        for child in token.children
    )


class Arguments:
    """Finds actors and recipients of candidates."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher

    def codings(self, candidate: Candidate) -> list[Coding]:
        """Return one coding for each pair of actor and recipient; none without either."""
        actors, recipients = self.roles(candidate)
        actors = [t for t in actors if t.ent_type_ not in MEASURES or self.matcher.is_actor(t)]
        if actors and candidate.event_type in ontology_plover():
            speaking = candidate.event_type in VERBAL
            actors = [t for t in actors if self._can_act(t, speaking)]
            if not actors:
                return []
        elif candidate.event_type in ontology_plover() and not any(
            self._can_suffer(t, candidate.event_type) for t in recipients
        ):
            # "two bombs were detonated": of nobody and nothing else there is only the weapon
            actors, recipients = self._weapons(candidate), []
            if not actors:
                return []
        if candidate.event_type == "STATEMENT":  # things reveal something to nobody
            actors = [t for t in actors if self._can_act(t, True)]
            if not actors:
                return []
        made = trigger(candidate)
        mutual = candidate.match.entry.roles == "recip" or (
            candidate.event_type in MUTUAL
            and (candidate.event_type != "SUPPORT" or lemma(candidate.head) in SIGNING)
        )
        if mutual and len(actors) > 1 and all(self._is_both(t) for t in recipients):
            actors, recipients = actors[:1], actors[1:]
        acting: list[Token | None] = list(actors) or [None]
        receiving: list[Token | None] = list(recipients) or [None]
        pairs = [(a, r) for a in acting for r in receiving]
        codings = []
        for actor, other in pairs[:MOST_CODINGS]:
            same = actor is not None and other is not None and actor.i == other.i
            recipient = None if same else other
            if actor is None and recipient is None:
                continue
            codings.append(
                Coding(
                    made,
                    noun_phrase(actor) if actor is not None else None,
                    noun_phrase(recipient) if recipient is not None else None,
                )
            )
        return codings

    def _is_both(self, token: Token) -> bool:
        """Say whether a phrase only means the actors again ("the two countries", "each other")."""
        if lemma(token) in ("other", "another", "themselves"):
            return True
        return lemma(token) in ("country", "nation", "side", "party", "government", "state",
                                "leader", "neighbor", "neighbour") and any(
            child.lower_ in ("two", "three", "both", "their") for child in token.children
        )  # fmt: skip

    def _can_act(self, token: Token, speaking: bool) -> bool:
        """Say whether a phrase may act: a party, its document (to speak), its weapon (to hit)."""
        if self.matcher.is_actor(token) or token.pos_ in ("PROPN", "NUM"):
            return True
        if token.pos_ == "PRON":
            return token.lower_ in INDEFINITE
        tool = self.matcher.lexicon.classes["document" if speaking else "weaponsubj"]
        if self.matcher.fills(token, tool):
            return True
        return any(
            child.dep_ in ("amod", "compound", "nmod", "poss")
            and child.ent_type_ in ("NORP", "GPE")
            for child in token.children
        )

    def _can_suffer(self, token: Token, event_type: str) -> bool:
        """Say whether an event may fall on a phrase: a party, a place, what violence destroys."""
        if self.matcher.is_actor(token) or token.ent_type_ in PLACE_LABELS:
            return True
        return event_type in VIOLENT and any(
            self.matcher.fills(token, self.matcher.lexicon.classes[name]) for name in DESTROYED
        )

    def _weapons(self, candidate: Candidate) -> list[Token]:
        """Return the weapon that an attack consists of, where the pattern holds one."""
        if candidate.event_type != "ASSAULT":
            return []
        munition = self.matcher.lexicon.classes["munition"]
        held = [*candidate.match.slots, *candidate.match.words]
        return [t for t in held if t != candidate.head and self.matcher.fills(t, munition)][:1]

    def _is_single_person(self, token: Token) -> bool:
        person = self.matcher.lexicon.classes["person"]
        single = token.tag_ in ("NN", "NNP", "PRP$")
        return single and (
            token.ent_type_ == "PERSON"
            or token.lower_ in ("his", "her")
            or (token.ent_type_ == "" and token.pos_ == "PROPN")
            or (token.ent_type_ == "" and self.matcher.fills(token, person))
        )

    def fits(self, candidate: Candidate, actor: Span | None, recipient: Span | None) -> int:
        """Say how well the roles of a candidate agree with two given phrases: 0 not at all."""
        acting, receiving = self.roles(candidate)
        score = 0
        for heads, given in ((acting, actor), (receiving, recipient)):
            if given is None:
                continue
            for head in heads:
                phrase = noun_phrase(head)
                if phrase.start < given.end and given.start < phrase.end:
                    score += 2
                    break
        if score == 0:  # turned round, as with "talks with"
            for heads, given in ((acting, recipient), (receiving, actor)):
                if given is not None and any(given.start <= head.i < given.end for head in heads):
                    score += 1
        return score

    def roles(self, candidate: Candidate) -> tuple[list[Token], list[Token]]:
        """Return the heads of the actors and of the recipients."""
        roles = candidate.match.entry.roles
        if candidate.is_noun:
            return self._noun_roles(candidate)
        verb = candidate.head
        actors = self.actors(verb)
        if candidate.noun is not None:
            actors = actors or self._owners(candidate.noun)
        if roles.startswith("o>") or roles.startswith("->"):
            patients = [t for t in objects(verb) if t.pos_ != "VERB"]
            if roles == "->o":
                return [], [x for t in patients for x in coordinated(t)]
            if patients:
                return [x for t in patients[:1] for x in coordinated(t)], []
            return actors, []
        recipients = self.recipients(candidate, actors)
        chosen = {t.i for t in actors}
        return actors, [t for t in recipients if t.i not in chosen]

    # -- actors ---------------------------------------------------------------------------------

    def actors(self, verb: Token) -> list[Token]:
        """Return who does what a verb says, following the grammar to the subject."""
        if is_passive(verb):
            agents = self._agent_phrases(verb)
            if not agents and lemma(verb) in STATES:
                agents = [t for t in objects(verb)[:1] if t.pos_ != "VERB"]
            joined = [x for t in agents for x in coordinated(t)]
            # "rated B-1 by Moody's and BB by Standard and Poor's": a rating is no agent
            own = [[g for c in t.children if c.lower_ == "by" for g in c.children] for t in joined]
            return [
                x
                for t, behind in zip(joined, own, strict=True)
                for x in (coordinated(behind[0]) if behind and t not in agents else [t])
            ]
        subject = self._subject(verb)
        if subject is None:
            return []
        return coordinated(subject)

    def _agent_phrases(self, verb: Token) -> list[Token]:
        found: list[Token] = []
        for child in verb.children:
            if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by"):
                found.extend(g for g in child.children if g.dep_ == "pobj")
            if child.dep_ == "conj" and child.pos_ == "VERB" and is_passive(child) and not found:
                found.extend(self._agent_phrases(child))
        return [
            t
            for t in found
            if t.ent_type_ not in ("DATE", "TIME", "PERCENT", "MONEY") and lemma(t) not in MOMENTS
        ]

    def _subject(self, verb: Token, depth: int = 0) -> Token | None:
        if depth > 6:
            return None
        own = [c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass", "expl")]
        own = [c for c in own if c.dep_ != "expl"]
        if len(own) > 1 and own[-1].ent_type_ == "PERSON" and _is_office(own[0]):
            own = own[-1:]  # "chairman and founder | Ann Lee"
        for child in own:
            if child.lower_ in RELATIVE and verb.dep_ == "relcl":
                return antecedent(child, verb.head)
            if child.lower_ == "what" or child.lower_ == "there":
                return None
            return child
        if any(c.dep_ == "csubj" for c in verb.children):
            return None  # "extending the deadline will help them"
        head = verb.head
        if head == verb:
            return self._headline_subject(verb)
        if verb.dep_ == "conj" and head.pos_ in ("VERB", "AUX"):
            return self._subject_of_governor(head, depth)
        if verb.dep_ == "xcomp":
            return self._controller(verb, head, depth)
        if verb.dep_ in ("advcl", "ccomp", "dep", "parataxis") and head.pos_ in ("VERB", "AUX"):
            if verb.tag_ == "VBG" and lemma(verb) in OUTCOMES and is_passive(head):
                # "was bombed, killing ten": not the bombed killed them
                return next(iter(self._agent_phrases(head)), None)
            return self._subject_of_governor(head, depth)
        if verb.dep_ == "acl":
            if verb.tag_ == "VBG" or verb.tag_ == "VBN":
                return head
            owner = self._owners(head)  # "its decision to withdraw"
            if owner:
                return owner[0]
            if head.dep_ == "dobj" and head.head.pos_ == "VERB":
                return self._subject(head.head, depth + 1)
            if head.dep_ == "nsubjpass":  # "an attempt to kill him was made by rebels"
                return (
                    next(iter(self._agent_phrases(head.head)), None)
                    if lemma(head.head) in MAKING
                    else None
                )
        if verb.dep_ == "relcl":
            return head
        if verb.dep_ == "pcomp":
            governor = head.head
            if governor.pos_ in ("VERB", "AUX"):
                if lemma(governor) in OBJECT_CONTROL and head.lower_ in ("of", "from", "to", "into",
                                                                         "for"):  # fmt: skip
                    controlled = objects(governor)
                    if controlled:
                        return controlled[0]
                return self._subject_of_governor(governor, depth)
            if governor.pos_ in ("NOUN", "PROPN"):
                owner = self._owners(governor)
                return owner[0] if owner else None
            if governor.pos_ == "ADJ" and governor.head.pos_ in ("VERB", "AUX"):
                return self._subject(governor.head, depth + 1)
        if verb.dep_ in ("acomp", "attr"):
            return self._subject(head, depth + 1)
        return None

    def _subject_of_governor(self, governor: Token, depth: int) -> Token | None:
        return self._subject(governor, depth + 1)

    def _controller(self, verb: Token, head: Token, depth: int) -> Token | None:
        if head.pos_ == "ADJ":
            return self._subject(head.head, depth + 1)
        if lemma(head) in OBJECT_CONTROL:
            controlled = [c for c in head.children if c.dep_ in ("dobj", "obj", "dative")]
            if controlled:
                return controlled[0]
            for child in head.children:  # "called on Syria to leave"
                if child.dep_ == "prep":
                    for grand in child.children:
                        if grand.dep_ == "pobj" and grand.i < verb.i:
                            return grand
            if is_passive(head):
                passive = [c for c in head.children if c.dep_ == "nsubjpass"]
                if passive:
                    return passive[0]
        if is_passive(head):  # "is expected to", "was seen to"
            passive = [c for c in head.children if c.dep_ == "nsubjpass"]
            if passive:
                return passive[0]
        return self._subject(head, depth + 1)

    def _headline_subject(self, verb: Token) -> Token | None:
        """A root verb without a subject: take the noun before it, where the parse lost it."""
        for child in verb.lefts:
            if child.dep_ in ("dep", "npadvmod", "nmod", "compound", "amod", "advcl") and (
                child.pos_ in ("PROPN", "NOUN") and self.matcher.is_actor(child)
            ):
                return child
            if (
                child.dep_ == "advmod"
                and child.ent_type_ in ("ORG", "GPE")
                and child.text.isupper()
            ):
                return child  # "USAID announced"
        return None

    def _owners(self, noun: Token) -> list[Token]:
        """Return whose an event noun is: agent, possessor, nationality."""
        for child in noun.children:
            if child.dep_ in ("prep", "agent") and child.lower_ == "by":
                found = [g for g in child.children if g.dep_ == "pobj"]
                if found:
                    return [x for t in found for x in coordinated(t)]
        for child in noun.children:
            if child.dep_ == "poss" and self.matcher.is_actor(child):
                return coordinated(child)
        for child in noun.children:
            if child.dep_ in ("amod", "compound", "nmod") and child.ent_type_ in (
                "NORP", "GPE", "ORG", "PERSON"
            ):  # fmt: skip
                return [child, *[c for c in child.children if c.dep_ == "conj"]]
        for child in noun.children:
            if (
                child.dep_ in ("compound", "amod", "nmod")
                and self.matcher.is_actor(child)
                and (child.pos_ in ("NOUN", "PROPN"))
            ):
                return [child]
        return []

    # -- recipients -----------------------------------------------------------------------------

    def recipients(self, candidate: Candidate, actors: list[Token]) -> list[Token]:
        """Return on whom a verb's event falls."""
        entry = candidate.match.entry
        verb, right = candidate.head, entry.roles.partition(">")[2]
        taken = {t.i for t in candidate.match.words} | {verb.i}
        if candidate.event_type in ("ASSAULT", "COERCE"):
            # Of "kill {@person}" the object is whom it falls on, of "send {@observers}" it is not.
            victims = [t for t in candidate.match.slots if t in objects(verb)]
            taken -= {t.i for t in victims if self.matcher.is_actor(t)}
        if candidate.noun is not None:
            taken.add(candidate.noun.i)
        if right == "-":
            return []
        free = [t for t in objects(verb) if t.i not in taken and t.pos_ != "VERB"]
        free = [t for t in free if t.ent_type_ not in ("DATE", "TIME")]
        preferred = preferred_of(right)
        if candidate.event_type in ontology_plover():
            found = self._party(candidate, actors, free, preferred, taken)
            return [t for t in found if t.ent_type_ not in MEASURES and lemma(t) not in MOMENTS]
        found = self._thing(candidate, free, preferred, right, taken)
        return [t for t in found if t.ent_type_ != "MONEY" and lemma(t) not in MOMENTS]

    def _thing(
        self,
        candidate: Candidate,
        free: list[Token],
        preferred: tuple[str, ...],
        right: str,
        taken: set[int],
    ) -> list[Token]:
        """Return what an event of our own types falls on, be it a party or not."""
        verb, slots, links = candidate.head, candidate.match.slots, candidate.match.links[::-1]
        if not free and not preferred and slots and objects(verb):
            slot = slots[0]
            if slot in objects(verb) or slot.head in objects(verb):
                return coordinated(slot)
        if candidate.noun is not None and not free:
            return [candidate.noun]
        if (right.startswith("o") or not preferred) and free:
            return self._of_objects(free, own=True)
        for link in links:  # the preposition that the pattern names
            if link.pos_ in ("ADP", "SCONJ", "PART") and link.dep_ in ("prep", "agent", "dative"):
                direct = [g for g in link.children if g.dep_ == "pobj" and g.i not in taken]
                if direct and not any(g in slots for g in link.children):
                    return self._of_objects(direct, own=True)
        nouns = [candidate.noun] if candidate.noun is not None else []
        places = [*nouns, *slots, *links, *objects(verb), verb]
        found = self._behind(places, preferred, taken, strict=False) if preferred else []
        if not found and free:
            found = self._of_objects(free, own=True)
        if not found and candidate.event_type not in TOLD:
            found = self._behind(places, SEARCH, taken, strict=True)
        for place in [*slots, *nouns] if not found else []:
            found = [owner for owner in self._owners(place) if owner.i not in taken]
            if found:
                break
        return found or [x for slot in slots[:1] for x in coordinated(slot)]

    def _party(
        self,
        candidate: Candidate,
        actors: list[Token],
        free: list[Token],
        preferred: tuple[str, ...],
        taken: set[int],
    ) -> list[Token]:
        """Return the party that a PLOVER event falls on: an actor before a place before a thing."""
        verb = candidate.head
        slots, links = candidate.match.slots, candidate.match.links
        places = [*slots, *links[::-1], *objects(verb), verb]
        if candidate.noun is not None:
            places = [candidate.noun, *places]
        forces = candidate.event_type == "MOBILIZE"

        harmed = candidate.event_type in VIOLENT
        kin = self.matcher.lexicon.classes["person"]

        def foreign(tokens: list[Token]) -> list[Token]:
            return [
                t
                for t in tokens
                if (not _is_own(t) or (harmed and self.matcher.fills(t, kin)))  # "killed his wife"
                and not (forces and self._is_force(t))
            ]

        direct = foreign([x for t in free[:1] for x in coordinated(t)])
        parties = [t for t in direct if self.matcher.is_actor(t)]
        if parties and not preferred:
            return parties
        for link in links[::-1]:  # the preposition that the pattern names
            if link.dep_ in ("prep", "agent", "dative") and link.pos_ in ("ADP", "SCONJ", "PART"):
                behind = [g for g in link.children if g.dep_ == "pobj" and g.i not in taken]
                if behind and not any(g in slots for g in link.children):
                    return self._of_objects(behind, own=False)
        if preferred:
            found = self._behind(places, preferred, taken, strict=True)
            if found:
                return found
            if parties:
                return parties
        dug = [x for t in direct for x in self._dig(t)]
        if dug:
            return dug
        near = ("against", "on", "upon", "with", "to", "at", "toward", "towards", "from", "between")
        wrapped = [*slots, *([candidate.noun] if candidate.noun is not None else [])]

        def named() -> list[Token]:
            held = [t for t in slots[:1] if self.matcher.is_actor(t) and not _is_own(t)]
            return foreign([x for t in held for x in coordinated(t)])

        verbal = candidate.event_type in SPOKEN_OR_SIGNED
        search_in = tuple(form for form in SEARCH if not verbal or form not in WHERE)
        searches: tuple[Callable[[], list[Token]], ...] = (
            lambda: self._behind(places, near, taken, strict=True, deep=False),
            lambda: self._in_complement(verb, actors, taken),
            lambda: self._behind(places, search_in, taken, strict=True),
            lambda: [x for place in wrapped for x in self._owners(place) if x.i not in taken],
            named,
        )
        for search in searches:
            found = [t for t in search() if not _is_own(t) or t in direct]
            if found:
                return found
        return direct

    def _is_force(self, token: Token) -> bool:
        classes = self.matcher.lexicon.classes
        return self.matcher.fills(token, classes["troops"]) or self.matcher.fills(
            token, classes["police"]
        )

    def _of_objects(self, tokens: list[Token], own: bool) -> list[Token]:
        first = tokens[0]
        members = coordinated(first)
        if own:
            return members
        chosen = []
        for member in members:
            if self.matcher.is_actor(member):
                chosen.append(member)
            else:
                chosen.extend(self._dig(member) or [member])
        return chosen

    def _dig(self, noun: Token) -> list[Token]:
        """Find the actor inside a phrase for a thing ("a Senegalese peace plan")."""
        for child in noun.children:
            if child.dep_ == "poss" and self.matcher.is_actor(child) and child.pos_ != "PRON":
                return coordinated(child)
        ordered = sorted(noun.children, key=lambda c: (c.lower_ not in ("by", "from"), c.i))
        for child in ordered:
            if child.dep_ in ("prep", "agent") and child.lower_ in ("by", "from", "of", "against",
                                                                    "with", "on", "between", "to",
                                                                    "for"):  # fmt: skip
                for grand in child.children:
                    if grand.dep_ == "pobj" and self.matcher.is_actor(grand):
                        return coordinated(grand)
        for child in noun.children:
            if child.dep_ in ("amod", "compound", "nmod") and child.ent_type_ in (
                "NORP", "GPE", "ORG", "PERSON"
            ):  # fmt: skip
                return [child]
        for child in noun.children:  # "property seized by the army"
            if child.dep_ == "acl":
                found = self._behind([child], ("by", "from", "against"), set(), strict=True)
                if found:
                    return found
        for child in noun.children:
            if child.dep_ == "prep":
                for grand in child.children:
                    if grand.dep_ == "pobj":
                        deeper = self._dig(grand)
                        if deeper:
                            return deeper
        return []

    def _behind(
        self,
        places: list[Token],
        prepositions: tuple[str, ...],
        taken: set[int],
        strict: bool,
        deep: bool = True,
    ) -> list[Token]:
        for form in prepositions:
            for place in places:
                for child in place.children:
                    if child.lower_ != form or child.dep_ not in ("prep", "dative"):
                        continue
                    for grand in child.children:
                        if grand.dep_ != "pobj" or grand.i in taken:
                            continue
                        if grand.ent_type_ in ("DATE", "TIME", "MONEY", "PERCENT", "CARDINAL"):
                            continue
                        if self.matcher.is_actor(grand) or grand.ent_type_ in PLACE_LABELS:
                            return coordinated(grand)
                        deeper = self._dig(grand) if deep else []
                        if deeper:
                            return deeper
                        if not strict:
                            return coordinated(grand)
        return []

    def _in_complement(self, verb: Token, actors: list[Token], taken: set[int]) -> list[Token]:
        """Find the party that a complement clause speaks of ("demanded that Israel ease …")."""
        clauses = [c for c in verb.children if c.dep_ in ("ccomp", "xcomp", "pcomp", "advcl")]
        clauses += [g for c in verb.children if c.dep_ in ("acomp", "attr", "oprd", "dobj")
                    for g in c.children if g.dep_ in ("xcomp", "acl", "ccomp", "prep")
                    and (g.dep_ != "acl" or g.tag_ == "VB")]  # fmt: skip
        clauses += [g for c in verb.children if c.dep_ == "prep" for g in c.children
                    if g.dep_ == "pcomp"]  # fmt: skip
        names = {a.lower_ for a in actors}
        for clause in clauses:
            for subject in clause.children:
                if (
                    subject.dep_ in ("nsubj", "nsubjpass")
                    and subject.pos_ != "PRON"
                    and subject.lower_ not in names
                    and subject.i not in taken
                ):
                    if self.matcher.is_actor(subject):
                        return coordinated(subject)
                    deeper = self._dig(subject)
                    if deeper:
                        return deeper
        for clause in clauses:
            found = [
                t
                for t in objects(clause)
                if t.i not in taken and t.pos_ != "VERB" and not _is_own(t)
            ]
            for token in found:
                if self.matcher.is_actor(token) and token.pos_ != "PRON":
                    return coordinated(token)
                deeper = self._dig(token)
                if deeper:
                    return deeper
            places = [clause, *found]
            behind = self._behind(places, SEARCH, taken, strict=True)
            if behind:
                return behind
            inner = self._in_complement(clause, actors, taken)
            if inner:
                return inner
        return []

    def _noun_roles(self, candidate: Candidate) -> tuple[list[Token], list[Token]]:
        """Return the parties of an event noun that stands on its own."""
        noun, roles = candidate.head, candidate.match.entry.roles
        taken = {t.i for t in candidate.match.words}
        owners = [t for t in self._owners(noun) if t.i not in taken]
        by_form: dict[str, list[Token]] = {}
        for child in noun.children:
            if child.dep_ in ("prep", "agent"):
                heads = [
                    x
                    for g in child.children
                    if g.dep_ == "pobj" and g.ent_type_ not in ("DATE", "TIME", "MONEY", "PERCENT")
                    for x in coordinated(g)
                ]
                by_form.setdefault(child.lower_, []).extend(heads)

        def actors_behind(*forms: str) -> list[Token]:
            for form in forms:
                found = [
                    t for t in by_form.get(form, ()) if self._can_suffer(t, candidate.event_type)
                ]
                if found:
                    return found
            return []

        between = actors_behind("between", "among")
        if roles == "recip":
            if len(between) > 1:
                return between[:1], between[1:]
            others = actors_behind("with", "to")
            return owners or between, others
        if roles in ("o>-", "->o"):
            of = by_form.get("of", [])[:1] or owners[:1] or actors_behind("in", "at", "near")[:1]
            return (of, []) if roles == "o>-" else ([], of)
        if roles == "of=s":
            acting = owners or actors_behind("of", "by")
            return acting, actors_behind("to", "against", "with", "from", "on", "in", "at", "over")
        done_to = actors_behind("of", "against", "on", "to", "at", "into", "for", "in")
        if "of" not in by_form and "by" not in by_form and lemma(noun) in SUFFERED:
            mourned = [t for t in owners if t.dep_ == "poss" and self._is_single_person(t)]
            if mourned:  # "Romero's murder"
                return [], mourned
        if "by" not in by_form and owners and not done_to and roles == "of=o":
            return owners, []
        return owners, done_to


def span_of(doc: Doc, start: int, end: int) -> Span | None:
    """Return the tokens of a document that cover the characters `start:end`, if any."""
    return doc.covering(start, end)
