"""The charts of a briefing: Altair draws them, vl-convert makes them SVG, without a network.

Every colour is a stand-in that the page's style sheet gives a value, for light and for dark. A
chart is as wide as its text is readable on a phone.

The outlines of countries in `world.topo.json` are Natural Earth's 1:110m (public domain), as
TopoJSON.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import altair as alt
import vl_convert
from lxml import etree
from markupsafe import Markup

from flows.briefing import words

Row = Mapping[str, Any]

COLOURS = {
    "#101011": "ink", "#101012": "muted", "#101013": "grid", "#101014": "land",
    "#101015": "border", "#101016": "conflict", "#101017": "cooperation", "#101018": "neither",
    "#101019": "mark", "#10101a": "deaths",
    "#101021": "net1", "#101022": "net2", "#101023": "net3", "#101024": "net4", "#101025": "net5",
    "#101031": "heat0", "#101032": "heat1", "#101033": "heat2", "#101034": "heat3",
    "#101035": "heat4", "#101036": "heat5",
}  # fmt: skip
"""Stand-ins, and the names by which the style sheet knows them."""
BY_NAME = {name: colour for colour, name in COLOURS.items()}

_FONT = "DejaVu Sans"
"""What labels are measured in: as wide as any font that a reader's machine may have for them."""

WIDTH = 300
"""Width of what is drawn, without labels beside it, in pixels."""

NETS = (
    "conflict only",
    "more conflict",
    "mixed or neither",
    "more cooperation",
    "cooperation only",
)
"""How net cooperation is told apart in the matrix."""

KINDS = ("conflict", "conflict"), ("neither", "neither"), ("cooperation", "cooperation")
"""The kinds of events, each with its colour, in the order in which bars stack them."""

_OUTLINES = {"land": {"feature": "land"}, "borders": {"mesh": "countries"}}
"""What is drawn of the world, by the name of its data."""

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_ANCHOR = re.compile(r"[\w-]+")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_DROPPED = {
    "aria-roledescription", "aria-label", "aria-hidden", "role", "font-family", "class",
    "stroke-miterlimit", "style", "cursor", "display",
}  # fmt: skip
_EMPTY_GROUP = ("background", "foreground")


def _colour(name: str) -> str:
    return BY_NAME[name]


def _config(chart: alt.TopLevelMixin) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict(validate=False)
    for layer in spec.get("layer", ()):  # Altair would look at every point of an outline
        outline = _OUTLINES.get(layer.get("data", {}).get("name"))
        if outline:
            form = {"type": "topojson", **outline}
            layer["data"] = layer["data"] | {"values": _world(), "format": form}
    ink, muted, grid = _colour("ink"), _colour("muted"), _colour("grid")
    axis = {
        "labelColor": ink, "titleColor": muted, "gridColor": grid, "domainColor": grid,
        "tickColor": grid, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "labelLimit": 190,
    }  # fmt: skip
    spec["config"] = {
        "background": None,
        "font": _FONT,
        "padding": 8,
        "view": {"stroke": None},
        "axis": axis,
        "legend": {
            "labelColor": ink, "titleColor": muted, "labelFontSize": 12, "titleFontSize": 12,
            "titleFontWeight": "normal", "orient": "bottom", "symbolType": "square",
            "labelLimit": 240,
        },
        "header": {"labelColor": ink, "labelFontSize": 12, "titleColor": muted},
        "title": {"color": muted, "fontSize": 12, "fontWeight": "normal", "anchor": "start"},
        "text": {"color": ink},
        "path": {"stroke": ink},
    }  # fmt: skip
    return spec


