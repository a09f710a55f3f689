"""Where an event happened, among the places of its article."""

from __future__ import annotations

import re
from dataclasses import replace

from transforms.extract.model import Actor, Article, Place, Sentence, Trigger
from transforms.extract.places import gazetteer as gazetteers
from transforms.extract.places.recognise import words
from transforms.extract.syntax import Token

_AT = words("at")
_MOTION = words("motion")
_OTHER = frozenset({"of", "by", "with", "against", "about"})
_MOTION_TYPES = frozenset({"MOBILIZE", "RETREAT", "AID", "CONSULT"})
_LOOK_BACK = 3
_OPENING = 6
_PARAGRAPH = re.compile(r"\n[ \t]{0,20}\n")
# A dateline that stands as a sentence of its own ends in its rule or its source.
_RULE = re.compile(r"(?:--|[-–—]|\([A-Z][^()]{1,30}\)|\[[A-Z ]{3,20}\])\s{0,4}$")
# What people say, they say anywhere: the place of the deed before it is not the place of these.
_SPOKEN = frozenset(
    {"AGREE", "SUPPORT", "CONCEDE", "REQUEST", "ACCUSE", "REJECT", "THREATEN", "STATEMENT"}
)
_FINER = {"city": 0, "admin1": 1, "country": 2}


def place_event(
    trigger: Trigger, sentence: Sentence, article: Article, recipient: Actor | None
) -> Place | None:
    """Return the place where an event happened, or `None` where nothing says so.

    In order: a place that a preposition of location ties to the trigger or its clause; another
    place of the sentence that is locative and not an actor's name; the place of the sentence
    before, in the same paragraph; the dateline; the country of the recipient. The finest of
    places that hold each other is returned ("in Salem, Oregon" gives Salem). Uses
    `article.places`, which `find` fills.
    """
    here = [p for p in article.places if sentence.start <= p.start and p.end <= sentence.end]
    best: tuple[float, Place] | None = None
    for place in here:
        value = _attachment(trigger, sentence, place)
        if value is None:
            continue
        if best is None or value > best[0]:
            best = (value, place)
    if best is not None:
        return _finest(best[1], here, article)
    if not sentence.is_headline and trigger.event_type not in _SPOKEN:
        earlier = _before(sentence, article)
        if earlier is not None:
            return earlier
    dateline = _dateline(article)
    if dateline is not None:
        return dateline
    if recipient is not None and recipient.country is not None:
        feature = gazetteers.load().country(recipient.country)
        if feature is not None:
            return Place(
                start=sentence.start + trigger.start,
                end=sentence.start + trigger.start,
                text="",
                name=feature.name,
                country=feature.country,
                admin1=None,
                latitude=feature.latitude,
                longitude=feature.longitude,
                geonames_id=feature.geonames_id,
                precision="country",
            )
    return None


def _token_of(sentence: Sentence, place: Place) -> Token | None:
    """Return the syntactic head of the words of a place."""
    if sentence.doc is None:
        return None
    span = sentence.doc.covering(place.start - sentence.start, place.end - sentence.start)
    return None if span is None else span.root


def _attachment(trigger: Trigger, sentence: Sentence, place: Place) -> float | None:
    """Return how well a place of the sentence fits as the event's place, or `None` for not."""
    token = _token_of(sentence, place)
    if token is None:
        return None
    value = 0.0
    preposition = ""
    # Climb over appositions, compounds and conjunctions to the preposition that governs the name.
    node = token
    for _ in range(12):
        head = node.head
        if head == node:
            break
        if head.pos_ == "ADP" or head.dep_ == "prep":
            preposition = head.lower_
            node = head
            break
        if node.dep_ in {"appos", "conj", "compound", "nmod", "poss", "amod", "npadvmod"}:
            if node.dep_ == "poss":
                value -= 0.5
            elif node.dep_ in {"compound", "nmod", "amod"}:
                value -= 0.4
            node = head
            continue
        break
    if preposition in _AT:
        value += 3.0
    elif preposition in _MOTION:
        value += 1.6 if trigger.event_type in _MOTION_TYPES else 0.8
    elif preposition == "of":
        value += 0.9
    elif preposition in _OTHER:
        value -= 0.5
    elif token.dep_ in {"nsubj", "nsubjpass", "agent"}:
        # A state that acts is not where it acts.
        value -= 1.2 if place.precision == "country" else 0.2
    elif token.dep_ in {"dobj", "obj"}:
        value += 1.2
    elif not preposition and value < 0:
        value += 0.2
    # How far is the attachment from the trigger?
    steps = _steps(node, trigger.head)
    if steps is None:
        value -= 1.0
    else:
        value += 1.5 / (1 + steps)
    value -= 0.01 * abs(token.i - trigger.head.i)
    if place.country is None:
        value -= 0.5
    value -= 0.3 * (_FINER[place.precision] == 2)
    return value if value > 0.3 else None


