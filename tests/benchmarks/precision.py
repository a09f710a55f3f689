"""How often a mention is what it claims to be: draw a sample to judge, and count judgements.

    python -m tests.benchmarks.precision draw --seed=1 --each=100 > sheet.csv   # with sentences
    python -m tests.benchmarks.precision count [SHEET]                          # the table

`draw` codes 1,200 articles of Reuters-21578 and Wikinews articles beside the checkout (gold sets
meantime_apple and segment, and 60 of geo/GeoVirus), draws mentions at random from each, and writes
them with their sentences, to be read and judged in three columns: `type` is `y` where the sentence
states an event of that type, read together with the row's time, certainty and polarity (no
metaphor, no other sense, no plan told as a fact), `actor` and `recipient` are `y` where the phrase
has that part in it or is rightly missing; else `n`, with a `note`. `precision.csv` holds
the judgements published in README, without the articles' text: `document` and the offsets of the
trigger lead back to it.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.fit_segment import read
from tests.benchmarks.quality.deduplicate import reuters
from tests.benchmarks.quality.geo import read_geovirus
from transforms.extract import coder, pipeline

SHEET = Path(__file__).with_name("precision.csv")
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
REUTERS = 1200
VIRUS = 60
KEPT = (
    "collection", "document", "trigger_start", "trigger_end", "event_type", "event_mode",
    "time", "certainty", "polarity", "confidence", "type", "actor", "recipient", "note",
)  # fmt: skip
READ = ("trigger_text", "actor_text", "recipient_text", "actor_name", "recipient_name",
        "event_date", "place_name", "sentence_text", "why")  # fmt: skip


def records(seed: int) -> Iterator[tuple[str, coder.Record]]:
    """Yield the collection and the record of each article."""
    wire = reuters(SHARED / "dumps" / "reuters21578.tar.gz").to_dicts()
    for item in random.Random(seed).sample(wire, REUTERS):
        if item["maintext"]:
            yield "reuters", coder.Record.from_json(item)
    for line in (SHARED / "gold" / "meantime_apple" / "docs.jsonl").open(encoding="utf-8"):
        yield "wikinews", coder.Record.from_json(json.loads(line))
    virus = list(read_geovirus(SHARED / "gold" / "geo" / "GeoVirus.xml"))
    for number in random.Random(seed).sample(range(len(virus)), VIRUS):
        yield "wikinews", coder.Record(f"geovirus-{number}", None, virus[number].text)
    for path in sorted((SHARED / "gold" / "segment").glob("gum_wikinews__native__*.txt")):
        text, stories = read(path)
        for story in stories:
            headline = text[story["headline_start"] : story["headline_end"]]
            body = text[story["headline_end"] : story["end"]].strip()
            yield "wikinews", coder.Record(story["doc_id"], headline, body)


def draw(seed: int, each: int) -> None:
    """Write a sheet of `each` mentions of either collection to standard output."""
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    of, given = zip(*records(seed), strict=True)
    for collection, annotation in zip(of, coder.annotate(given, pipeline.load()), strict=True):
        for mention in annotation.mentions:
            found[collection].append(
                mention | {"collection": collection, "document": annotation.id}
            )
    sheet = csv.DictWriter(sys.stdout, [*KEPT, *READ], extrasaction="ignore")
    sheet.writeheader()
    for collection, mentions in found.items():
        print(f"{collection}: {len(mentions)} mentions", file=sys.stderr)
        sheet.writerows(random.Random(seed).sample(mentions, min(each, len(mentions))))


def count(path: Path) -> None:
    """Print the share of right types, and of right types with right parties, by collection."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    print(
        "| collection | mentions | right type | and right parties |\n| --- | ---: | ---: | ---: |"
    )
    for collection in ("reuters", "wikinews", "both"):
        own = [row for row in rows if collection in (row["collection"], "both")]
        right = [row for row in own if row["type"] == "y"]
        whole = [row for row in right if row["actor"] == row["recipient"] == "y"]
        print(f"| {collection} | {len(own)} | {len(right) / len(own):.3f} "
              f"| {len(whole) / len(own):.3f} |")  # fmt: skip


def main() -> None:
    """Run what the first argument names."""
    given = dict(one[2:].split("=", 1) for one in sys.argv if one.startswith("--"))
    if sys.argv[1:2] == ["draw"]:
        draw(int(given.get("seed", 1)), int(given.get("each", 100)))
    elif sys.argv[1:2] == ["count"]:
        count(Path(sys.argv[2]) if len(sys.argv) > 2 else SHEET)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