def svg(
    chart: alt.TopLevelMixin,
    about: str,
    *,
    kind: str = "",
    link: str = "#{}",
    described: bool = False,
) -> Markup:
    """Return a chart as an SVG element that a page may hold whatever its data say.

    `about` tells those who cannot see it what it shows. A mark's link is `link` with its anchor.
    Marks that are `described` show their description to a pointer, which also names their link.
    `kind` is a class for the style sheet.
    """
    root = etree.fromstring(
        vl_convert.vegalite_to_svg(_config(chart), allowed_base_urls=[]).encode(),
        etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True),
    )
    for element in list(root.iter()):
        is_mark = described and element.get("role") == "graphics-symbol"
        label = element.get("aria-label") if is_mark else None
        if element.get("display") == "none" or (
            element.get("class") in _EMPTY_GROUP and not element.get("fill")
        ):
            parent = element.getparent()
            if parent is not None and element.get("stroke") is None:
                parent.remove(element)
                continue
        for name in _DROPPED & set(element.keys()):
            del element.attrib[name]
        _coloured(element)
        for name in ("d", "transform", "x", "y", "x1", "x2", "y1", "y2"):
            given = element.get(name)
            if given:
                element.set(name, _NUMBER.sub(lambda n: f"{float(n[0]):.1f}", given))
        for name in ("id", "clip-path"):  # one page holds several charts
            given = element.get(name)
            if given:
                element.set(name, given.replace("clip", f"{kind or 'chart'}-clip"))
        target = element.attrib.pop(_XLINK, None)
        if target is not None:
            anchor = target.partition("#")[2]
            if _ANCHOR.fullmatch(anchor):
                element.set("href", link.format(anchor))
                # The table beside a chart has the same links; a keyboard need not pass them twice.
                element.set("tabindex", "-1")
        if label and not label.startswith(("X-axis", "Y-axis", "week: ")):
            _named(element, label)
    is_group = root.find(f".//{_SVG}a") is not None
    root.set("role", "group" if is_group else "img")
    root.set("aria-label", about)
    root.set("class", f"chart {kind}".strip())
    return Markup(etree.tostring(root, encoding="unicode"))


def _coloured(element: Any) -> None:
    classes = []
    for attribute, prefix in (("fill", "f"), ("stroke", "s")):
        given = (element.get(attribute) or "").lower()
        if given in COLOURS:
            del element.attrib[attribute]
            classes.append(f"{prefix}-{COLOURS[given]}")
    if classes:
        element.set("class", " ".join(classes))


def _named(element: Any, label: str) -> None:
    """Give a mark the tooltip that browsers show, and the link around it a name."""
    title = etree.SubElement(element, f"{_SVG}title")
    title.text = label
    parent = element.getparent()
    if parent is not None and parent.tag == f"{_SVG}a":
        parent.set("aria-label", label)


def _data(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Return rows as a chart's data. What draws ends the process at a sign that XML cannot hold."""
    return alt.InlineData(
        values=[
            {key: words.clean(v) if isinstance(v, str) else v for key, v in row.items()}
            for row in rows
        ]
    )


def _scale(*pairs: tuple[str, str]) -> alt.Scale:
    return alt.Scale(domain=[name for name, _ in pairs], range=[_colour(c) for _, c in pairs])


def _days(rows: Sequence[Row], day: date) -> alt.X:
    """Return the axis of the days of rows, named a week apart back from `day`."""
    ticks = [day - timedelta(days=7 * back) for back in range(4, -1, -1)]
    return alt.X(
        "day:O",
        title=None,
        axis=alt.Axis(
            values=[tick.isoformat() for tick in ticks if tick >= rows[0]["day"]],
            labelExpr="timeFormat(toDate(datum.value), '%-d %b')",
            labelAngle=0,
        ),
        scale=alt.Scale(paddingInner=0.25),
    )


def _outstanding(day: date) -> Any:
    """Return an opacity by which the bars of `day` stand out."""
    return alt.condition(f"datum.day === '{day.isoformat()}'", alt.value(1), alt.value(0.55))


def history(rows: Sequence[Row], day: date) -> Markup:
    """Return events a day over the 28 days before and the day itself, by kind."""
    parts = [
        {"day": row["day"].isoformat(), "order": order, "kind": kind, "events": count}
        for row in rows
        for order, (kind, count) in enumerate(
            (
                ("conflict", row["conflict"]),
                ("neither", row["events"] - row["conflict"] - row["cooperation"]),
                ("cooperation", row["cooperation"]),
            )
        )
    ]
    bars = (
        alt.Chart(_data(parts))
        .mark_bar()
        .encode(
            x=_days(rows, day),
            y=alt.Y("events:Q", title="events", axis=alt.Axis(tickCount=4)),
            color=alt.Color("kind:N", title=None, scale=_scale(*KINDS)),
            order="order:O",
            opacity=_outstanding(day),
        )
        .properties(width=WIDTH + 60, height=150)
    )
    return svg(bars, "Events a day over four weeks, by conflict and cooperation")


def articles(rows: Sequence[Row], day: date) -> Markup:
    """Return articles a day over the same days."""
    bars = (
        alt.Chart(_data({"day": r["day"].isoformat(), "articles": r["articles"]} for r in rows))
        .mark_bar(color=_colour("mark"))
        .encode(
            x=_days(rows, day),
            y=alt.Y("articles:Q", title="articles", axis=alt.Axis(tickCount=3)),
            opacity=_outstanding(day),
        )
        .properties(width=WIDTH + 60, height=90)
    )
    return svg(bars, "Articles published a day over four weeks")


@cache
def _world() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files("flows.briefing").joinpath("world.topo.json").read_text("ascii")
    )
    return found


