"""Toponyms: recognition and resolution against LGL and GeoVirus.

LGL: Lieberman, Samet and Sankaranarayanan (2010), local newspapers. GeoVirus: Gritta, Pilehvar,
Limsopatham and Collier (2018), Wikinews. A gold toponym counts as found where we return a place
that overlaps it and shares an end with it, and as right where ours lies within 161 km (100 miles)
of it. `all` counts a toponym that we did not find as wrong; `found` looks only at those found,
as the published figures of geoparsers do.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from tests.benchmarks.quality.figure import Figure
from transforms.extract import coder, pipeline, places
from transforms.extract.lexicon import load as load_lexicon
from transforms.extract.model import Article, Place
from transforms.extract.places import gazetteer
from transforms.extract.places.fold import fold

WITHIN_KM = 161.0


@dataclass(frozen=True, slots=True)
class Toponym:
    start: int
    end: int
    text: str
    latitude: float
    longitude: float
    country: str | None
    adjective: bool


@dataclass(frozen=True, slots=True)
class Document:
    text: str
    source: str | None
    toponyms: list[Toponym]


def read_lgl(path: Path) -> Iterator[Document]:
    for node in ElementTree.parse(path).getroot().iter("article"):
        toponyms = []
        for item in node.iter("toponym"):
            tag = item.find("gaztag")
            if tag is None:
                continue
            phrase = item.findtext("phrase", "")
            country = tag.find("country")
            toponyms.append(
                Toponym(
                    start=int(item.findtext("start", "0")),
                    end=int(item.findtext("end", "0")),
                    text=phrase,
                    latitude=float(tag.findtext("lat", "nan")),
                    longitude=float(tag.findtext("lon", "nan")),
                    country=country.text if country is not None else tag.findtext("name"),
                    adjective=_is_adjective(phrase),
                )
            )
        yield Document(node.findtext("text", ""), node.findtext("domain"), toponyms)


def read_geovirus(path: Path) -> Iterator[Document]:
    for node in ElementTree.parse(path).getroot().iter("article"):
        text = node.findtext("text", "")
        toponyms = []
        for item in node.iter("location"):
            name = item.findtext("name", "")
            # The file counts from one, and a few counts are off: take the nearest occurrence.
            said = int(item.findtext("start", "0")) - 1
            starts = [m.start() for m in re.finditer(re.escape(name), text)]
            if not starts:
                continue
            start = min(starts, key=lambda at: abs(at - said))
            toponyms.append(
                Toponym(
                    start=start,
                    end=start + len(name),
                    text=name,
                    latitude=float(item.findtext("lat", "nan")),
                    longitude=float(item.findtext("lon", "nan")),
                    country=None,
                    adjective=False,
                )
            )
        yield Document(text, None, toponyms)


@cache
def _demonyms() -> frozenset[str]:
    return frozenset(row["word"].casefold() for row in gazetteer.read_table("demonyms.tsv"))


def _is_adjective(phrase: str) -> bool:
    return phrase.casefold() in _demonyms()


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance."""
    south, north, turn = radians(a[0]), radians(b[0]), radians(b[1] - a[1])
    h = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(turn / 2) ** 2
    return 2 * 6371.0 * asin(min(1.0, sqrt(h)))


def parsed(documents: list[Document]) -> list[Article]:
    """The documents as articles, cut and parsed as the extractor does it."""
    articles = [
        Article(str(number), document.text, source=document.source)
        for number, document in enumerate(documents)
    ]
    coder.Extractor(pipeline.load(), load_lexicon()).parse(articles, all_names=True)
    return articles


def matched(found: list[Place], toponym: Toponym) -> Place | None:
    for place in found:
        overlaps = place.start < toponym.end and toponym.start < place.end
        if overlaps and (place.start == toponym.start or place.end == toponym.end):
            return place
    return None


@cache
def country_code(name: str | None) -> str | None:
    """ISO alpha-3 of a country's name as GeoNames prints it, full or short."""
    if not name:
        return None
    key = fold(name)
    for feature in gazetteer.load().lookup([key]).get(key, []):
        if feature.kind == gazetteer.COUNTRY:
            return feature.country
    return None


def evaluate(name: str, documents: list[Document], best: dict[str, float]) -> list[Figure]:
    return judge(name, documents, parsed(documents), best)


def judge(
    name: str, documents: list[Document], articles: list[Article], best: dict[str, float]
) -> list[Figure]:
    gold = found = right = countries = nation = hits = ours = 0
    for document, article in zip(documents, articles, strict=True):
        places_found = places.find(article)
        ours += len(places_found)
        hits += sum(
            any(p.start < t.end and t.start < p.end for t in document.toponyms)
            for p in places_found
        )
        for toponym in document.toponyms:
            if toponym.adjective:
                continue
            gold += 1
            place = matched(places_found, toponym)
            if toponym.country is not None:
                code = country_code(toponym.country)
            else:
                code = None
            if place is None or place.latitude is None or place.longitude is None:
                continue
            found += 1
            point = (place.latitude, place.longitude)
            near = km(point, (toponym.latitude, toponym.longitude)) <= WITHIN_KM
            right += near
            if code is not None:
                countries += 1
                nation += place.country == code
    figures = [
        Figure(name, "accuracy within 161 km, all", right / gold, gold),
        Figure(name, "accuracy within 161 km, found", right / max(found, 1), found,
               best.get("within"), "mordecai3" if "within" in best else ""),
        Figure(name, "recall", found / gold, gold),
        Figure(name, "share of ours that overlaps gold", hits / max(ours, 1), ours),
    ]  # fmt: skip
    if countries:
        figures.append(
            Figure(
                name,
                "country accuracy, found",
                nation / countries,
                countries,
                best.get("country"),
                "mordecai3",
            )
        )
    return figures


def score(gold: Path) -> list[Figure]:
    """Score `transforms.extract.places.find`; `gold` is the folder of gold sets."""
    lgl = list(read_lgl(gold / "geo" / "lgl.xml"))
    virus = list(read_geovirus(gold / "geo" / "GeoVirus.xml"))
    return [
        *evaluate("geo/lgl", lgl, {"within": 0.83, "country": 0.98}),
        *evaluate("geo/geovirus", virus, {}),
    ]


if __name__ == "__main__":
    import sys

    for figure in score(Path(sys.argv[1])):
        print(f"{figure.part:14} {figure.metric:36} {figure.value:.3f} n={figure.n}")
