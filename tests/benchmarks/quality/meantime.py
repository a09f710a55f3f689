"""Event mentions and their participants on 30 Wikinews articles of MEANTIME."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.benchmarks.quality.figure import Figure
from transforms.extract import coder, pipeline

Span = tuple[int, int]


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _gold_events(item: dict[str, Any]) -> dict[str, Span]:
    """Event mentions by id. Mentions without attributes are another layer's: left out."""
    return {
        key: tuple(m["span"])
        for key, m in item["mentions"].items()
        if m["kind"] == "EVENT_MENTION" and "certainty" in m and len(m["text"]) <= 40
    }


def _annotated(item: dict[str, Any]) -> int:
    """Where the annotated part ends: MEANTIME annotates the first sentences of an article."""
    last = max(m["span"][1] for m in item["mentions"].values() if m.get("span"))
    end = str(item["text"]).find("\n", last)
    return len(item["text"]) if end < 0 else end


def score(gold: Path) -> list[Figure]:
    """Score `newsmill code` on `meantime_apple`; `gold` is the folder of gold sets.

    A mention is right where its trigger overlaps a gold mention, one to one. MEANTIME counts
    nearly every verb and event noun as an event, so events without a type are asked for too. A
    role is right where the trigger is, and the phrase overlaps the gold one.
    """
    folder = gold / "meantime_apple"
    items = [json.loads(x) for x in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    docs = [json.loads(x) for x in (folder / "docs.jsonl").read_text("utf-8").splitlines()]
    records = [coder.Record.from_json(doc) for doc in docs]
    by_id = {a.id: a for a in coder.annotate(records, pipeline.load(), background=True)}
    right = ours = wanted = role_right = role_ours = role_wanted = 0
    for item in items:
        last = _annotated(item)
        mentions = [m for m in by_id[item["id"]].mentions if m["trigger_start"] < last]
        events = _gold_events(item)
        wanted += len(events)
        triggers: dict[Span, list[dict[str, Any]]] = {}
        for mention in mentions:
            triggers.setdefault((mention["trigger_start"], mention["trigger_end"]), []).append(
                mention
            )
        ours += len(triggers)
        roles: dict[str, set[tuple[str, Span]]] = {}
        for link in item["participants"]:
            if link["role"] in ("Arg0", "Arg1") and link["event"] in events:
                entity = item["mentions"].get(link["participant"])
                if entity is not None:
                    roles.setdefault(link["event"], set()).add(
                        (link["role"], tuple(entity["span"]))
                    )
        role_wanted += sum(map(len, roles.values()))
        free = dict(events)
        for span, coded in sorted(triggers.items()):
            filled = {
                (role, (m[f"{side}_start"], m[f"{side}_end"]))
                for m in coded
                for role, side in (("Arg0", "actor"), ("Arg1", "recipient"))
                if m[f"{side}_start"] is not None
            }
            role_ours += len(filled)
            hit = next((key for key, event in free.items() if _overlap(span, event)), None)
            if hit is None:
                continue
            del free[hit]
            right += 1
            left = set(roles.get(hit, ()))
            for role, phrase in filled:
                match = next((g for g in left if g[0] == role and _overlap(g[1], phrase)), None)
                if match is not None:
                    left.discard(match)
                    role_right += 1

    def f1(hits: int, given: int, asked: int) -> float:
        return 2 * hits / max(given + asked, 1)

    part = "meantime"
    return [
        Figure(part, "event mention F1", f1(right, ours, wanted), wanted, 0.725, "every verb"),
        Figure(part, "event mention precision", right / max(ours, 1), ours),
        Figure(part, "event mention recall", right / max(wanted, 1), wanted),
        Figure(part, "role F1, Arg0 and Arg1", f1(role_right, role_ours, role_wanted), role_wanted,
               0.536, "subjects and objects"),
    ]  # fmt: skip
