"""Find the words that state events, and what type they mean in their place.

Three moves: match the lexicon on every verb and noun; let the words around a match change what it
means (light verbs, "stop", "refuse", "plan to", negation, the future: PLOVER counts announced
cooperation as AGREE and announced hostility as THREATEN); drop what another match already says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from transforms.extract import additions, ontology
from transforms.extract.lexicon import Lexicon
from transforms.extract.lexicon.match import Foresight, Match, Matcher, lemma
from transforms.extract.model import Trigger
from transforms.extract.nonevents import is_no_news, is_question
from transforms.extract.syntax import Doc, Token

ABSORBING = frozenset(
    ("REQUEST", "REJECT", "THREATEN", "ACCUSE", "AGREE", "SUPPORT", "CONCEDE", "SANCTION")
)
"""Types whose complements say what is asked, refused or promised: not events that happened."""

PRESUMING = frozenset(("ACCUSE", "SUPPORT", "SANCTION"))
"""Those whose complement, where it tells of violence, has happened: "probed the killing of"."""

COOPERATIVE = frozenset(("CONSULT", "SUPPORT", "COOPERATE", "AID", "RETREAT", "CONCEDE"))
HOSTILE = frozenset(("SANCTION", "COERCE", "ASSAULT", "MOBILIZE", "PROTEST"))
ALWAYS_REAL = frozenset((("RETREAT", "resign"), ("RETREAT", "ceasefire")))

THREAT_MODES = {
    ("ASSAULT", None): "violence",
    ("MOBILIZE", None): "violence",
    ("ASSAULT", "territory"): "territory",
    ("COERCE", "arrest"): "arrest",
    ("COERCE", "ban"): "ban",
    ("COERCE", "deport"): "expel",
    ("COERCE", None): "restrict",
    ("PROTEST", None): "restrict",
    ("SANCTION", "expel"): "expel",
    ("SANCTION", None): "relations",
}
REQUEST_MODES = {
    "AID": "assist", "COOPERATE": "assist", "SUPPORT": "assist",
    "CONSULT": "meet", "AGREE": "meet",
    "RETREAT": "yield", "CONCEDE": "yield",
    "LEGISLATION": "change", "ELECTION": "change", "APPOINTMENT": "change",
}  # fmt: skip
MODAL_CAMEO = {
    ("AGREE", "AID"): "033", ("AGREE", "COOPERATE"): "031", ("AGREE", "CONSULT"): "036",
    ("AGREE", "CONCEDE"): "035", ("AGREE", "RETREAT"): "0353", ("AGREE", "SUPPORT"): "032",
}  # fmt: skip
NO_DEEDS = frozenset(
    ("need", "way", "ability", "inability", "right", "chance", "opportunity", "reason", "desire",
     "wish", "pressure", "call", "failure", "incentive", "power", "requirement", "obligation",
     "option", "permission", "freedom", "capacity", "tool", "loan", "money", "cash", "credit",
     "temptation", "willingness", "reluctance", "appetite", "resource", "fund")
)  # fmt: skip
"""Nouns whose infinitive says what for, not what is or will be done."""

WISHING = frozenset(("want", "wish", "like", "prefer", "love"))
FUTURE = frozenset(("will", "shall", "'ll", "’ll", "wo", "would", "'d"))
SEEKING = frozenset(("seek", "want", "hope", "expect", "need", "consider", "help", "use", "be"))
UNSURE = frozenset(("could", "might", "may", "can", "should", "must", "ought", "ca"))

How = Literal["plain", "light", "modal", "reversed", "refused"]


@dataclass(slots=True)
class Candidate:
    """A match on its way to becoming a trigger.

    `head` carries the arguments (a light verb in place of its event noun); `match` is the lexicon
    entry; `how` and `notes` say what the context did to its meaning; `source_type` is the type
    before the context changed it.
    """

    match: Match
    head: Token
    event_type: str
    event_mode: str | None
    cameo_code: str | None
    score: float
    how: How = "plain"
    notes: list[str] = field(default_factory=list)
    source_type: str | None = None
    noun: Token | None = None
    alternatives: tuple[str, ...] = ()
    controller: Token | None = None

    @property
    def is_noun(self) -> bool:
        """Whether the trigger is a noun that stands on its own."""
        return self.noun is not None and self.head == self.noun

    def why(self) -> str:
        """Say what led to the coding: entry, pattern and changes of meaning."""
        entry = self.match.entry
        parts = [f"{'noun' if self.noun is not None else 'verb'} '{entry.pattern}'"]
        parts.append(f"{entry.event_type}{'/' + entry.event_mode if entry.event_mode else ''}")
        return " ".join([": ".join(parts), *self.notes])


def heads(doc: Doc, foresight: Foresight) -> list[int]:
    """Return the tokens on which an entry may match, of a sentence whose names are not known."""
    return [
        token.i
        for token in doc
        if (
            next(foresight.verb(token), None)
            if token.pos_ in ("VERB", "AUX") and not _is_modifier(token)
            else next(foresight.noun(token), None)
            if token.pos_ in ("NOUN", "PROPN")
            else None
        )
    ]


def find(
    doc: Doc,
    lexicon: Lexicon,
    matcher: Matcher | None = None,
    heads: Sequence[int] | None = None,
) -> list[Candidate]:
    """Return the events that a parsed sentence states, in the order of their words.

    With `heads`, what the function of that name returned, other tokens are not asked.
    """
    matcher = matcher or Matcher(lexicon)
    verbs: dict[int, Candidate] = {}
    nouns: dict[int, Candidate] = {}
    for token in doc if heads is None else [doc[i] for i in heads]:
        if token.pos_ in ("VERB", "AUX") and not _is_modifier(token):
            matches = list(matcher.verb(token))
            if matches:
                verbs[token.i] = _candidate(matches)
        elif token.pos_ in ("NOUN", "PROPN") and not _is_in_name(token):
            matches = list(matcher.noun(token))
            if matches:
                nouns[token.i] = _candidate(matches, noun=token)
    _drop_consumed(verbs, nouns)
    for one in (*verbs.values(), *nouns.values()):
        _arm(one, lexicon, matcher)
        _scold(one)
    found = [*verbs.values(), *(_lift(c, lexicon, verbs) for c in nouns.values())]
    kept = [c for c in found if c is not None]
    kept = _absorb(kept, lexicon)
    kept = [c for c in (_shift(c, lexicon) for c in kept) if c is not None]
    kept = [c for c in _one_per_head(kept) if not (is_no_news(c, lexicon) or is_question(c))]
    return sorted(kept, key=lambda c: c.match.head.i)


WEAPONS = {"weapon_primitive": "primitive", "weapon_firearms": "firearms",
           "weapon_explosives": "explosives", "weapon_heavy": "heavy-weapons"}  # fmt: skip


def _arm(candidate: Candidate, lexicon: Lexicon, matcher: Matcher) -> None:
    """Let the weapon tell the mode of an attack: "attacked by militiamen armed with machetes"."""
    if candidate.event_type != "ASSAULT" or candidate.event_mode is not None:
        return
    for link in candidate.head.subtree:
        holder = link.head
        armed = holder == candidate.head or (
            holder.pos_ == "VERB" and lemma(holder) in ("arm", "wield", "use")
        )
        if link.lower_ != "with" or link.dep_ != "prep" or not armed:
            continue
        for token in link.children:
            for name, mode in WEAPONS.items():
                if token.dep_ == "pobj" and matcher.fills(token, lexicon.classes[name]):
                    candidate.event_mode = mode
                    candidate.cameo_code = None
                    candidate.notes.append(f"with '{token.text}' -> {mode}")
                    return


WORDY = frozenset(
    ("scathing", "verbal", "blistering", "stinging", "extraordinary", "bitter", "personal",
     "rhetorical", "veiled", "vitriolic", "withering", "scornful", "political")
)  # fmt: skip


def _scold(candidate: Candidate) -> None:
    """An attack in words is an accusation: "launched a scathing attack on the government"."""
    if candidate.event_type != "ASSAULT" or candidate.event_mode is not None:
        return
    held = [*candidate.match.slots, *candidate.match.words, candidate.match.head]
    for token in held:
        if lemma(token) in ("attack", "assault", "broadside", "onslaught") and any(
            c.lower_ in WORDY for c in token.children
        ):
            candidate.event_type, candidate.event_mode = "ACCUSE", "disapprove"
            candidate.cameo_code = None
            candidate.notes.append("in words -> ACCUSE")
            return


@lru_cache(maxsize=8)
def _is_title(doc: Doc) -> bool:
    """Say whether most words are capitalised, as in a headline: then capitals make no name."""
    words = [t for t in doc if t.is_alpha and len(t) > 3]
    return sum(t.text[0].isupper() for t in words) > 0.6 * len(words)


def _is_in_name(noun: Token) -> bool:
    """Say whether a noun is part of a name that is no event's ("Counter-Strike: Offensive")."""
    if noun.ent_type_ in ("PERSON", "GPE"):
        return True
    if noun.pos_ == "PROPN" and noun.text.istitle() and not _is_title(noun.doc):
        before = noun.nbor(-1) if noun.i else None
        if before is not None and before.text in (":", "-"):
            return True  # "Counter-Strike: Global Offensive"
        if before is not None and before.pos_ == "PROPN" and noun.ent_type_ in ("", "ORG"):
            return not before.ent_type_ or before.ent_type_ == "ORG"
    named = noun.ent_type_ in ("PRODUCT", "WORK_OF_ART") and noun.pos_ == "PROPN"
    return named and not noun.doc.text.isupper()


