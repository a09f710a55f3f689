"""Deduplication beside libraries of its kind, and against a long history.

    python -m tests.benchmarks.deduplicate peers [--articles=100000] [--only=newsmill,gaoya]
    python -m tests.benchmarks.deduplicate history [--articles=1000000] [--new=10000]

`peers` deduplicates the same articles with newsmill, gaoya, rensa and datasketch
(`pip install -e .[peers]`), each in a process of its own, from texts in memory to clusters. The
libraries are used as their documentation shows where it is about many texts, on words (`words`)
and on the word 3-grams that newsmill uses (`3-grams`): 128 permutations (gaoya: 42 bands of 3), a
Jaccard threshold of .5, then connected components. text-dedup 0.4.0 needs rich before 14 and
urllib3 up to 2.0, which exclude ours: `--text-dedup=PYTHON` names the interpreter of an environment
that has it, and runs its `text_dedup.minhash`; its seconds include starting Python and reading a
file.

The articles are those beside the checkout (Reuters-21578 and the gold set synthetic_web), enlarged
by rule: copies that are truncated, edited, put in other order, or framed by a publisher's
boilerplate within 40 hours, and other articles made of their words. `recall` is the share of those
copies that are with their original; `precision` is of all pairs of invented articles that are put
together; `pairs` are all that are, real articles included.

`history` keeps a million invented articles in a warehouse and matches new ones against them, 45 %
of which are copies of known ones. `--cache=FOLDER` keeps what was made.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from flows.matching import match
from tests.benchmarks.peak import peak_gib
from tests.benchmarks.quality.deduplicate import articles as as_articles
from tests.benchmarks.quality.deduplicate import load, reuters
from transforms import deduplicate as dd
from transforms.keys import content_id
from transforms.schemas import Articles
from warehouse import history, migrate
from warehouse.connect import open_private
from warehouse.query import connected

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
START = datetime(2020, 1, 1, tzinfo=UTC)
YEAR_MINUTES = 365 * 24 * 60
PERMUTATIONS = 128
THRESHOLD = 0.5


def main() -> None:
    """Run the benchmark that the first argument names."""
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "peers":
        peers()
    elif what == "history":
        history_of()
    else:
        raise SystemExit(__doc__)


def _argument(name: str, default: str = "") -> str:
    found = [one for one in sys.argv if one.startswith(f"--{name}=")]
    return found[-1].partition("=")[2] if found else default


def _cached(name: str, make: Callable[[Path], None]) -> Path:
    folder = Path(_argument("cache") or Path(tempfile.gettempdir()) / "newsmill-benchmark")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        unfinished = path.with_name(path.name + ".unfinished")
        make(unfinished)
        unfinished.replace(path)
    return path


# Peers.


def real() -> pl.DataFrame:
    """Return the articles beside the checkout; clusters of the gold set spread over a year."""
    rng = random.Random(5)
    docs, labels = load(SHARED / "gold" / "dedup_synthetic_web")
    web = as_articles(docs)
    cluster = dict(zip(labels["id"], labels["cluster"], strict=True))
    at = {one: rng.randrange(YEAR_MINUTES) for one in sorted(set(cluster.values()))}
    times = [
        START + timedelta(minutes=at[cluster[one]] + rng.randrange(2400)) for one in docs["id"]
    ]
    web = web.with_columns(published_at=pl.Series(times, dtype=pl.Datetime("us", "UTC")))
    wire = as_articles(reuters(SHARED / "dumps" / "reuters21578.tar.gz"))
    return pl.concat([web, wire])


def enlarge(articles: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return `count` articles: those given, other ones of their words, and copies (`copy_of`)."""
    rng = random.Random(11)
    base = articles.filter(pl.col("body").str.len_bytes() > 300).to_dicts()
    vocabulary = sorted({word for row in base[::9] for word in row["body"].split()})
    notice = [" ".join(rng.choices(vocabulary, k=45)) for _ in range(200)]
    rows = articles.with_columns(copy_of=pl.lit(None, pl.String)).to_dicts()[:count]
    others: list[dict[str, Any]] = []
    while len(rows) < count:
        number = len(rows)
        row = dict(rng.choice(base), copy_of=None)
        if not others or number % 2:
            words = row["body"].split()
            row["body"] = " ".join(
                word if rng.random() > 0.5 else rng.choice(vocabulary) for word in words
            )
            row["title"] = " ".join(rng.choices(vocabulary, k=8))
            row["published_at"] = START + timedelta(minutes=rng.randrange(YEAR_MINUTES))
            others.append(row)
        else:
            row = dict(rng.choice(others))
            row["copy_of"] = row["article_id"]
            row["body"] = _copy(row["body"], rng, notice)
            row["published_at"] += timedelta(minutes=rng.randrange(2400))
        row["source"] = f"paper{rng.randrange(200)}.example"
        row["article_id"] = content_id("benchmark", number)
        row["text_hash"] = content_id("benchmark text", row["title"], row["body"])
        rows.append(row)
    built = pl.DataFrame(rows, schema={**articles.schema, "copy_of": pl.String})
    return built.sample(fraction=1, shuffle=True, seed=3)


