"""The markdown artifact that sums a run up for whoever looks at it on a Prefect server.

Text from dumps is hostile: it is escaped wherever it is shown, and only http(s) becomes a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from flows import server
from flows.report import COUNTS
from flows.run_record import RunRecord
from flows.stage import Stage

KEY = "nightly"
MOST_REJECTS = 20
MOST_WARNINGS = 20
TOP = 10
PATIENCE = 10.0
"""Seconds that the end of a run may wait for the server; a private one shares the run's cores."""
NOT_ARTICLE = "not_article"
"""The reason of rejects that are no fault: what stands between articles."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rejected:
    """What a run rejected: how many by reason, and the first, with `path` and `file` of the dump.

    Faults come before what is no article.
    """

    reasons: dict[str, int] = field(default_factory=dict)
    first: list[dict[str, Any]] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many there are but for what is no article."""
        return sum(count for reason, count in self.reasons.items() if reason != NOT_ARTICLE)


def rejected(stage: Stage) -> Rejected:
    """Return what is staged of rejects."""
    parts = stage.parts("rejects")
    if not parts:
        return Rejected()
    rejects = pl.scan_parquet(parts).with_columns(pl.col("reason").cast(pl.String))
    counted = rejects.group_by("reason").len().sort("len", "reason", descending=[True, False])
    is_fault = pl.col("reason") != NOT_ARTICLE
    first = pl.concat(
        [rejects.filter(is_fault).head(MOST_REJECTS), rejects.filter(~is_fault).head(MOST_REJECTS)]
    ).collect()
    paths = pl.scan_parquet(stage.parts("dumps")).select(
        "dump_id", "path", file=pl.col("container_path")
    )
    named = first.head(MOST_REJECTS).join(
        paths.unique("dump_id").collect(), on="dump_id", how="left", maintain_order="left"
    )
    return Rejected(dict(counted.collect().iter_rows()), named.to_dicts())


