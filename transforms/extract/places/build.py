"""Build the gazetteer: plain records of the source packages to the two frames that are shipped.

Everything here is a pure function of records; the runner that reads the packages and writes the
files is `tests/benchmarks/build_gazetteer.py`. See `README.md` in this folder for the sources.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians

import polars as pl

from transforms.extract.places.fold import fold

KINDS = ("country", "admin1", "admin2", "city", "region")

FEATURES = {
    "geonames_id": pl.UInt32,
    "name": pl.String,
    "kind": pl.UInt8,
    "country": pl.String,
    "admin1": pl.UInt32,
    "latitude": pl.Float32,
    "longitude": pl.Float32,
    "population": pl.UInt32,
    "extent": pl.Float32,
    "capital": pl.Boolean,
}
NAMES = {"key": pl.String, "feature": pl.UInt32, "rank": pl.UInt8}

#: `rank` of a name: the feature's own, a variant of it, another name that its source lists.
OWN, VARIANT, OTHER = 0, 1, 2
NO_ADMIN1 = 2**32 - 1

_TYPE_WORDS = (
    "administrative region|autonomous community|autonomous region|autonomous republic|"
    "metropolitan city|municipal district|city and county|urban district|rural district|"
    "metropolitan region|capital region|federal district|"
    "county|parish|borough|district|province|region|state|department|governorate|prefecture|"
    "oblast|rayon|raion|krai|kray|okrug|republic|municipality|municipio|canton|voivodeship|"
    "division|territory|emirate|regency|city|zone|kommune|kommun|lan|wilayah|wilaya|"
    "arrondissement|census area|commune|subdistrict|rajons|opstina|muhafazat"
)
_TRAILING_TYPE = re.compile(rf"^(.{{2,60}}?) (?:{_TYPE_WORDS})$")
_LEADING_TYPE = re.compile(
    rf"^(?:{_TYPE_WORDS}|departamento|provincia|estado|region|partido|distrito|gobernacion|"
    rf"wilaya|landkreis|kreis|oblast|arrondissement|kabupaten|kota|the)"
    rf"(?: d| de| del| de la| de los| of| di| do| da| des| du)? (.{{2,60}})$"
)


@dataclass(frozen=True, slots=True)
class City:
    """A populated place as GeoNames lists it; `admin1` is the code `CC.code`."""

    geonames_id: int
    name: str
    country: str
    admin1: str
    admin2: str | None
    latitude: float
    longitude: float
    population: int
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Division:
    """A first-level (`level` 1) or second-level division; `code` is `CC.code[.code]`."""

    geonames_id: int
    name: str
    country: str
    code: str
    level: int
    others: Sequence[str] = ()
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A country (`country` is its own ISO alpha-3 code) or another named area."""

    geonames_id: int | None
    name: str
    country: str | None
    latitude: float
    longitude: float
    population: int
    extent: float
    others: Sequence[str] = ()
    capital: str | None = None


def is_latin(name: str) -> bool:
    """Whether English text could print `name`: Latin letters, a capital first, no airport code."""
    if not 2 < len(name) < 48 or not name[0].isupper() or (len(name) < 5 and name.isupper()):
        return False
    return all(
        (c.isascii() and (c.isalpha() or c in " '-."))
        or c in "’‘ʻʼ`"
        or (not c.isascii() and unicodedata.name(c, "").startswith("LATIN"))
        for c in name
    )  # fmt: skip


def variants(key: str) -> Iterator[str]:
    """Yield the shorter keys by which a division is also called.

    >>> list(variants("kursk oblast"))
    ['kursk']
    """
    for pattern in (_TRAILING_TYPE, _LEADING_TYPE):
        found = pattern.match(key)
        if found:
            yield found.group(1)


