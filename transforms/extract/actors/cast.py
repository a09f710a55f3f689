"""The cast of an article: who its phrases stand for, the same name for the same actor throughout.

Naming convention: persons and organisations by canonical name; states by English short name; a
role of a country by adjective and label ("Russian military", "Egyptian police"), the government's
servants by the state itself; a role without a country by its label alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from transforms.extract.actors.acronyms import defined
from transforms.extract.actors.focus import focus
from transforms.extract.actors.phrases import Match, is_name, matches, role_at
from transforms.extract.actors.tables import Entry, Gender, Role, fold, knowledge
from transforms.extract.model import Actor, Article, Sentence
from transforms.extract.syntax import Doc, Span, Token

NOBODY = Actor(None, None, None)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Roles that speak for the body that they belong to: "a spokesman for the rebels", "Hamas leader".
_DEFERRING = _words(
    """
    spokesman spokeswoman spokesperson official representative leader chief head commander
    chairman president director member source delegate delegation negotiator envoy adviser advisor
    aide executive boss founder secretary-general wing faction branch arm unit officer team
    authority mission agent staff
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
_PRONOUNS = frozenset((*_PERSON_PRONOUNS, "it", "they", "them"))
# Descriptions of one person, which no body can take up.
_OWN = frozenset(("president", "prime minister", "vice president", "foreign minister", "minister"))
_POSSESSIVES = {"his": "he", "her": "she", "its": "it", "their": "they"}
# Labels of bodies that one "it" can take up.
_BODIES = frozenset(
    (
        *("military", "police", "government", "country", "parliament", "court", "party"),
        *("central bank", "foreign ministry", "defense ministry", "interior ministry", "ministry"),
        *("finance ministry", "businesses", "opposition", "rebels", "media"),
    )
)
_FORMER = frozenset(("former", "ex", "late", "ousted", "deposed", "one-time", "onetime", "ex-"))
_TITLES = _words(
    """
    mr mr. mrs mrs. ms ms. miss dr dr. sir dame madame prof prof. sen sen. rep rep. gov gov. gen
    gen. lt lt. col col. maj maj. capt capt. adm adm. sgt sgt. brig brig. rev rev. president
    minister prime foreign secretary senator general colonel major captain king queen prince
    princess pope archbishop bishop sheikh sheik ayatollah judge justice chancellor premier
    governor mayor ambassador professor chairman commander saint st st. comrade vice deputy
    attorney congressman representative field marshal admiral lieutenant emir sultan crown chief
    defense defence interior finance spokesman spokeswoman msgr monsignor leader cardinal father
    sister brother imam mullah
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
    "party": "PTY", "unionists": "PTY", "trades": "LAB", "workers": "LAB",
    "army": "MIL", "navy": "MIL", "force": "MIL", "forces": "MIL", "command": "MIL",
    "brigade": "MIL", "battalion": "MIL", "regiment": "MIL", "division": "MIL",
    "front": "REB", "brigades": "REB", "militia": "REB", "guerrillas": "REB", "rebels": "REB",
    "church": "REL", "mosque": "REL", "diocese": "REL", "synagogue": "REL", "temple": "REL",
    "times": "JRN", "post": "JRN", "news": "JRN", "radio": "JRN", "television": "JRN", "tv": "JRN",
    "herald": "JRN", "tribune": "JRN", "gazette": "JRN", "telegraph": "JRN", "chronicle": "JRN",
    "advertiser": "JRN", "observer": "JRN", "journal": "JRN", "newspaper": "JRN",
    "foundation": "NGO", "association": "NGO", "society": "NGO", "charity": "NGO",
    "cartel": "CRM", "mafia": "CRM",
}  # fmt: skip
# Acronyms of bodies in these sectors count only where the article names their country ...
_SHARED = frozenset(("REB", "SEP", "PTY", "OPP", "CRM", "MIL", "SPY", "LAB", "LEG", "GOV"))
# ... but for these, which stand alone.
_FAMOUS = frozenset(
    ("PLO", "IRA", "ETA", "FARC", "PKK", "ANC", "IDF", "KGB", "ISIS", "ISIL", "FSB", "MI5", "MI6")
)
# Sectors of roles that are one with the body named before them: Hamas fighters, U.N. experts.
_EMBODIED = frozenset(("REB", "SEP", "MIL", "UAF", "CRM", "GOV", "EDU", "NGO", "HRI", "LEG"))
# Words before a role that keep it from belonging to the article's country.
_ABROAD = frozenset(
    (
        *("foreign", "international", "regional", "backed", "led", "overseas", "multinational"),
        *("coalition", "allied", "western", "global", "world", "european", "african", "arab"),
        *("asian", "joint", "neighboring", "neighbouring", "his", "her", "its", "their"),
    )
)
_REBELLIOUS = frozenset(
    ("rebel", "guerrilla", "guerilla", "insurgent", "terrorist", "separatist", "subversive")
)
_LEGAL_FORMS = frozenset(
    ("inc", "corp", "co", "ltd", "plc", "llc", "ag", "sa", "nv", "gmbh", "s.a")
)
_NO_ACTOR = frozenset(("DATE", "TIME", "MONEY", "PERCENT", "CARDINAL", "QUANTITY", "ORDINAL"))
_STATE_SECTORS = frozenset(("GOV", "MIL", "COP", "LEG", "JUD", "SPY", "PTY", "OPP"))
_DOMESTIC = _STATE_SECTORS | frozenset(("REB", "SEP", "UAF", "LAB", "AGR", "EDU", "HRI"))
# Names of bodies that many countries have: the table's country counts only if the article names it.
_GENERIC = frozenset(
    (
        *("congress", "senate", "the senate", "house of representatives", "justice department"),
        *("labour", "labour party", "labor party", "conservative party", "liberal party"),
        *("national front", "popular party", "workers' party", "workers party", "republican party"),
        *("democratic party", "republicans", "democrats", "christian democrats", "home office"),
        *("foreign office", "house of commons", "general assembly", "civil guard", "red army"),
        *("socialist party", "supreme court", "christian democratic party", "treasury police"),
        *("treasury department", "defense department", "commerce department", "governing council"),
        *("energy department", "agriculture department", "people's democratic party", "tories"),
        *("national action party", "liberal democratic party", "congress party", "central bank"),
        *("united left", "national democratic party", "democratic alliance", "republican guard"),
    )
)
# Georgia is the American state in articles that name its neighbours and none of the Caucasus.
_AMERICAN_SOUTH = re.compile(
    r"\b(?:Atlanta|Savannah|Alabama|Florida|Carolina|Tennessee|Ga\.|GOP)\b"
)
_CAUCASUS = re.compile(r"\b(?:Tbilisi|Georgian|Ossetia|Abkhaz|Armenia|Russia|Caucasus|Soviet)")
_GEORGIA = Entry("place", "Georgia (US)", "USA", None, "Georgia")
_MAX_CHARACTERS = 20_000
_FULL_NAME = re.compile(
    r"\b([A-Z][a-z]{1,15})(?: [A-Z]\.)?(?: (?:de|van|von|al|bin|el|da))? [A-Z][\w\u2019'\-]{2,20}\b"
)
_BUSINESS = re.compile(r"<[A-Z][A-Z.]{0,6}>|\b(?:Inc|Corp|Ltd|PLC|Plc|Co|Company)\b")
_DETERMINER = re.compile(
    r"\A(?:the|a|an|this|that|these|those|its|his|her|their|our) ", re.IGNORECASE
)


@dataclass(slots=True)
class Person:
    """A person whom the article names, with what is known so far."""

    name: str
    country: str | None = None
    sector: str | None = None
    gender: Gender | None = None
    label: str = ""


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
        self._focus, self._countries = focus(article.text)
        self._defined = defined(article.text)
        self._announce(article.text)
        self._southern = (
            "Georgia" in article.text
            and _AMERICAN_SOUTH.search(article.text) is not None
            and _CAUCASUS.search(article.text) is None
        )
        self._business = _BUSINESS.search(article.text[:2_000]) is not None

    def _announce(self, text: str) -> None:
        """Remember the persons whom the text names in full, also where it is not parsed.

        A person is a given name of the table with a surname; the first of a surname keeps it.
        """
        tables = knowledge()
        for match in _FULL_NAME.finditer(text, 0, _MAX_CHARACTERS):
            name = match.group()
            key = fold(name)
            if match.group(1).lower() not in tables.given_names or key in self._persons:
                continue
            last = key.rpartition(" ")[2]
            if last in tables.roles or fold(match.group(1) + " " + last) in self._persons:
                continue
            earlier = self._persons.get(last)
            leaders = [entry for entry in tables.entries.get(key, ()) if entry.kind == "leader"]
            if leaders:
                valid = [entry for entry in leaders if entry.valid_on(self._day)]
                self._remember((valid or leaders)[0])
            elif key not in tables.entries:
                self._identify(name, None, None)
            if earlier is not None:
                self._persons[last] = earlier

    def read(self, sentence: Sentence) -> None:
        """Take note of the actors that a parsed sentence mentions."""
        doc = sentence.doc
        if doc is None or sentence.index in self._matches:
            return
        self._matches[sentence.index] = [
            replace(match, entry=_GEORGIA)
            if self._southern and match.entry.name == "Georgia"
            else match
            for match in matches(doc, self._day)
            if self._trusts(match.entry)
        ]
        self._introduce(doc)
        for start, end in doc.noun_chunks():
            head = doc[end - 1]
            if head.pos_ == "PRON":
                continue
            reading = self._phrase(doc, start, end, head, sentence.index)
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
        if head.lower_ in _PRONOUNS:
            actor = self._settled(self._pronoun(head, sentence.index))
            unplaced = actor.name is not None and actor.country is None and actor.name.islower()
            if unplaced and self._focus and _is_domestic(actor.sector, ""):
                return self._labelled(actor.sector, actor.name or "", self._focus).actor
            return actor
        reading = self._phrase(doc, span.start, _reach(span, head), head, sentence.index)
        actor = reading.actor
        if reading.kind in ("role", "people") and actor.country is None:
            owner = self._owner(head, sentence.index)
            if owner is not None:
                actor = self._labelled(actor.sector, reading.label, owner).actor
            elif reading.label in ("government", "country") and head.tag_ in ("NNS", "NNPS"):
                actor = NOBODY if reading.label == "country" else actor
            elif reading.label in ("country", "leader") and not _is_definite(head):
                actor = NOBODY
            else:
                earlier = self._earlier(head, reading, sentence.index)
                if earlier is not None:
                    return self._settled(earlier)
                holder = self._holder(self._focus, reading.label) if self._focus else None
                if holder is not None and reading.label in _OWN and head.tag_ == "NN":
                    return Actor(holder.name, holder.country, holder.sector)
                abroad = any(child.lower_ in _ABROAD for child in head.subtree if child.i < head.i)
                if reading.label == "leader":
                    return NOBODY
                if self._focus and not abroad and _is_domestic(actor.sector, reading.label):
                    actor = self._labelled(actor.sector, reading.label, self._focus).actor
        elif reading.kind == "person":
            actor = self._settled(actor)
        elif reading.kind == "place" or (reading.kind == "state" and _is_locative(span, head)):
            actor = replace(actor, sector=None)
        return actor

    def _trusts(self, entry: Entry) -> bool:
        """Tell whether an entry is what the article means: short acronyms are shared by many."""
        if not entry.is_acronym or entry.kind not in ("group", "organisation"):
            return True
        long_form = self._defined.get(entry.surface)
        if long_form is not None:
            known = knowledge().entries.get(fold(long_form), ())
            if not any(other.name == entry.name for other in known):
                return _alike(long_form, entry.name)
        return (
            entry.sector not in _SHARED
            or entry.country in (None, "USA")
            or entry.surface in _FAMOUS
            or entry.country in self._countries
        )

    def _settled(self, actor: Actor) -> Actor:
        """Return a person with all that the article says of them."""
        person = self._persons.get(fold(actor.name)) if actor.name else None
        if person is not None:
            actor = Actor(
                person.name, actor.country or person.country, actor.sector or person.sector
            )
            if actor.country is None and self._focus and actor.sector in _STATE_SECTORS:
                actor = replace(actor, country=self._focus)
        return actor

    def _owner(self, head: Token, index: int) -> str | None:
        """Return the country of whom a possessive pronoun stands for: "his government"."""
        for child in head.children:
            if child.dep_ == "poss" and child.lower_ in _POSSESSIVES:
                return self._settled(
                    self._pronoun(child, index, _POSSESSIVES[child.lower_])
                ).country
        return None

    # Phrases

    def _phrase(self, doc: Doc, start: int, end: int, head: Token, index: int) -> _Reading:
        found = [m for m in self._matches.get(index, ()) if m.start < end and m.end > start]
        name = next((m for m in found if m.start <= head.i < m.end), None)
        core = [m for m in found if m.start < head.i and m.end <= head.i]
        if name is not None and not _is_modifier(doc, name, end):
            return self._named(doc, start, name, core)
        if name is not None:
            while head.i + 1 < end and doc[head.i + 1].pos_ in ("NOUN", "PROPN"):
                head = doc[head.i + 1]
            core = [m for m in found if m.end <= head.i]
        if head.lower_ in _TRANSPARENT:
            inner = _of_object(head, end)
            if inner is not None:
                return self._phrase(doc, inner.left_edge.i, end, inner, index)
        role = _role_ahead(head, end) or role_at(doc, start, head.i + 1)
        person = head.ent_type_ == "PERSON"
        if person and (role is None or _follows_name(doc, start, head, found)):
            return self._person(doc, start, end, head, found, index)
        if role is None and head.pos_ == "PROPN" and _titled(doc, start, head):
            return self._person(doc, start, end, head, found, index)
        if head.ent_type_ in _NO_ACTOR and name is None:
            return _Reading(NOBODY, "")
        if role is not None and not _in_proper_name(doc, start, head, role[1], found):
            return self._role(doc, start, end, head, role[0], role[1], found, index)
        if head.lemma_.lower() in _DEFERRING:
            body = self._body(doc, start, head.i, end, head, found, index)
            if body is not None:
                return body
        known = self._persons.get(fold(head.text)) if head.text.istitle() else None
        if known is not None and role is None:
            return _Reading(
                Actor(known.name, known.country, known.sector), "person", known.gender, known.label
            )
        opens = head.i == 0 and not head.ent_type_
        if head.text[:1].isupper() and not opens and (head.pos_ == "PROPN" or head.ent_type_):
            return self._unknown(doc, start, end, head, core, found)
        return _Reading(Actor(None, _nearest(found, head), None), "")

    def _named(self, doc: Doc, start: int, name: Match, core: list[Match]) -> _Reading:
        entry = name.entry
        if entry.kind == "leader":
            role = role_at(doc, start, name.start) if name.start > start else None
            entry = self._holder_named(doc, name, role[0] if role else None, core)
            other = self._persons.get(fold(entry.surface))
            if other is not None and " " not in entry.surface and other.name != entry.name:
                return _Reading(
                    Actor(other.name, other.country, other.sector), "person", other.gender
                )
            self._remember(entry)
            sector = entry.sector
            if _is_former(doc, start, name.start) or not entry.valid_on(self._day, 40, 40):
                sector = "ELI"
                if self._day and entry.since and self._day < entry.since:
                    sector = "PTY" if entry.sector == "GOV" else entry.sector
            if role is not None and not _is_former(doc, start, name.start):
                sector = role[0].sector
            label = role[0].label if role is not None else entry.office or ""
            return _Reading(Actor(entry.name, entry.country, sector), "person", entry.gender, label)
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
        country, label = entry.country, entry.name
        modifier = _nearest(core, doc[name.end - 1])
        if country is not None and entry.kind == "organisation":
            generic = fold(entry.surface) in _GENERIC
            if modifier is None and generic and entry.country not in self._countries:
                modifier = self._focus
                if modifier is None:
                    country, label = None, _bare(entry.surface)
            if modifier is not None and modifier != country and (generic or not _foreign(entry)):
                country = modifier
                label = f"{knowledge().adjectives[modifier]} {_bare(entry.surface)}"
        return _Reading(
            Actor(label, country, entry.sector),
            "organisation" if entry.kind == "organisation" else "group",
            label=_kind_label(entry),
        )

    def _holder_named(self, doc: Doc, name: Match, role: Role | None, core: list[Match]) -> Entry:
        """Return the leader meant: office or country beside the name tell namesakes apart."""
        surface = doc[name.start : name.end].text
        candidates = [e for e in knowledge().entries.get(fold(surface), ()) if e.kind == "leader"]
        country = _nearest(core, doc[name.start])
        fitting = [e for e in candidates if country in (None, e.country)]
        if role is not None and role.label:
            fitting = [e for e in fitting if e.office == role.label] or fitting
        valid = [e for e in fitting if e.valid_on(self._day)] or fitting
        return name.entry if name.entry in valid or not valid else valid[0]

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
            (child for child in head.children if child.dep_ == "appos" and child.i > head.i), None
        )
        if named is not None and named.ent_type_ == "PERSON":
            return self._person(doc, named.left_edge.i, named.i + 1, named, found, index, role)
        sector, label = role.sector, role.label
        country = _nearest(found, head)
        base = head.lemma_.lower()
        if _is_former(doc, start, head.i) and role.kind == "person":
            sector = "ELI"
        if base in _DEFERRING:
            body = self._body(doc, start, begin, end, head, found, index)
            if body is not None and (body.actor.sector is not None or body.actor.name):
                actor = body.actor
                if actor.country is None and country is not None:
                    actor = replace(actor, country=country)
                return _Reading(actor, body.kind if actor.name else "role", label=body.label)
        body_match = core_before(found, begin)
        if body_match is not None and sector in _EMBODIED:
            body = self._named(doc, start, body_match, [])
            if body.actor.sector == "IGO" and sector != "MIL":
                return body
            if (sector != "GOV" and body.kind == "group") or (
                body.kind == "organisation" and sector == "MIL"
            ):
                return _Reading(
                    replace(
                        body.actor, sector=body.actor.sector if body.kind == "group" else "MIL"
                    ),
                    body.kind,
                    label=body.label,
                )
        if label == "supporters":
            body = self._body(doc, start, begin, end, head, found, index)
            if body is not None and body.actor.name is not None:
                name = f"supporters of {body.actor.name}"
                if body.kind not in ("person", "organisation", "group", "state"):
                    name = f"{body.actor.name} supporters"
                return _Reading(Actor(name, body.actor.country, sector), "people", label=label)
        if country is not None and label in ("president", "prime minister", "chancellor"):
            holder = self._holder(country, label)
            if holder is not None and not _is_former(doc, start, head.i):
                return _Reading(Actor(holder.name, country, "GOV"), "person", holder.gender)
        if sector in ("MIL", "UAF") and any(
            doc[i].lemma_.lower() in _REBELLIOUS for i in range(start, begin)
        ):
            sector, label = "REB", "rebels"
        if country is None:
            words = None if label == "country" else label or None
            return _Reading(Actor(words, None, sector), "role", label=label or "government")
        return self._labelled(sector, label, country)

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
        """Return the body that a spokesman, leader or official belongs to, if it is named."""
        for match in reversed(found):
            kinds = ["organisation", "group", "metonym"]
            if head.lemma_.lower() == "supporter":
                kinds.append("leader")
            if match.end <= head.i and match.entry.kind in kinds:
                return self._named(doc, start, match, [])
        if begin > start:
            inner = role_at(doc, start, begin)
            if inner is not None and doc[begin - 1].dep_ in ("compound", "amod", "nmod", "poss"):
                country = _nearest(found, head)
                return self._labelled(inner[0].sector, inner[0].label, country)
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

    def _labelled(self, sector: str | None, label: str, country: str | None) -> _Reading:
        """Return the actor that a role's label and a country make."""
        tables = knowledge()
        if country is None:
            return _Reading(Actor(label or None, None, sector), "role", label=label)
        if not label or (sector == "GOV" and label in ("leader", "government", "country")):
            return _Reading(
                Actor(tables.country_names[country], country, sector), "state", label="government"
            )
        name = f"{tables.adjectives[country]} {label}"
        return _Reading(Actor(name, country, sector), "role", label=label)

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
        index: int,
        role: Role | None = None,
    ) -> _Reading:
        first = head.i
        while first > start and is_name(doc[first - 1]) and _part_of_name(doc[first - 1], found):
            first -= 1
        for i in range(head.i - 1, first - 1, -1):
            if doc[i].lower_ in _TITLES or role_at(doc, i, i + 1) is not None:
                first = i + 1
                break
        name = doc[first : head.i + 1].text
        titled = role_at(doc, start, first) if role is None and first > start else None
        if titled is not None:
            role = titled[0]
        country = _nearest([m for m in found if m.end <= first or m.start > head.i], head)
        if role is None:
            for child in head.children:
                if child.dep_ == "appos" and child.pos_ in ("NOUN", "PROPN"):
                    near = matches_within(self._matches.get(index, ()), child)
                    role = self._description(doc, child, near, index)
                    if role is not None:
                        country = country or _nearest(near, child)
                    break
        former = _is_former(doc, start, first)
        person = self._identify(name, role, country)
        gender = person.gender or _title_gender(doc, start, first)
        if gender and not person.gender:
            person.gender = gender
        bodies = [
            match.entry
            for match in found
            if match.end <= first and match.entry.kind in ("organisation", "group")
        ]
        if role is not None and bodies and bodies[-1].sector == "IGO":
            role = replace(role, sector="IGO", label="")
        elif role is not None and role.phrase.rpartition(" ")[2] in _DEFERRING:
            begin = titled[1] if titled is not None else start
            inner = role_at(doc, start, begin) if begin > start else None
            if bodies:
                role = replace(role, sector=bodies[-1].sector or role.sector, label="")
            elif inner is not None:
                role = replace(role, sector=inner[0].sector, label="")
            elif begin > start and doc[begin - 1].pos_ == "PROPN" and country is None:
                unknown = self._unknown(doc, start, begin, doc[begin - 1], [], found)
                role = replace(role, sector=unknown.actor.sector or "", label="")
        elif role and role.label.endswith("president") and self._business and not country:
            role = replace(role, sector="BUS", label="businesses")
        if role is not None and role.label:
            person.label = role.label
        if role is not None and role.sector:
            person.sector = "ELI" if former and role.sector in ("GOV", "MIL") else role.sector
        if country is not None and person.country is None:
            person.country = country
        return _Reading(
            Actor(person.name, person.country, person.sector), "person", person.gender, person.label
        )

    def _description(self, doc: Doc, noun: Token, near: list[Match], index: int) -> Role | None:
        """Return the role that an apposition gives: "Anna Ruiz, a member of the court"."""
        start, end = noun.left_edge.i, noun.right_edge.i + 1
        found = role_at(doc, start, noun.i + 1)
        if noun.lemma_.lower() in _DEFERRING:
            begin = found[1] if found is not None else noun.i
            body = self._body(doc, start, begin, end, noun, near, index)
            if body is not None and body.actor.sector:
                return Role(noun.lower_, body.actor.sector, "", "person")
        return found[0] if found is not None else None

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
        if first and doc[first - 1].text == "<":
            return _Reading(NOBODY, "")  # a ticker symbol
        while first > start and is_name(doc[first - 1]):
            first -= 1
        last = head.i + 1
        if head.ent_type_ and head.ent_iob_ in ("B", "I"):
            while last < end and doc[last].ent_iob_ == "I":
                last += 1
        words = [doc[i].lower_ for i in range(first, last)]
        name = _title_case(_DETERMINER.sub("", doc[first:last].text.replace("\n", " ")))
        name = name.removesuffix("'s").removesuffix("\u2019s")
        name = " ".join(name.translate(_BRACKETS).split())  # "<Acme Corp>": wires mark listed firms
        if not name:
            return _Reading(NOBODY, "")
        plain = _bare_company(name)
        if plain != name and (listed := knowledge().entries.get(fold(plain))):
            entry = listed[0]
            if entry.kind == "organisation":
                return _Reading(
                    Actor(entry.name, entry.country, entry.sector),
                    "organisation",
                    label="businesses",
                )
        name = plain
        if name in self._defined:
            name = _title_case(self._defined[name])
            words = name.lower().split()
            known_long = knowledge().entries.get(fold(name))
            if known_long:
                entry = known_long[0]
                return _Reading(
                    Actor(entry.name, entry.country, entry.sector), "group", label="group"
                )
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

    def _pronoun(self, token: Token, index: int, lower: str | None = None) -> Actor:
        """Return whom a pronoun stands for, if the last two sentences leave no doubt."""
        lower = lower or token.lower_
        if lower == "it" and (_is_expletive(token) or token.dep_ == "dobj"):
            return NOBODY
        candidates = [
            mention
            for mention in reversed(self._mentions)
            if index - 2 <= mention.sentence
            and (mention.sentence, mention.position) < (index, token.i)
        ]
        gender = _PERSON_PRONOUNS.get(lower)
        if gender is not None:
            fitting = [
                m
                for m in candidates
                if not m.plural
                and (
                    (m.kind == "person" and self._gender(m) in (None, gender))
                    or (m.kind in ("role", "people") and m.subject and m.label not in _BODIES)
                )
            ]
            if len({m.actor.name for m in fitting}) > 1:
                fitting = [m for m in fitting if m.subject]
                # A person known to be of this gender goes before one of unknown gender.
                fitting = [m for m in fitting if self._gender(m) == gender] or fitting
            return fitting[0].actor if fitting else NOBODY
        plural = lower in ("they", "them")
        fitting = [
            m
            for m in candidates
            if m.subject
            and (
                m.kind in ("state", "organisation", "group")
                or (m.kind == "role" and m.label in _BODIES)
                or (plural and m.kind in ("people", "role"))
            )
            and ((m.plural or m.kind == "group") if plural else not m.plural)
        ]
        nearest = [m for m in fitting if m.sentence == fitting[0].sentence]
        return nearest[0].actor if len({m.actor.name for m in nearest}) == 1 else NOBODY

    def _gender(self, mention: Mention) -> Gender | None:
        person = self._persons.get(fold(mention.actor.name or ""))
        return person.gender if person and person.gender else mention.gender

    def _earlier(self, head: Token, reading: _Reading, index: int) -> Actor | None:
        """Return the actor that a definite description ("the rebels") takes up, if there is one."""
        if not _is_definite(head):
            return None
        fitting = [
            mention
            for mention in reversed(self._mentions)
            if (mention.sentence, mention.position) < (index, head.i)
            and mention.actor.sector == reading.actor.sector
            and (mention.actor.country is not None or mention.kind == "person")
            and (mention.kind != "person" or mention.label == reading.label in _OWN)
            and (
                mention.label == reading.label
                or (mention.kind in ("group", "organisation") and reading.label not in _OWN)
            )
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


def _reach(span: Span, head: Token) -> int:
    """Return where the phrase ends: at the span's end, or after the head's "of" or "for" phrase."""
    end = span.end
    for child in head.children:
        if child.dep_ == "prep" and child.lower_ in ("of", "for", "in") and child.i == end:
            end = child.right_edge.i + 1
    return end


def matches_within(found: Iterable[Match], token: Token) -> list[Match]:
    """Return the names that stand under `token` in the parse, by extent."""
    start, end = token.left_edge.i, token.right_edge.i + 1
    return [match for match in found if start <= match.start and match.end <= end]


def _role_ahead(head: Token, end: int) -> tuple[Role, int] | None:
    """Return a role whose noun comes first: "Ministry of Foreign Affairs"."""
    doc, roles = head.doc, knowledge().roles
    follow = head.i + 1
    if follow >= len(doc) or doc[follow].lower_ not in ("of", "for"):
        return None
    for last in range(min(len(doc), head.i + 6), head.i + 2, -1):
        role = roles.get(fold(doc[head.i : last].text))
        if role is not None:
            return role, head.i
    return None


def _follows_name(doc: Doc, start: int, head: Token, found: list[Match]) -> bool:
    """Tell whether a word that is a role too (Baker, Bishop) is the surname of a person."""
    before = doc[head.i - 1] if head.i > start else None
    return (
        before is not None
        and head.text.istitle()
        and before.ent_type_ == "PERSON"
        and before.text[:1].isupper()
        and not any(match.start <= before.i < match.end for match in found)
        and role_at(doc, before.i, head.i) is None
    )


def _in_proper_name(doc: Doc, start: int, head: Token, begin: int, found: list[Match]) -> bool:
    """Tell whether a role noun is the last word of a name: "Homeland Union", "Unity Party"."""
    if begin != head.i or head.i <= start or head.pos_ != "PROPN" or not head.text.istitle():
        return False
    before = doc[head.i - 1]
    return (
        before.pos_ == "PROPN"
        and before.text[:1].isupper()
        and before.is_alpha
        and before.lower_ not in _TITLES
        and not any(match.start <= before.i < match.end for match in found)
        and role_at(doc, head.i - 1, head.i) is None
    )


_BRACKETS = str.maketrans("<>", "  ")


def _bare_company(name: str) -> str:
    """Return a company's name without its legal form: "Acme Corp" is "Acme"."""
    words = name.split(" ")
    while len(words) > 1 and words[-1].lower().rstrip(".,") in _LEGAL_FORMS:
        words.pop()
    return " ".join(words).rstrip(",")


def core_before(found: list[Match], position: int) -> Match | None:
    """Return the group or organisation whose name ends right before token `position`."""
    for match in found:
        if match.end == position and match.entry.kind in ("group", "organisation"):
            return match
    return None


def _alike(long_form: str, name: str) -> bool:
    """Tell whether a long form shares half its words with a name (spellings differ)."""
    left, right = set(fold(long_form).split()), set(fold(name).split())
    return 2 * len(left & right) >= min(len(left), len(right)) > 0


def _is_modifier(doc: Doc, name: Match, end: int) -> bool:
    """Tell whether a demonym taken for the head modifies what follows: "Israeli intelligence"."""
    return (
        name.entry.kind == "demonym"
        and name.end < end
        and doc[name.end].pos_ in ("NOUN", "PROPN")
        and doc[name.end].is_alpha
    )


def _is_expletive(token: Token) -> bool:
    """Tell whether "it" stands for a clause: "it is clear that", "it would be wise to"."""
    verb = token.head
    return token.dep_ in ("nsubj", "expl") and any(
        child.dep_ in ("ccomp", "xcomp", "csubj", "advcl", "acomp", "relcl", "attr")
        for child in verb.children
        if verb.lemma_ in ("be", "seem", "appear", "remain", "become", "take", "look")
    )


def _is_locative(span: Span, head: Token) -> bool:
    """Tell whether a place stands where something happens: "in Baghdad"."""
    return span[0].pos_ == "ADP" or (
        head.dep_ == "pobj" and head.head.lower_ in ("in", "at", "near", "around", "outside")
    )


def _is_definite(head: Token) -> bool:
    """Tell whether a noun takes up what is known: "the rebels", "this country"."""
    return any(child.lower_ in ("the", "this", "that", "these") for child in head.children)


def _is_domestic(sector: str | None, label: str) -> bool:
    """Tell whether a role without a country belongs to the country that an article is about."""
    return sector in _DOMESTIC or label in ("protesters", "residents")


def _foreign(entry: Entry) -> bool:
    """Tell whether an organisation's name is so much its own that no adjective moves it abroad."""
    return entry.is_acronym or entry.sector in ("BUS", "JRN", "NGO", "HRI")


def _bare(surface: str) -> str:
    return _DETERMINER.sub("", surface)


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
    """Tell whether a title stands before a name: "Attorney General Roberto Alvarado"."""
    for i in range(head.i - 1, max(start, head.i - 5) - 1, -1):
        if doc[i].lower_ in _TITLES:
            return True
        if not is_name(doc[i]):
            return False
    return False


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
