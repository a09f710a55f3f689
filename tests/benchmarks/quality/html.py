"""Article text, headline and date of web pages, on the pages of the Fundus evaluation.

Gold is the body of each page, a paragraph each, where paragraphs in brackets (standfirsts, notes)
may or may not be taken: they count as wanted where that is to the extraction's advantage, as in
Dallabetta et al. (2024), ACL demo 30. Headlines and dates have no gold; the address of a page
states both often, independently of what is read: the words of its slug, and its day.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.quality.figure import Figure
from transforms.read import open_source, parse_date

FOLDER = Path("dumps") / "formats" / "fundus_eval_html"
BEST = {"precision": 0.974, "recall": 0.998, "f1": 0.985}
"""trafilatura 2.3.1, `favor_precision`, no comments, scored by `measure` on the same pages."""

_WORD = re.compile(r"\w+")
_DAY = re.compile(r"/(\d{4})[/-]?([a-z]{3}|\d{2})[/-]?(\d{2})(?=[/-])|(\d{4})-(\d{2})-(\d{2})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def tokens(text: str) -> Counter[str]:
    """Return how often each word stands in `text`, case folded."""
    return Counter(word.casefold() for word in _WORD.findall(text))


def measure(body: str, gold: list[str]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the words of `body` against the paragraphs in `gold`."""
    found = tokens(body)
    wanted: Counter[str] = Counter()
    optional = [part for part in gold if part.startswith("[") and part.endswith("]")]
    for part in gold:
        if part not in optional:
            wanted += tokens(part)
    best = _rates(found, wanted)
    for part in optional:
        more = wanted + tokens(part)
        rates = _rates(found, more)
        if rates[2] > best[2]:
            wanted, best = more, rates
    return best


def _rates(found: Counter[str], wanted: Counter[str]) -> tuple[float, float, float]:
    both = (found & wanted).total()
    precision = both / found.total() if found else 0.0
    recall = both / wanted.total() if wanted else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def pages(folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield each gold page that is there with the record read from it, None where there is none."""
    truth = json.loads((folder / "ground_truth.json").read_text(encoding="utf-8"))
    for path in sorted(folder.glob("*.html.gz")):
        rows = [
            row
            for dump in open_source(path)
            for frame in dump.pieces()
            for row in frame.iter_rows(named=True)
        ]
        records = [row for row in rows if row["kind"] == "record"]
        yield truth[path.name], records[0] if records else None


def url_day(url: str) -> str | None:
    """Return the day that an address states, in ISO 8601."""
    match = _DAY.search(url.lower())
    if match is None:
        return None
    year, month, day = match.groups()[:3] if match[1] else match.groups()[3:]
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    return f"{year}-{number:02}-{day}"


def slug(url: str) -> set[str]:
    """Return the words of the longest part of an address, numbers left out."""
    parts = re.split(r"[/?.]", url.partition("://")[2].partition("/")[2])
    longest = max(parts, key=lambda part: part.count("-"))
    return {word for word in longest.lower().split("-") if word.isalpha() and len(word) > 3}


def score(gold: Path) -> list[Figure]:
    """Means over pages: precision, recall and F1 of the body; headlines and dates by address."""
    folder = gold.parent / FOLDER
    rates: list[tuple[float, float, float]] = []
    titles: list[bool] = []
    days: list[bool] = []
    dated = 0
    for truth, row in pages(folder):
        rates.append(measure(row["text"] if row else "", truth["body"]))
        title = {word.casefold() for word in _WORD.findall((row and row["title"]) or "")}
        wanted = slug(truth["url"])
        titles.append(2 * len(wanted & title) >= len(wanted))
        when = parse_date(row["date_text"]) if row else None
        dated += when is not None
        if (stated := url_day(truth["url"])) is not None:
            days.append(when is not None and _within_a_day(when.day.isoformat(), stated))
    n = len(rates)
    if not n:
        return []
    means = [sum(column) / n for column in zip(*rates, strict=True)]
    by = "trafilatura"
    return [
        Figure("html", f"body {name}", value, n, BEST[name], by)
        for name, value in zip(("precision", "recall", "f1"), means, strict=True)
    ] + [
        Figure("html", "headline has half the slug's words", sum(titles) / n, n),
        Figure("html", "dated", dated / n, n),
        Figure("html", "day of the address, one day off at most", sum(days) / len(days), len(days)),
    ]


def _within_a_day(one: str, other: str) -> bool:
    first, second = parse_date(one), parse_date(other)
    return first is not None and second is not None and abs((first.day - second.day).days) <= 1