def _is_modifier(verb: Token) -> bool:
    """Say whether a participle stands before a noun ("previously announced", "imported oil")."""
    if verb.dep_ == "conj":
        if verb.tag_ == "VBN" and verb.head.pos_ == "ADJ":
            return True  # "tired and resigned"
        return verb.head.dep_ in ("amod", "compound") and verb.head.i < verb.i
    return verb.dep_ in ("amod", "compound")


def _candidate(matches: list[Match], noun: Token | None = None) -> Candidate:
    best = matches[0]
    entry = best.entry
    alternatives = dict.fromkeys(m.entry.event_type for m in matches)
    return Candidate(
        best, best.head, entry.event_type, entry.event_mode, entry.cameo_code, entry.weight,
        noun=noun, alternatives=tuple(alternatives),
    )  # fmt: skip


def _drop_consumed(verbs: dict[int, Candidate], nouns: dict[int, Candidate]) -> None:
    """Drop nouns that a verb's pattern already used, and nouns inside a larger event noun."""
    for candidate in verbs.values():
        for token in candidate.match.words:
            held = nouns.get(token.i)
            if held is not None and not (candidate.event_type in PRESUMING and _is_told(held)):
                nouns.pop(token.i)
    for candidate in list(nouns.values()):
        for token in candidate.match.words:
            nouns.pop(token.i, None)
    for candidate in list(nouns.values()):  # "bomb attack campaign": the head noun speaks
        head = candidate.head.head
        if candidate.head.dep_ in ("compound", "nmod") and head.i in nouns:
            nouns.pop(candidate.head.i, None)


