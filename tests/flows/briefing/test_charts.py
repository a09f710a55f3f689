"""Charts as a page holds them: no colour, link or text that the page does not know."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from lxml import etree

from flows.briefing import charts, words
from tests.flows.briefing.conftest import HOSTILE

NAMES = words.Names({"KEN": "Kenya"})
DAY = date(2026, 3, 1)


def tree(markup: str) -> Any:
    return etree.fromstring(markup.encode())


def place(number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "place_id": f"{number:016x}", "name": f"Place {number}", "country": "KEN",
        "latitude": float(number), "longitude": 36.0 + number, "events": 3 + number, "conflict": 2,
        "cooperation": 1,
    } | more  # fmt: skip


def dyad(actor: str, recipient: str, events: int = 2, net: float | None = -1.0) -> dict[str, Any]:
    return {
        "actor_country": actor, "recipient_country": recipient, "events": events,
        "net_cooperation": net,
    }  # fmt: skip


def change(**more: Any) -> dict[str, Any]:
    return {
        "counted": "events", "event_type": "ASSAULT", "country": "KEN", "count": 12, "low_28": 1.0,
        "high_28": 3.0, "median_28": 2.0, "median_7": 2.0, "score": 5.0,
    } | more  # fmt: skip


def all_charts(text: str = "Kenya") -> dict[str, str]:
    days = [
        {"day": DAY - timedelta(days=back), "articles": 9, "events": 7, "conflict": 3,
         "cooperation": 2}
        for back in range(28, -1, -1)
    ]  # fmt: skip
    named = words.Names({"KEN": text, "FRA": text + "2"})
    actor = {
        "name": text, "country": None, "sector": None, "events": 3, "conflict": 1, "cooperation": 1,
        "neither": 1,
    }  # fmt: skip
    country = {
        "country": "KEN", "protests": 1, "violence": 2, "deaths_in_violence": 300,
        "other_deaths": 2,
    }  # fmt: skip
    return {
        "history": charts.history(days, DAY),
        "articles": charts.articles(days, DAY),
        "places": charts.places([place(name=text), place(1)], named),
        "matrix": charts.matrix([dyad("KEN", "FRA"), dyad("FRA", "KEN", 1, 0.5)], named),
        "changes": charts.changes([change(), change(event_type=None, score=-9.0)], named),
        "actors": charts.actors([actor, actor], named),
        "countries": charts.countries([country], named),
        "calendar": charts.calendar(
            [{**row, "page": row["day"].isoformat() if row["day"] == DAY else None} for row in days]
        )[0][1],
    }


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return all_charts()


def test_every_colour_is_one_that_the_style_sheet_gives(drawn: dict[str, str]) -> None:
    style = re.findall(r"\.([fs]-\w+)\{", _style())
    for name, markup in drawn.items():
        root = tree(markup)
        used = {part for e in root.iter() for part in (e.get("class") or "").split()}
        colours = {part for part in used if part[:2] in {"f-", "s-"}}
        assert colours and colours <= set(style), name
        left = {e.get(a) for e in root.iter() for a in ("fill", "stroke")} - {None}
        assert left <= {"none", "transparent"}, (name, left)


def _style() -> str:
    from flows.briefing import page

    return page._asset("style.css")[0]


def test_nothing_in_a_chart_needs_a_style_attribute_or_a_network(drawn: dict[str, str]) -> None:
    for name, markup in drawn.items():
        root = tree(markup)
        for element in root.iter():
            assert "style" not in element.attrib, name
            assert not [a for a in element.attrib if a.startswith("on")]
            link = element.get("href")
            assert link is None or re.fullmatch(r"#[\w-]+|\d{4}-\d\d-\d\d\.html", link), name
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", markup), name


def test_links_have_names_and_charts_are_told_to_who_cannot_see_them(drawn: dict[str, str]) -> None:
    for name, markup in drawn.items():
        root = tree(markup)
        assert root.get("aria-label"), name
        links = root.findall(".//{*}a")
        assert all(link.get("aria-label") for link in links), name
        # What holds links is a group: an image has nothing inside for a screen reader.
        has_targets = any(link.get("href") for link in links)
        assert root.get("role") == ("group" if links else "img"), (name, has_targets)


def test_a_keyboard_does_not_pass_every_dot(drawn: dict[str, str]) -> None:
    for markup in drawn.values():
        links = [a for a in tree(markup).iter("{*}a") if a.get("href")]
        assert all(a.get("tabindex") == "-1" for a in links)


def test_dots_of_the_map_lead_to_their_places(drawn: dict[str, str]) -> None:
    links = {
        link.get("href"): link.get("aria-label") for link in tree(drawn["places"]).iter("{*}a")
    }
    assert links[f"#p-{0:016x}"] == "Kenya: 3 events, 2 of conflict, 1 of cooperation"
    assert len(links) == 2


def test_days_without_a_page_are_no_links(drawn: dict[str, str]) -> None:
    links = [a.get("href") for a in tree(drawn["calendar"]).iter("{*}a") if a.get("href")]
    assert links == ["2026-03-01.html"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_drawn_as_text(text: str) -> None:
    # As a page does it: what names hold has been cleaned.
    for markup in all_charts(words.clean(text, 80)).values():
        root = tree(markup)
        tags = {etree.QName(element).localname for element in root.iter()}
        assert tags <= {"svg", "g", "path", "rect", "text", "tspan", "line", "a", "title", "defs",
                        "clipPath"}  # fmt: skip


def test_the_map_comes_closer_where_all_happens_in_one_part_of_the_world() -> None:
    near = charts._view([(36.8, -1.3), (38.7, 9.0)], 800, 352)
    assert near["type"] == "mercator"
    assert near["center"][0] == pytest.approx(37.75)
    assert charts._view([(36.8, -1.3), (-100.0, 40.0)], 800, 352)["type"] == "equalEarth"
    assert charts._view([], 800, 352)["type"] == "equalEarth"
    alone = charts._view([(36.8, -1.3)], 800, 352)
    assert 24 * 0.9 < 800 / alone["scale"] * 57.3 < 40  # a dot alone does not fill the map


@pytest.mark.parametrize(
    ("net", "said"),
    [(-1.0, 0), (-0.5, 1), (0.0, 2), (None, 2), (0.19, 2), (0.5, 3), (1.0, 4)],
)
def test_net_cooperation_in_five_steps(net: float | None, said: int) -> None:
    assert charts.net_word(net) == charts.NETS[said]
