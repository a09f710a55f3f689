"""What each toponym of an article stands for.

A linear score over features of (toponym, candidate) pairs; the features that look at the other
toponyms take those with the probabilities of the round before, so a few rounds settle the whole
article. The method follows the usual mix of the literature: prominence, one sense a document,
containment ("Paris, Texas") and spatial coherence (Lieberman et al. 2010; Leidner 2007).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from math import exp

from transforms.extract.model import Article
from transforms.extract.places.gazetteer import (
    ADMIN1,
    ADMIN2,
    CITY,
    COUNTRY,
    FOLDER,
    REGION,
    Feature,
    Gazetteer,
    common_words,
    contains,
    distance,
)
from transforms.extract.places.recognise import Mention

_ROUNDS = 3
# What stands between a place and the larger one that holds it.
_WITHIN = re.compile(
    r"(?:,|, in|, of| in| of| \(|,? on|,? near| at)(?: the| an?)?"
    r"(?: (?:[a-z]+(?:ern|east|west|al)|north|south|east|west|neighbou?ring|nearby|US|U\.S\.)){0,2}"
    r"(?: (?:state|province|region|department|district|county|city|town|village|island) of)? ?",
    re.IGNORECASE,
)
_APPOSITION = re.compile(
    r", (?:an?|the) [^.;:!?\n,]{0,60}(?: in| of)(?: the)?(?: [a-z]+ern)? ", re.IGNORECASE
)
_TYPED_WITHIN = re.compile(
    r" (?:region|province|state|district|county|department|city|town|village|governorate)"
    r"(?:,| in| of)(?: the)?(?: [a-z]+ern)? ",
    re.IGNORECASE,
)
_GENITIVE = re.compile(
    r"['’]s?(?: [a-z-]+){0,3}(?: (?:city|town|village|capital|province|region|state|port) of)? ",
    re.IGNORECASE,
)


@cache
def resolution_weights() -> dict[str, float]:
    """Return the fitted weights of the features of (toponym, candidate) pairs."""
    weights: dict[str, float] = json.loads((FOLDER / "weights.json").read_text())["resolution"]
    return weights


@dataclass(slots=True)
class Sense:
    """A toponym of the article: all mentions of one name (with one kind hint)."""

    key: str
    mentions: list[Mention]
    candidates: list[Feature]
    containers: list[Sense] = field(default_factory=list)
    contained: list[Sense] = field(default_factory=list)
    beside: list[Sense] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    features: list[dict[str, float]] = field(default_factory=list)
    hints: set[int] = field(default_factory=set)

    @property
    def best(self) -> Feature | None:
        """The likeliest candidate."""
        if not self.candidates:
            return None
        top = self.candidates[max(range(len(self.weights)), key=self.weights.__getitem__)]
        return top if self.hints else _plain_sense(top, self.candidates)


def _plain_sense(top: Feature, candidates: list[Feature]) -> Feature:
    """Choose among a country, its division and its city of one name where nothing else tells.

    "Guatemala" is the country; "San Salvador", of which there is also a department, the city.
    """
    if top.rank == 2:
        # Where one town has another's name among its own, the one so called is meant.
        namesakes = [
            c
            for c in candidates
            if c.kind == CITY and c.rank == 0 and c.country == top.country
            and c.population > 20_000 and distance(c, top) < 60
        ]  # fmt: skip
        if namesakes:
            return max(namesakes, key=lambda c: c.population)
    if top.kind in (CITY, ADMIN1, ADMIN2):
        for other in candidates:
            if other.kind == COUNTRY and other.rank == 0 and other.country == top.country:
                return other
    if top.kind in (ADMIN1, ADMIN2):
        cities = [
            c
            for c in candidates
            if c.kind == CITY
            and c.country == top.country
            and c.rank <= top.rank
            and c.population * 20 >= top.population
            and distance(c, top) <= top.extent + 30
        ]
        if cities:
            return max(cities, key=lambda c: c.population)
    return top


def senses(article: Article, found: list[Mention]) -> list[Sense]:
    """Group the mentions of an article by name and note which stands inside which."""
    groups: dict[tuple[str, int | None], Sense] = {}
    sense_of: list[Sense] = []
    for mention in found:
        hint = mention.kind_hint if mention.kind_hint in (CITY, ADMIN1, ADMIN2) else None
        if hint is not None and not any(_fits(c, hint) for c in mention.candidates):
            hint = None
        if hint is None and (mention.key, CITY) in groups:
            hint = CITY  # one sense an article
        identity = (mention.key, hint)
        if identity not in groups:
            groups[identity] = Sense(mention.key, [], _of_kind(mention.candidates, hint))
        sense = groups[identity]
        sense.mentions.append(mention)
        if hint is not None:
            sense.hints.add(hint)
        sense_of.append(sense)
    text = article.text
    for number in range(len(found) - 1):
        inner, outer = found[number], found[number + 1]
        between = " ".join(text[inner.end : outer.start].split(" ")).replace("\n", " ")
        if len(between) > 90:
            continue
        a, b = sense_of[number], sense_of[number + 1]
        if a is b:
            continue
        if (
            _WITHIN.fullmatch(between)
            or _TYPED_WITHIN.fullmatch(between)
            or _APPOSITION.fullmatch(between)
        ):
            a.containers.append(b)
            b.contained.append(a)
            if between.rstrip() in {",", " ("}:
                a.beside.append(b)
            if between == ", " and number + 2 < len(found):
                beyond = found[number + 2]
                if text[outer.end : beyond.start] == ", ":
                    a.containers.append(sense_of[number + 2])
        elif _GENITIVE.fullmatch(between):
            b.containers.append(a)
            a.contained.append(b)
    return list(groups.values())


def _of_kind(candidates: list[Feature], hint: int | None) -> list[Feature]:
    """Keep the candidates of the kind that a type word asks for, if there are any."""
    if hint is None:
        return candidates
    exact = [c for c in candidates if c.kind == hint]
    if hint == ADMIN2:  # a Kenyan county is of the first level
        exact = [c for c in candidates if c.kind in (ADMIN1, ADMIN2)]
    return exact or [c for c in candidates if _fits(c, hint)] or candidates


def _fits(candidate: Feature, hint: int) -> bool:
    if hint == ADMIN1:
        return candidate.kind in (ADMIN1, ADMIN2)
    if hint == ADMIN2:
        return candidate.kind in (ADMIN2, ADMIN1)
    return candidate.kind == hint


def prior(sense: Sense, candidate: Feature) -> dict[str, float]:
    """Return the features of a candidate that do not look at the rest of the article."""
    people = max(candidate.population, 100)
    magnitude = len(str(people)) - 1 + int(str(people)[0]) / 10
    features = {
        ("country", "admin1", "admin2", "city", "region")[candidate.kind]: 1.0,
        "prominence": magnitude if candidate.kind != REGION else 6.0,
    }
    if candidate.capital:
        features["capital"] = 1.0
        if any(
            c.kind == ADMIN1 and c.country == candidate.country and c.row != candidate.admin1
            for c in sense.candidates
        ):
            # Washington is the capital unless the text says that it is the state.
            features["seat"] = 1.0
    if candidate.rank == 1:
        features["variant"] = 1.0
    elif candidate.rank == 2:
        features["other"] = 1.0
    if sense.hints:
        exact = candidate.kind in sense.hints
        near = any(_fits(candidate, hint) for hint in sense.hints)
        features["hint same"] = 1.0 if exact else 0.6 if near else 0.0
        if not near:
            features["hint other"] = 1.0
    return features


def resolve(
    article: Article,
    found: list[Mention],
    gazetteer: Gazetteer,
    weights: dict[str, float] | None = None,
) -> list[Sense]:
    """Return the senses of an article with the probabilities of their candidates settled."""
    weights = resolution_weights() if weights is None else weights
    groups = senses(article, found)
    known = [sense for sense in groups if sense.candidates]
    home = _home(article.source, gazetteer)
    if home is not None:
        known.append(home)
    domain = domain_country(article.source, gazetteer)
    priors = [[prior(sense, candidate) for candidate in sense.candidates] for sense in known]
    for sense, features in zip(known, priors, strict=True):
        sense.features = features
        sense.weights = _softmax([_dot(f, weights) for f in features])
    for _ in range(_ROUNDS):
        context = _Context(known)
        updated = []
        for sense, alone in zip(known, priors, strict=True):
            features = []
            for candidate, own in zip(sense.candidates, alone, strict=True):
                values = own.copy()
                values.update(context.features(sense, candidate))
                if domain is not None and candidate.country == domain:
                    values["domain country"] = 1.0
                features.append(values)
            sense.features = features
            updated.append(_softmax([_dot(f, weights) for f in features]))
        for sense, probabilities in zip(known, updated, strict=True):
            sense.weights = probabilities
    return groups


class _Context:
    """The other toponyms of an article, as seen from each of them."""

    def __init__(self, known: list[Sense]) -> None:
        self.known = known
        self.country: dict[int, dict[str, float]] = {}
        self.admin1: dict[int, dict[int, float]] = {}
        self.total: float = 0.0
        self.countries: dict[str, float] = defaultdict(float)
        self.divisions: dict[int, float] = defaultdict(float)
        self.named_countries: set[str] = set()
        self.named_divisions: set[int] = set()
        for sense in known:
            mass = _mass(sense)
            self.total += mass
            by_country: dict[str, float] = defaultdict(float)
            by_division: dict[int, float] = defaultdict(float)
            for candidate, p in zip(sense.candidates, sense.weights, strict=True):
                if candidate.country:
                    by_country[candidate.country] += p * mass
                if candidate.admin1 is not None:
                    by_division[candidate.admin1] += p * mass
                if p > 0.5 and candidate.kind == COUNTRY and candidate.country:
                    self.named_countries.add(candidate.country)
                if p > 0.5 and candidate.kind == ADMIN1:
                    self.named_divisions.add(candidate.row)
            self.country[id(sense)] = by_country
            self.admin1[id(sense)] = by_division
            for code, p in by_country.items():
                self.countries[code] += p
            for row, p in by_division.items():
                self.divisions[row] += p
        self.anchors = [
            (sense, sense.best, max(sense.weights))
            for sense in known
            if max(sense.weights) > 0.4 and sense.best is not None
            and (sense.best.kind in (CITY, ADMIN2) or sense.best.extent < 120)
        ]  # fmt: skip

    def features(self, sense: Sense, candidate: Feature) -> dict[str, float]:
        values: dict[str, float] = {}
        others = self.total - _mass(sense)
        if others > 0:
            if candidate.country:
                share = self.countries[candidate.country]
                share -= self.country[id(sense)].get(candidate.country, 0.0)
                values["country share"] = share / (others + 0.5)
            if candidate.admin1 is not None:
                share = self.divisions[candidate.admin1]
                share -= self.admin1[id(sense)].get(candidate.admin1, 0.0)
                values["admin1 share"] = share / (others + 0.5)
        if candidate.kind != COUNTRY and candidate.country in self.named_countries:
            values["country named"] = 1.0
        if (
            candidate.kind != ADMIN1
            and candidate.admin1 is not None
            and candidate.admin1 in self.named_divisions
        ):
            values["admin1 named"] = 1.0
        if candidate.kind in (CITY, ADMIN2, ADMIN1):
            near = 0.0
            for other, place, p in self.anchors:
                if other is sense or place is None or other.key == sense.key:
                    continue
                near = max(near, p * exp(-distance(candidate, place) / 80.0))
            values["near"] = near
        held = tight = 0.0
        for outer in sense.containers:
            for place, p in zip(outer.candidates, outer.weights, strict=True):
                if contains(place, candidate):
                    held = max(held, p**0.5)
                    if outer in sense.beside and place.kind in (COUNTRY, ADMIN1):
                        tight = max(tight, p**0.5)
        if held:
            values["contained"] = held
        if tight:
            values["state beside"] = tight
        for inner in sense.contained:
            for place, p in zip(inner.candidates, inner.weights, strict=True):
                if p > 0.2 and contains(candidate, place):
                    values["holds"] = 1.0
        return values


def _mass(sense: Sense) -> float:
    """How much a toponym counts among others: by its mentions, as likely as they are toponyms."""
    if not sense.mentions:
        return 1.0
    return min(3.0, sum(1 / (1 + exp(-mention.score)) for mention in sense.mentions))


def _dot(features: dict[str, float], weights: dict[str, float]) -> float:
    return sum(weights[name] * value for name, value in features.items() if name in weights)


def _softmax(scores: list[float]) -> list[float]:
    top = max(scores)
    powers = [exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


_HOST = re.compile(r"(?:https?://)?(?:www\d?\.)?([a-z0-9-]{5,40})\.", re.IGNORECASE)
_SMALLEST_HOME = 5000
_PAPER_WORDS = re.compile(
    r"(?:daily|evening|sunday|online|newspapers?|news|times|post|herald|tribune|gazette|journal|"
    r"star|sun|register|advocate|monitor|telegram|dispatch|today|review|courier|chronicle|"
    r"examiner|observer|record|press|mail|live|local|city|state){0,4}"
)


def _home(source: str | None, gazetteer: Gazetteer) -> Sense | None:
    """Return the town whose name opens a newspaper's host name, as a toponym of its articles.

    "kyivpost.com" says Kyiv; which Springfield a paper of that name is printed in, the other
    toponyms say.
    """
    host = _HOST.match(source or "")
    if host is None:
        return None
    label = host.group(1).casefold().replace("-", "")
    stems = {label[start:end] for start in (0, 3) for end in range(start + 4, len(label) + 1)}
    stems = {stem for stem in stems if label.startswith(stem) or label.startswith("the" + stem)}
    found = gazetteer.lookup(sorted(stem for stem in stems if len(stem) > 3))
    common = common_words()
    for stem in sorted(found, key=len, reverse=True):
        rest = label.partition(stem)[2]
        towns = [c for c in found[stem] if c.rank < 2 and c.population >= _SMALLEST_HOME]
        if towns and stem not in common and _PAPER_WORDS.fullmatch(rest):
            return Sense(stem, [], towns)
    return None


# Country-code domains that are sold to anybody, or are not ISO codes.
_GENERIC = {"com", "org", "net", "info", "tv", "co", "io", "me", "eu", "fm", "ws", "cc", "ai"}


def domain_country(source: str | None, gazetteer: Gazetteer) -> str | None:
    """Return the country (ISO alpha-3) of a source's top-level domain, if it has one."""
    if not source or "." not in source:
        return None
    last = source.casefold().rstrip("./").rsplit(".", 1)[-1]
    if last in _GENERIC or len(last) != 2:
        return None
    return _TLD.get(last)


def _load_tlds() -> dict[str, str]:
    import pycountry

    codes = {c.alpha_2.casefold(): str(c.alpha_3) for c in pycountry.countries}
    codes["uk"] = "GBR"
    return codes


_TLD = _load_tlds()