def _governor(noun: Token, lexicon: Lexicon) -> tuple[Token, str] | None:
    """Return the verb whose object a noun is, and how the noun hangs on it."""
    token = noun
    for _ in range(3):  # "a wave of attacks", "a series of strikes"
        head = token.head
        if (
            token.dep_ == "pobj"
            and head.lower_ == "of"
            and lexicon.has("factive_noun", lemma(head.head))
        ):
            token = head.head
        elif token.dep_ == "conj" and head.pos_ in ("NOUN", "PROPN"):
            token = head
        else:
            break
    head = token.head
    if token.dep_ in ("dobj", "obj", "nsubjpass") and head.pos_ in ("VERB", "AUX"):
        return head, "object"
    if token.dep_ == "pobj" and head.dep_ in ("prep", "agent") and head.head.pos_ == "VERB":
        return head.head, head.lower_
    if token.dep_ == "nsubj" and head.pos_ in ("VERB", "AUX"):
        return head, "subject"
    return None


def _phrase(verb: Token) -> str:
    particle = next((c.lower_ for c in verb.children if c.dep_ == "prt"), "")
    return f"{lemma(verb)} {particle}".strip()


LIGHT_BEHIND = {"engage": "in", "take": "in", "participate": "in", "embark": "on", "enter": "into"}


