"""The cast of an article: who its phrases stand for, the same name for the same actor throughout.

Naming convention: persons and organisations by canonical name; states by English short name; a
role of a country by adjective and label ("Russian military", "Egyptian police"), the government's
servants by the state itself; a role without a country by its label alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Span, Token

from transforms.extract.actors.phrases import Match, is_name, matches, role_at
from transforms.extract.actors.tables import Entry, Gender, Role, fold, knowledge
from transforms.extract.model import Actor, Article, Sentence

NOBODY = Actor(None, None, None)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Roles that speak for the body that they belong to: "a spokesman for the rebels", "Hamas leader".
_DEFERRING = _words(
    """
    spokesman spokeswoman spokesperson official representative leader chief head commander
    chairman president director member source delegate delegation negotiator envoy adviser advisor
    aide executive boss founder secretary secretary-general supporter wing faction branch arm unit
    officer team authority mission agent staff
    """
)
# Nouns that only measure or gather what follows their "of".
_TRANSPARENT = _words(
    """
    one two three some many most all both each several few none number dozen dozens hundred
    hundreds thousand thousands score scores ten tens million millions group groups majority
    minority handful couple pair crowd series lot lots kind type sort part rest column band gang
    wave mass throng contingent total member members any half more bulk remnant remnants element
    elements section sections representative representatives those
    """
)
_PERSON_PRONOUNS: dict[str, Gender] = {"he": "m", "him": "m", "she": "f", "her": "f"}
_BODY_PRONOUNS = frozenset(("it",))
_GROUP_PRONOUNS = frozenset(("they", "them"))
_FORMER = frozenset(("former", "ex", "late", "ousted", "deposed", "one-time", "onetime", "ex-"))
_TITLES = _words(
    """
    mr mr. mrs mrs. ms ms. miss dr dr. sir dame lord lady madame prof prof. sen sen. rep rep. gov
    gov. gen gen. lt lt. col col. maj maj. capt capt. adm adm. sgt sgt. brig brig. rev rev.
    president minister prime foreign secretary senator general colonel major captain king queen
    prince princess pope archbishop bishop sheikh sheik ayatollah judge justice chancellor premier
    governor mayor ambassador professor chairman commander saint st st. comrade vice deputy
    attorney congressman representative field marshal admiral lieutenant emir sultan crown chief
    defense defence interior finance spokesman spokeswoman leader cardinal father sister brother
    imam mullah
    """
)
_MR = {"mr": "m", "mr.": "m", "sir": "m", "lord": "m", "king": "m", "prince": "m", "father": "m"}
_MRS = {"mrs": "f", "mrs.": "f", "ms": "f", "ms.": "f", "miss": "f", "queen": "f", "madame": "f"}
_ORGANISATION_ENDINGS: dict[str, str] = {
    "inc": "BUS", "inc.": "BUS", "corp": "BUS", "corp.": "BUS", "ltd": "BUS", "ltd.": "BUS",
    "plc": "BUS", "co": "BUS", "co.": "BUS", "company": "BUS", "llc": "BUS", "group": "BUS",
    "holdings": "BUS", "industries": "BUS", "bank": "BUS", "airlines": "BUS", "airways": "BUS",
    "motors": "BUS", "ag": "BUS", "sa": "BUS", "s.a.": "BUS", "nv": "BUS", "gmbh": "BUS",
    "bancorp": "BUS", "brothers": "BUS", "partners": "BUS", "capital": "BUS", "energy": "BUS",
    "corporation": "BUS", "enterprises": "BUS", "systems": "BUS", "technologies": "BUS",
    "petroleum": "BUS", "oil": "BUS", "financial": "BUS", "stores": "BUS", "securities": "BUS",
    "resources": "BUS", "international": "BUS", "electronics": "BUS", "savings": "BUS",
    "insurance": "BUS", "associates": "BUS", "laboratories": "BUS", "pharmaceuticals": "BUS",
    "university": "EDU", "college": "EDU", "school": "EDU", "institute": "EDU", "academy": "EDU",
    "hospital": "MED", "clinic": "MED",
    "ministry": "GOV", "department": "GOV", "agency": "GOV", "commission": "GOV",
    "administration": "GOV", "council": "GOV", "authority": "GOV", "bureau": "GOV",
    "cabinet": "GOV", "embassy": "GOV", "treasury": "GOV", "government": "GOV",
    "police": "COP", "court": "JUD", "tribunal": "JUD", "parliament": "LEG", "senate": "LEG",
    "assembly": "LEG", "congress": "LEG", "committee": "LEG",
    "party": "PTY", "union": "LAB", "federation": "LAB", "workers": "LAB",
    "army": "MIL", "navy": "MIL", "force": "MIL", "forces": "MIL", "command": "MIL",
    "brigade": "MIL", "battalion": "MIL", "regiment": "MIL", "division": "MIL",
    "front": "REB", "brigades": "REB", "militia": "REB", "guerrillas": "REB", "rebels": "REB",
    "church": "REL", "mosque": "REL", "diocese": "REL", "synagogue": "REL", "temple": "REL",
    "times": "JRN", "post": "JRN", "news": "JRN", "radio": "JRN", "television": "JRN", "tv": "JRN",
    "herald": "JRN", "tribune": "JRN", "gazette": "JRN", "journal": "JRN", "newspaper": "JRN",
    "foundation": "NGO", "association": "NGO", "society": "NGO", "charity": "NGO",
    "cartel": "CRM", "mafia": "CRM",
}  # fmt: skip
_DETERMINER = re.compile(
    r"(?:the|a|an|this|that|these|those|its|his|her|their|our) ", re.IGNORECASE
)


@dataclass(slots=True)
class Person:
    """A person whom the article names, with what is known so far."""

    name: str
    country: str | None = None
    sector: str | None = None
    gender: Gender | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor as mentioned at a token of a sentence, for later pronouns and descriptions."""

    sentence: int
    position: int
    actor: Actor
    kind: str
    gender: Gender | None
    subject: bool
    plural: bool
    label: str


