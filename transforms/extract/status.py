"""Whether an event is said to happen, when, how surely, and by whom.

The judgement walks from the trigger up the parse. Each verb or noun on the way may negate, shift
or weaken what it embeds, as `veridicality.csv` says; finite verbs fix the time. Method: the
factuality of an event as the composition of the words that embed it (Saurí and Pustejovsky 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

from transforms.extract.model import Article, Certainty, Polarity, Sentence, Status, Time, Trigger
from transforms.extract.syntax import Token
from transforms.extract.times.lexicon import words
from transforms.extract.veridicality import class_of

_ORDER: dict[Certainty, int] = {"certain": 0, "claimed": 1, "possible": 2, "hypothetical": 3}
_NEGATIONS = words("not n't n’t never no neither nor hardly scarcely barely")
_NEGATING_DETERMINERS = frozenset(["no", "neither"])
_FUTURE_AUX = words("will 'll ’ll wo shall")
_POSSIBLE_AUX = words("may might could can ca should ought must")
_WOULD = frozenset(["would", "'d", "’d"])
_HAVE = words("has have had 've ’ve having 's")
_CLAIM_ADVERBS = words("allegedly reportedly purportedly supposedly apparently ostensibly")
_POSSIBLE_ADVERBS = words(
    """
    possibly perhaps maybe probably likely potentially conceivably presumably
    """
)
_CONDITIONAL_MARKS = words("if unless whether provided lest")
_FACING = words("face confront threaten")
_EVENT_VERBS = words(
    """
    occur happen begin start erupt continue resume take hold stage launch carry conduct
    mount sign make commit reach open end stop cancel postpone delay schedule plan set
    announce impose lift suspend prevent avert foil threaten deny face fear hit follow
    """
)
_UP = words(
    """
    xcomp ccomp advcl acl pcomp conj prep pobj dobj nsubj nsubjpass attr oprd dative agent
    relcl acomp csubj appos npadvmod compound amod nmod poss parataxis dep
    """
)
_COMPLEMENTS = words("xcomp ccomp pcomp dobj pobj nsubjpass acl csubj oprd attr")
_LONGEST_SOURCE = 160  # characters
_MAXIMUM_DEPTH = 12
_BACK = 4  # sentences
_PRONOUNS = words("he she they it we i you who")


@dataclass(slots=True)
class _Judgement:
    time: Time | None = None
    negative: bool = False
    certainty: Certainty = "certain"
    source: str | None = None
    settled: bool = False
    """Whether the event is presupposed by what stands above: only who says so is still open."""

    def weaken(self, certainty: Certainty) -> None:
        """Lower the certainty; it never rises."""
        if _ORDER[certainty] > _ORDER[self.certainty]:
            self.certainty = certainty


def judge(trigger: Trigger, sentence: Sentence, article: Article) -> Status:
    """Time, polarity, certainty and source of the event of `trigger`, from its sentence's parse."""
    state = _Judgement()
    current = trigger.head
    nominal = current.pos_ not in ("VERB", "AUX")
    if nominal:
        _nominal(current, state)
    else:
        _verbal(current, state, sentence)
    for _ in range(_MAXIMUM_DEPTH):
        above = current.head
        if above == current or current.dep_ not in _UP:
            break
        if not _climb(current, above, state, sentence, nominal):
            break
        current = above
        if nominal and above.pos_ in ("VERB", "AUX"):
            nominal = False
    _surroundings(trigger.head, sentence, state)
    if state.certainty == "certain":
        _quoted(sentence, article, state)
    if state.source is not None and state.source.lower() in ("he", "she"):
        state.source = _last_speaker(sentence, article) or state.source
    polarity: Polarity = "negative" if state.negative else "positive"
    return Status(state.time or "past", polarity, state.certainty, state.source)


