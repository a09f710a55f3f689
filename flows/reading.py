"""Read and segment files, and stage what they hold: the work of one task, without Prefect."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from flows import inputs, report
from flows.stage import Gathered, Stage
from transforms.schemas import Articles, Dumps, Rejects, frame

if TYPE_CHECKING:
    from transforms.read import Dump


def read(
    sources: Sequence[Path],
    stage: Stage,
    part: str,
    dump_date: date | None,
    format: str | None = None,
    fields: Mapping[str, Sequence[str]] | None = None,
    ended: str | None = None,
    share: tuple[int, int] = (0, 1),
) -> dict[str, Any]:
    """Stage the dumps, articles, rejects and fingerprints of files, in parts of many rows.

    Parts are called `<part>-<number>`; `format` and `fields` are those of
    `transforms.read.open_source`. With `ended` the files are not opened: each is one reject that
    says so, because reading them ended the process that tried. Of `share` `(k, n)` every n-th dump
    of each file is read, from the k-th on; the others are opened up and passed over.

    Returns `{"files", "dumps", "articles", "rejects", "warnings", "read"}`, the last with path and
    counts of each dump. A dump that cannot be used is a
    reject and a warning; nothing that a file contains raises.
    """
    from transforms.deduplicate import sketch
    from transforms.read import open_source, unread_source
    from transforms.segment import Segmenter

    not_after = inputs.newest_plausible_date()
    done: dict[str, Any] = {
        "files": 0 if share[0] else len(sources), "dumps": 0, "articles": 0, "rejects": 0,
        "warnings": [], "read": [],
    }  # fmt: skip
    gathered = Gathered(
        stage,
        part,
        {
            "articles": partial(frame, Articles),
            "rejects": partial(frame, Rejects),
            "dumps": partial(frame, Dumps),
            "containers": pl.DataFrame,
        },
        {"articles": ("fingerprints", sketch)},
    )
    paths: dict[str, str] = {}
    for source in sources:
        dumps: Iterable[Dump]
        if ended is not None:
            dumps = [unread_source(source, ended)]
        else:
            dumps = open_source(source, format=format, fields=fields)
            dumps = itertools.islice(dumps, share[0], None, share[1])
        for dump in dumps:
            if dump.dump_id in paths:
                done["warnings"].append(double(dump.path, paths[dump.dump_id]))
                gathered.add("containers", [container(vars(dump))])
                continue
            paths[dump.dump_id] = dump.path
            segmenter = Segmenter(dump_path=dump.path, default_date=dump_date, not_after=not_after)
            articles = rejects = 0
            for accepted, refused in segmenter.rows(dump.rows()):
                gathered.add("articles", accepted)
                gathered.add("rejects", refused)
                telling = [row for row in refused if row["reason"] != "not_article"]
                for row in telling[:3]:
                    done["warnings"].append(
                        f"{dump.path}: {row['reason']}"
                        + (f", {row['detail']}" if row["detail"] else "")
                    )
                articles += len(accepted)
                rejects += len(refused)
            flags = sorted({*dump.flags, *segmenter.flags})
            sentences = [*dump.warnings, *segmenter.warnings]
            done["warnings"] += report.remarks(dump.path, flags, sentences, rejects)
            row = {
                "dump_id": dump.dump_id,
                "path": dump.path,
                "sha256": dump.sha256,
                "container_path": dump.container_path,
                "container_sha256": dump.container_sha256,
                "bytes": dump.bytes,
                "format": dump.format,
                "encoding": dump.encoding,
                "offset_unit": dump.unit,
                "article_count": articles,
                "reject_count": rejects,
                "flags": flags,
                "warnings": sentences,
            }
            gathered.add("dumps", [row])
            done["read"].append((dump.path, {"articles": articles, "rejects": rejects}))
            done["dumps"] += 1
            done["articles"] += articles
            done["rejects"] += rejects
    gathered.flush()
    return done


def double(path: str, other: str) -> str:
    """Say that a dump has the content of another one."""
    return f"{path}: the same content as {other}, loaded once"


CONTAINER = ("container_sha256", "container_path")
"""What is kept of the container that a dump came in."""


def container(dump: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of the container that a dump came in."""
    return {name: dump[name] for name in CONTAINER}
