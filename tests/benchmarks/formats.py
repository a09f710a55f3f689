"""Reading each format beside the bare library that parses it, in one run.

    python -m tests.benchmarks.formats [--articles 2000] [--formats jsonl html]

The same invented stories are written in every format. `read` is everything that newsmill does to
a dump before deduplication: hashing, survey of the encoding, parsing, spans, cleaning, language,
dates, checked frames of Articles. `bare` is the library alone on the same bytes: parse and touch
every record's text. Where no library exists, bare is decoding and splitting lines. Ratio is bare
seconds / read seconds: 1 is as fast as the library alone. One process, after a warm-up; nothing is
asserted.
"""

from __future__ import annotations

import argparse
import csv
import email
import email.policy
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flows.stage import PART_ROWS
from tests.stories import FORMATS, stories
from transforms.read import open_source
from transforms.read.pieces import Row
from transforms.schemas import Articles, frame
from transforms.segment import Segmenter


def bare_jsonl(data: bytes) -> int:
    import orjson

    return sum(len(orjson.loads(line)["maintext"]) for line in data.splitlines())


def bare_json(data: bytes) -> int:
    import orjson

    return sum(len(one["maintext"]) for one in orjson.loads(data))


def bare_ninjs(data: bytes) -> int:
    import orjson

    return sum(len(one["body_xhtml"]) for one in orjson.loads(data)["items"])


def bare_csv(data: bytes) -> int:
    rows = csv.reader(io.StringIO(data.decode(), newline=""))
    return sum(len(row[1]) for row in rows)


def bare_parquet(data: bytes) -> int:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(io.BytesIO(data))
    batches = table.iter_batches()
    return sum(len(row["maintext"]) for batch in batches for row in batch.to_pylist())


def bare_lines(data: bytes) -> int:
    return sum(map(len, data.decode().splitlines()))


def _page(page: str) -> int:
    import trafilatura

    found = trafilatura.bare_extraction(page, with_metadata=True)
    return len(found.text or "") if found else 0


def bare_html(data: bytes) -> int:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(_page(archive.read(name).decode()) for name in archive.namelist())


def bare_warc(data: bytes) -> int:
    from fastwarc.warc import ArchiveIterator

    records = ArchiveIterator(io.BytesIO(data), parse_http=True)
    return sum(_page(record.reader.read().decode()) for record in records)


def bare_feed(data: bytes) -> int:
    import feedparser

    return sum(len(entry.get("summary", "")) for entry in feedparser.parse(data).entries)


def bare_articles(data: bytes) -> int:
    import lxml.html

    tree = lxml.html.fromstring(data)
    articles = tree.xpath("//div[starts-with(@class, 'article ')]")
    return sum(len(article.text_content()) for article in articles)


def bare_documents(data: bytes) -> int:
    import lxml.html

    return sum(len(one.text_content()) for one in lxml.html.fromstring(data).iter("div"))


def bare_xml(data: bytes) -> int:
    from lxml import etree

    tree = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    return sum(len("".join(map(str, element.itertext()))) for element in tree)


def bare_pages(data: bytes) -> int:
    from lxml import etree

    return len("".join(map(str, etree.fromstring(data, etree.HTMLParser()).itertext())))


def bare_mail(data: bytes) -> int:
    total = 0
    for one in data.split(b"\nFrom "):
        message = email.message_from_bytes(one.partition(b"\n")[2], policy=email.policy.default)
        body = message.get_body(("plain",))  # type: ignore[attr-defined]
        total += len(body.get_content()) if body is not None else 0
    return total


def bare_docx(data: bytes) -> int:
    import docx

    return sum(len(paragraph.text) for paragraph in docx.Document(io.BytesIO(data)).paragraphs)


def bare_rtf(data: bytes) -> int:
    from striprtf.striprtf import rtf_to_text

    return len(rtf_to_text(data.decode("ascii")))


Bare = Callable[[bytes], int]

LIBRARIES: dict[str, tuple[str, Bare, int]] = {
    # by format: the bare library, its call, how many times fewer stories
    "jsonl": ("orjson", bare_jsonl, 1),
    "json": ("orjson", bare_json, 1),
    "csv": ("csv", bare_csv, 1),
    "parquet": ("pyarrow", bare_parquet, 1),
    "txt": ("splitlines", bare_lines, 1),
    "html": ("trafilatura", bare_html, 10),
    "warc": ("fastwarc + trafilatura", bare_warc, 10),
    "feed": ("feedparser", bare_feed, 4),
    "nitf": ("lxml", bare_xml, 1),
    "newsml-g2": ("lxml", bare_xml, 1),
    "xml": ("lxml", bare_xml, 1),
    "conllu": ("splitlines", bare_lines, 1),
    "lexisnexis": ("splitlines", bare_lines, 1),
    "factiva-txt": ("splitlines", bare_lines, 1),
    "factiva-html": ("lxml.html", bare_articles, 1),
    "factiva-xml": ("lxml", bare_xml, 1),
    "proquest": ("lxml.html", bare_documents, 1),
    "proquest-txt": ("splitlines", bare_lines, 1),
    "newsml1": ("lxml", bare_xml, 1),
    "reuters-sgml": ("splitlines", bare_lines, 1),
    "ninjs": ("orjson", bare_ninjs, 1),
    "iptc7901": ("splitlines", bare_lines, 1),
    "lexisnexis-html": ("lxml", bare_pages, 1),
    "mail": ("email", bare_mail, 4),
    "docx": ("python-docx", bare_docx, 10),
    "rtf": ("striprtf", bare_rtf, 4),
}


def read(path: Path) -> int:
    """Read and segment a source as `flows` does; return how many articles came out."""
    found = 0
    held: list[Row] = []
    for dump in open_source(path):
        for articles, _ in Segmenter(dump.path).rows(dump.rows()):
            held += articles
            if len(held) >= PART_ROWS:
                found += frame(Articles, held).height
                held = []
    return found + (frame(Articles, held).height if held else 0)


def main() -> int:
    """Print a row for each format."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.formats")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--formats", nargs="+", default=list(LIBRARIES))
    asked = parser.parse_args()
    print("| format | articles | MB | articles/s | MB/s | bare library | its articles/s | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.formats:
            suffix, write = FORMATS[name]
            library, bare, fewer = LIBRARIES[name]
            all_ = stories(max(asked.articles // fewer, 20))
            warm = Path(folder) / f"warm.{suffix}"
            warm.write_bytes(write(all_[:20]))
            read(warm)
            bare(warm.read_bytes())
            path = Path(folder) / f"{name}.{suffix}"
            path.write_bytes(write(all_))
            begun = time.perf_counter()
            found = read(path)
            ours = time.perf_counter() - begun
            begun = time.perf_counter()
            bare(path.read_bytes())
            theirs = time.perf_counter() - begun
            size = path.stat().st_size / 1e6
            note = "" if found == len(all_) else f" of {len(all_):,}"
            cells = [
                name, f"{found:,}{note}", f"{size:.1f}", f"{found / ours:,.0f}",
                f"{size / ours:.1f}", library, f"{len(all_) / theirs:,.0f}", f"{theirs / ours:.2f}",
            ]  # fmt: skip
            print("|", " | ".join(cells), "|", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
