"""Date an event: by syntax, else by its clause, else by the article's narrative.

The order follows what annotators of TimeML links do: an expression that modifies the event's own
words dates it; one that modifies the verb over a nominal event, or the verb that it is co-ordinate
with or embedded in, is next; a past event without any belongs to the day that the story tells of.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from transforms.extract.model import Article, EventDate, Sentence, TimeExpression, Trigger
from transforms.extract.syntax import Span, Token
from transforms.extract.times import happenings, tense, values
from transforms.extract.times.lexicon import words
from transforms.extract.veridicality import class_of

# How far before publication a day still belongs to the story that is told, in days.
_STORY_DAYS = 10
_LOOKBACK = 30  # time expressions
_LEAD = 3  # sentences from the top, the headline the first of them
_ECHO = 40  # sentences
_AHEAD = 12  # sentences
_TAKEN_UP = 2  # sentences
_WEAK = 6  # rank from which a date is that of who tells the event
_APART = {"ccomp": 4, "csubj": 4, "csubjpass": 4, "parataxis": 4, "relcl": 3, "advcl": 2}
_DATELINE_END = re.compile(r"(?:--|[–—\]])\s{0,3}\Z")
_DATELINE_NEXT = re.compile(r"[ ,.]{0,3}(?:\([^()\n]{1,30}\))?[ ]{0,3}(?:--|[-–—] )")
# Between a time and the same time once more, by another clock: "at 2100 on 3 May [0100 GMT 4 May]".
_GLOSS = re.compile(r"\s{0,2}[\[(]")
# What makes a time of day name its day too.
_NAMES_DAY = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|to-?day|yesterday|tomorrow|night|morning|evening"
    r"|afternoon|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    re.IGNORECASE,
)
_TOLD = frozenset({"ccomp", "csubj", "csubjpass", "parataxis"})
_CLAUSE = frozenset({"ccomp", "advcl", "relcl", "csubj", "parataxis"})
# Words that speak of a happening that is known already; what they say of it comes later.
_LOOKING_BACK = words(
    """
    accuse blame charge suspect allege claim deny admit confess acknowledge condemn denounce deplore
    criticize criticise lament mourn commemorate remember recall investigate probe examine solve
    clarify discuss debate explain describe implicate link convict sentence jail try avenge answer
    react respond protest accusation suspicion denial condemnation responsibility responsible guilty
    guilt perpetrator culprit author mastermind witness evidence motive investigation inquiry trial
    involvement complicity connection reaction response reprisal retaliation revenge anniversary
    details
    """
)
_TELLING = words("inform report tell speak talk comment hear learn know")
_ADMITTING = words("acknowledge admit concede confess deny remember recall lament")


@dataclass(frozen=True, slots=True)
class _Dated:
    """A time expression of the sentence that names a date, and where it hangs in the parse."""

    time: TimeExpression
    head: Token
    since: bool = False


def date_event(trigger: Trigger, sentence: Sentence, article: Article) -> EventDate:
    """When the event of `trigger` happened, is happening or will happen.

    Uses `article.times`, so call it after `find`. The date is the first day of the period that
    `precision` names and `text` the words that say so, or `None` where the date is that of
    publication. Without any date the precision is `none`.
    """
    dated = _dated(sentence, article)
    chosen, rank = _by_syntax(trigger.head, dated)
    if chosen is None:
        chosen, rank = _just_before(trigger.head, dated), 0
    if chosen is not None:
        event = _event_date(chosen.time, article)
        if rank >= _WEAK:
            event = _elsewhere(trigger.head, sentence, article) or event
        if event is not None and _only_told_then(trigger.head, chosen, event, article):
            return EventDate(event.date, event.precision, None)
        if event is not None:
            return event
    return _by_narrative(trigger, sentence, article)


def needed(last: int) -> int:
    """How many sentences' times `date_event` may look at for events up to the sentence `last`."""
    return max(last + 1 + max(_AHEAD, _TAKEN_UP), _LEAD + 2)


