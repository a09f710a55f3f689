"""MUC-4: date, place, type, stage and effect of incidents, against the answer keys.

The task (Sundheim 1992; Chinchor 1992 for the scoring): one template for each terrorist incident
that a story reports, in nine countries of Latin America. An event mention of ours becomes an
incident type; mentions of one story with the same type and compatible day and place are one
incident. Followed from the key: `/` separates alternatives of which one will do, `?` marks a fill,
and `(OPTIONAL)` a template, that costs nothing when missing, `*` does not apply, `-` is no fill,
`- DATE` is "at the latest DATE", `DATE - DATE` a span, places go from country to town. A fill that
is right counts one, a half right one (a day inside the key's span, the right country with another
town, an attack for a bombing) a half. Templates are paired so that the sum is greatest; without a
common type there is no pair.

Left out against the original: strings of perpetrators and targets, hence effects are the kinds
(death, injury) that an incident had, and, as a figure of its own, the count of the dead.

`matched/missing` looks at the key's incidents, found or missed, as the rows by slot of MUC's score
reports do (appendix F of the proceedings of MUC-3: a system with 124 spurious templates has no
spurious incident type), so the systems' figures stand beside it. `all templates` also counts every
fill of incidents that the key lacks as wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from dateutil.relativedelta import relativedelta
from scipy.optimize import linear_sum_assignment

from tests.benchmarks.quality.figure import Figure
from transforms.extract.places.fold import fold

COUNTRIES = {
    "ARGENTINA": "ARG", "BOLIVIA": "BOL", "CHILE": "CHL", "COLOMBIA": "COL", "ECUADOR": "ECU",
    "EL SALVADOR": "SLV", "GUATEMALA": "GTM", "HONDURAS": "HND", "PERU": "PER",
}  # fmt: skip
SLOTS = ("type", "date", "place", "stage", "effect")
BEST = {"date": 0.59, "place": 0.59, "type": 0.75, "stage": 0.72, "effect": 0.51}
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905
_HEADER = re.compile(r"^[ \t]*(DEV-MUC3-\d{4})[^\n]{0,60}$", re.MULTILINE)
_SLOT = re.compile(r"^(\d{1,2})\.\s+([A-Z: ]+?)(?:\s{2,}(.*))?$")
_DAY = re.compile(r"(\d{1,2}) ([A-Z]{3}) (\d{2})")
_DATELINE = re.compile(r"(\d{1,2}) ([A-Z]{3})[A-Z]* (\d{2,4})")

# Triggers of which people die, however many: "killed the men".
_LETHAL = re.compile(
    r"\b(?:kill|murder|assassinat|massacr|slay|slain|slaughter|execut|to death)", re.I
)

_WARFARE = re.compile(
    r"\b(?:offensives?|wars?|warfare|fighting|fought|clash(?:es|ed)?|battles?|combat|hostilities|coup"
    r"|operations?|invasions?|invaded)\b",
    re.I,
)

Span = tuple[date | None, date | None]


@dataclass(slots=True)
class Fill:
    """One fill of a slot: values of which any will do."""

    values: list[Any]
    optional: bool = False


@dataclass(slots=True)
class Template:
    """An incident: of the key, or ours."""

    slots: dict[str, list[Fill]] = field(default_factory=lambda: {name: [] for name in SLOTS})
    optional: bool = False
    deaths: int | None = None


# ------------------------------------------------------------------------------------ the key


def read_key(text: str) -> dict[str, list[Template]]:
    """Return the templates of each story; stories without an incident have none."""
    stories: dict[str, list[Template]] = {}
    for raw in _blocks(text):
        name = re.match(r"DEV-MUC3-\d{4}", raw.get("MESSAGE: ID", [""])[0])
        if name is None:
            continue
        templates = stories.setdefault(name.group(), [])
        number = raw.get("MESSAGE: TEMPLATE", ["*"])[0]
        if number.startswith("*"):
            continue
        templates.append(_template(raw, "OPTIONAL" in number))
    return stories


def _blocks(text: str) -> Iterator[dict[str, list[str]]]:
    block: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        found = _SLOT.match(line)
        if found:
            if found.group(1) == "0" and block:
                yield block
                block = {}
            current = found.group(2).strip()
            block[current] = [(found.group(3) or "").strip()]
        elif line.startswith(" " * 20) and line.strip() and current:
            fills = block[current]
            if fills[-1].endswith("/") or fills[-1].count('"') % 2:
                fills[-1] += " " + line.strip()
            else:
                fills.append(line.strip())
        elif not line.strip() or line.startswith(";"):
            current = ""
    if block:
        yield block


def alternatives(fill: str) -> tuple[list[str], bool]:
    """Split a fill of the key into its alternatives; true where it is optional."""
    optional = fill.startswith("?")
    parts = [part.strip() for part in re.split(r'(?:(?<=")|(?<=\w)|(?<=\))) / ', fill.lstrip("? "))]
    stripped = [
        part[1:-1] if part.startswith("(") and part.endswith(")") else part for part in parts
    ]
    return [part.lstrip("? ") for part in stripped if part not in {"-", "*", ""}], optional


def _template(raw: dict[str, list[str]], optional: bool) -> Template:
    template = Template(optional=optional)
    for slot, label, convert in (
        ("type", "INCIDENT: TYPE", str),
        ("stage", "INCIDENT: STAGE OF EXECUTION", str),
        ("date", "INCIDENT: DATE", read_span),
        ("place", "INCIDENT: LOCATION", read_place),
    ):
        for text in raw.get(label, []):
            values, maybe = alternatives(text)
            if values:
                template.slots[slot].append(Fill([convert(v) for v in values], maybe))
    kinds: dict[str, bool] = {}
    numbers = dict(
        reversed(line.split(":", 1)) for line in raw.get("HUM TGT: NUMBER", []) if ":" in line
    )
    deaths = 0
    counted = True
    for text in raw.get("HUM TGT: EFFECT OF INCIDENT", []):
        values, maybe = alternatives(text)
        found = {kind for value in values for kind in ("DEATH", "INJURY") if value.startswith(kind)}
        for kind in found:
            kinds[kind] = kinds.get(kind, True) and (maybe or "NO INJURY OR DEATH" in text)
        if "DEATH" in found and ":" in text:
            count = numbers.get(text.split(":", 1)[1], "").strip()
            if count.isdigit():
                deaths += int(count)
            else:
                counted = False
    template.slots["effect"] = [Fill([kind], maybe) for kind, maybe in kinds.items()]
    if deaths and counted:
        template.deaths = deaths
    return template


def read_span(text: str) -> Span:
    """Read a day, "- day" (at the latest) or "day - day" of the key."""
    days = [_day(*found.groups()) for found in _DAY.finditer(text)]
    if not days:
        return None, None
    if text.startswith("-"):
        return None, days[0]
    return days[0], days[-1]


def _day(day: str, month: str, year: str) -> date:
    number = int(year)
    return date(number + 1900 if number < 100 else number, _MONTHS.index(month) + 1, int(day))


def read_place(text: str) -> tuple[str | None, list[set[str]]]:
    """Return the ISO country and, from the country down, the names that stand at each level."""
    ends = re.split(r" - ", text)
    levels = [
        re.sub(r"\s*\([^)]*\)", "", level).strip() for level in ends[0].split(":") if level.strip()
    ]
    names = [{fold(level)} for level in levels]
    for other in ends[1:]:
        # "between A and B": either end will do.
        last = re.sub(r"\s*\([^)]*\)", "", other.split(":")[-1]).strip()
        names[-1].add(fold(last))
    country = COUNTRIES.get(levels[0].upper()) if levels else None
    return country, names


# ------------------------------------------------------------------------------------- ours


def incident_type(mention: dict[str, Any]) -> str | None:
    """Return the MUC incident type of an event mention, or `None` for another sort of event."""
    kind, mode = mention["event_type"], mention["event_mode"]
    words = f"{mention['trigger_text']} {mention['recipient_text'] or ''}".casefold()
    burning = bool(re.search(r"\b(?:burn|torch|arson|set \w+ on fire|set fire|ablaze)", words))
    if kind == "ASSAULT":
        if mode in {"explosives", "suicide-attack"} or "bomb" in words or "dynamit" in words:
            return "BOMBING"
        if mode == "abduct":
            return "KIDNAPPING"
        return "ARSON" if burning else "ATTACK"
    if kind == "COERCE" and mode in {"destroy", "seize"} and burning:
        return "ARSON"
    if kind == "CRIME" and re.search(r"\b(?:rob|hold-?up|loot)", words):
        return "ROBBERY"
    if kind == "ACCIDENT" and mode == "explosion" and "bomb" in words:
        return "BOMBING"
    if kind == "THREATEN" and mode == "violence":
        if "bomb" in words:
            return "BOMBING"
        return "KIDNAPPING" if "kidnap" in words else "ATTACK"
    return None


def stage(mention: dict[str, Any]) -> str:
    """Return the stage of execution that a mention states."""
    if mention["event_type"] == "THREATEN" or mention["time"] == "future":
        return "THREATENED"
    if re.search(r"\b(?:attempt|foil|thwart|tried|failed|frustrat)", mention["trigger_text"], re.I):
        return "ATTEMPTED"
    return "ACCOMPLISHED"


def stated(mention: dict[str, Any]) -> bool:
    """Whether the text says that the event took or takes place, or is threatened."""
    if mention["event_type"] != "THREATEN" and mention["certainty"] == "possible":
        return mention["polarity"] == "positive" and mention["time"] == "past"
    return mention["polarity"] == "positive" and mention["certainty"] != "hypothetical"


def relevant(mention: dict[str, Any]) -> bool:
    """Whether the task asks for an event: in its countries, no fighting, no force of the state."""
    if mention["country"] is not None and mention["country"] not in COUNTRIES.values():
        return False
    # Fighting between soldiers and rebels is not an incident; nor is what forces of the state do
    # to those they hunt, nor war at large.
    if _WARFARE.search(mention["trigger_text"]):
        return False
    armed = {"MIL", "REB"}
    state = {"MIL", "COP"}
    return not (
        (mention["recipient_sector"] in armed and mention["actor_sector"] in armed)
        or (mention["recipient_sector"] == "MIL" and mention["actor_sector"] is None)
        or (mention["actor_sector"] in state and mention["recipient_sector"] in {"REB", "CRM"})
    )


def our_span(mention: dict[str, Any], published: date | None) -> Span:
    """The days of a mention; the day of publication alone only says "at the latest"."""
    day = mention["event_date"]
    if isinstance(day, str):
        day = date.fromisoformat(day)
    if day is None or not mention["date_text"]:
        return (None, published) if published else (None, None)
    if mention["date_precision"] == "day":
        return day, day
    if mention["date_precision"] == "week":
        last = day + timedelta(days=6)
    else:
        months = {"month": 1, "quarter": 3, "year": 12}.get(mention["date_precision"], 0)
        last = day + relativedelta(months=months) - timedelta(days=bool(months))
    if published is not None and mention["time"] == "past" and day <= published:
        last = min(last, published)
    return day, last


@dataclass(slots=True)
class _Group:
    kind: str
    mentions: list[dict[str, Any]]
    span: Span
    place: tuple[str | None, str | None, str | None]


def incidents(mentions: Iterable[dict[str, Any]], published: date | None) -> list[Template]:
    """Join the mentions of a story into incidents."""
    groups: list[_Group] = []
    for mention in mentions:
        kind = incident_type(mention)
        if kind is None or not stated(mention):
            continue
        # An offensive told beside an incident is none, and its day is not the incident's.
        span = our_span(mention, published) if relevant(mention) else (None, published)
        place = (mention["country"], mention["admin1"], mention["place_name"])
        for group in groups:
            if _same_kind(group.kind, kind) and _compatible(group, span, place):
                group.mentions.append(mention)
                if group.kind == "ATTACK":
                    group.kind = kind
                if group.span[0] is None and span[1] is not None:
                    group.span = span
                if _fineness(mention) > _fineness(group.mentions[0]):
                    group.place = place
                break
        else:
            groups.append(_Group(kind, [mention], span, place))
    return [
        _our_template(group)
        for group in groups
        if any(relevant(m) for m in group.mentions) and _is_current(group, published)
    ]


def _is_current(group: _Group, published: date | None) -> bool:
    """Whether the task asks for an incident at its time: of the two months before the story, or
    older but told more than once (new facts about an old incident count)."""
    last = group.span[1]
    if last is None or published is None or group.span[0] is None:
        return True
    return last >= published - timedelta(days=61) or len(group.mentions) > 1


def _same_kind(a: str, b: str) -> bool:
    return a == b or {a, b} in ({"ATTACK", "BOMBING"}, {"ATTACK", "ARSON"})


def _compatible(group: _Group, span: Span, place: tuple[str | None, ...]) -> bool:
    if (
        group.span[0] is not None
        and span[0] is not None
        and not (
            group.span[0] <= (span[1] or span[0]) and span[0] <= (group.span[1] or group.span[0])
        )
    ):
        return False
    return all(
        a is None or b is None or a == b for a, b in zip(group.place[:2], place, strict=False)
    )


def _fineness(mention: dict[str, Any]) -> int:
    return {"city": 3, "admin1": 2, "country": 1}.get(mention.get("place_precision") or "", 0)


def _our_template(group: _Group) -> Template:
    template = Template()
    template.slots["type"] = [Fill([group.kind])]
    stages = [stage(m) for m in group.mentions]
    template.slots["stage"] = [Fill([max(set(stages), key=stages.count)])]
    if group.span[1] is not None:
        template.slots["date"] = [Fill([group.span])]
    best = max(group.mentions, key=_fineness)
    if best["country"]:
        names = {fold(n) for n in (best["place_name"], best["place_text"]) if n}
        template.slots["place"] = [Fill([(best["country"], names, best.get("place_precision"))])]
    deaths = [m["deaths"] for m in group.mentions if m["deaths"]]
    if deaths:
        template.deaths = max(deaths)
    for kind, there in (
        ("DEATH", bool(deaths) or any(_LETHAL.search(m["trigger_text"]) for m in group.mentions)),
        ("INJURY", any(m["injuries"] for m in group.mentions)),
    ):
        if there:
            template.slots["effect"].append(Fill([kind]))
    return template


# ---------------------------------------------------------------------------------- scoring


def credit(slot: str, key: Any, ours: Any) -> float:
    """Return 1, one half or 0 for one value of a slot."""
    if slot == "type":
        return 1.0 if key == ours else 0.5 if _same_kind(key, ours) else 0.0
    if slot == "date":
        return _date_credit(key, ours)
    if slot == "place":
        return _place_credit(key, ours)
    return float(key == ours)


def _date_credit(key: Span, ours: Span) -> float:
    if key == ours:
        return 1.0
    if key[1] is None or ours[1] is None:
        return 0.0
    if key[0] is None or ours[0] is None:
        return 0.5 if key[1] == ours[1] else 0.0
    return 0.5 if key[0] <= ours[1] and ours[0] <= key[1] else 0.0


def _place_credit(
    key: tuple[str | None, list[set[str]]], ours: tuple[str, set[str], str | None]
) -> float:
    country, levels = key
    if country is None or country != ours[0]:
        return 0.0
    if len(levels) == 1:
        return 1.0 if ours[2] == "country" else 0.5
    return 1.0 if levels[-1] & ours[1] else 0.5


def pair(fills: list[Fill], ours: list[Fill], slot: str) -> float:
    """Return the credit of the best pairing of two lists of fills."""
    if not fills or not ours:
        return 0.0
    table = np.array(
        [
            [max(credit(slot, k, o) for k, o in product(f.values, g.values)) for g in ours]
            for f in fills
        ]
    )
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum())


@dataclass(slots=True)
class Tally:
    """Credit, fills that the key has (optional ones only where we fill them), fills of ours."""

    credit: float = 0.0
    possible: float = 0.0
    actual: float = 0.0
    spurious: float = 0.0

    def f1(self, every: bool) -> float:
        """F1; over all templates, or over those of the key alone."""
        actual = self.actual + (self.spurious if every else 0.0)
        recall = self.credit / self.possible if self.possible else 0.0
        precision = self.credit / actual if actual else 0.0
        return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def align(key: list[Template], ours: list[Template]) -> list[tuple[Template, Template]]:
    """Pair templates of one story so that the credit is greatest; types must agree."""
    if not key or not ours:
        return []
    table = np.array(
        [
            [
                sum(pair(k.slots[slot], o.slots[slot], slot) for slot in SLOTS)
                if pair(k.slots["type"], o.slots["type"], "type") > 0
                else 0.0
                for o in ours
            ]
            for k in key
        ]
    )
    rows, columns = linear_sum_assignment(-table)
    return [
        (key[r], ours[c])
        for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
        if table[r, c] > 0
    ]


def tally(
    stories: Iterable[tuple[list[Template], list[Template]]],
) -> tuple[dict[str, Tally], list[bool]]:
    """Score every slot; the second value says of each paired count of dead whether it is right."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    counts: list[bool] = []
    for key, ours in stories:
        pairs = align(key, ours)
        for template in key:
            mate = next((o for k, o in pairs if k is template), None)
            if template.deaths is not None and mate is not None:
                counts.append(mate.deaths == template.deaths)
            for slot in SLOTS:
                fills = template.slots[slot]
                here = tallies[slot]
                if mate is None:
                    if not template.optional:
                        here.possible += sum(not f.optional for f in fills)
                    continue
                got = pair(fills, mate.slots[slot], slot)
                needed = sum(not f.optional for f in fills)
                here.credit += got
                here.possible += max(needed, min(len(fills), len(mate.slots[slot])))
                here.actual += len(mate.slots[slot])
        for template in ours:
            if not any(o is template for _, o in pairs):
                for slot in SLOTS:
                    tallies[slot].spurious += len(template.slots[slot])
    return tallies, counts