def places(rows: Sequence[Row], names: words.Names) -> Markup:
    """Return a map with a circle a place: its area is the number of events, its colour their kind.

    The map shows the world, or the part of it where all events lie.
    """
    points = []
    for row in rows:
        if row["latitude"] is None or row["longitude"] is None:
            continue
        counts = {name: row[name] for name in ("conflict", "cooperation")}
        counts["neither"] = row["events"] - sum(counts.values())
        kind = max(counts, key=lambda name: counts[name])
        points.append(
            {
                "longitude": row["longitude"],
                "latitude": row["latitude"],
                "events": row["events"],
                "kind": kind,
                "href": f"#p-{row['place_id']}",
                "label": f"{names.place(row['name'], row['country'])}: "
                f"{words.many(row['events'], 'event')}, {row['conflict']} of conflict, "
                f"{row['cooperation']} of cooperation",
            }
        )
    width, height = 800, 352
    view = _view([(point["longitude"], point["latitude"]) for point in points], width, height)
    land = (
        alt.Chart(alt.NamedData(name="land"))
        .mark_geoshape(fill=_colour("land"), stroke=None, clip=True)
        .properties(width=width, height=height)
    )
    borders = alt.Chart(alt.NamedData(name="borders")).mark_geoshape(
        filled=False, stroke=_colour("border"), strokeWidth=0.7, clip=True
    )
    most = max((point["events"] for point in points), default=1)
    circles = (
        alt.Chart(_data(points))
        .mark_circle(opacity=0.75, stroke=_colour("border"), strokeWidth=0.7, clip=True)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size(
                "events:Q",
                scale=alt.Scale(domain=[0, max(most, 5)], range=[0, 900]),
                legend=None,
            ),
            color=alt.Color("kind:N", scale=_scale(*KINDS), legend=None),
            href="href:N",
            description="label:N",
            order=alt.Order("events:Q", sort="descending"),
        )
    )
    layers = alt.layer(land, borders, circles) if points else alt.layer(land, borders)
    chart = layers.project(**view).properties(width=width, height=height)
    return svg(chart, "Map of events by place", kind="map", described=True)


def _view(points: Sequence[tuple[float, float]], width: int, height: int) -> dict[str, Any]:
    """Return the projection: of the world, or closer where all points lie in a part of it."""
    world = {"type": "equalEarth", "scale": 148, "translate": [width / 2, height / 2 + 28]}
    if not points:
        return world
    longitudes, latitudes = sorted(x for x, _ in points), sorted(y for _, y in points)
    across = max(longitudes[-1] - longitudes[0], 24.0) * 1.25
    if across > 140 or max(map(abs, latitudes)) > 72:
        return world

    def mercator(latitude: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))

    low, high = mercator(latitudes[0]), mercator(latitudes[-1])
    tall = max((high - low) * 1.35, math.radians(12.0))
    scale = min(width / math.radians(across), height / tall)
    middle = math.degrees(2 * math.atan(math.exp((low + high) / 2)) - math.pi / 2)
    return {
        "type": "mercator",
        "scale": scale,
        "center": [(longitudes[0] + longitudes[-1]) / 2, middle],
        "translate": [width / 2, height / 2],
    }