@dataclass(frozen=True, slots=True)
class _Reading:
    actor: Actor
    kind: str  # person, state, organisation, group, role, people, ""
    gender: Gender | None = None
    label: str = ""


class Cast:
    """Resolves the phrases of one article. Feed sentences to `read` in order, then `resolve`."""

    def __init__(self, article: Article) -> None:
        self._day = article.published
        self._persons: dict[str, Person] = {}
        self._mentions: list[Mention] = []
        self._matches: dict[int, list[Match]] = {}

    def read(self, sentence: Sentence) -> None:
        """Take note of the actors that a parsed sentence mentions."""
        doc = sentence.doc
        if doc is None or sentence.index in self._matches:
            return
        self._matches[sentence.index] = matches(doc, self._day)
        self._introduce(doc)
        for chunk in doc.noun_chunks:
            head = chunk.root
            if head.pos_ == "PRON":
                continue
            reading = self._phrase(doc, chunk.start, chunk.end, head, sentence.index)
            if reading.actor.name is None or not reading.kind:
                continue
            self._mentions.append(
                Mention(
                    sentence.index,
                    head.i,
                    reading.actor,
                    reading.kind,
                    reading.gender,
                    head.dep_ in ("nsubj", "nsubjpass"),
                    head.tag_ in ("NNS", "NNPS"),
                    reading.label,
                )
            )

    def resolve(self, span: Span, sentence: Sentence) -> Actor:
        """Return who `span`, a phrase of `sentence`'s parse, stands for.

        What cannot be told safely is left `None`; a phrase that names nobody gives three `None`.
        """
        doc = span.doc
        if sentence.index not in self._matches:
            self.read(sentence)
        head = _head(span)
        if head is None:
            return NOBODY
        lower = head.lower_
        if lower in _PERSON_PRONOUNS or lower in _BODY_PRONOUNS or lower in _GROUP_PRONOUNS:
            return self._pronoun(head, sentence.index)
        reading = self._phrase(doc, span.start, span.end, head, sentence.index)
        if reading.kind == "role" and reading.actor.country is None:
            earlier = self._earlier(doc, span, head, reading, sentence.index)
            if earlier is not None:
                return earlier
        return reading.actor

    # Phrases

    def _phrase(self, doc: Doc, start: int, end: int, head: Token, index: int) -> _Reading:
        found = [m for m in self._matches.get(index, ()) if m.start < end and m.end > start]
        name = next((m for m in found if m.start <= head.i < m.end), None)
        core = [m for m in found if m.start < head.i and m.end <= head.i]
        if name is not None:
            return self._named(doc, start, name, core)
        if head.lower_ in _TRANSPARENT:
            inner = _of_object(head, end)
            if inner is not None:
                return self._phrase(doc, inner.left_edge.i, end, inner, index)
        if head.ent_type_ == "PERSON" or (head.pos_ == "PROPN" and _titled(doc, start, head)):
            return self._person(doc, start, end, head, found)
        role = role_at(doc, start, head.i + 1)
        if role is not None:
            return self._role(doc, start, end, head, role[0], role[1], found, index)
        if head.pos_ == "PROPN" or head.ent_type_ in ("ORG", "NORP"):
            return self._unknown(doc, start, end, head, core, found)
        return _Reading(Actor(None, _nearest(found, head), None), "")

    def _named(self, doc: Doc, start: int, name: Match, core: list[Match]) -> _Reading:
        entry = name.entry
        if entry.kind == "leader":
            self._remember(entry)
            sector = entry.sector
            role = role_at(doc, start, name.start) if name.start > start else None
            if _is_former(doc, start, name.start) or not entry.valid_on(self._day, 40, 40):
                sector = "ELI"
            if role is not None and not _is_former(doc, start, name.start):
                sector = role[0].sector
            return _Reading(Actor(entry.name, entry.country, sector), "person", entry.gender)
        if entry.kind in ("country", "capital", "metonym"):
            return _Reading(Actor(entry.name, entry.country, "GOV"), "state", label="country")
        if entry.kind == "place":
            return _Reading(Actor(entry.name, entry.country, None), "place")
        if entry.kind == "demonym":
            plural = doc[name.end - 1].tag_ in ("NNS", "NNPS") or doc[name.end - 1].lower_ in (
                "french", "british", "chinese", "japanese", "dutch", "irish", "english",
            )  # fmt: skip
            adjective = knowledge().adjectives[entry.country or ""]
            if not plural and doc[name.end - 1].pos_ == "ADJ":
                return _Reading(Actor(entry.name, entry.country, None), "state", label="country")
            return _Reading(Actor(f"{adjective} civilians", entry.country, "CVL"), "people")
        return _Reading(
            Actor(entry.name, entry.country, entry.sector),
            "organisation" if entry.kind == "organisation" else "group",
            label=_kind_label(entry),
        )

    def _role(
        self,
        doc: Doc,
        start: int,
        end: int,
        head: Token,
        role: Role,
        begin: int,
        found: list[Match],
        index: int,
    ) -> _Reading:
        named = next(
            (child for child in head.children if child.dep_ == "appos" and child.i < end), None
        )
        if named is not None and named.ent_type_ == "PERSON":
            return self._person(doc, named.left_edge.i, named.i + 1, named, found, role, head)
        sector, label = role.sector, role.label
        country = _nearest(found, head)
        base = head.lemma_.lower()
        if _is_former(doc, start, head.i) and role.kind == "person":
            sector = "ELI"
        if base in _DEFERRING:
            body = self._body(doc, start, begin, end, head, found, index)
            if body is not None and body.actor.sector is not None:
                actor = body.actor
                if actor.country is None and country is not None:
                    actor = replace(actor, country=country)
                return _Reading(actor, body.kind if actor.name else "role", label=body.label)
        if country is None:
            return _Reading(Actor(label or None, None, sector), "role", label=label or "government")
        tables = knowledge()
        if sector == "GOV" and role.kind == "person" and label in ("president", "prime minister"):
            holder = self._holder(country, label)
            if holder is not None and not _is_former(doc, start, head.i):
                return _Reading(Actor(holder.name, country, "GOV"), "person", holder.gender)
        if not label or sector == "GOV" and label == "leader":
            return _Reading(
                Actor(tables.country_names[country], country, sector), "state", label="government"
            )
        return _Reading(
            Actor(f"{tables.adjectives[country]} {label}", country, sector), "role", label=label
        )

    def _body(
        self,
        doc: Doc,
        start: int,
        begin: int,
        end: int,
        head: Token,
        found: list[Match],
        index: int,
    ) -> _Reading | None:
        """Return the body that a spokesman, leader or official belongs to, if the phrase says so."""
        for match in reversed(found):
            if match.end <= head.i and match.entry.kind in ("organisation", "group", "metonym"):
                return self._named(doc, start, match, [])
        if begin > start:
            inner = role_at(doc, start, begin)
            if inner is not None and doc[begin - 1].dep_ in ("compound", "amod", "nmod", "poss"):
                country = _nearest(found, head)
                return self._labelled(inner[0], country)
        for child in head.children:
            if (
                child.dep_ == "prep"
                and child.lower_ in ("of", "for", "from", "with")
                and child.i < end
            ):
                for inner_head in child.children:
                    if inner_head.dep_ == "pobj" and inner_head.i < end:
                        return self._phrase(doc, inner_head.left_edge.i, end, inner_head, index)
        return None

    def _labelled(self, role: Role, country: str | None) -> _Reading:
        tables = knowledge()
        if country is None:
            return _Reading(Actor(role.label or None, None, role.sector), "role", label=role.label)
        if not role.label:
            return _Reading(Actor(tables.country_names[country], country, role.sector), "state")
        name = f"{tables.adjectives[country]} {role.label}"
        return _Reading(Actor(name, country, role.sector), "role", label=role.label)

    def _holder(self, country: str, office: str) -> Entry | None:
        if self._day is None:
            return None
        holders = knowledge().offices.get((country, office), ())
        current = [entry for entry in holders if entry.valid_on(self._day, 0, 0)]
        return current[0] if len({entry.name for entry in current}) == 1 else None

    def _person(
        self,
        doc: Doc,
        start: int,
        end: int,
        head: Token,
        found: list[Match],
        role: Role | None = None,
        title_head: Token | None = None,
    ) -> _Reading:
        first = head.i
        while first > start and is_name(doc[first - 1]) and _part_of_name(doc[first - 1], found):
            first -= 1
        words = [doc[i].text for i in range(first, head.i + 1)]
        while len(words) > 1 and words[0].lower() in _TITLES:
            words.pop(0)
            first += 1
        if role is None and first > start:
            titled = role_at(doc, start, first)
            role = titled[0] if titled else None
        country = _nearest([m for m in found if m.end <= first or m.start > head.i], head)
        former = _is_former(doc, start, first)
        person = self._identify(" ".join(words), role, country)
        gender = person.gender or _title_gender(doc, start, first)
        if gender and not person.gender:
            person.gender = gender
        if role is not None and role.sector:
            person.sector = "ELI" if former and role.sector in ("GOV", "MIL") else role.sector
        if country is not None and person.country is None:
            person.country = country
        return _Reading(Actor(person.name, person.country, person.sector), "person", person.gender)

    def _identify(self, name: str, role: Role | None, country: str | None) -> Person:
        key = fold(name)
        last = key.rpartition(" ")[2]
        if key in self._persons:
            return self._persons[key]
        if key == last and last in self._persons:
            return self._persons[last]
        if role is not None and role.label:
            for entry in knowledge().surnames.get(last, ()):
                if (
                    entry.office == role.label
                    and country in (None, entry.country)
                    and (key == last or fold(entry.name).split(" ")[0] == key.split(" ")[0])
                    and entry.valid_on(self._day)
                ):
                    return self._remember(entry)
        given = key.split(" ", 1)[0]
        gender = knowledge().given_names.get(given) if key != last else None
        person = Person(_title_case(name), country, role.sector if role else None, gender)
        if key != last:
            self._persons[key] = person
            self._persons[last] = person
        return person

    def _remember(self, entry: Entry) -> Person:
        key = fold(entry.name)
        if key not in self._persons:
            person = Person(entry.name, entry.country, entry.sector, entry.gender)
            self._persons[key] = person
            self._persons[key.rpartition(" ")[2]] = person
        return self._persons[key]

    def _introduce(self, doc: Doc) -> None:
        """Remember the persons whom a sentence names in full, before anything is resolved in it."""
        for entity in doc.ents:
            if entity.label_ != "PERSON":
                continue
            words = [word for word in entity.text.replace("\n", " ").split() if word != "'s"]
            while len(words) > 1 and words[0].lower() in _TITLES:
                words.pop(0)
            if len(words) < 2 or not all(word[0].isalpha() for word in words):
                continue
            name = " ".join(words)
            for ending in ("'s", "\u2019s"):
                name = name.removesuffix(ending)
            if fold(name) not in knowledge().entries:
                self._identify(name, None, None)

    def _unknown(
        self, doc: Doc, start: int, end: int, head: Token, core: list[Match], found: list[Match]
    ) -> _Reading:
        """Read a proper name that no table holds: an organisation, judged by its words."""
        first = head.i
        while first > start and is_name(doc[first - 1]):
            first -= 1
        last = head.i + 1
        if head.ent_type_ and head.ent_iob_ in ("B", "I"):
            while last < end and doc[last].ent_iob_ == "I":
                last += 1
        words = [doc[i].lower_ for i in range(first, last)]
        name = _title_case(_DETERMINER.sub("", doc[first:last].text.replace("\n", " ")))
        name = name.removesuffix("'s").removesuffix("\u2019s").strip()
        sector = next(
            (
                _ORGANISATION_ENDINGS[word]
                for word in (*words[::-1], *words[:1])
                if word in _ORGANISATION_ENDINGS
            ),
            None,
        )
        country = _nearest(found, head)
        known = self._persons.get(fold(name))
        if known is not None:
            return _Reading(Actor(known.name, known.country, known.sector), "person", known.gender)
        kind = "organisation" if sector or head.ent_type_ == "ORG" else ""
        return _Reading(Actor(name or None, country, sector), kind, label=_sector_label(sector))

    # Reference

    def _pronoun(self, token: Token, index: int) -> Actor:
        lower = token.lower_
        candidates = [
            mention
            for mention in reversed(self._mentions)
            if mention.sentence >= index - 2
            and (mention.sentence, mention.position) < (index, token.i)
        ]
        if lower in _PERSON_PRONOUNS:
            gender = _PERSON_PRONOUNS[lower]
            fitting = [m for m in candidates if m.kind == "person" and m.gender in (None, gender)]
            if not fitting:
                return NOBODY
            sure = [m for m in fitting if m.gender == gender]
            names = {m.actor.name for m in fitting}
            if len(names) == 1:
                return fitting[0].actor
            subjects = [m for m in (sure or fitting) if m.subject]
            return subjects[0].actor if subjects else NOBODY
        kinds = ("state", "organisation", "group", "role")
        fitting = [
            m
            for m in candidates
            if m.kind in kinds + (("people",) if lower in _GROUP_PRONOUNS else ())
            and m.subject
            and (m.plural or m.kind == "group") == (lower in _GROUP_PRONOUNS)
        ]
        names = {m.actor.name for m in fitting if m.sentence == fitting[0].sentence}
        return fitting[0].actor if len(names) == 1 else NOBODY

    def _earlier(
        self, doc: Doc, span: Span, head: Token, reading: _Reading, index: int
    ) -> Actor | None:
        """Return the actor that a definite description ("the rebels") takes up, if there is one."""
        if not any(child.lower_ in ("the", "this", "that", "these") for child in head.children):
            return None
        fitting = [
            mention
            for mention in reversed(self._mentions)
            if (mention.sentence, mention.position) < (index, head.i)
            and mention.actor.sector == reading.actor.sector
            and mention.actor.country is not None
            and (mention.label == reading.label or mention.kind in ("group", "organisation"))
        ]
        return fitting[0].actor if fitting else None