def _only_told_then(head: Token, chosen: _Dated, event: EventDate, article: Article) -> bool:
    """Whether a date is that of publication and says when the event was told: "it reported today
    that rebels had attacked". The event was at the latest then, as without any date."""
    if event.date != article.published or event.precision != "day":
        return False
    at = _attachment(chosen)
    if at.head == head and _told_behind(chosen):
        return True
    for token in _path(head):
        if token == at:
            return False
        if token.dep_ in _TOLD:
            return at in (token.head, *token.head.ancestors) or at.head == token.head
    return False


def _told_behind(dated: _Dated) -> bool:
    """Whether a date belongs to who says so, parsed as a second act: "rebels attacked the town,
    police reported today"."""
    at = _attachment(dated)
    if at.dep_ != "conj" or class_of(at) not in ("report", "claim"):
        return False
    own = (c for c in at.children if c.dep_ in ("dobj", "ccomp") and c != dated.head)
    return next(own, None) is None and not any(c.dep_ == "cc" for c in at.head.children)


def _event_date(time: TimeExpression, article: Article) -> EventDate | None:
    known = values.start_of(time.value)
    if known is not None:
        return EventDate(known[0], known[1], time.text)
    if time.value == "PRESENT_REF" and article.published is not None:
        return EventDate(article.published, "day", time.text)
    if time.value == "PAST_REF":
        # "A few weeks ago" is not the day of the story, whichever day it was.
        return EventDate(None, "none", time.text)
    return None


def _times_of(sentence: Sentence, article: Article) -> list[TimeExpression]:
    low = bisect_right(article.times, sentence.start - 1, key=lambda t: t.start)
    found = []
    for time in article.times[low:]:
        if time.start >= sentence.end:
            break
        found.append(time)
    return found


def _names_date(time: TimeExpression) -> bool:
    if time.type in ("DURATION", "SET"):
        return False
    if values.start_of(time.value) is not None or time.value == "PRESENT_REF":
        return True
    return time.value == "PAST_REF" and time.text.lower().endswith(" ago")


def _dated(sentence: Sentence, article: Article) -> list[_Dated]:
    """The sentence's dates with the topmost token of each."""
    if sentence.doc is None:
        return []
    known = article.dated.get(sentence.index)
    if known is not None:
        return known
    dated = article.dated[sentence.index] = []
    before = 0
    for time in _times_of(sentence, article):
        glossed = _GLOSS.fullmatch(article.text[before : time.start]) is not None
        before = time.end
        if glossed or not _names_date(time) or _is_dateline(time, sentence, article):
            continue
        first = tense.token_at(sentence, time.start - sentence.start)
        last = tense.token_at(sentence, time.end - 1 - sentence.start)
        if first is None or last is None:
            continue
        span = sentence.doc[first.i : last.i + 1]
        if not _counts_from_event(span):
            dated.append(_Dated(time, _root(span), _is_since(span)))
    return dated


def _root(span: Span) -> Token:
    """The topmost token; the last of several, as in "the 3 May raid"."""
    tops = [t for t in span if t.head == t or not span.start <= t.head.i < span.end]
    return next((t for t in reversed(tops) if not t.is_punct), span.root)


def _is_since(span: Span) -> bool:
    return span.start > 0 and span.doc[span.start - 1].lower_ == "since"


def _counts_from_event(span: Span) -> bool:
    """Whether a date is counted from another event: "the day before he fled"."""
    return span[-1].lower_ in ("before", "after") and any(
        c.dep_ in ("relcl", "acl", "advcl") and c.i > span.root.i for c in span.root.children
    )


def _began(head: Token, each: _Dated) -> bool:
    """Whether a date behind "since" can be the event's own: what lasts began then ("has been
    fighting since 2004"), what is over came some time later ("900 have been killed since 1985")."""
    known = values.start_of(each.time.value)
    return head.tag_ != "VBN" or known is None or known[1] == "day"