def _steps(node: Token, head: Token) -> int | None:
    """Return the length of the path up from `node` to `head`, or to the head of its clause."""
    above = {head.i: 0}
    climb, number = head, 0
    while climb.head != climb and number < 4:
        climb, number = climb.head, number + 1
        above[climb.i] = number
    current, walked = node, 0
    while walked < 12:
        if current.i in above:
            return walked + above[current.i]
        if current.head == current:
            return None
        current, walked = current.head, walked + 1
    return None


def _finest(place: Place, here: list[Place], article: Article) -> Place:
    """Return the finer place printed right beside one that holds it ("Salem, Oregon")."""
    best = place
    for other in here:
        if other is place or other.country != place.country:
            continue
        gap = (
            article.text[other.end : place.start]
            if other.end <= place.start
            else article.text[place.end : other.start]
        )
        if len(gap) > 30 or any(c in gap for c in ".;:"):
            continue
        if _FINER[other.precision] < _FINER[best.precision] and (
            place.precision == "country" or other.admin1 == place.admin1
        ):
            best = other
    return best


def _before(sentence: Sentence, article: Article) -> Place | None:
    """Return the finest locative place of the nearest sentence before that has one.

    Looks back over `_LOOK_BACK` sentences of the body, less over the end of a paragraph. Only a
    place behind a preposition of location counts: it is where something happened.
    """
    reach = _LOOK_BACK
    following = sentence
    for index in range(sentence.index - 1, -1, -1):
        previous = article.sentences[index]
        if previous.is_headline:
            return None
        reach -= 2 if _PARAGRAPH.search(article.text, previous.end, following.start) else 1
        if reach < 0:
            return None
        best: Place | None = None
        for place in article.places:
            if not (previous.start <= place.start and place.end <= previous.end):
                continue
            words_before = article.text[previous.start : place.start].casefold().split()
            if not any(word in _AT for word in words_before[-2:]):
                continue
            if best is None or _FINER[place.precision] < _FINER[best.precision]:
                best = place
        if best is not None:
            return best
        following = previous
    return None


def _dateline(article: Article) -> Place | None:
    """Return the place of the dateline; a capital says no more than its country.

    Agencies sit in capitals and report on the whole country from there, so a story from a capital
    that names no other place happened in the country; a story from another town, there.
    """
    place = _dateline_place(article)
    if place is None or place.country is None or place.precision != "city":
        return place
    gazetteer = gazetteers.load()
    country = gazetteer.country(place.country)
    if country is None or place.geonames_id not in gazetteer.capitals():
        return place
    return replace(
        place,
        name=country.name,
        admin1=None,
        latitude=country.latitude,
        longitude=country.longitude,
        geonames_id=country.geonames_id,
        precision="country",
    )


def _dateline_place(article: Article) -> Place | None:
    span = _dateline_span(article)
    if span is not None:
        inside = [p for p in article.places if span[0] <= p.start and p.end <= span[1]]
        if inside:
            return min(inside, key=lambda p: (_FINER[p.precision], p.start))
    if article.dateline:
        folded = article.dateline.casefold()
        for place in article.places:
            if place.text.casefold() in folded:
                return place
    return None


def _dateline_span(article: Article) -> tuple[int, int] | None:
    """Return where the dateline stands: as given, or an opening sentence that looks like one."""
    if article.dateline:
        start = article.text.find(article.dateline)
        return None if start < 0 else (start, start + len(article.dateline))
    for sentence in article.sentences[:_OPENING]:
        if not sentence.is_headline and len(sentence.text) < 160 and _RULE.search(sentence.text):
            return sentence.start, sentence.end
    return None
