"""Warehouses to brief on: four quiet weeks and a day on which every text is hostile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.conftest import new_warehouse, path, publish_night
from tests.warehouse.stages import Stage, article, assignment, dump, mention, sketch

__all__ = ["new_warehouse", "path", "publish_night"]

DAY = date(2026, 3, 1)
"""The hostile day, after four quiet weeks."""

HOSTILE = (
    "<script>window.hacked = 1; alert(1)</script>",
    '"><img src=x onerror="window.hacked = 1">',
    "'; window.hacked = 1; //",
    "</style><style>*{display:none}</style>",
    "</title></script><svg onload='window.hacked = 1'>",
    "{{ 7 * 7 }} {% raw %} ${7 * 7}",
    "</details></table></tbody><h1>Injected</h1>",
    "\u202egnp.exe\u202c and \u2066isolated\u2069 \u0007bell \u0000nul",
    "A" * 3000,
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "\u0301" * 200 + "combining",
    "]]><!-- comment --><![CDATA[",
)
URLS = (
    "javascript:window.hacked=1",
    "data:text/html,<script>window.hacked=1</script>",
    'https://example.org/"onmouseover="window.hacked=1',
    "https://example.org/a b<c>",
    "//example.org/no-scheme",
    "file:///etc/passwd",
    "HTTPS://EXAMPLE.ORG/Upper",
    "https://user:secret@example.org/",
    "http:// example.org/",
    "https://exa\nmple.org/",
    None,
)


def quiet(day: date, events: int = 3, articles: int = 5) -> Stage:
    """Return a night of a day on which little happens."""
    stage = Stage(dumps=[dump(f"quiet-{day}", articles)])
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    for number in range(articles):
        body = f"Nothing much happened on {day}, number {number}."
        row = article(
            f"quiet-{day}", number, body, published_at=at, publish_date=day, source=f"Post {number}"
        )
        own = assignment(row)
        stage.articles.append(row)
        stage.sketches.append(sketch(row, [day.toordinal() * 10 + number]))
        stage.assignments.append(own)
        if number < events:
            stage.mentions.append(
                mention(
                    row,
                    own["story_id"],
                    event_date=day,
                    event_type="PROTEST",
                    event_mode="demo",
                    actor_name=f"Workers {number}",
                    actor_country="ROU",
                    actor_sector="LAB",
                    goldstein=-6.5,
                )
            )
    return stage


def hostile(day: date = DAY) -> Stage:
    """Return a night all texts of which try to be more than text."""
    stage = Stage()
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    for number, text in enumerate(HOSTILE):
        name = f"hostile-{number}"
        clean = text.replace("\x00", "")  # no dump is read with NUL in it
        stage.dumps.append(dump(name, path=f"inbox/{clean[:200]}.txt"))
        row = article(
            name, 0, f"Body {number} {clean}", title=clean, source=clean[:300],
            url=URLS[number % len(URLS)], published_at=at, publish_date=day,
        )  # fmt: skip
        own = assignment(row)
        stage.articles.append(row)
        stage.sketches.append(sketch(row, [number]))
        stage.assignments.append(own)
        sentence = f"{clean} attacked {clean}."
        start = len(clean) + 1
        common: dict[str, Any] = {
            "event_date": day, "sentence_text": sentence, "sentence_start": 0,
            "sentence_end": len(sentence), "trigger_text": "attacked", "trigger_start": start,
            "trigger_end": start + 8, "actor_name": clean[:300], "place_name": clean[:300],
            "attributed_to": clean, "certainty": "claimed", "why": f"lexicon: {clean}",
            "recipient_name": clean[:300], "deaths": number, "geonames_id": number,
            "latitude": -40.0 + 7 * number, "longitude": -170.0 + 28 * number,
        }  # fmt: skip
        stage.mentions.append(
            mention(row, own["story_id"], recipient_country="KEN", recipient_sector="GOV", **common)
        )
        stage.mentions.append(
            mention(row, own["story_id"], 1, actor_country="KEN", recipient_country="FRA",
                    **common | {"event_type": "AID", "quad_class": 2, "deaths": None})
        )  # fmt: skip
    return stage


@pytest.fixture
def nights(path: Path, publish_night: Any) -> Path:
    """A warehouse of four quiet weeks and the hostile day."""
    for back in range(28, 0, -1):
        if back % 7:  # a day a week without any article
            publish_night(quiet(DAY - timedelta(days=back)))
    publish_night(hostile())
    return path