def _copy(body: str, rng: random.Random, notice: list[str]) -> str:
    words = body.split()
    kind = rng.randrange(4)
    if kind == 0:
        return " ".join(words[: max(40, int(len(words) * rng.uniform(0.2, 0.6)))])
    if kind == 1:
        return " ".join(word if rng.random() > 0.05 else word[::-1] for word in words)
    if kind == 2:
        return " ".join([*words, rng.choice(notice)])
    cuts = sorted(rng.sample(range(len(words) + 1), 3))
    parts = [words[a:b] for a, b in pairwise([0, *cuts, len(words)])]
    rng.shuffle(parts)
    return " ".join(word for part in parts for word in part).upper()


def _make(count: int, path: Path) -> None:
    enlarge(real(), count).write_parquet(path)


def peers() -> None:
    """Print what each library takes for the same articles, and what it finds."""
    count = int(_argument("articles", "100000"))
    if not (SHARED / "gold").exists():
        raise SystemExit("The articles beside the checkout (../shared) are not here.")
    path = _cached(f"copies-{count}.parquet", partial(_make, count))
    frame = pl.read_parquet(path)
    length = frame["body"].str.len_bytes().mean()
    print(f"{frame.height:,} articles of {length:,.0f} bytes on average")
    print(f"{'':24}{'CPU s':>8}{'wall s':>8}{'GiB':>7}{'articles/CPU s':>16}{'ratio':>8}"
          f"{'recall':>8}{'precision':>11}{'pairs':>12}")  # fmt: skip
    chosen = _argument("only").split(",")
    wanted = [way for way in WAYS if any(way.startswith(one) for one in chosen)]
    for package in {way.split()[0] for way in wanted} - {"newsmill"}:
        if find_spec(package) is None:
            raise SystemExit(f"{package} is not installed: pip install -e .[peers]")
    ours = None
    for name in wanted:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found = pool.submit(_measured, name, path).result()
        ours = found["cpu"] if name == "newsmill" else ours
        _print(name, found, frame, ours)
    python = _argument("text-dedup")
    if python:
        _print("text-dedup 3-grams", _text_dedup(python, frame), frame, ours)