def _is_dateline(time: TimeExpression, sentence: Sentence, article: Article) -> bool:
    """Whether a date stands alone: a dateline says when the story was filed, not when it was."""
    if time.end - time.start >= (sentence.end - sentence.start) - 4:
        return True
    if sentence.index > _LEAD:
        return False
    if _DATELINE_END.search(sentence.text[-12:]) and sentence.end - sentence.start < 120:
        return True
    following = sentence.text[time.end - sentence.start : time.end - sentence.start + 40]
    return time.start - sentence.start < 60 and bool(_DATELINE_NEXT.match(following))


def _path(token: Token) -> Iterator[Token]:
    yield token
    yield from token.ancestors


def _is_verb(token: Token) -> bool:
    return token.pos_ in ("VERB", "AUX")


def _looks_back(token: Token) -> bool:
    """Whether the word above takes what hangs at `token` as known: "accused of the murder"."""
    above = token.head
    word = above.lemma_.lower()
    if token == above:
        return False
    if token.dep_ == "prep" and word in _TELLING:
        return token.lower_ in ("of", "on", "about")
    # "A witness" looks back; who witnesses a thing is there.
    if word not in _LOOKING_BACK or (word == "witness" and _is_verb(above)):
        return False
    if token.dep_ in ("dobj", "nsubjpass", "compound", "poss"):
        return not _is_verb(token)
    return token.dep_ == "prep" and token.lower_ in ("of", "for", "in", "with", "to", "into",
                                                     "on", "about", "over", "against")  # fmt: skip


def _attachment(time: _Dated) -> Token:
    """The verb or noun that a time expression modifies, above its preposition."""
    token = time.head
    for _ in range(5):
        if token.head == token or _is_verb(token):
            break
        if token.dep_ in ("pobj", "pcomp", "npadvmod", "tmod", "advmod", "prep", "nummod", "appos",
                          "amod", "dep", "poss", "compound", "nmod", "conj") :  # fmt: skip
            above = token.head
            if token.dep_ == "conj" and above.ent_type_ not in ("DATE", "TIME"):
                break
            token = above
            if token.pos_ in ("VERB", "AUX", "NOUN", "PROPN") and token.ent_type_ not in (
                "DATE",
                "TIME",
            ):
                break
        else:
            break
    return token


def _by_syntax(head: Token, dated: list[_Dated]) -> tuple[_Dated | None, int]:
    """The date whose attachment is nearest to the trigger, `None` where none is its own, and how
    far from it that is."""
    best: tuple[int, int, _Dated] | None = None
    for each in dated:
        rank = _rank(head, _attachment(each))
        if rank is None or (each.since and not _began(head, each)):
            continue
        key = (rank, abs(each.head.i - head.i))
        if best is None or key < best[:2]:
            best = (*key, each)
    return (best[2], best[0]) if best else (None, 0)


def _just_before(head: Token, dated: list[_Dated]) -> _Dated | None:
    """The date right before a participle that tells an outcome: "in 1983, killing 200"."""
    if head.tag_ != "VBG" or head.dep_ not in ("acl", "advcl", "relcl"):
        return None
    for each in dated:
        if 0 < head.i - each.head.i <= 3:
            return each
    return None