def matrix(rows: Sequence[Row], names: words.Names, *, most: int = 12) -> Markup:
    """Return who did how much to whom, among the `most` countries with most events."""
    activity: dict[str, int] = {}
    for row in rows:
        for country in (row["actor_country"], row["recipient_country"]):
            activity[country] = activity.get(country, 0) + row["events"]
    chosen = sorted(activity, key=lambda country: (-activity[country], country))[:most]
    cells = [
        {
            "actor": names.country(row["actor_country"]),
            "recipient": row["recipient_country"],
            "events": row["events"],
            "net": net_word(row["net_cooperation"]),
            "href": f"#d-{row['actor_country']}-{row['recipient_country']}",
            "label": f"{names.country(row['actor_country'])} to "
            f"{names.country(row['recipient_country'])}: {words.many(row['events'], 'event')}, "
            f"{net_word(row['net_cooperation'])}",
        }
        for row in rows
        if row["actor_country"] in chosen and row["recipient_country"] in chosen
    ]
    base = alt.Chart(_data(cells)).encode(
        x=alt.X(
            "recipient:N",
            title="to",
            scale=alt.Scale(domain=chosen),
            axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False, labelFontSize=10),
        ),
        y=alt.Y(
            "actor:N",
            title=None,
            scale=alt.Scale(domain=[names.country(country) for country in chosen]),
            axis=alt.Axis(ticks=False, domain=False, labelLimit=130),
        ),
    )
    squares = base.mark_rect(stroke=_colour("border"), strokeWidth=1.5).encode(
        color=alt.Color(
            "net:N",
            title=None,
            scale=_scale(*((name, f"net{n}") for n, name in enumerate(NETS, 1))),
            legend=alt.Legend(columns=2),
        ),
        href="href:N",
        description="label:N",
    )
    counts = base.mark_text(fontSize=11, color=_colour("ink")).encode(text="events:Q")
    return svg(
        alt.layer(squares, counts).properties(width=alt.Step(29), height=alt.Step(26)),
        "Who did how much to whom: rows act, columns are acted upon",
        kind="matrix",
        described=True,
    )


def net_word(net: float | None) -> str:
    """Return net cooperation, from -1 to 1, as one of `NETS`."""
    if net is None:
        return NETS[2]
    if abs(net) == 1:
        return NETS[0] if net < 0 else NETS[4]
    return NETS[2] if abs(net) < 0.2 else NETS[1] if net < 0 else NETS[3]


def changes(rows: Sequence[Row], names: words.Names) -> Markup:
    """Return counts of the day as dots, over what is usual as bars (the middle half) and ticks."""
    shown = [
        {
            "series": names.series(row),
            "count": row["count"],
            "low": row["low_28"],
            "high": row["high_28"],
            "median": row["median_28"],
            "kind": "more" if row["score"] > 0 else "fewer",
        }
        for row in rows
    ]
    order = [row["series"] for row in shown]
    base = alt.Chart(_data(shown)).encode(
        y=alt.Y("series:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    )
    most = max(max(row["count"], row["high"]) for row in shown)
    ticks = [0, *(10**power for power in range(1, 10) if 10**power < most * 1.5)]
    axis = alt.Axis(values=ticks, labelExpr="format(datum.value, '~s')")
    scale = alt.Scale(type="symlog", domain=[0, most * 1.3])
    usual = base.mark_bar(height=9, color=_colour("grid")).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title="a day"), x2="high:Q"
    )
    middle = base.mark_tick(color=_colour("muted"), thickness=2, height=13).encode(
        x=alt.X("median:Q", scale=scale)
    )
    dots = base.mark_circle(size=80, opacity=1).encode(
        x=alt.X("count:Q", scale=scale),
        color=alt.Color(
            "kind:N",
            title="on the day",
            scale=_scale(("more", "mark"), ("fewer", "muted")),
            legend=alt.Legend(symbolType="circle"),
        ),
    )
    chart = alt.layer(usual, middle, dots).properties(width=WIDTH - 60, height=alt.Step(22))
    return svg(chart, "Unusual counts of the day beside what is usual")


def actors(rows: Sequence[Row], names: words.Names, *, most: int = 12) -> Markup:
    """Return the events of the most active actors, by kind."""
    labels = _apart(rows[:most], names)
    parts = [
        {"actor": label, "kind": kind, "events": row[kind], "order": order}
        for row, label in zip(rows[:most], labels, strict=True)
        for order, (kind, _) in enumerate(KINDS)
    ]
    chart = (
        alt.Chart(_data(parts))
        .mark_bar()
        .encode(
            y=alt.Y(
                "actor:N",
                sort=labels,
                title=None,
                axis=alt.Axis(ticks=False, domain=False),
            ),
            x=alt.X("events:Q", title="events", axis=alt.Axis(tickCount=4, format="~s")),
            color=alt.Color("kind:N", title=None, scale=_scale(*KINDS)),
            order="order:O",
        )
        .properties(width=WIDTH - 60, height=alt.Step(22))
    )
    return svg(chart, "Events of the most active actors, by conflict and cooperation")


def _apart(rows: Sequence[Row], names: words.Names) -> list[str]:
    """Return what actors are called, each by a name that no other has."""
    found: list[str] = []
    for row in rows:
        name = names.who(row["name"], row["country"], row["sector"])
        if name in found and row["sector"]:
            name = f"{name} ({row['sector']})"
        if name in found and row["country"]:
            name = f"{name} {row['country']}"
        while name in found:
            name += " "
        found.append(name)
    return found


