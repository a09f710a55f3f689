"""The gazetteer: what a name may stand for.

The two Parquet files beside this module hold features (countries, divisions of two levels,
populated places, other areas) and their names. In memory names are found by a sorted array of
64-bit hashes, checked against the name itself, so a process needs some tens of megabytes where
dictionaries of the same names need several hundred.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import numpy as np
import polars as pl

from transforms.extract.places.build import NO_ADMIN1
from transforms.extract.places.fold import fold

FOLDER = Path(__file__).parent
COUNTRY, ADMIN1, ADMIN2, CITY, REGION = range(5)
_EARTH_KM = 6371.0
_MOST_CANDIDATES = 40
_CACHED_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that a name may stand for. `extent` is a radius in km, `row` its identity."""

    row: int
    geonames_id: int | None
    name: str
    kind: int
    country: str | None
    admin1: int | None
    latitude: float
    longitude: float
    population: int
    extent: float
    capital: bool
    rank: int


def distance(a: Feature, b: Feature) -> float:
    """Return the great-circle distance in km (haversine, sphere of 6371 km)."""
    south, north = radians(a.latitude), radians(b.latitude)
    turn = radians(b.longitude - a.longitude)
    h = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(turn / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(h)))


def contains(outer: Feature, inner: Feature) -> bool:
    """Whether `inner` lies in `outer` as far as the gazetteer can tell."""
    if outer.row == inner.row or outer.kind == CITY:
        return False
    if outer.kind == COUNTRY:
        return inner.country == outer.country and inner.kind != COUNTRY
    if outer.kind == ADMIN1:
        return inner.admin1 == outer.row
    if outer.kind == REGION and outer.country and inner.country != outer.country:
        return False
    if inner.kind in (COUNTRY, ADMIN1) and outer.kind == ADMIN2:
        return False
    return distance(outer, inner) <= outer.extent + (15 if outer.kind == ADMIN2 else 50)


class Gazetteer:
    """Names and features; use `load` to get the one that ships."""

    def __init__(self, features: pl.DataFrame, names: pl.DataFrame) -> None:
        self._names = features["name"]
        self._ids = features["geonames_id"].fill_null(0).to_numpy()
        self._kinds = features["kind"].to_numpy()
        self._country_codes: list[str] = features["country"].drop_nulls().unique().sort().to_list()
        codes = features["country"].cast(pl.Enum(self._country_codes))
        self._countries = codes.to_physical().cast(pl.Int16).fill_null(-1).to_numpy()
        self._admin1 = features["admin1"].to_numpy()
        self._lat = features["latitude"].to_numpy()
        self._lon = features["longitude"].to_numpy()
        self._population = features["population"].to_numpy()
        self._extent = features["extent"].to_numpy()
        self._capital = features["capital"].to_numpy()
        hashes = names["key"].hash(seed=0).to_numpy()
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        ordered = names[order]
        self._keys = ordered["key"]
        self._features = ordered["feature"].to_numpy()
        self._ranks = ordered["rank"].to_numpy()
        self._cache: dict[str, list[Feature]] = {}

    def feature(self, row: int, rank: int = 0) -> Feature:
        """Return the feature of a row."""
        code = int(self._countries[row])
        admin1 = int(self._admin1[row])
        return Feature(
            row=row,
            geonames_id=int(self._ids[row]) or None,
            name=str(self._names[row]),
            kind=int(self._kinds[row]),
            country=self._country_codes[code] if code >= 0 else None,
            admin1=None if admin1 == NO_ADMIN1 else admin1,
            latitude=round(float(self._lat[row]), 5),
            longitude=round(float(self._lon[row]), 5),
            population=int(self._population[row]),
            extent=float(self._extent[row]),
            capital=bool(self._capital[row]),
            rank=rank,
        )

    def lookup(self, keys: Iterable[str]) -> dict[str, list[Feature]]:
        """Return what each folded key may stand for; keys of nothing are left out."""
        found: dict[str, list[Feature]] = {}
        wanted = []
        for key in dict.fromkeys(keys):
            if key not in self._cache:
                wanted.append(key)
            elif self._cache[key]:
                found[key] = self._cache[key]
        if not wanted:
            return found
        if len(self._cache) > _CACHED_NAMES:
            self._cache.clear()
        self._cache.update((key, []) for key in wanted)
        hashes = pl.Series(wanted, dtype=pl.String).hash(seed=0).to_numpy()
        lows = np.searchsorted(self._hashes, hashes, side="left")
        highs = np.searchsorted(self._hashes, hashes, side="right")
        for key, low, high in zip(wanted, lows.tolist(), highs.tolist(), strict=True):
            if low == high or self._keys[low] != key:
                continue
            rows = self._features[low:high]
            if high - low > _MOST_CANDIDATES:
                # Countries and divisions first, then the own names of the largest places.
                weight = (
                    self._population[rows]
                    + np.where(self._kinds[rows] < 2, 10**9, 0)
                    - np.where(self._ranks[low:high] == 2, 10**5, 0)
                )
                best = np.argsort(-weight, kind="stable")[:_MOST_CANDIDATES]
            else:
                best = np.arange(high - low)
            found[key] = self._cache[key] = [
                self.feature(int(rows[i]), int(self._ranks[low + i])) for i in best.tolist()
            ]
        return found

    def capitals(self) -> frozenset[int]:
        """Return the GeoNames ids of the capitals of countries."""
        return _capitals(self)

    def country(self, code: str) -> Feature | None:
        """Return the feature of a country by its ISO 3166-1 alpha-3 code."""
        row = _country_rows(self).get(code)
        return None if row is None else self.feature(row)

    def admin1_name(self, feature: Feature) -> str | None:
        """Return the name of the first-level division that holds the feature."""
        return None if feature.admin1 is None else str(self._names[feature.admin1])


@cache
def _country_rows(gazetteer: Gazetteer) -> dict[str, int]:
    rows = np.flatnonzero(gazetteer._kinds == COUNTRY).tolist()
    return {code: row for row in rows if (code := gazetteer.feature(row).country) is not None}


@cache
def _capitals(gazetteer: Gazetteer) -> frozenset[int]:
    return frozenset(gazetteer._ids[np.flatnonzero(gazetteer._capital)].tolist())


@cache
def load() -> Gazetteer:
    """Return the gazetteer that ships, read once a process."""
    return Gazetteer(
        pl.read_parquet(FOLDER / "features.parquet"), pl.read_parquet(FOLDER / "names.parquet")
    )


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a tab-separated file of this folder; lines that open with # are notes."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return list(csv.DictReader(lines, delimiter="\t"))


@cache
def abbreviations() -> dict[str, tuple[str, bool, int]]:
    """Return what each abbreviation stands for: key, whether only after a comma, kind of feature.

    The abbreviations are written as in print ("Calif.", "CA").
    """
    kinds = {"country": COUNTRY, "admin1": ADMIN1, "city": CITY}
    return {
        row["abbreviation"]: (fold(row["name"]), row["after_comma"] == "1", kinds[row["kind"]])
        for row in read_table("abbreviations.tsv")
    }


@cache
def common_words() -> frozenset[str]:
    """Return the words that are far more often something else than the place they also name."""
    return frozenset(row["word"] for row in read_table("common_words.tsv"))
