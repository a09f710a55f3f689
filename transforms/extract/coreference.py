"""Event coreference inside an article: mentions that tell the same event share its id.

A headline and the lead tell one event twice, and so do the verbs of "attacked a convoy, killing
nine soldiers and wounding fourteen". Each stays a mention, with its trigger and its casualties;
all get the id of the most explicit one, and take its date and place where they state none.

Two mentions are of one event when nothing that both state contradicts: same type; modes, actors,
recipients and places equal or missing in one; same date, or no date stated in one; same polarity;
both told as having happened; and at least one party in common. Precision before recall: what is
not merged here still merges across articles when its columns are equal (PLOVER's "one a day").
"""

from __future__ import annotations

from typing import Any

from transforms.keys import content_id

Row = dict[str, Any]

_PLACE = (
    "place_text", "place_name", "country", "admin1", "latitude", "longitude", "geonames_id",
    "place_precision",
)  # fmt: skip
_KNOWN = ("name", "country", "sector")
_DATE = ("event_date", "date_precision", "date_text")

UNTYPED = frozenset(("OCCURRENCE", "STATE"))
"""Types that say nothing of what happened: equal ones are no reason to take two for one event."""

NEAR = 3
"""Mentions further apart than this many sentences are not merged: what a story says again much
later is often another event of the same kind."""

RECENT = 31
"""Days before publication after which a date told later cannot be that of an undated lead."""


def merge(rows: list[Row]) -> None:
    """Give the mentions of an article (rows of `Mentions`) their `event_id`, in place.

    Rows may be in any order; the result does not depend on it.
    """
    for row in rows:
        row["event_id"] = event_id(row)
    leaders: list[Row] = []
    for row in sorted(rows, key=_explicitness, reverse=True):
        leader = next((one for one in leaders if _same_event(row, one)), None)
        if leader is None:
            leaders.append(row)
            continue
        if row["date_text"] is None:
            row.update({name: leader[name] for name in _DATE})
        if row["place_name"] is None:
            row.update({name: leader[name] for name in _PLACE})
        row["event_id"] = leader["event_id"]


def event_id(row: Row) -> str:
    """Return the id of the event that a mention states: its day or period, type, mode, parties
    and place; of one without a type also its words.
    """
    dated = row["event_date"] is not None
    told = [row["trigger_text"].casefold()] if row["event_type"] in UNTYPED else []
    period = f"{row['event_date']}/{row['date_precision']}" if dated else f"story {row['story_id']}"
    return content_id(
        period,
        row["event_type"],
        row["event_mode"],
        _party(row, "actor"),
        _party(row, "recipient"),
        _place(row),
        *told,
    )


def _party(row: Row, role: str) -> str | None:
    """Return what identifies a party: its name, else country and sector, else its words."""
    if row[f"{role}_name"]:
        return str(row[f"{role}_name"])
    if row[f"{role}_country"] or row[f"{role}_sector"]:
        return f"{row[f'{role}_country'] or ''}/{row[f'{role}_sector'] or ''}"
    text = row[f"{role}_text"]
    return text.casefold() if text else None


def _place(row: Row) -> str | None:
    if row["geonames_id"]:
        return str(row["geonames_id"])
    return f"{row['country']}/{row['place_name']}" if row["place_name"] else None


def _explicitness(row: Row) -> tuple[Any, ...]:
    """Order mentions by how much they state; ties by place in the text, the earlier first."""
    return (
        row["date_text"] is not None,
        _party(row, "actor") is not None,
        _party(row, "recipient") is not None,
        row["event_mode"] is not None,
        row["place_precision"] == "city",
        row["place_name"] is not None,
        row["confidence"],
        -row["trigger_start"],
        row["mention_id"],
    )


def _same_event(row: Row, leader: Row) -> bool:
    if row["event_type"] != leader["event_type"] or row["polarity"] != leader["polarity"]:
        return False
    if row["event_type"] in UNTYPED:
        return False
    if row["time"] != leader["time"] or "hypothetical" in (row["certainty"], leader["certainty"]):
        return False
    distance = abs(row["sentence_index"] - leader["sentence_index"])
    if distance > NEAR:
        return False
    if row["trigger_start"] == leader["trigger_start"]:
        return False  # one trigger with several parties is several events
    if not _agree(row["event_mode"], leader["event_mode"]):
        return False
    actors = _party(row, "actor"), _party(leader, "actor")
    recipients = _party(row, "recipient"), _party(leader, "recipient")
    if not _parties_agree(row, leader, "actor") or not _parties_agree(row, leader, "recipient"):
        return False
    shared = (actors[0] is not None and actors[0] == actors[1]) or (
        recipients[0] is not None and recipients[0] == recipients[1]
    )
    # Of an earthquake or a crash that has no party, place and day are what tells it apart.
    alone = not any((*actors, *recipients)) and _place(row) is not None
    shared = shared or (alone and _place(row) == _place(leader))
    return shared and _dates_agree(row, leader) and _places_agree(row, leader)


def _agree(left: object, right: object) -> bool:
    return left is None or right is None or left == right


def _parties_agree(row: Row, leader: Row, role: str) -> bool:
    """Whether a party is the same, missing in one, or in one told less exactly than in the other.

    A state and its organs agree ("Mali", "the Malian army"); two phrases that nothing is known of
    agree when their last words do ("temple checkpoint", "a checkpoint").
    """
    left, right = _party(row, role), _party(leader, role)
    if _agree(left, right):
        return True
    known = [[one[f"{role}_{part}"] for part in _KNOWN] for one in (row, leader)]
    if not any(known[0]) and not any(known[1]):
        return bool(row[f"{role}_text"].split()[-1:] == leader[f"{role}_text"].split()[-1:])
    if not any(known[0]) or not any(known[1]):
        return False
    (name, country, sector), (other_name, other_country, other_sector) = known
    if not _agree(country, other_country):
        return False
    of_one_state = country is not None and country == other_country
    state = of_one_state and bool({sector, other_sector} & {None, "GOV"})
    return state or (_agree(name, other_name) and _agree(sector, other_sector))


def _dates_agree(row: Row, leader: Row) -> bool:
    if row["event_date"] == leader["event_date"]:
        return bool(row["date_precision"] == leader["date_precision"])
    if row["date_text"] is not None or row["sentence_index"] >= leader["sentence_index"]:
        return False
    # What opens a story is told by and by, but an event of long ago is another one.
    told, dated = row["event_date"], leader["event_date"]
    return told is None or dated is None or abs((told - dated).days) <= RECENT


def _places_agree(row: Row, leader: Row) -> bool:
    """Whether the place is the same, missing in one, or in one the country of the other."""
    if _agree(_place(row), _place(leader)):
        return True
    if row["country"] is None or row["country"] != leader["country"]:
        return False
    return "country" in (row["place_precision"], leader["place_precision"])