def _head(span: Span) -> Token | None:
    """Return the noun that a span is about: its root, or the first noun where that is none."""
    if len(span) == 0:
        return None
    root = span.root
    if root.pos_ in ("NOUN", "PROPN", "PRON", "NUM", "ADJ"):
        return root
    for token in span:
        if token.pos_ in ("NOUN", "PROPN", "PRON"):
            while token.head in span and token.dep_ in ("compound", "amod", "nmod", "poss"):
                token = token.head
            return token
    return root


def _of_object(head: Token, end: int) -> Token | None:
    for child in head.children:
        if child.dep_ == "prep" and child.lower_ == "of" and child.i < end:
            for inner in child.children:
                if inner.dep_ in ("pobj", "pcomp") and inner.i < end:
                    return inner
    return None


def _nearest(found: list[Match], head: Token) -> str | None:
    """Return the country of the known name closest to `head`; names before it come first."""
    best, distance = None, 1_000
    for match in found:
        if match.entry.country is None:
            continue
        gap = head.i - match.end if match.end <= head.i else 20 + match.start - head.i
        if gap < distance:
            best, distance = match.entry.country, gap
    return best


def _part_of_name(token: Token, found: list[Match]) -> bool:
    return not any(match.start <= token.i < match.end for match in found)


def _titled(doc: Doc, start: int, head: Token) -> bool:
    return head.i > start and (
        doc[head.i - 1].lower_ in _TITLES
        or (head.i > start + 1 and doc[head.i - 2].lower_ in _TITLES)
    )


def _is_former(doc: Doc, start: int, end: int) -> bool:
    return any(doc[i].lower_ in _FORMER for i in range(start, end))


def _title_gender(doc: Doc, start: int, end: int) -> Gender | None:
    for i in range(start, end):
        lower = doc[i].lower_
        if lower in _MR:
            return "m"
        if lower in _MRS:
            return "f"
    return None


def _title_case(name: str) -> str:
    name = " ".join(name.split())
    if name.isupper() and len(name) > 5:
        return " ".join(word.capitalize() for word in name.split(" "))
    return name


def _kind_label(entry: Entry) -> str:
    return "group" if entry.kind == "group" else _sector_label(entry.sector)


def _sector_label(sector: str | None) -> str:
    return {"BUS": "businesses", "REB": "rebels", "PTY": "party", "LAB": "workers"}.get(
        sector or "", ""
    )