def _rank(head: Token, at: Token) -> int | None:
    """How directly a date attached at `at` dates an event at `head`: 0 best, `None` not at all."""
    if at == head:
        return 0
    # Inside the trigger's own phrase, with no clause between.
    for steps, above in enumerate(_path(at)):
        if above == head:
            return 1 + (steps > 2)
        if (above != at and _is_verb(above)) or steps > 4:
            break
        if above.dep_ in _CLAUSE and above != head:
            break
    # At the verb that the trigger belongs to.
    token = head
    apart = 0
    for steps in range(6):
        above = token.head
        dep = token.dep_
        if above == token or _looks_back(token):
            break
        if dep == "ccomp" and above.lemma_.lower() in _ADMITTING:
            break
        if dep in _APART:
            # What is said on Monday has happened by Monday: weak, but better than nothing.
            if dep not in ("advcl", "relcl") and tense.verb_lean(token) != "past":
                break
            if _is_pluperfect(token) or (_is_verb(head) and tense.verb_lean(head) == "future"):
                break
            apart += _APART[dep]
        if above == at:
            return 2 + apart + min(steps, 2)
        token = above
    # The other way round: the date is at a verb joined to the trigger, or in a clause below it.
    if at.dep_ == "conj" and at.head == head:
        return 5
    if at.dep_ in ("advcl", "xcomp", "acl", "relcl") and at.head == head:
        # "An agreement to be carried out in July" was not made in July.
        later = not _is_verb(head) and any(
            c.lower_ == "to" and c.dep_ == "aux" for c in at.children
        )
        bounds = any(c.dep_ == "mark" and c.lower_ in ("since", "until") for c in at.children)
        return None if later or bounds else 4
    if at.dep_ in ("acl", "relcl") and at.head.head == head and at.dep_ == "acl":
        return 6
    return None


def _by_narrative(trigger: Trigger, sentence: Sentence, article: Article) -> EventDate:
    published = article.published
    verb = trigger.head if _is_verb(trigger.head) else tense.governing_verb(trigger.head)
    noun = _noun_of(trigger)
    if noun is not None:
        echoed = _echo(noun, sentence, article)
        if echoed is not None:
            return echoed
    elsewhere = _elsewhere(noun or trigger.head, sentence, article)
    if elsewhere is None:
        elsewhere = _taken_up(trigger, sentence, article)
    if elsewhere is not None:
        return elsewhere
    lean = tense.verb_lean(verb, headline=sentence.is_headline) if verb is not None else "none"
    known_before = any(_looks_back(t) for t in _path(trigger.head))
    if lean == "past" and verb is not None and not _is_perfect(verb) and not known_before:
        told = _story_day(sentence, article)
        if told is not None:
            return told
    if published is not None:
        return EventDate(published, "day", None)
    return EventDate(None, "none", None)


def _noun_of(trigger: Trigger) -> Token | None:
    """The noun that names the event, also behind a verb that says no more than that it was: "the
    attack was staged"."""
    head = trigger.head
    if not _is_verb(head):
        return head
    if not happenings.takes_place(head):
        return None
    for child in head.children:
        inside = trigger.start <= child.idx < trigger.end
        if inside and child.pos_ == "NOUN" and child.dep_ in ("nsubjpass", "nsubj"):
            return child
    return None


def _is_pluperfect(verb: Token) -> bool:
    """Past perfect: before the time that the sentence tells of."""
    return any(c.dep_ == "aux" and c.lower_ == "had" for c in verb.children)


def _is_perfect(verb: Token) -> bool:
    """Present perfect: reaches up to the telling."""
    return any(c.dep_ == "aux" and c.lower_ in ("has", "have", "'ve", "’ve") for c in verb.children)


def _story_day(sentence: Sentence, article: Article) -> EventDate | None:
    """The day the narrative has reached: the last day told before this sentence.

    Only days shortly before publication count, told of something past. A headline and a lead,
    which tell what happened before they tell when, take the first such day behind them.
    """
    low = bisect_right(article.times, sentence.start - 1, key=lambda t: t.start)
    behind = article.times[max(0, low - _LOOKBACK) : low][::-1]
    told = _first_story_day(behind, article)
    if told is None and sentence.index <= _LEAD:
        ahead = [t for s in article.sentences[: _LEAD + 2] for t in _times_of(s, article)]
        told = _first_story_day([t for t in ahead if t.start >= sentence.end], article)
    return told