def _lift(candidate: Candidate, lexicon: Lexicon, verbs: dict[int, Candidate]) -> Candidate | None:
    """Give an event noun the verb that carries its arguments, where a light verb does."""
    noun = candidate.head
    governed = _governor(noun, lexicon)
    alone = None if candidate.match.entry.only_light else candidate
    if governed is None:
        return alone
    verb, how = governed
    phrase = _phrase(verb)
    own = verbs.get(verb.i)
    if how == "subject":
        if own is not None and own.event_type in (candidate.event_type, "ASSAULT", "ACCIDENT",
                                                  "DISASTER", "DEATH"):  # fmt: skip
            if own.event_type == candidate.event_type and own.event_mode is None:
                own.event_mode, own.cameo_code = candidate.event_mode, candidate.cameo_code
                own.notes.append(f"mode of '{candidate.match.entry.pattern}'")
            return None  # "the bombing killed five": the verb tells it
        return alone
    if how == "object":
        passive = any(c.dep_ == "nsubjpass" for c in verb.children)
        if own is not None and own.event_type in ABSORBING:
            return candidate if own.event_type in PRESUMING and _is_told(candidate) else None
        effect = next(
            (e for e in ("reverse", "refuse", "transparent", "intend") if
             lexicon.has(e, phrase) or lexicon.has(e, lemma(verb))),
            None,
        )  # fmt: skip
        if effect is None:
            return alone
        if lemma(verb) in SEEKING and candidate.event_type not in ontology_plover():
            return None  # "seeking growth"
        if own is not None and effect in ("transparent", "intend"):
            if own.match.entry.specificity > 1 and own.event_type != "STATEMENT":
                return None
            verbs.pop(verb.i, None)
            own.score = 0.0
        changed = replace(candidate, head=verb, how="light", notes=list(candidate.notes))
        changed.notes.append(f"under '{phrase}'{' (passive)' if passive else ''}")
        if effect == "reverse":
            return _reverse(changed, lexicon)
        if effect == "refuse":
            return _become(changed, "REJECT", None, "refused", f"'{phrase}'")
        if effect == "intend":
            return _intend(changed, f"'{phrase}'")
        return changed
    if LIGHT_BEHIND.get(lemma(verb)) == how:
        return replace(candidate, head=verb, how="light", notes=[f"under '{phrase} {how}'"])
    return alone


def _become(
    candidate: Candidate, event_type: str, mode: str | None, how: How, note: str
) -> Candidate:
    source = candidate.source_type or candidate.event_type
    return replace(
        candidate, event_type=event_type, event_mode=mode, how=how, source_type=source,
        cameo_code=MODAL_CAMEO.get((event_type, source)),
        notes=[*candidate.notes, f"{note} -> {event_type}"],
    )  # fmt: skip


def _reverse(candidate: Candidate, lexicon: Lexicon) -> Candidate | None:
    new = lexicon.reverse(candidate.event_type, candidate.event_mode)
    if new is None:
        return None
    return _become(candidate, new[0], new[1], "reversed", "stopped")


@additions.kept
def ontology_plover() -> frozenset[str]:
    """Return PLOVER's own types."""
    return frozenset(t for (t, _), row in ontology.table().items() if row.origin == "PLOVER")


def _intend(candidate: Candidate, note: str) -> Candidate:
    if (candidate.event_type, candidate.event_mode) in ALWAYS_REAL:
        return candidate
    if candidate.event_type in COOPERATIVE:
        return _become(candidate, "AGREE", None, "modal", note)
    if candidate.event_type in HOSTILE:
        mode = threat_mode(candidate.event_type, candidate.event_mode)
        return _become(candidate, "THREATEN", mode, "modal", note)
    return candidate


def threat_mode(event_type: str, mode: str | None) -> str | None:
    """Return the mode of a threat to do something of a type and mode."""
    return THREAT_MODES.get((event_type, mode)) or THREAT_MODES.get((event_type, None))


def _under(token: Token, ancestor: Token, slots: list[Token]) -> bool:
    """Say whether a token lies in the complement of a verb, or in one of its filled slots."""
    current = token
    while current.head != current:
        if current in slots:
            return True
        if current.dep_ == "relcl":
            return False
        if current.head == ancestor:
            return current.dep_ in (
                "xcomp", "ccomp", "dobj", "obj", "pcomp", "prep", "nsubjpass", "dative", "oprd",
                "acomp", "attr", "acl",
            )  # fmt: skip
        current = current.head
    return False