def _adjective_stem(key: str) -> str | None:
    """Undo a Russian or Ukrainian adjective: "kurskaya oblast" is the region of "kursk"."""
    first, _, rest = key.partition(" ")
    if rest not in {"oblast", "kray", "krai", "rayon", "raion", "okrug", "respublika"}:
        return None
    for ending in ("skaya", "skiy", "skyi", "ska", "skij", "skyy"):
        if first.endswith(ending) and len(first) > len(ending) + 2:
            return first[: -len(ending)] + "sk"
    return None


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the middle of the points' bounding box, less outliers, and its half-diagonal in km.

    Five per cent at each end are left out once there are twenty points, because some lists give
    a town the wrong division.
    """
    cut = len(points) // 20
    lats = sorted(p[0] for p in points)[cut : len(points) - cut]
    lons = sorted(p[1] for p in points)[cut : len(points) - cut]
    lat, lon = (lats[0] + lats[-1]) / 2, (lons[0] + lons[-1]) / 2
    high = (lats[-1] - lats[0]) * 55.6
    wide = (lons[-1] - lons[0]) * 55.6 * cos(radians(lat))
    return lat, lon, (high * high + wide * wide) ** 0.5


def _capitals(cities: Iterable[City], countries: Iterable[Area]) -> dict[str, City]:
    """Return the capital of each country: the largest city that has the name, first as its own."""
    named = {c.country: fold(c.capital) for c in countries if c.country and c.capital}
    best: dict[str, tuple[bool, int, City]] = {}
    for city in cities:
        capital = named.get(city.country)
        if capital is None:
            continue
        own = fold(city.name) == capital
        if not own and not (city.population > 5000 and capital in map(fold, city.others)):
            continue
        value = (own, city.population, city)
        if city.country not in best or value[:2] > best[city.country][:2]:
            best[city.country] = value
    return {country: value[2] for country, value in best.items()}


def frames(
    cities: Iterable[City],
    divisions: Iterable[Division],
    countries: Iterable[Area],
    regions: Iterable[Area],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the frames of features and of names (schemas `FEATURES` and `NAMES`).

    A division without a point of its own gets the middle of its populated places; one without
    either is dropped. `admin1` of a feature is the row of its first-level division. Names are
    sorted by key; one row a key and feature, the best rank kept.
    """
    cities = list(cities)
    within: dict[str, list[City]] = defaultdict(list)
    for city in cities:
        within[city.admin1].append(city)
        if city.admin2:
            within[city.admin2].append(city)

    countries = list(countries)
    seats = _capitals(cities, countries)
    rows: list[tuple[object, ...]] = []
    names: dict[tuple[str, int], int] = {}

    def note(key: str, row: int, rank: int) -> None:
        if (len(key) > 1 and (key, row) not in names) or names.get((key, row), 9) > rank:
            names[key, row] = rank

    for kind, areas in ((0, countries), (4, regions)):
        for area in areas:
            row = len(rows)
            rows.append(
                (area.geonames_id, area.name, kind, area.country, NO_ADMIN1, area.latitude,
                 area.longitude, area.population, area.extent, False)
            )  # fmt: skip
            note(fold(area.name), row, OWN)
            for other in area.others:
                note(fold(other), row, VARIANT)

    admin1_rows: dict[str, int] = {}
    seen: set[int] = set()
    for division in sorted(divisions, key=lambda d: (d.level, d.geonames_id)):
        inside = within.get(division.code, [])
        if (not inside and division.point is None) or division.geonames_id in seen:
            continue
        seen.add(division.geonames_id)
        row = len(rows)
        if inside:
            lat, lon, extent = _middle([(c.latitude, c.longitude) for c in inside])
        else:
            extent = 20.0
        if division.point is not None:
            lat, lon = division.point
        if division.level == 1:
            admin1_rows[division.code] = row
            parent = row
        else:
            parent = admin1_rows.get(".".join(division.code.split(".")[:2]), NO_ADMIN1)
        people = sum(c.population for c in inside)
        rows.append(
            (division.geonames_id, division.name, division.level, division.country, parent,
             lat, lon, people, extent, False)
        )  # fmt: skip
        spellings = [division.name, *(o for o in division.others if is_latin(o))]
        for number, spelling in enumerate(spellings):
            key = fold(spelling)
            rank = OWN if number == 0 else VARIANT if division.level == 1 else OTHER
            note(key, row, rank)
            for short in variants(key):
                note(short, row, max(rank, VARIANT))
            stem = _adjective_stem(key)
            if stem:
                note(stem, row, VARIANT)

    for city in cities:
        row = len(rows)
        parent = admin1_rows.get(city.admin1, NO_ADMIN1)
        own = fold(city.name)
        capital = seats.get(city.country) is city
        rows.append(
            (city.geonames_id, city.name, 3, city.country, parent, city.latitude,
             city.longitude, city.population, 0.0, capital)
        )  # fmt: skip
        note(own, row, OWN)
        for short in variants(own):
            if own.endswith(" city"):
                note(short, row, VARIANT)
        if city.population >= 1000:
            for other in city.others:
                if is_latin(other):
                    note(fold(other), row, OTHER)

    features = pl.DataFrame(rows, schema=FEATURES, orient="row")
    table = pl.DataFrame(
        [(key, row, rank) for (key, row), rank in names.items() if key], schema=NAMES, orient="row"
    ).sort("key", "rank", "feature")
    return features, table