def _first_story_day(candidates: list[TimeExpression], article: Article) -> EventDate | None:
    anchor = article.published
    for time in candidates:
        known = values.start_of(time.value) if time.type in ("DATE", "TIME") else None
        if known is None or known[1] != "day":
            continue
        if time.type == "TIME" and not _NAMES_DAY.search(time.text):
            continue
        if anchor is not None and not timedelta(0) <= anchor - known[0] <= timedelta(_STORY_DAYS):
            continue
        at = bisect_right(article.sentences, time.start, key=lambda s: s.start) - 1
        if at < 0:
            continue
        home = article.sentences[at]
        if _is_dateline(time, home, article):
            continue
        if article.text[time.start - 1 : time.start] in ("[", "("):
            continue
        if tense.lean(home, time.start - home.start) == "future":
            continue
        if known[0] == anchor and _dates_telling(time, home, article):
            return EventDate(anchor, "day", None)
        return EventDate(known[0], "day", time.text)
    return None


def _dates_telling(time: TimeExpression, home: Sentence, article: Article) -> bool:
    """Whether a date belongs to a verb that tells what its clause says: "it reported today"."""
    for each in _dated(home, article):
        if each.time is time:
            at = _attachment(each)
            return any(c.dep_ == "ccomp" for c in at.children) or _told_behind(each)
    return False


def _elsewhere(event: Token, sentence: Sentence, article: Article) -> EventDate | None:
    """The date that another mention of the same happening states, the nearest before it, else the
    nearest behind it; what is to come is another happening than what was."""
    if _is_verb(event) and tense.verb_lean(event, headline=sentence.is_headline) == "future":
        return None
    at = sentence.index
    before = reversed(article.sentences[max(0, at - _ECHO) : at])
    for other in (*before, *article.sentences[at + 1 : at + 1 + _AHEAD]):
        dated = _dated(other, article)
        if not dated or other.doc is None:
            continue
        for token in other.doc:
            if token.pos_ in ("VERB", "NOUN") and happenings.same(event, token):
                stated = _stated(token, dated, article)
                if stated is not None:
                    return stated
    return None


def _stated(event: Token, dated: list[_Dated], article: Article) -> EventDate | None:
    """The date that a sentence states for one of its events; not the day when it was told."""
    chosen, rank = _by_syntax(event, dated)
    if chosen is None or rank >= _WEAK:
        return None
    date = _event_date(chosen.time, article)
    if date is None or date.date is None or _only_told_then(event, chosen, date, article):
        return None
    ahead = article.published is not None and date.date > article.published
    return None if ahead else date


def _taken_up(trigger: Trigger, sentence: Sentence, article: Article) -> EventDate | None:
    """The date that the next sentences give a noun for the event: "the raid took place today"."""
    at = sentence.index
    violent = trigger.event_type == "ASSAULT"
    for other in article.sentences[at + 1 : at + 1 + _TAKEN_UP]:
        dated = _dated(other, article)
        if not dated or other.doc is None:
            continue
        for token in other.doc:
            if token.pos_ == "NOUN" and happenings.stands_for(token, trigger.head, violent):
                stated = _stated(token, dated, article)
                if stated is not None:
                    return stated
    return None


def _echo(noun: Token, sentence: Sentence, article: Article) -> EventDate | None:
    """The date of an earlier mention of the same happening: "the attack", "its launch"."""
    if not happenings.is_definite(noun) or len(noun.lemma_) < 4:
        return None
    stem = noun.lemma_.lower()[: max(5, len(noun.lemma_) - 4)]
    for earlier in reversed(article.sentences[max(0, sentence.index - _ECHO) : sentence.index]):
        if earlier.doc is None:
            continue
        for token in earlier.doc:
            if token.pos_ in ("VERB", "NOUN") and token.lemma_.lower().startswith(stem):
                chosen, _ = _by_syntax(token, _dated(earlier, article))
                if chosen is not None:
                    return _event_date(chosen.time, article)
    return None