def _absorb(candidates: list[Candidate], lexicon: Lexicon) -> list[Candidate]:
    """Drop events that only say what is asked, refused, promised or blamed.

    What is dropped still tells the mode of the event that holds it: a request to withdraw is
    REQUEST/yield, a threat to bomb THREATEN/violence.
    """
    absorbers = [c for c in candidates if c.event_type in ABSORBING and c.score > 0]
    gone: set[int] = set()
    for holder in absorbers:
        if id(holder) in gone:
            continue
        inner = [
            c
            for c in candidates
            if c is not holder
            and c.head != holder.head
            and not (holder.event_type in PRESUMING and _is_told(c))
            and not (c.head.pos_ == "VERB" and c.head.i < holder.head.i)
            and _under(c.match.head, holder.head, holder.match.slots)
        ]
        if (
            inner
            and holder.event_type == "AGREE"
            and all(c.event_type not in ontology_plover() for c in inner)
        ):  # "agreed to buy the firm" is business, not diplomacy
            gone.add(id(holder))
            for candidate in inner:
                candidate.notes.append(f"under '{_phrase(holder.head)}'")
            continue
        if inner and holder.event_type == "AGREE" and holder.how == "plain":
            whole = [c for c in inner if c.head.dep_ not in ("compound", "nmod")] or inner
            first = min(whole, key=lambda c: c.head.i)
            # "is prepared to impose martial law"; but "agreed to cut subsidies" threatens nobody
            cuts = first.event_type == "SANCTION" and lemma(holder.head) == "agree"
            if first.event_type in HOSTILE and not cuts:
                holder.event_mode = threat_mode(first.event_type, first.event_mode)
                holder.event_type, holder.source_type = "THREATEN", first.event_type
                holder.cameo_code = None
                holder.notes.append(f"to {first.event_type} -> THREATEN")
        if inner and holder.event_mode is None:
            first = min(inner, key=lambda c: c.head.i)
            kind = first.source_type or first.event_type
            if holder.event_type in ("REQUEST", "REJECT"):
                holder.event_mode = REQUEST_MODES.get(kind)
            elif holder.event_type == "THREATEN":
                holder.event_mode = threat_mode(kind, first.event_mode)
        gone.update(id(c) for c in inner)
    heads = {c.head.i for c in candidates if c.score > 0}
    for candidate in candidates:  # a purpose is not an event: "marched to demand reform"
        verb = candidate.head
        if (
            verb.dep_ == "advcl"
            and _is_infinitive(verb)
            and (verb.head.i in heads or candidate.event_type in ontology_plover())
        ):
            gone.add(id(candidate))
    return [c for c in candidates if id(c) not in gone and c.score > 0]


def _controls(verb: Token) -> list[Token]:
    """Return the verbs above an infinitive, -ing form or conjunct, nearest first."""
    chain = []
    current = verb
    for _ in range(5):
        head = current.head
        if head == current:
            break
        if current.dep_ == "conj" and head.pos_ in ("VERB", "AUX"):
            current = head
            continue
        purpose = current.dep_ == "relcl" and _is_infinitive(current)  # "loans to buy stock"
        if (
            purpose
            or current.dep_ in ("xcomp", "ccomp", "acl", "advcl", "pcomp")
            or (current.dep_ == "prep" and head.pos_ in ("VERB", "ADJ"))
        ):
            if head.pos_ in ("VERB", "AUX", "ADJ", "NOUN"):
                chain.append(head)
            if current.dep_ in ("advcl",):
                break
            current = head
            continue
        break
    return chain


def _is_infinitive(verb: Token) -> bool:
    own = {c.dep_ for c in verb.children}
    if verb.dep_ == "conj" and verb.tag_ == "VB" and not own & {"aux", "nsubj", "nsubjpass"}:
        return verb.head.pos_ == "VERB" and _is_infinitive(verb.head)
    return any(c.lower_ == "to" and c.dep_ == "aux" for c in verb.children)


def _auxiliaries(verb: Token) -> set[str]:
    found = {c.lower_ for c in verb.children if c.dep_ in ("aux", "auxpass")}
    if not found and verb.dep_ == "conj" and verb.head.pos_ in ("VERB", "AUX"):
        own = any(c.dep_ in ("nsubj", "nsubjpass") for c in verb.children)
        return set() if own else _auxiliaries(verb.head)
    return found