def read_stories(text: str) -> Iterator[tuple[str, str, date | None]]:
    """Yield name, text and date of each story of a dump."""
    heads = list(_HEADER.finditer(text))
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        body = text[head.end() : end].strip("\n")
        found = _DATELINE.search(body[:400])
        try:
            day = _day(*found.groups()) if found else None
        except ValueError:
            day = None
        yield head.group(1), body, day


def score(gold: Path) -> list[Figure]:
    """Score `transforms.extract.coder.annotate`; `gold` is the folder of gold sets."""
    from transforms.extract import coder, pipeline

    folder = gold / "muc4"
    key: dict[str, list[Template]] = {}
    for path in sorted(folder.glob("key-*.txt")):
        key.update(read_key(path.read_text(encoding="utf-8", errors="replace")))
    stories = [
        story
        for path in sorted(folder.glob("dev-*.txt"))
        for story in read_stories(path.read_text(encoding="utf-8", errors="replace"))
        if story[0] in key
    ]
    records = [
        coder.Record(id=name, title=None, maintext=body, published=day)
        for name, body, day in stories
    ]
    annotations = coder.annotate(records, pipeline.load())
    compared = [
        (key[name], incidents(annotation.as_dict()["mentions"], day))
        for (name, _, day), annotation in zip(stories, annotations, strict=True)
    ]
    tallies, counts = tally(compared)
    figures = []
    for slot in SLOTS:
        here = tallies[slot]
        n = round(here.possible)
        figures += [
            Figure("muc4", f"{slot} F, matched/missing", here.f1(False), n, BEST[slot],
                   "17 systems of MUC-4, last test"),
            Figure("muc4", f"{slot} F, all templates", here.f1(True), n),
        ]  # fmt: skip
    share = sum(counts) / len(counts) if counts else 0.0
    figures.append(Figure("muc4", "count of the dead right, of pairs", share, len(counts)))
    return figures


if __name__ == "__main__":
    import sys

    for figure in score(Path(sys.argv[1])):
        print(f"{figure.part:6} {figure.metric:34} {figure.value:.3f} n={figure.n}")