def _verbal(verb: Token, state: _Judgement, sentence: Sentence, skip: Token | None = None) -> None:
    """What the auxiliaries, negations and adverbs of a verb say, those of `skip` aside."""
    children = list(verb.children)
    helpers = [c.lower_ for c in children if c.dep_ in ("aux", "auxpass")]
    if any(_negates(c) for c in children if c != skip):
        state.negative = not state.negative
    if _inverted(verb):
        state.weaken("hypothetical")
    elif _asked(verb):
        state.weaken("possible")
    for child in children:
        if child.dep_ == "advmod" and child.lower_ in _CLAIM_ADVERBS:
            state.weaken("claimed")
        elif child.dep_ == "advmod" and child.lower_ in _POSSIBLE_ADVERBS:
            state.weaken("possible")
        elif _condition(child):
            state.weaken("hypothetical")
        elif child.dep_ == "prep" and child.lower_ == "according":
            _according(child, state)
    if state.time is not None:
        return
    if any(h in _FUTURE_AUX for h in helpers):
        state.time = "future"
        if any(c.dep_ == "advcl" and _conditional(c) for c in children):
            state.weaken("hypothetical")
    elif any(h in _WOULD for h in helpers) and ("would" in helpers or verb.tag_ == "VB"):
        state.time = "past" if "have" in helpers else "future"
        if "have" in helpers or not _reported(verb):
            state.weaken("hypothetical")
    elif any(h in _POSSIBLE_AUX for h in helpers):
        state.weaken("possible")
        if "have" in helpers:
            state.time = "past"
        else:
            state.time = "ongoing" if "can" in helpers or "ca" in helpers else "future"
    elif "to" in helpers:
        if "have" in helpers:
            state.time = "past"
        elif verb.dep_ == "ROOT" or verb.head.lemma_ == "be":
            state.time = "future"
    elif verb.tag_ == "VBD":
        state.time = "past"
    elif verb.tag_ == "VBG" and any(
        h in ("is", "are", "am", "'s", "'re", "’re", "been") for h in helpers
    ):
        going = verb.lower_ == "going" and any(c.dep_ == "xcomp" for c in children)
        state.time = "future" if going else "ongoing"
        if "had" in helpers:
            state.time = "past"
    elif any(h in _HAVE | _WOULD for h in helpers) or any(
        h in ("was", "were", "did") for h in helpers
    ):
        state.time = "past"
    elif any(h in ("is", "are") for h in helpers) and _pending(verb):
        state.time = "future"
    elif any(h in ("is", "are", "am", "'s", "being") for h in helpers):
        state.time = "past" if verb.tag_ == "VBN" and sentence.is_headline else "ongoing"
    elif verb.tag_ in ("VBZ", "VBP"):
        if any(_condition(c) for c in children) or _pending(verb):
            state.time = "future"
        else:
            state.time = "past" if sentence.is_headline else "ongoing"
    elif verb.tag_ == "VBN":
        state.time = "past"


def _nominal(noun: Token, state: _Judgement) -> None:
    for child in noun.children:
        lower = child.lower_
        if child.dep_ == "det" and lower in _NEGATING_DETERMINERS:
            state.negative = not state.negative
        elif child.dep_ in ("amod", "compound", "nmod"):
            if lower in ("alleged", "suspected", "reported", "supposed", "purported", "apparent"):
                state.weaken("claimed")
            elif lower in ("possible", "potential", "probable", "likely", "threatened", "feared"):
                state.weaken("possible")
                state.time = state.time or "future"
            elif lower in ("planned", "upcoming", "future", "forthcoming", "proposed", "scheduled",
                           "impending", "expected", "coming", "next", "imminent"):  # fmt: skip
                state.time = state.time or "future"
            elif lower in ("ongoing", "continuing", "current"):
                state.time = state.time or "ongoing"
            elif lower in ("failed", "foiled", "thwarted", "attempted", "abortive", "averted"):
                state.negative = not state.negative
            elif lower in ("hypothetical",):
                state.weaken("hypothetical")


def _negates(child: Token) -> bool:
    if child.dep_ == "neg" or (
        child.dep_ == "advmod"
        and child.lower_ == "longer"
        and any(c.lower_ == "no" for c in child.children)
    ):
        return True
    if child.lower_ == "by" and any(c.lower_ == "means" for c in child.children):
        return any(g.lower_ == "no" for c in child.children for g in c.children)
    if child.lower_ in _NEGATIONS and child.dep_ in ("advmod", "preconj", "cc"):
        return True
    if child.dep_ in ("nsubj", "nsubjpass"):
        return child.lower_ in ("nobody", "none", "nothing") or any(
            (c.dep_ == "det" and c.lower_ in _NEGATING_DETERMINERS)
            or (c.lower_ == "neither" and c.dep_ in ("cc", "preconj", "advmod"))
            for c in child.children
        )
    return False


def _reported(verb: Token) -> bool:
    """Whether a clause with "would" is the backshifted future of reported speech or thought."""
    return (
        verb.dep_ in ("ccomp", "conj", "relcl", "advcl")
        and any(a.tag_ in ("VBD", "VBN") for a in verb.ancestors)
        and not any(c.dep_ == "advcl" and _conditional(c) for c in verb.children)
    )