def _negated(verb: Token) -> bool:
    return any(c.dep_ == "neg" for c in verb.children) or any(
        c.dep_ == "advmod" and c.lower_ == "never" for c in verb.children
    )


def _shift(candidate: Candidate, lexicon: Lexicon) -> Candidate | None:
    """Let verbs above, auxiliaries and negation change what a candidate means."""
    head = candidate.head
    if head.pos_ not in ("VERB", "AUX"):
        return _background(candidate, lexicon)
    note = ""
    for control in _controls(head):
        above = _phrase(control) if control.pos_ != "ADJ" else f"be {lemma(control)}"
        bare = lemma(control)
        linked = head.dep_ in ("xcomp", "acl", "pcomp", "conj", "advcl", "ccomp")
        if control.pos_ == "NOUN":
            if _is_infinitive(head) and lexicon.has("transparent_noun", bare):
                candidate.notes.append(f"'{bare} to'")
            elif _is_infinitive(head) and bare in NO_DEEDS:
                return None  # "the need to reform", "loans to purchase stock"
            elif _is_infinitive(head) and candidate.event_type in ontology_plover():
                if not lexicon.has("promise_noun", bare):
                    return None  # "the need to", "a bid to"
                note = f"'{bare} to'"
            break
        if lexicon.has("refuse", above) and (_is_infinitive(head) or control.pos_ == "ADJ"):
            return _become(candidate, "REJECT", None, "refused", f"'{above}'")
        if _negated(control) and _is_infinitive(head) and candidate.event_type in COOPERATIVE and (
            lexicon.has("intend", above) or lexicon.has("transparent", above)
        ):  # fmt: skip
            return _become(candidate, "REJECT", None, "refused", f"'not {above}'")
        if lexicon.has("reverse", above) and head.tag_ == "VBG" and linked:
            return _reverse(candidate, lexicon)
        if (
            bare in WISHING
            and candidate.event_type in COOPERATIVE
            and any(c.dep_ == "nsubj" and c.pos_ != "PRON" for c in head.children)
        ):  # "Seoul wants Tokyo to ease restrictions"
            mode = REQUEST_MODES.get(candidate.source_type or candidate.event_type)
            asked = _become(candidate, "REQUEST", mode, "modal", f"'{above}' of another")
            return replace(asked, head=control, noun=None)
        if lexicon.has("intend", above) and _is_infinitive(head):
            note = f"'{above}'"
            break
        if bare == "go" and control.tag_ == "VBG" and _is_infinitive(head):
            note = "'going to'"
            break
        if bare == "have" and _is_infinitive(head):
            candidate.score *= 0.75  # "have to": nothing has happened yet
            candidate.notes.append("'have to'")
            break
        if lexicon.has("say", bare) or lexicon.has("transparent", above):
            continue
        if (
            _is_infinitive(head)
            and candidate.event_type in ontology_plover()
            and control.pos_ in ("VERB", "ADJ")
            and not lexicon.has("raising", bare)
        ):
            return None  # "law requires them to", "in town to"
        break
    auxiliaries = _auxiliaries(head)
    if auxiliaries & UNSURE:
        candidate.score *= 0.85
    if head.dep_ == "relcl" and head.tag_ in ("VBP", "VBZ") and not auxiliaries:
        candidate.score *= 0.7  # "countries that restrict emigration": a habit
        candidate.notes.append("habit")
    future = bool(auxiliaries & FUTURE)
    if (
        _negated(head)
        and candidate.event_type in COOPERATIVE
        and (future or auxiliaries & {"can", "could"})
    ):
        return _become(candidate, "REJECT", None, "refused", "'will not'")
    if not note and future:
        note = f"'{sorted(auxiliaries & FUTURE)[0]}'"
    return _intend(candidate, note) if note else candidate


def _background(candidate: Candidate, lexicon: Lexicon) -> Candidate | None:
    """Weaken event nouns that only set the scene."""
    token = candidate.head
    if token.dep_ in ("compound", "nmod") and token.head.pos_ == "NOUN":
        candidate.score *= 0.6
        candidate.notes.append("before a noun")
    while token.head != token and token.dep_ in ("conj", "pobj", "compound", "nmod"):
        if token.dep_ == "pobj" and lexicon.has("background", token.head.lower_):
            if candidate.event_type == "ASSAULT" and _has_victim(candidate.head):
                break  # "following the attack on two judges" tells of an attack
            candidate.score *= 0.6
            candidate.notes.append(f"background behind '{token.head.lower_}'")
            break
        token = token.head
    return candidate


