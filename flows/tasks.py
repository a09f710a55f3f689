"""The steps of the nightly flow. Each loads its input, calls one stage, and stages the result.

Tasks are coarse: a dump or some hundred articles each, because handing a task to another process
costs more than reading or coding one article. They exchange paths of staged parts, not frames.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from flows import child, coding, inputs, lineage, logs, reading, server
from flows.parses import Store
from flows.stage import Stage, read_part
from transforms.read.containers import shown
from transforms.schemas import Articles

LEAST_SHARE = 0.05
"""Of the seconds of a batch: what even a single article may take, since one can be a long one."""

LEAST_BYTES_A_SECOND = 10_000
"""Reading that is slower hangs: the slowest format is read a hundred times as fast."""

LEAST_BATCH = 100
"""Fewer articles are not worth a task of their own."""

TYPICAL_CHARACTERS = 3000
"""Of an article: a batch of longer ones has fewer."""

TRIES_ALONE = 2
"""How often one article or file may end its process before it is rejected."""


def _may_pass(_task: Any, _task_run: Any, state: Any) -> bool:
    from warehouse import connect

    return connect.may_pass(state.data)


AGAIN: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [5, 30],
    "retry_condition_fn": _may_pass,
}
"""For tasks that read or write the warehouse: a full or flaky disk, a lock or a server may come
back, and what a night staged is still there then."""


def _what(sources: Sequence[Path]) -> str:
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"read {shown(sources[0].name)}{more}"


@task(
    name="read and segment",
    task_run_name=lambda: _what(task_run.parameters["sources"]),
    cache_policy=NO_CACHE,
)
def read_sources(
    sources: Sequence[Path],
    stage: Stage,
    number: int,
    dump_date: date | None,
    format: str | None = None,
    fields: Mapping[str, Sequence[str]] | None = None,
    limits: child.Limits | None = None,
    share: tuple[int, int] = (0, 1),
) -> dict[str, Any]:
    """Read files, or a share of an archive: stage dumps, articles, rejects and fingerprints.

    Returns what `flows.reading.read` does. With `limits` the work is done in a child process; where
    that crashes, hangs or needs too much memory, the files are read by halves until the one that it
    was is found, which becomes a reject.
    """
    done: dict[str, Any] = {}

    def read(start: int, count: int, ended: str | None) -> None:
        some, part = sources[start : start + count], f"{number:05d}-{start:05d}"
        arguments = (some, stage, part, dump_date, format, fields, ended, share)
        try:
            if ended is not None:
                found = reading.read(*arguments)
            else:
                size = inputs.weight(some)
                seconds = child.START_SECONDS + size / LEAST_BYTES_A_SECOND
                found = child.call(
                    reading.read, *arguments, limits=limits and replace(limits, seconds=seconds)
                )
        except child.EndedError:
            stage.discard(f"{part}-")
            raise
        _add(done, found)

    logs.enter(stage.run_id, "read")
    _by_halves(len(sources), read)
    for dump, counts in done.pop("read", ()):
        logs.tell("read", dump=dump, counts=counts)
    return done


def _by_halves(count: int, work: Callable[[int, int, str | None], None]) -> None:
    """Do `work(start, count, None)` of all `count` things; where it ends its process, by halves.

    A thing that ends it alone, and does so again, is told with how it ended:
    `work(start, 1, ended)`. What ends a process by chance, such as a machine that is short of
    memory, is so not held against anything.
    """
    waiting = [(0, count, 0)]
    while waiting:
        start, some, tries = waiting.pop()
        try:
            work(start, some, None)
        except child.EndedError as error:
            logs.tell(f"{some} of {count} {error}", level=logging.WARNING)
            half = (some + 1) // 2
            if some > 1:
                waiting += [(start + half, some - half, 0), (start, half, 0)]
            elif tries < TRIES_ALONE - 1:
                waiting.append((start, 1, tries + 1))
            else:
                work(start, 1, str(error))


def _add(done: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        done[name] = done[name] + value if name in done else value


@task(name="drop doubles", cache_policy=NO_CACHE, **AGAIN)
def drop_doubles(stage: Stage, warehouse: Path, *, replace: bool) -> dict[str, Any]:
    """Keep one of the dumps with the same content: a file and its packed copy are one dump.

    Without `replace` a dump that the warehouse holds already, in another container, goes too.
    Returns what went, as counts to be subtracted, and a warning for each.
    """
    from warehouse import query

    loaded = {} if replace else query.known_dumps(warehouse)
    known = pl.DataFrame(
        {"dump_id": list(loaded), "other": list(loaded.values())},
        schema={"dump_id": pl.String, "other": pl.String},
    )
    before_it = pl.col("path").first().over("dump_id")
    comes_again = pl.when(~pl.col("dump_id").is_first_distinct()).then(before_it)
    gone: dict[str, Any] = {"dumps": 0, "articles": 0, "rejects": 0, "warnings": []}
    for part in stage.parts("dumps"):
        dumps = read_part(part).join(known, on="dump_id", how="left", maintain_order="left")
        dumps = dumps.with_columns(other=pl.coalesce("other", comes_again))
        doubles = dumps.filter(pl.col("other").is_not_null())
        new = dumps.filter(pl.col("other").is_null()).select("dump_id", other="path")
        known = pl.concat([known, new])
        if doubles.is_empty():
            continue
        gone["dumps"] -= doubles.height
        gone["articles"] -= int(doubles["article_count"].sum())
        gone["rejects"] -= int(doubles["reject_count"].sum())
        pairs = doubles.select("path", "other").iter_rows()
        gone["warnings"] += [reading.double(path, other) for path, other in pairs]
        number = len(stage.parts("containers", f"{part.stem}-doubles"))
        rows = doubles.select(reading.CONTAINER)
        stage.write("containers", f"{part.stem}-doubles-{number}", rows)
        source = part.stem.partition("-")[0] + "-"
        _drop(stage, source, doubles["dump_id"].to_list())
    return gone


def _drop(stage: Stage, source: str, dump_ids: list[str]) -> None:
    """Drop everything of some dumps from the parts of a source."""
    for table in ("dumps", "articles", "rejects"):
        for path in [*stage.parts(table, source), *stage.parts(table, coding.EXTRACTED)]:
            rows = read_part(path)
            kept = rows.filter(~pl.col("dump_id").is_in(dump_ids))
            if kept.height == rows.height:
                continue
            stage.write(table, path.stem, kept)
            if table == "articles":
                sketches = read_part(stage.part("fingerprints", path.stem))
                sketches = sketches.join(kept, on="article_id", how="semi", maintain_order="left")
                stage.write("fingerprints", path.stem, sketches)


@task(name="remember older articles", cache_policy=NO_CACHE, **AGAIN)
def remember_older(warehouse: Path, held: Any, *, keep: timedelta) -> int:
    """Bring the warehouse's memory of texts forward, where an older version loaded them.

    `held` is the lock that the flow holds, `keep` for how long the older file stays. Returns how
    many articles were read again.
    """
    from transforms.deduplicate import remembered, sketch_again
    from warehouse import connect, history, load, migrate, publish

    if not connect.exists(warehouse) or not migrate.is_older(warehouse):
        return 0
    count = 0
    with publish.writing(warehouse, held=held, keep=keep) as con:
        for part in history.unsketched(con):
            texts = part.unique("text_hash", keep="first", maintain_order=True)
            sketches = sketch_again(texts, part)
            load.remember(con, remembered(sketches, sketches.select("text_hash", "size").unique()))
            count += part.height
    return count


@task(name="deduplicate", cache_policy=NO_CACHE, **AGAIN)
def deduplicate_articles(stage: Stage, warehouse: Path, *, replace: bool) -> dict[str, int]:
    """Match the staged articles with each other and with the warehouse; stage the assignments.

    With `replace` the articles that the warehouse has of the staged dumps are about to go, so they
    do not count. Returns `{"stories", "copies"}`: canonical articles among the new ones, and the
    rest.
    """
    from flows import matching
    from warehouse import connect

    new = stage.read("fingerprints")
    if new is None:
        return {"stories": 0, "copies": 0}
    new = new.unique("article_id", keep="first", maintain_order=True)
    dumps = stage.read("dumps", ["dump_id"]) if replace else None
    replaced = [] if dumps is None else dumps["dump_id"].to_list()
    matched = matching.match(new, warehouse if connect.exists(warehouse) else None, replaced)
    for table, rows in matched.frames().items():
        stage.write(table, "all", rows)
    assigned = matched.assignments.join(new, on="article_id", how="semi")
    stories = assigned.filter("is_canonical").height
    return {"stories": stories, "copies": new.height - stories}


@task(name="thread", cache_policy=NO_CACHE, **AGAIN)
def thread_stories(stage: Stage, warehouse: Path, *, replace: bool) -> dict[str, int]:
    """Put tonight's stories into threads and number the versions of articles; stage both.

    Stories of the month before of which threading knows nothing, because an older newsmill loaded
    them, are threaded with tonight's. Returns `{"threads", "updates"}`: threads of several stories
    that tonight's are in, and new articles that update another one.
    """
    from transforms.deduplicate import headlines, memory, threads, updates
    from warehouse import connect, query

    assignments = stage.read("assignments")
    if assignments is None or not stage.parts("articles"):
        return {"threads": 0, "updates": 0}
    stories = assignments.select("article_id", "story_id", "is_canonical")
    vectors, versions = [], []
    for articles in stage.frames("articles"):
        held = articles.join(stories, on="article_id", maintain_order="left")
        vectors.append(memory.remember(held.filter("is_canonical")))
        versions.append(updates.prepare(held))
    tonight = pl.concat(versions).unique("article_id", keep="first", maintain_order=True)
    fresh = tonight.select("article_id")
    past = threads.nothing()
    if connect.exists(warehouse):
        dumps = stage.read("dumps", ["dump_id"])
        replaced = dumps["dump_id"].to_list() if replace and dumps is not None else []
        # An article of an earlier night has become canonical.
        promoted = stories.filter("is_canonical").join(tonight, on="article_id", how="anti")
        earlier = query.articles_by_id(warehouse, promoted["article_id"])
        earlier = earlier.drop("story_id", "is_canonical").join(promoted, on="article_id")
        vectors.append(memory.remember(earlier))
        days = pl.concat(vectors)["published_at"].drop_nulls().dt.date().sort()
        if len(days):
            since = days[0] - timedelta(threads.HISTORY)
            for older in query.unthreaded_articles(
                warehouse, since, days[-1], without_dumps=replaced
            ):
                vectors.append(memory.remember(older.join(stories, on="story_id", how="anti")))
        new = _one_each(vectors)
        past = query.known_threads(
            warehouse,
            new,
            window=threads.WINDOW,
            history=threads.HISTORY,
            shared=threads.RARE_SHARED,
            common=threads.COMMON,
            without_dumps=replaced,
        )
        known = query.known_versions(
            warehouse,
            stories["story_id"].unique(),
            new.select("heading", "published_at"),
            hours=updates.WITHIN_HOURS,
            characters=headlines.NOTE_CHARACTERS,
            without_dumps=replaced,
        )
        known = known.join(tonight, on="article_id", how="anti").update(stories, on="article_id")
        tonight = pl.concat([tonight, known], how="vertical_relaxed")
    new = _one_each(vectors)
    threaded = threads.link(new, *past)
    stage.write("story_terms", "all", new)
    stage.write("threads", "all", threaded)
    numbered = updates.link(tonight)
    stage.write("updates", "all", numbered)
    numbered = numbered.join(fresh, on="article_id", how="semi")
    several = threaded.filter(pl.col("similarity").is_not_null())
    return {
        "threads": several["thread_id"].n_unique(),
        "updates": numbered.filter(pl.col("updates_article_id").is_not_null()).height,
    }


def _one_each(vectors: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(vectors).unique("story_id", keep="first", maintain_order=True)


@task(name="cut batches", cache_policy=NO_CACHE, **AGAIN)
def cut_batches(
    stage: Stage, warehouse: Path, batch_articles: int, languages: tuple[str, ...], workers: int = 1
) -> dict[str, Any]:
    """Stage the canonical articles to be coded in batches; those that are coded are left out.

    A batch has `batch_articles` articles, or fewer where they are long, or where each of `workers`
    would not get one.
    Staged mentions of articles that no longer represent the story they were coded for go.
    Articles in a language that the model does not cover are left out; they stay in the warehouse
    with their language, uncoded. Parts are read one at a time, so memory does not grow with the
    dump. Returns `{"batches", "other_language", "warnings"}`: (part, articles) of each batch, and
    how many articles were left out.
    """
    from warehouse import connect, query

    done: dict[str, Any] = {"batches": [], "other_language": 0, "warnings": []}
    assignments = stage.read("assignments")
    if assignments is None:
        return done
    canonical = assignments.filter("is_canonical").select("article_id", "story_id")
    keep_mentions(stage, canonical)
    coded = stage.read("coded")
    if coded is not None:
        canonical = canonical.join(coded, on=["article_id", "story_id"], how="anti")
    size = min(batch_articles, max(LEAST_BATCH, -(-canonical.height // workers)))
    first = stage.next_number("to_code")
    batches: list[tuple[Path, int]] = done["batches"]
    held: list[pl.DataFrame] = []
    others: Counter[str] = Counter()

    def most() -> int:
        """Return the size of the next batch; towards the end of a large run they get smaller, lest
        all wait for whom the last one falls to."""
        left = canonical.height - sum(count for _, count in batches)
        shrinking = size == batch_articles and workers > 1
        return min(size, max(LEAST_BATCH, left // (2 * workers))) if shrinking else size

    def flush(*, everything: bool) -> None:
        nonlocal held
        if not held:
            return
        waiting = pl.concat(held)
        while waiting.height:
            wanted = most()
            characters = waiting["body"].str.len_chars().cum_sum()
            fitting = max(1, int((characters <= wanted * TYPICAL_CHARACTERS).sum()))
            if fitting >= waiting.height < wanted and not everything:
                break
            batch = waiting.head(min(wanted, fitting))
            part = stage.write("to_code", f"{first + len(batches):05d}", batch)
            batches.append((part, batch.height))
            waiting = waiting.slice(batch.height)
        held = [waiting]

    def take(articles: pl.DataFrame) -> None:
        language = pl.col("language").str.to_lowercase().str.slice(0, 2)
        covered = language.is_null() | language.is_in(list(languages))
        held.append(articles.filter(covered))
        others.update(dict(articles.filter(~covered)["language"].value_counts().iter_rows()))

    # Of an article that stands in several parts the first counts.
    parts = stage.parts("articles")
    ids = [
        read_part(part, ["article_id"]).with_columns(part=pl.lit(number, pl.Int32))
        for number, part in enumerate(parts)
    ]
    first_in = pl.concat(ids).unique("article_id", keep="first") if ids else pl.DataFrame()
    staged = canonical.join(first_in, on="article_id") if ids else canonical.head(0)
    by_part = staged.partition_by("part", as_dict=True, include_key=False) if ids else {}
    for number, path in enumerate(parts):
        mine = by_part.get((number,))
        if mine is not None:
            take(read_part(path).join(mine, on="article_id", maintain_order="left"))
            flush(everything=False)
    missing = canonical.join(staged, on="article_id", how="anti")
    if missing.height and connect.exists(warehouse):
        # An article of an earlier night has become canonical: its events are coded now.
        earlier = query.articles_by_id(warehouse, missing["article_id"].to_list())
        earlier = earlier.drop("story_id", strict=False).join(missing, on="article_id")
        take(earlier.select([*Articles.column_names(), "story_id"]))
    flush(everything=True)
    if others:
        done["other_language"] = others.total()
        which = ", ".join(f"{code} {count:,}" for code, count in others.most_common(8))
        covers = ", ".join(languages)
        done["warnings"].append(
            f"{others.total():,} articles kept but not coded: the model covers {covers}, "
            f"they are in {which}"
        )
    return done


def keep_mentions(stage: Stage, canonical: pl.DataFrame) -> None:
    """Keep the staged mentions of these articles, coded for these stories; of the others forget
    that they have been coded."""
    for table in ("mentions", "coded"):
        for part in stage.parts(table):
            rows = read_part(part)
            kept = rows.join(
                canonical, on=["article_id", "story_id"], how="semi", maintain_order="left"
            )
            if kept.height < rows.height:
                stage.write(table, part.stem, kept)


@task(name="extract", task_run_name="extract batch {batch.stem}", cache_policy=NO_CACHE)
def code_batch(
    batch: Path,
    count: int,
    of: int,
    stage: Stage,
    model: str,
    knowledge: tuple[Path, ...] = (),
    limits: child.Limits | None = None,
    store: Store | None = None,
) -> dict[str, Any]:
    """Code one batch of `count` articles; stage its mentions, and as rejects those that failed.

    Returns what `flows.coding.code` does. With `limits`, whose seconds are those of a batch `of` so
    many articles, the work is done in a child process; where that crashes, hangs or needs too much
    memory, the batch is coded by halves until the article that it was is found, which becomes a
    reject.
    """
    logs.enter(stage.run_id, "extract")
    done: dict[str, Any] = {}

    def code(start: int, some: int, ended: str | None) -> None:
        if ended is not None:
            articles = read_part(batch).slice(start, some)
            why = dict.fromkeys(articles["article_id"], ended)
            _add(done, coding.finish(stage, f"{batch.stem}-{start:05d}", articles, why))
            return
        share = limits
        if limits is not None:
            share = replace(limits, seconds=limits.seconds * max(some / of, LEAST_SHARE))
        done_here = child.call(
            coding.code, batch, start, some, stage, model, knowledge, store,
            limits=share, first=(coding.load, model, knowledge),
        )  # fmt: skip
        _add(done, done_here)

    _by_halves(count, code)
    return done


@task(
    name="load and publish",
    task_run_name="load and publish {warehouse.name}",
    cache_policy=NO_CACHE,
    **AGAIN,
)
def load_and_publish(
    stage: Stage,
    warehouse: Path,
    run: Any,
    held: Any,
    *,
    replace: bool,
    keep: timedelta,
    seen: Any,
) -> dict[str, int]:
    """Load the staged parts in one transaction, refresh the aggregates of the days touched, and
    publish the night. `run` is the `RunRecord`, `held` the lock that the flow holds, `keep` for how
    long the night that is replaced stays, `seen` the `last_change` for which the parts hold.

    Returns the counts of the load. Raises `warehouse.connect.MovedError` where the warehouse has
    changed since.
    """
    from transforms.extract import ontology
    from warehouse import aggregate, connect, load, publish, query

    with publish.writing(warehouse, held=held, keep=keep) as con:
        if query.last_change(con) != seen:
            raise connect.MovedError(
                f"Another run has written to {warehouse} since this one looked. Run it again."
            )
        load.replace_event_types(con, ontology.event_types())
        loaded = load.load(con, stage.folder, run.as_row(), replace=replace)
        aggregate.refresh(con, loaded.days)
        counts = {**loaded.counts, **run.counts}  # what the stages counted stands
        counts["events"] = loaded.counts["events_touched"]
        counts["mentions"] = loaded.counts["mentions"]  # some are coded twice, or by an earlier run
        run.counts.update(counts)
        run.finish("completed")
        load.record_run(con, run.as_row())
    logs.tell(f"published {warehouse}", counts=loaded.counts)
    with server.harmless("tell where tables come from"):
        lineage.tell(run, warehouse, stage, days=len(loaded.days))
    return counts
