"""Event types, parties and modes on the PLOVER gold-standard records (97 sentences)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks.quality.figure import Figure
from transforms.extract import coder, pipeline

DRAFT_MODES = {
    "demo-org": "demo", "riot-spon": "riot", "strike-hun": "hunger", "strike-gen": "strike",
    "confiscate": "seize", "detain": "arrest",
}  # fmt: skip
"""Mode names of PLOVER's draft, in which this gold set is written, as the codebook has them."""

Pair = tuple[str, frozenset[str | None]]


def annotations(folder: Path) -> list[dict[str, Any]]:
    """Annotate the set's records, in order."""
    lines = (folder / "docs.jsonl").read_text("utf-8").splitlines()
    records = [coder.Record.from_json(json.loads(line)) for line in lines]
    return [a.as_dict() for a in coder.annotate(records, pipeline.load(), background=True)]


def gold_events(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The ideal codings by record."""
    items = map(json.loads, (folder / "gold.jsonl").read_text("utf-8").splitlines())
    return {item["id"]: item.get("events", [item]) for item in items}


def _countries(parties: list[dict[str, Any]]) -> set[str]:
    return {p["country"] for p in parties if p["country"] and len(p["country"]) == 3}


def _matches(event: dict[str, Any], mention: dict[str, Any]) -> bool:
    """Type and both countries right. Where gold lists two acting parties and no recipient, they
    act on each other, so order does not count. IGO and the like are not countries."""
    if event["event_type"] != mention["event_type"]:
        return False
    acting, receiving = _countries(event["actors"]), _countries(event["recipients"])
    states = {"IGO", "IMG", "NGO"}
    ours = (mention["actor_country"], mention["recipient_country"])
    if not event["recipients"] and len(event["actors"]) > 1:
        wanted = acting - states
        return {c for c in ours if c} == wanted
    actor_right = ours[0] in acting or (not (acting - states) and ours[0] is None)
    recipient_right = ours[1] in receiving or (not (receiving - states) and ours[1] is None)
    return actor_right and recipient_right


def score(gold: Path) -> list[Figure]:
    """Score `newsmill code` on `plover_gsr`; `gold` is the folder of gold sets."""
    folder = gold / "plover_gsr"
    events = gold_events(folder)
    right = found = wanted = triples = 0
    recalled = Counter[str]()
    asked = Counter[str]()
    modes = dict[str, Counter[str]]()
    for annotation in annotations(folder):
        own = events[annotation["id"]]
        mentions = [m for m in annotation["mentions"] if m["quad_class"]]
        gold_types = {e["event_type"] for e in own}
        our_types = {m["event_type"] for m in mentions}
        right += len(gold_types & our_types)
        found += len(our_types)
        wanted += len(gold_types)
        for event in own:
            triples += any(_matches(event, m) for m in mentions)
            for role, side in (("actor", "actors"), ("recipient", "recipients")):
                for country in _countries(event[side]) - {"IGO", "IMG", "NGO"}:
                    asked[role] += 1
                    seen = {m[f"{role}_country"] for m in mentions}
                    if not event["recipients"]:
                        seen |= {m["recipient_country"] for m in mentions}
                    recalled[role] += country in seen
            mode = event["mode"]
            if mode:
                mode = DRAFT_MODES.get(mode, mode)
                same = [m for m in mentions if m["event_type"] == event["event_type"]]
                counted = modes.setdefault(f"{event['event_type']}/{mode}", Counter())
                counted["asked"] += 1
                counted["typed"] += bool(same)
                counted["right"] += any(m["event_mode"] == mode for m in same)
    total = sum(len(own) for own in events.values())
    precision, recall = right / max(found, 1), right / wanted
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    part = "plover_gsr"
    moded = sum(modes.values(), Counter[str]())
    by_mode = [
        Figure(f"{part}/{mode}", "mode right", one["right"] / one["asked"], one["asked"])
        for mode, one in sorted(modes.items())
    ]
    return [
        Figure(part, "event type F1", f1, wanted, 0.494, "UniversalPetrarch"),
        Figure(part, "event type precision", precision, found),
        Figure(part, "event type recall", recall, wanted),
        Figure(part, "type and both countries", triples / total, total, 0.272, "UniversalPetrarch"),
        Figure(part, "actor country recall", recalled["actor"] / asked["actor"], asked["actor"],
               0.617, "dictionary coders"),
        Figure(part, "recipient country recall", recalled["recipient"] / asked["recipient"],
               asked["recipient"], 0.611, "dictionary coders"),
        Figure(part, "mode, where the type is right", moded["right"] / max(moded["typed"], 1),
               moded["typed"]),
        Figure(part, "mode, of all that have one", moded["right"] / max(moded["asked"], 1),
               moded["asked"]),
        *by_mode,
    ]  # fmt: skip