def countries(rows: Sequence[Row], names: words.Names, *, most: int = 12) -> Markup:
    """Return protests, violence and people killed by country, side by side."""
    shown = rows[:most]
    order = [names.country(row["country"]) for row in shown]
    values = [
        {
            "country": names.country(row["country"]),
            "protests": row["protests"],
            "violence": row["violence"],
            "killed": row["deaths_in_violence"] + row["other_deaths"],
        }
        for row in shown
    ]
    panels = []
    for number, (column, colour) in enumerate(
        (("protests", "mark"), ("violence", "conflict"), ("killed", "deaths"))
    ):
        axis = alt.Axis(ticks=False, domain=False, labels=not number, labelLimit=130)
        tall = max(row[column] for row in values)
        base = alt.Chart(_data(values), title=column).encode(
            y=alt.Y("country:N", sort=order, title=None, axis=axis),
            x=alt.X(
                f"{column}:Q",
                axis=None,
                scale=alt.Scale(type="symlog", domain=[0, max(tall, 1) * (3 if tall > 99 else 2)]),
            ),
        )
        panels.append(
            alt.layer(
                base.mark_bar(color=_colour(colour)),
                base.mark_text(align="left", dx=3, fontSize=11).encode(
                    text=alt.Text(f"{column}:Q", format=","),
                    opacity=alt.condition(f"datum.{column} > 0", alt.value(1), alt.value(0)),
                ),
            ).properties(width=82, height=alt.Step(21))
        )
    chart = alt.hconcat(*panels, spacing=12)
    return svg(chart, "Protests, events of violence and people reported killed, by country")


def calendar(rows: Sequence[Row], *, years: int = 40) -> list[tuple[int, Markup]]:
    """Return a calendar of each year that has articles, newest first: a square a day.

    The darker a square, the more events of conflict; days with a page are links (`page`).
    """
    ranks = sorted(row["conflict"] for row in rows)
    steps = [ranks[min(int(len(ranks) * share), len(ranks) - 1)] for share in (0.2, 0.4, 0.6, 0.8)]
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        when: date = row["day"]
        level = 1 + sum(row["conflict"] > step for step in steps)
        found.setdefault(when.year, []).append(
            {
                "week": _week(when),
                "weekday": when.weekday(),
                "level": f"heat{level if row['events'] else 0}",
                "href": f"#{row['page']}" if row.get("page") else None,
                "label": f"{words.day(when)}: {words.many(row['events'], 'event')}, "
                f"{row['conflict']} of conflict, in {words.many(row['articles'], 'article')}"
                + ("" if row.get("page") else " (no page)"),
            }
        )
    heat = [(f"heat{n}", f"heat{n}") for n in range(6)]
    charts = []
    for year in sorted(found, reverse=True)[:years]:
        months = [
            {
                "week": _week(date(year, m, 1)),
                "name": date(year, m, 1).strftime("%b"),
            }
            for m in range(1, 13)
        ]
        x = alt.X("week:O", scale=alt.Scale(domain=list(range(54))), axis=None)
        y = alt.Y(
            "weekday:O",
            scale=alt.Scale(domain=list(range(7))),
            title=None,
            axis=alt.Axis(
                ticks=False, domain=False, values=[0, 2, 4, 6],
                labelExpr="['Mon','Tue','Wed','Thu','Fri','Sat','Sun'][datum.value]",
                labelFontSize=10,
            ),
        )  # fmt: skip
        squares = (
            alt.Chart(_data(found[year]))
            .mark_rect(stroke=_colour("border"), strokeWidth=1.5)
            .encode(
                x=x,
                y=y,
                color=alt.Color("level:N", scale=_scale(*heat), legend=None),
                href="href:N",
                description="label:N",
            )
        )
        names = (
            alt.Chart(_data(months))
            .mark_text(align="left", baseline="bottom", fontSize=10, dx=-6, dy=-2)
            .encode(x=x, y=alt.value(0), text="name:N")
        )
        chart = alt.layer(squares, names).properties(width=alt.Step(14), height=alt.Step(14))
        charts.append(
            (
                year,
                svg(chart, f"Calendar of {year}", kind="calendar", link="{}.html", described=True),
            )
        )
    return charts


def _week(day: date) -> int:
    """Return which week of its year a day is in, from 0; weeks begin on Mondays."""
    return (day.timetuple().tm_yday - 1 + date(day.year, 1, 1).weekday()) // 7