def _is_told(candidate: Candidate) -> bool:
    """Say whether violence is told with its victim ("investigate the killing of two judges")."""
    violent = candidate.event_type == "ASSAULT" and candidate.is_noun
    return violent and _has_victim(candidate.head)


def _has_victim(noun: Token) -> bool:
    """Say whether an event noun names on whom or with what ("the killing of", "explosion of")."""
    return any(
        child.dep_ == "prep" and child.lower_ in ("of", "on", "against")
        and any(g.dep_ == "pobj" for g in child.children)
        for child in noun.children
    )  # fmt: skip


def _one_per_head(candidates: list[Candidate]) -> list[Candidate]:
    """Keep one candidate of a type on each verb."""
    best: dict[tuple[int, str], Candidate] = {}
    for candidate in candidates:
        key = (candidate.head.i, candidate.event_type)
        held = best.get(key)
        if held is None or candidate.score > held.score:
            best[key] = candidate
    return list(best.values())


def trigger(candidate: Candidate, why: str | None = None) -> Trigger:
    """Return the finished trigger of a candidate: span, type, mode, code and score."""
    head = candidate.match.head
    tokens = [head]
    if candidate.head != head and abs(candidate.head.i - head.i) <= 4:
        tokens.append(candidate.head)
    for word in candidate.match.words:
        if abs(word.i - head.i) <= 4:
            tokens.append(word)
    first = min(tokens, key=lambda t: t.i)
    last = max(tokens, key=lambda t: t.i)
    row = ontology.lookup(candidate.event_type, candidate.event_mode)
    return Trigger(
        head=candidate.head,
        start=first.idx,
        end=last.idx + len(last.text),
        event_type=candidate.event_type,
        event_mode=candidate.event_mode,
        cameo_code=candidate.cameo_code or row.cameo_code,
        score=candidate.score,
        why=why or candidate.why(),
    )


HARM = frozenset(("kill", "wound", "injure", "hurt", "kill {@person}"))


def unattributed(
    candidate: Candidate,
    article_words: Callable[[], Counter[str]],
    lexicon: Lexicon,
    doers: Sequence[Token] = (),
) -> Candidate:
    """Retype harm that nobody is said to have done ("seven were killed when a tram derailed").

    The words of the sentence decide between violence, mishap and nature; where they say nothing,
    those of the article; without evidence of violence it is DEATH, or ACCIDENT for the injured.

    Of `doers` that are vehicles nobody is said to have meant it: but then only other words of the
    sentence make it a mishap ("a jet which crashed killed 520", not "jets killed 40").
    """
    if candidate.event_type != "ASSAULT" or lemma(candidate.match.head) not in HARM:
        return candidate
    if not all(lemma(doer) in lexicon.classes["vehicle"].lemmas for doer in doers):
        return candidate
    kinds = {"violence": "ASSAULT", "mishap": "ACCIDENT", "nature": "DISASTER"}
    here = Counter(lemma(token) for token in candidate.head.doc if token not in doers)
    for words in (here,) if doers else (here, article_words()):
        counts = {
            kind: sum(n for word, n in words.items() if word in lexicon.classes[kind].lemmas)
            for kind in kinds
        }
        first, second = sorted(counts.values(), reverse=True)[:2]
        if first > second or (words is not here and first):
            best = max(counts, key=lambda kind: counts[kind])
            if kinds[best] == "ASSAULT":
                return candidate
            return replace(
                candidate, event_type=kinds[best], event_mode=None, cameo_code=None,
                notes=[*candidate.notes, f"no actor, words of {best} -> {kinds[best]}"],
            )  # fmt: skip
    if doers:
        return candidate
    dead = lemma(candidate.match.head) == "kill"
    return replace(
        candidate, event_type="DEATH" if dead else "ACCIDENT", event_mode=None, cameo_code=None,
        notes=[*candidate.notes, "no actor"],
    )  # fmt: skip