def plain(value: object) -> str:
    """Return a value as a line of markdown that shows it and does nothing else."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_~\[\]>|#!])", r"\\\1", text)


def linked(text: object, url: object) -> str:
    """Return a text that leads to an http(s) URL; the text alone where there is no such URL."""
    shown = plain(text)
    if not isinstance(url, str) or not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return shown
    return f"[{shown or 'link'}]({quote(url, safe=_SAFE_IN_URL, errors='replace')})"


_SAFE_IN_URL = ":/?#@!$&'*+,;=%~"
"""Without blanks, quotes, brackets, `<`, `|` and backslashes, which would end the link."""


def file_link(text: object, file: str | None) -> str:
    """Return the text as a link to a file of this machine."""
    if file is None:
        return plain(text)
    path = quote(str(Path(file).resolve()), safe="/~", errors="surrogateescape")
    return f"[{plain(text)}](file://{path})"


def _table(columns: Sequence[tuple[str, str, Callable[[Row], str]]], rows: Sequence[Row]) -> str:
    """`columns` are heading, alignment (`---` or `---:`) and what a row shows."""
    lines = ["| " + " | ".join(heading for heading, _, _ in columns) + " |"]
    lines.append("| " + " | ".join(align for _, align, _ in columns) + " |")
    lines += ["| " + " | ".join(show(row) for _, _, show in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cut(text: str | None, characters: int) -> str:
    return plain(text if text is None or len(text) <= characters else text[:characters] + " …")


def markdown(
    run: RunRecord, warehouse: Path, refused: Rejected, day: Mapping[str, Any] | None = None
) -> str:
    """Return the text of the artifact.

    `day` is `warehouse.query.day_summary` of the newest day that the run touched.
    """
    parts = [f"# newsmill {run.run_id}: {run.state.replace('_', ' ')}"]
    if run.error:
        parts.append(f"**{_cut(run.error, 1000)}**")
    parts.append(_counts(run))
    if run.seconds:
        parts += _stages(run)
    if run.warnings:
        parts += _warnings(run.warnings)
    if refused.reasons:
        parts += _rejects(refused)
    if run.briefing:
        briefing = str(Path(run.briefing).absolute())
        parts.append(f"Briefing: {file_link(briefing, briefing)}")
    if day:
        parts += _day(day)
    parts += ["## Next", "```sh\n" + "\n".join(_next(run, warehouse, refused)) + "\n```"]
    return "\n\n".join(parts) + "\n"


def _counts(run: RunRecord) -> str:
    rows = [{"what": label, "count": run.counts.get(name, 0)} for name, label in COUNTS]
    return _table(
        [("what", "---", lambda r: r["what"]), ("count", "---:", lambda r: plain(r["count"]))], rows
    )


def _stages(run: RunRecord) -> list[str]:
    slowest = max(run.seconds, key=lambda stage: run.seconds[stage])
    rows = [{"stage": stage, "seconds": f"{took:.1f}"} for stage, took in run.seconds.items()]
    columns: list[tuple[str, str, Callable[[Row], str]]] = [
        ("stage", "---", lambda r: r["stage"]),
        ("seconds", "---:", lambda r: r["seconds"]),
    ]
    return [
        f"Slowest stage: **{slowest}**, {run.seconds[slowest]:.1f} s of "
        f"{sum(run.seconds.values()):.1f} s.",
        _table(columns, rows),
    ]


def _warnings(warnings: Sequence[str]) -> list[str]:
    lines = [f"- {_cut(warning, 500)}" for warning in warnings[:MOST_WARNINGS]]
    if len(warnings) > MOST_WARNINGS:
        lines.append(f"- and {len(warnings) - MOST_WARNINGS:,} more")
    noun = "warning" if len(warnings) == 1 else "warnings"
    return [f"## {len(warnings):,} {noun}", "\n".join(lines)]


def _rejects(refused: Rejected) -> list[str]:
    total = sum(refused.reasons.values())
    by_reason = ", ".join(f"{count:,} {plain(name)}" for name, count in refused.reasons.items())
    shown = f"; the first {MOST_REJECTS}" if total > MOST_REJECTS else ""
    return [
        f"## {total:,} {'reject' if total == 1 else 'rejects'}",
        f"{by_reason}{shown}.",
        _table(
            [
                ("dump", "---", lambda r: file_link(r["path"] or r["dump_id"], r["file"])),
                ("span", "---:", lambda r: f"{r['char_start']}–{r['char_end']}"),
                ("reason", "---", lambda r: plain(r["reason"])),
                ("detail", "---", lambda r: _cut(r["detail"], 200)),
                ("excerpt", "---", lambda r: _cut(r["excerpt"], 120)),
            ],
            refused.first,
        ),
    ]


def _day(day: Mapping[str, Any]) -> list[str]:
    parts = []
    if day["events"]:
        parts += [
            f"## Top events of {day['day']}",
            _table(
                [
                    ("event", "---", lambda r: plain(r["event_type"])),
                    ("actor", "---", lambda r: plain(r["actor_name"])),
                    ("recipient", "---", lambda r: plain(r["recipient_name"])),
                    ("place", "---", lambda r: plain(r["place_name"])),
                    ("sources", "---:", lambda r: plain(r["source_count"])),
                    ("sentence", "---", lambda r: linked(_short(r["sentence_text"]), r["url"])),
                ],
                day["events"],
            ),
        ]
    if day["stories"]:
        parts += [
            f"## Top stories of {day['day']}",
            _table(
                [
                    ("story", "---", lambda r: _cut(r["title"], 200)),
                    ("articles", "---:", lambda r: plain(r["articles"])),
                    ("sources", "---:", lambda r: plain(r["sources"])),
                    ("event mentions", "---:", lambda r: plain(r["mentions"])),
                ],
                day["stories"],
            ),
        ]
    return parts


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= 300 else text[:300] + " …"


def _next(run: RunRecord, warehouse: Path, refused: Rejected) -> list[str]:
    """Return commands that somebody who has read this far may want, with what each is for."""
    at = f"--warehouse '{plain_path(warehouse)}'"
    lines = []
    if run.state == "failed":
        lines += [
            f"newsmill doctor {at}  # checks the installation, the paths and the warehouse",
            f"newsmill run {at}  # tries again; what is loaded already is not read again",
        ]
    elif run.state == "nothing_new":
        lines.append(f"newsmill run --force {at}  # reads again what is loaded already")
    else:
        if refused.reasons:
            lines.append(
                f'newsmill sql {at} "SELECT path, r.* FROM rejects r JOIN dumps USING (dump_id) '
                f"WHERE r.run_id = '{run.run_id}'\"  # all that this run rejected"
            )
        if run.briefing:
            lines.append(f"newsmill brief {at} --open  # the page of the newest day")
        lines += [
            f'newsmill sql {at} "SELECT * FROM daily_events ORDER BY day DESC LIMIT 50"',
            f"newsmill restore {at}  # publishes the night before this run again",
        ]
    return [*lines, f"newsmill status {at}  # the last runs, what waits, and sizes"]


def plain_path(path: Path) -> str:
    """Return an absolute path for a line in a fenced block, which it cannot end."""
    return "".join(sign if sign.isprintable() and sign not in "`'" else "?" for sign in str(path))


def publish(run: RunRecord, warehouse: Path, refused: Rejected) -> None:
    """Create the run's artifact on the server that tracks the run.

    Raises what reading the warehouse or asking the server raises.
    """
    from warehouse import connect, query

    day = None
    if run.counts.get("articles") and run.state == "completed" and connect.exists(warehouse):
        newest = query.newest_day(warehouse, run.run_id)
        day = query.day_summary(warehouse, newest, top=TOP) if newest else None
    text = markdown(run, warehouse.absolute(), refused, day)
    counted = [f"{run.counts.get(name, 0):,} {label}" for name, label in COUNTS[:4]]
    about = f"{run.state.replace('_', ' ')}: {', '.join(counted)}"
    server.create_artifact("markdown", KEY, text, about, patience=PATIENCE)