def _pending(verb: Token) -> bool:
    """Present tense behind "after", "when", "until": what the main clause waits for."""
    if verb.dep_ not in ("advcl", "pcomp"):
        return False
    marks = (c.lower_ for c in verb.children if c.dep_ in ("mark", "advmod"))
    if not any(m in ("after", "when", "once", "before", "until", "till") for m in marks):
        return False
    return not any(a.tag_ == "VBD" for a in verb.ancestors)


def _condition(child: Token) -> bool:
    return child.dep_ in ("mark", "advmod") and child.lower_ in _CONDITIONAL_MARKS


def _conditional(clause: Token) -> bool:
    marked = any(c.dep_ == "mark" and c.lower_ in ("if", "unless") for c in clause.children)
    return marked or _inverted(clause)


def _inverted(clause: Token) -> bool:
    """Say whether word order makes the clause a condition: "had they attacked, …"."""
    if clause.dep_ != "advcl":
        return False
    helpers = [c for c in clause.children if c.dep_ in ("aux", "auxpass")]
    subjects = [c for c in clause.children if c.dep_ in ("nsubj", "nsubjpass", "expl")]
    return any(
        helper.lower_ in ("had", "should", "were") and helper.i < subject.i
        for helper in helpers
        for subject in subjects
    )


def _asked(verb: Token) -> bool:
    """Say whether the clause asks whether the event happened: "did they attack?"."""
    if verb.dep_ != "ROOT" or verb.doc[-1].text != "?":
        return False
    if any(token.tag_ in ("WP", "WP$", "WDT", "WRB") for token in verb.subtree):
        return False  # "why did they attack?" takes for granted that they did
    helpers = [c.i for c in verb.children if c.dep_ in ("aux", "auxpass")]
    subjects = [c.i for c in verb.children if c.dep_ in ("nsubj", "nsubjpass", "expl")]
    return bool(helpers and subjects) and min(helpers) < min(subjects)


def _climb(low: Token, high: Token, state: _Judgement, sentence: Sentence, nominal: bool) -> bool:
    """Apply what `high` says of the event embedded in it by `low`; whether to go on upwards."""
    dep = low.dep_
    verbal = high.pos_ in ("VERB", "AUX")
    if dep == "prep":
        if low.lower_ == "without":
            state.negative = not state.negative
            return False
        kind = class_of(high)
        if kind and _governs(high, low.lower_, kind):
            if not state.settled:
                _embed(low, high, kind, state, sentence)
            return True
        if verbal and not nominal:
            return _settle(high, state, sentence)
        if low.lower_ == "with" and high.lemma_ in _FACING:
            _inherit(high, state, sentence)  # "might be faced with strikes"
        return False
    if high.dep_ == "prep" or high.pos_ == "ADP":
        return not (nominal and _definite(low) and class_of(high.head) is None)
    if dep == "conj":
        if low.pos_ in ("VERB", "AUX") and verbal and not state.settled:
            _shared(low, high, state, sentence)
        elif verbal and nominal and state.time is None and not state.settled:
            _inherit(high, state, sentence)  # "faced with strikes, or walkouts"
        return True
    if dep in ("appos", "compound", "nmod", "amod", "poss", "npadvmod"):
        return False
    if dep == "relcl":
        if state.time is None and _infinitive(low):
            state.time = "future"
        state.settled = True
        return True
    if dep == "advcl":
        if _conditional(low):
            return False
        if state.time is None and _infinitive(low):
            state.time = "future"
            _inherit(high, state, sentence)
        return _settle(high, state, sentence)
    if state.settled:
        if verbal and dep in ("ccomp", "parataxis"):
            kind = class_of(high)
            if kind in ("report", "claim"):
                state.weaken("claimed")
                state.source = state.source or _speaker(high)
        return True
    kind = class_of(high)
    embeds = dep in _COMPLEMENTS or (dep == "nsubj" and low.pos_ == "NOUN")
    if nominal and verbal and low.pos_ in ("NOUN", "PROPN"):
        eventive = high.lemma_.lower() in _EVENT_VERBS or high.lemma_ == "be"
        definite = _definite(low)
        if kind is None and definite and not eventive:
            state.time = state.time or "past"
            return False
    if embeds and kind and _applies(low, high, kind, nominal):
        _embed(low, high, kind, state, sentence)
    elif verbal and state.time is None:
        _inherit(high, state, sentence, modal=nominal, skip=low)
    if verbal and state.time is None and dep in ("xcomp", "acl") and _infinitive(low):
        state.time = "future"
    if not verbal and dep == "acl" and _infinitive(low) and state.time is None:
        state.time = "future"
    return True


