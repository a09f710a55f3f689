"""From an article to its places."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.extract.model import Article, Place, PlacePrecision
from transforms.extract.places import gazetteer as gazetteers
from transforms.extract.places.gazetteer import ADMIN1, ADMIN2, CITY, COUNTRY, Feature, Gazetteer
from transforms.extract.places.recognise import Mention, keys_of, mentions, names_of
from transforms.extract.places.resolve import Sense, resolve

_THRESHOLD = 0.0


def find(article: Article) -> list[Place]:
    """Return the toponyms of an article, resolved, in the order of the text."""
    return find_all([article])[0]


def find_all(articles: Sequence[Article]) -> list[list[Place]]:
    """Return the toponyms of each article, resolved, in the order of the text; the gazetteer is
    searched once for the names of all.

    Sentences that were parsed (`sentence.doc`) contribute the recogniser's entities; all are
    matched against the gazetteer. Offsets are exact. A name that no gazetteer knows is returned
    only where the text says what holds it ("the village of X in the Y region"): then it has the
    name as printed and the coordinates and precision of the container.
    """
    gazetteer = gazetteers.load()
    named = [names_of(article) for article in articles]
    known = gazetteer.lookup(key for names in named for key in keys_of(names))
    return [
        _places(article, mentions(article, names, known), gazetteer)
        for article, names in zip(articles, named, strict=True)
    ]


def _places(article: Article, spans: list[Mention], gazetteer: Gazetteer) -> list[Place]:
    found = _accepted(spans)
    groups = resolve(article, found, gazetteer)
    places = []
    for sense in groups:
        best = sense.best
        for mention in sense.mentions:
            if best is not None:
                places.append(as_place(mention, best, gazetteer))
            else:
                held = _held(mention, sense, gazetteer)
                if held is not None:
                    places.append(held)
    places.sort(key=lambda place: place.start)
    return places


def _accepted(found: list[Mention]) -> list[Mention]:
    return [mention for mention in found if mention.score > _THRESHOLD]


def _held(mention: Mention, sense: Sense, gazetteer: Gazetteer) -> Place | None:
    for outer in sense.containers:
        best = outer.best
        if best is None:
            continue
        return Place(
            start=mention.start,
            end=mention.end,
            text=mention.text,
            name=mention.text,
            country=best.country,
            admin1=gazetteer.admin1_name(best),
            latitude=best.latitude,
            longitude=best.longitude,
            geonames_id=None,
            precision=precision_of(best),
        )
    return None


def precision_of(feature: Feature) -> PlacePrecision:
    """Return how finely a feature says where: a city, a first-level division or a country."""
    if feature.kind in (CITY, ADMIN2):
        return "city"
    if feature.kind == ADMIN1:
        return "admin1"
    if feature.kind == COUNTRY or feature.country is None or feature.extent > 300:
        return "country"
    return "city" if feature.extent <= 30 else "admin1"


def as_place(mention: Mention, feature: Feature, gazetteer: Gazetteer) -> Place:
    """Return the `Place` of a mention resolved to a feature."""
    return Place(
        start=mention.start,
        end=mention.end,
        text=mention.text,
        name=feature.name,
        country=feature.country,
        admin1=gazetteer.admin1_name(feature),
        latitude=feature.latitude,
        longitude=feature.longitude,
        geonames_id=feature.geonames_id,
        precision=precision_of(feature),
    )