def _print(name: str, found: dict[str, Any], frame: pl.DataFrame, ours: float | None) -> None:
    label = dict(zip(frame["article_id"], found["label"], strict=True))
    copies = frame.filter(pl.col("copy_of").is_not_null()).select("article_id", "copy_of").rows()
    recall = sum(label[a] == label[b] for a, b in copies) / max(len(copies), 1)
    pairs = _pairs(found["label"])
    invented = frame["source"].str.contains(r"^paper\d+\.example$").to_numpy()
    root = frame.select(pl.coalesce("copy_of", "article_id")).to_series().to_numpy()
    found_pairs, right = _pairs(found["label"][invented]), _pairs(
        np.unique([found["label"][invented], np.unique(root[invented], return_inverse=True)[1]],
                  axis=1, return_inverse=True)[1])  # fmt: skip
    ratio = "" if ours is None else f"{found['cpu'] / ours:.2f}"
    precision = right / max(found_pairs, 1)
    print(f"{name:24}{found['cpu']:8.1f}{found['wall']:8.1f}{found['memory']:7.2f}"
          f"{len(label) / found['cpu']:16,.0f}{ratio:>8}{recall:8.3f}{precision:11.3f}{pairs:12,}",
          flush=True)  # fmt: skip


def _pairs(label: Any) -> int:
    """Return how many pairs have one label."""
    sizes = np.unique(label, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _measured(name: str, path: Path) -> dict[str, Any]:
    frame = pl.read_parquet(path)
    texts = [f"{title}\n{body}" for title, body in frame.select("title", "body").iter_rows()]
    way = WAYS[name]
    way(frame.head(50), texts[:50])  # what is loaded and compiled once does not count
    before, wall = _cpu(), time.perf_counter()
    label = way(frame, texts)
    return {
        "cpu": _cpu() - before,
        "wall": time.perf_counter() - wall,
        "memory": peak_gib(),
        "label": label,
    }


def _cpu() -> float:
    used = os.times()
    return used.user + used.system


def newsmill(frame: pl.DataFrame, texts: list[str]) -> Any:
    """From articles to stories; the articles' frame is what segmenting hands on."""
    stories = dd.deduplicate(dd.sketch(frame.select(Articles.column_names())))
    joined = frame.select("article_id").join(
        stories, on="article_id", how="left", maintain_order="left"
    )
    return joined["story_id"].rank("dense").to_numpy()


def gaoya(n: int) -> Callable[[pl.DataFrame, list[str]], Any]:
    """Bands of three hashes, as in gaoya's documentation for a threshold of .5."""

    def way(frame: pl.DataFrame, texts: list[str]) -> Any:
        from gaoya.minhash import MinHashStringIndex

        index = MinHashStringIndex(32, THRESHOLD, 42, 3, None, "word", True, (n, n), "vec")
        index.par_bulk_insert_docs(list(range(len(texts))), texts)
        found = index.par_bulk_query(texts)
        return _components(len(texts), ((a, b) for a, row in enumerate(found) for b in row))

    return way


def rensa(n: int) -> Callable[[pl.DataFrame, list[str]], Any]:
    """All digests at once, and all queries; candidates verified by their digests."""

    def way(frame: pl.DataFrame, texts: list[str]) -> Any:
        from rensa import RMinHash, RMinHashLSH

        hashes = RMinHash.from_token_sets([_tokens(text, n) for text in texts], PERMUTATIONS, 42)
        index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=32)
        index.insert_many(hashes)
        found = index.query_all(hashes)
        return _components(
            len(texts),
            (
                (a, b)
                for a, row in enumerate(found)
                for b in row
                if b > a and hashes[a].jaccard(hashes[b]) >= THRESHOLD
            ),
        )

    return way


def datasketch(n: int) -> Callable[[pl.DataFrame, list[str]], Any]:
    """MinHash.bulk and MinHashLSH, as in datasketch's documentation."""

    def way(frame: pl.DataFrame, texts: list[str]) -> Any:
        from datasketch import MinHash, MinHashLSH

        tokens = ([one.encode() for one in set(_tokens(text, n))] for text in texts)
        hashes = MinHash.bulk(tokens, num_perm=PERMUTATIONS)
        index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        with index.insertion_session() as session:
            for number, one in enumerate(hashes):
                session.insert(number, one)
        found = (index.query(one) for one in hashes)
        return _components(len(texts), ((a, b) for a, row in enumerate(found) for b in row))

    return way