def _settle(high: Token, state: _Judgement, sentence: Sentence) -> bool:
    """Take over the time of a verb that the event stands beside, and nothing else of it."""
    if state.time is None:
        _inherit(high, state, sentence, modal=high.tag_ == "VB")
    state.settled = True
    return True


def _quoted(sentence: Sentence, article: Article, state: _Judgement) -> None:
    """A sentence that is nothing but quotation is claimed by who spoke before it."""
    text = sentence.text.strip()
    if text[:1] not in ('"', "“") or any(text.count(mark) > 2 for mark in ('"', "”")):
        return
    if not text.endswith(('"', "”")) and ('"' in text[1:] or "”" in text):
        return
    state.weaken("claimed")
    state.source = _last_speaker(sentence, article)


def _last_speaker(sentence: Sentence, article: Article) -> str | None:
    """Who spoke last in the sentences before, by name or description: whom "he said" means."""
    for earlier in article.sentences[max(0, sentence.index - _BACK) : sentence.index][::-1]:
        if earlier.doc is None:
            continue
        for token in earlier.doc:
            if token.dep_ == "ROOT" and class_of(token) in ("report", "claim"):
                speaker = _speaker(token)
                if speaker and speaker.lower() not in _PRONOUNS:
                    return speaker
    return None


# Prepositions behind which an embedding word has its complement, by class.
_GOVERNED = {
    "claim": words("of for"),
    "denial": words("of"),
    "no": words("from of in to"),
    "ended": words("from"),
    "yes": words("to in of with"),
    "plan": words("for to on of"),
    "wish": words("for of to about on against"),
    "try": words("at for of"),
    "possible": words("of for about"),
    "doubt": words("of about"),
}


def _governs(high: Token, preposition: str, kind: str) -> bool:
    """Whether a phrase behind `preposition` is what `high` speaks of, not when, where or why."""
    if preposition not in _GOVERNED.get(kind, ()):
        return False
    if high.pos_ in ("VERB", "AUX"):
        # A verb with an object of its own has its complement there: "signed a deal for arms".
        has_object = any(c.dep_ == "dobj" for c in high.children)
        return not has_object or high.lemma_ in _OBJECT_AND_PREPOSITION
    return True


_OBJECT_AND_PREPOSITION = words(
    "accuse suspect charge blame prevent ban bar stop discourage deter prohibit dissuade block"
)


def _applies(low: Token, high: Token, kind: str, nominal: bool) -> bool:
    """Whether the class of a word speaks of this complement at all."""
    if kind in ("report", "claim", "factive"):
        if low.dep_ == "nsubj":
            return False
        if nominal and kind == "report":
            return high.lemma_ in ("report", "announce")
    if low.dep_ == "acl" and not _infinitive(low):
        return False
    # "The meeting failed to end the strike": it was held.
    active = low.dep_ == "nsubj"
    return not (active and kind in ("wish", "plan", "try", "denial", "possible", "no"))


def _infinitive(verb: Token) -> bool:
    return any(c.dep_ == "aux" and c.lower_ == "to" for c in verb.children)


def _shared(low: Token, high: Token, state: _Judgement, sentence: Sentence) -> None:
    """A joined verb without auxiliaries of its own shares those of the first one."""
    if any(c.dep_ in ("aux", "auxpass", "nsubj", "nsubjpass") for c in low.children):
        return
    own = _Judgement()
    _verbal(high, own, sentence)
    if low.tag_ in ("VB", "VBN", "VBG") or state.time is None:
        state.time = own.time
        state.weaken(own.certainty)
        if own.negative and low.tag_ == "VB" and any(c.lower_ == "or" for c in high.children):
            state.negative = not state.negative


def _inherit(
    verb: Token,
    state: _Judgement,
    sentence: Sentence,
    *,
    modal: bool = True,
    skip: Token | None = None,
) -> None:
    own = _Judgement()
    _verbal(verb, own, sentence, skip)
    state.time = own.time
    if modal:
        state.weaken(own.certainty)
        if own.negative:
            state.negative = not state.negative