def _tokens(text: str, n: int) -> list[str]:
    words = text.lower().split()
    return (
        words
        if n == 1
        else [" ".join(gram) for gram in zip(*(words[i:] for i in range(n)), strict=False)]
    )


def _components(n: int, pairs: Iterator[tuple[int, int]]) -> Any:
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    flat = np.fromiter((end for pair in pairs for end in pair), np.int64).reshape(-1, 2)
    ones = np.ones(len(flat), np.int8)
    graph = sparse.coo_matrix((ones, (flat[:, 0], flat[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def _text_dedup(python: str, frame: pl.DataFrame) -> dict[str, Any]:
    """Run text-dedup's command on a file of the texts, and read which it keeps together."""
    with tempfile.TemporaryDirectory() as folder:
        texts = frame.select(text=pl.concat_str("title", pl.lit("\n"), "body"))
        texts.write_parquet(Path(folder) / "texts.parquet")
        call = [
            python, "-m", "text_dedup.minhash", "--path", "parquet", "--data_files",
            str(Path(folder) / "texts.parquet"), "--split", "train", "--column", "text",
            "--ngram", "3", "--min_length", "1", "--num_perm", str(PERMUTATIONS),
            "--threshold", str(THRESHOLD), "--batch_size", "10000", "--num_proc", "1",
            "--use_auth_token", "false", "--output", str(Path(folder) / "out"),
            "--hash_func", "xxh3", "--cache_dir", str(Path(folder) / "cache"), "--debug",
        ]  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = time.perf_counter()
        subprocess.run(call, check=True, capture_output=True, cwd=folder)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        read = (
            "import json, pickle, sys; uf = pickle.load(open(sys.argv[1], 'rb'));"
            "print(json.dumps([uf.find(n) for n in range(int(sys.argv[2]))]))"
        )
        kept = [python, "-c", read, str(Path(folder) / "out" / "uf.pkl"), str(frame.height)]
        label = json.loads(subprocess.run(kept, check=True, capture_output=True).stdout)
        return {
            "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
            "wall": time.perf_counter() - wall,
            "memory": used.ru_maxrss / 2**20,
            "label": np.array(label),
        }


WAYS: dict[str, Callable[[pl.DataFrame, list[str]], Any]] = {
    "newsmill": newsmill,
    "gaoya words": gaoya(1),
    "gaoya 3-grams": gaoya(3),
    "rensa words": rensa(1),
    "rensa 3-grams": rensa(3),
    "datasketch words": datasketch(1),
    "datasketch 3-grams": datasketch(3),
}


# History.

PART = 50_000
KINDS = ("exact", "edited", "truncated", "framed", "exact, months later")


class Language:
    """Invented text with the traits that matter: words of very unequal frequency, and phrases."""

    def __init__(self) -> None:
        rng = np.random.default_rng(17)
        letters = np.array(list("etaoinshrdlucmfwypvbgk"))
        lengths = rng.integers(2, 11, 60_000)
        words = ["".join(rng.choice(letters, size)) for size in lengths]
        phrases = [
            " ".join(rng.choice(words[:20_000], size)) for size in rng.integers(3, 7, 30_000)
        ]
        self.units = np.array([*words, *phrases], object)
        weight = 1 / (np.arange(len(words)) + 3)
        common = 1 / (np.arange(len(phrases)) + 30)
        weights = np.append(0.93 * weight / weight.sum(), 0.07 * common / common.sum())
        self.until = np.cumsum(weights)

    def articles(self, rng: np.random.Generator, count: int) -> list[str]:
        """Return so many texts of about 300 words."""
        lengths = np.clip(rng.lognormal(5.45, 0.5, count), 30, 2000).astype(int)
        drawn = np.searchsorted(self.until, rng.random(lengths.sum()) * self.until[-1])
        chosen = self.units[drawn].tolist()
        ends = np.cumsum(lengths).tolist()
        return [" ".join(chosen[end - size : end]) for end, size in zip(ends, lengths, strict=True)]


def _rows(
    texts: list[str], minutes: Any, first: int, kind: list[str] | None = None
) -> pl.DataFrame:
    """Return texts as articles: the first 60 characters are the headline."""
    times = [START + timedelta(minutes=int(one)) for one in minutes]
    return pl.DataFrame(
        {
            "article_id": [content_id("history", first + n) for n in range(len(texts))],
            "dump_id": content_id("history"),
            "ordinal": 0,
            "char_start": 0,
            "char_end": 1,
            "title": [text[:60] for text in texts],
            "source": [f"paper{(first + n) % 400}.example" for n in range(len(texts))],
            "published_at": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            "publish_date": pl.Series(times, dtype=pl.Datetime("us")).dt.date(),
            "publish_date_source": "field",
            "body": [text[60:] for text in texts],
            "text_hash": [content_id(text) for text in texts],
            "segment_confidence": 1.0,
            "kind": kind or ["known"] * len(texts),
        }
    )


def store(path: Path, count: int) -> None:
    """Make a warehouse of `count` invented articles over a year, each a story of its own."""
    language = Language()
    con = open_private(path)
    migrate.migrate(con, path)
    for first in range(0, count, PART):
        rng = np.random.default_rng(first)
        size = min(PART, count - first)
        # A part is some weeks of the year, as nights are loaded one after the other.
        minutes = np.sort(rng.integers(0, YEAR_MINUTES * size // count, size))
        frame = _rows(
            language.articles(rng, size), minutes + YEAR_MINUTES * first // count, first
        ).drop("kind")
        sketches = dd.sketch(_whole(frame))
        kept = dd.remembered(sketches, sketches.select("text_hash", "size").unique())
        con.register("part", frame.to_arrow())
        con.register("kept", kept.to_arrow())
        con.execute(
            "INSERT INTO articles BY NAME SELECT *, article_id AS story_id, true AS is_canonical,"
            " 1 AS similarity, 1 AS version, 'x' AS run_id, now()::TIMESTAMP AS loaded_at FROM part"
        )
        con.execute("INSERT INTO sketches BY NAME SELECT * FROM kept")
        con.unregister("part")
        con.unregister("kept")
        print(f"  {first + size:,} articles", file=sys.stderr, flush=True)
    con.execute("CHECKPOINT")
    con.close()


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    empty = Articles.create_empty()
    missing = [name for name in empty.columns if name not in frame.columns]
    added = [pl.lit(None, empty.schema[name]).alias(name) for name in missing]
    return frame.with_columns(added).select(empty.columns)


def tonight(path: Path, count: int) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return new articles, of which 45 % are copies of known ones, and the original of each copy.

    They come on one day in the middle of the year, their originals within 47 hours before; or
    months before where the kind says so.
    """
    rng = np.random.default_rng(99)
    day = YEAR_MINUTES // 2
    now = START + timedelta(minutes=day)
    with connected(path) as con:
        near = con.execute(
            "SELECT article_id, title || body AS text, published_at FROM articles"
            " WHERE published_at BETWEEN ? AND ? ORDER BY article_id LIMIT ?",
            [now - timedelta(hours=40), now, count * 2 // 5],
        ).pl()
        far = con.execute(
            "SELECT article_id, title || body AS text, published_at FROM articles"
            " WHERE published_at < ? ORDER BY article_id LIMIT ?",
            [now - timedelta(days=60), count // 20],
        ).pl()
    language = Language()
    notices = language.articles(np.random.default_rng(5), 400)
    texts, minutes, kinds, originals = [], [], [], []
    for number, (original, text, published) in enumerate(pl.concat([near, far]).iter_rows()):
        late = number >= near.height
        kind = KINDS[-1] if late else KINDS[number % 4]
        words = text.split(" ")
        if kind == "edited":
            changed = rng.random(len(words)) < 0.05
            words = [w[::-1] if c else w for w, c in zip(words, changed, strict=True)]
        elif kind == "truncated":
            words = words[: max(40, int(len(words) * rng.uniform(0.2, 0.6)))]
        elif kind == "framed":
            words += notices[number % 400].split(" ")[:45]
        texts.append(" ".join(words))
        at = (published.replace(tzinfo=UTC) - START).total_seconds() / 60
        minutes.append(day if late else at + rng.uniform(0, 47 * 60))
        kinds.append(kind)
        originals.append(original)
    fresh = count - len(texts)
    texts += language.articles(rng, fresh)
    minutes += (day - rng.uniform(0, 1440, fresh)).tolist()
    frame = _rows(texts, minutes, 10**9, kinds + ["new"] * fresh)
    return frame, dict(zip(frame["article_id"], originals, strict=False))


def history_of() -> None:
    """Print what matching new articles against a long history takes, and what it finds."""
    count, new = int(_argument("articles", "1000000")), int(_argument("new", "10000"))
    path = _cached(f"history-{count}.duckdb", lambda file: store(file, count))
    frame, originals = tonight(path, new)
    sketches = dd.sketch(_whole(frame.drop("kind")))
    with connected(path) as con:
        con.execute("SELECT sum(len(keys)) FROM sketches").fetchall()  # as a warm disk has it
        begun, cpu = time.perf_counter(), _cpu()
        wanted = history.promising(con, dd.candidate_keys(sketches), dd.SEARCH)
        print(f"on fingerprints: {time.perf_counter() - begun:.2f} s, {_cpu() - cpu:.2f} s of CPU;"
              f" {wanted.len():,} known texts are promising")  # fmt: skip
        undated = sketches.with_columns(published_at=pl.lit(None, pl.Datetime("us", "UTC")))
        begun, cpu = time.perf_counter(), _cpu()
        wanted = history.promising(con, dd.candidate_keys(undated), dd.SEARCH)
        print(f"the same without dates: {time.perf_counter() - begun:.2f} s,"
              f" {_cpu() - cpu:.2f} s of CPU; {wanted.len():,} are promising")  # fmt: skip
        begun, cpu = time.perf_counter(), _cpu()
        matched = match(sketches, con)
        print(f"with exact check, to stories: {time.perf_counter() - begun:.2f} s,"
              f" {_cpu() - cpu:.2f} s of CPU")  # fmt: skip
    story = dict(matched.assignments.select("article_id", "story_id").iter_rows())
    joined = {one for one, story_id in story.items() if originals.get(one) == story_id}
    by_kind = frame.filter(pl.col("kind") != "new").with_columns(
        found=pl.col("article_id").is_in(list(joined))
    )
    for kind, share, number in (
        by_kind.group_by("kind").agg(pl.col("found").mean(), pl.len()).sort("kind").iter_rows()
    ):
        print(f"recall of {kind:22}{share:7.4f}{number:8,}")
    print(f"recall of all{'':19}{by_kind['found'].mean():7.4f}{by_kind.height:8,}")
    wrong = frame.filter(pl.col("kind") == "new")["article_id"]
    known = matched.assignments.filter(
        pl.col("article_id").is_in(wrong.implode()) & (pl.col("reason") != "only article")
    )
    print(f"new articles that joined another one: {len(known):,} of {len(wrong):,}")
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "remembered.duckdb"
        con = duckdb.connect(alone)
        con.execute(f"ATTACH '{path}' AS whole (READ_ONLY)")
        con.execute("CREATE TABLE sketches AS SELECT * FROM whole.sketches")
        con.execute("DETACH whole")
        con.execute("CHECKPOINT")
        con.close()
        print(f"remembered: {alone.stat().st_size / 1e6:.1f} MB for {count:,} articles")


if __name__ == "__main__":
    main()