def _embed(low: Token, high: Token, kind: str, state: _Judgement, sentence: Sentence) -> None:
    own = _Judgement()
    if high.pos_ in ("VERB", "AUX"):
        _verbal(high, own, sentence, low)
    elif any(
        _negates(c) or (c.dep_ == "det" and c.lower_ in _NEGATING_DETERMINERS)
        for c in high.children
    ):
        own.negative = True
    finite = state.time is not None
    if kind in ("report", "claim", "denial"):
        state.weaken("claimed")
        if kind == "denial" or (own.negative and high.lemma_ in ("think", "believe", "suggest")):
            state.negative = not state.negative
        elif own.negative:
            state.weaken("possible")
        state.source = state.source or _speaker(high)
        if not finite:
            state.time = _told(low)
        if own.certainty in ("possible", "hypothetical"):
            state.weaken(own.certainty)
    elif kind == "factive":
        if not finite:
            state.time = "past"
        state.settled = True
    elif kind in ("yes", "no", "ended"):
        if not finite:
            state.time = own.time
        if kind == "no":
            own.negative = not own.negative
        if kind == "ended" and (low.pos_ == "VERB" or class_of(low) == "plan"):
            own.negative = not own.negative
        if own.negative:
            state.negative = not state.negative
        state.weaken(own.certainty)
    elif kind == "plan":
        state.time = state.time or "future"
        state.weaken(own.certainty)
        if own.negative:
            state.negative = not state.negative
    elif kind in ("wish", "try", "possible", "doubt"):
        state.weaken("possible")
        if kind != "possible" or not finite:
            infinitive = _infinitive(low)
            if not finite and infinitive and kind == "possible":
                state.time = own.time
            state.time = state.time or "future"
        if kind == "doubt" or own.negative:
            state.negative = not state.negative


def _told(low: Token) -> Time:
    """The time of an event in reported speech that no finite verb tells.

    What is announced without an article that takes it as known is to come; an infinitive under a
    reporting verb ("is said to hold") goes on now unless it is perfect.
    """
    if low.pos_ in ("VERB", "AUX"):
        perfect = any(c.dep_ == "aux" and c.lower_ == "have" for c in low.children)
        return "ongoing" if _infinitive(low) and not perfect else "past"
    if low.head.lemma_ == "announce" and not _definite(low):
        return "future"
    return "past"


def _definite(noun: Token) -> bool:
    return any(
        c.lower_ in ("the", "this", "that", "these", "those") or c.dep_ == "poss"
        for c in noun.children
    )


def _according(preposition: Token, state: _Judgement) -> None:
    for token in preposition.subtree:
        if token.dep_ == "pobj":
            state.weaken("claimed")
            state.source = state.source or phrase(token)
            return


def _surroundings(head: Token, sentence: Sentence, state: _Judgement) -> None:
    """What stands beside the clause: "according to", a condition over the whole sentence."""
    top = head
    for _ in range(_MAXIMUM_DEPTH):
        if top.head == top:
            break
        top = top.head
        for child in top.children:
            if child.lower_ == "according" and child.dep_ in ("prep", "advcl"):
                _according(child, state)


_NOBODY = words("you it there this that which what one anyone everyone someone")


def _speaker(verb: Token) -> str | None:
    """The phrase of who says it: the subject, the agent of a passive, or what "who" stands for."""
    current = verb
    for _ in range(4):
        for child in current.children:
            if child.dep_ == "nsubj":
                if child.lower_ in ("who", "which", "that") and current.dep_ == "relcl":
                    return phrase(current.head)
                return None if child.lower_ in _NOBODY else phrase(child)
        for child in current.children:
            if child.dep_ == "agent":
                for token in child.children:
                    if token.dep_ == "pobj":
                        return phrase(token)
        if current.dep_ == "conj":
            current = current.head
        elif current.dep_ == "acl" and current.head.dep_ in ("dobj", "pobj"):
            # "made a call reporting that": whoever made it.
            above = next((a for a in current.head.ancestors if a.pos_ == "VERB"), None)
            if above is None or above == current:
                return None
            current = above
        elif current.dep_ in ("acl", "relcl"):
            return phrase(current.head)
        elif current.dep_ in ("advcl", "xcomp"):
            current = current.head
        else:
            return None
    return None


def phrase(head: Token) -> str:
    """A noun phrase without the clauses and appositions behind its head."""
    stop = head.right_edge.i
    for child in head.rights:
        if child.dep_ in ("relcl", "acl", "appos", "punct", "advcl", "cc", "conj"):
            stop = min(stop, child.left_edge.i - 1)
    start = head.left_edge.i
    if stop < head.i:
        stop = head.i
    text = " ".join(head.doc[start : stop + 1].text.split())
    return text.strip(" ,;:-–—\"“”'’")[:_LONGEST_SOURCE]
