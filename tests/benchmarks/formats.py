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
import json
import random
import tempfile
import time
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any

from flows.stage import PART_ROWS
from tests.benchmarks.memory import story
from transforms.read import open_source
from transforms.read.pieces import Row
from transforms.schemas import Articles, frame
from transforms.segment import Segmenter

Story = dict[str, Any]


def stories(count: int) -> list[Story]:
    """Return invented stories: title, paragraphs, author, source, url and day."""
    draw = random.Random(3)
    found = []
    for number in range(count):
        title, body = story(draw)
        found.append(
            {
                "id": f"n{number}",
                "title": title,
                "paragraphs": body.split("\n"),
                "author": "Ann Lee",
                "source": "Ellery Post",
                "url": f"https://ellery.example/{number}",
                "day": f"2024-05-{1 + number % 28:02d}",
            }
        )
    return found


def _record(one: Story) -> dict[str, str]:
    return {
        "title": one["title"],
        "maintext": "\n".join(one["paragraphs"]),
        "authors": one["author"],
        "source_domain": one["source"],
        "url": one["url"],
        "date_publish": one["day"],
    }


def _html(one: Story) -> str:
    paragraphs = "".join(f"<p>{escape(p)}</p>" for p in one["paragraphs"])
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{escape(one["title"])} - Ellery Post</title>'
        f'<meta property="article:published_time" content="{one["day"]}T08:00:00Z">'
        f'<link rel="canonical" href="{one["url"]}"></head><body><nav><ul><li><a href="/">Home</a>'
        f'</li><li><a href="/news">News</a></li></ul></nav><article><h1>{escape(one["title"])}</h1>'
        f'<p class="byline">By {one["author"]}</p>{paragraphs}</article><footer>Ellery Post 2024'
        "</footer></body></html>"
    )


def _xml_paragraphs(one: Story) -> str:
    return "".join(f"<p>{escape(p)}</p>" for p in one["paragraphs"])


def write_jsonl(all_: list[Story]) -> bytes:
    return "".join(json.dumps(_record(one)) + "\n" for one in all_).encode()


def write_json(all_: list[Story]) -> bytes:
    return json.dumps([_record(one) for one in all_], indent=1).encode()


def write_csv(all_: list[Story]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(_record(all_[0])))
    writer.writeheader()
    writer.writerows(map(_record, all_))
    return out.getvalue().encode()


def write_parquet(all_: list[Story]) -> bytes:
    import polars as pl

    out = io.BytesIO()
    pl.DataFrame([_record(one) for one in all_]).write_parquet(out)
    return out.getvalue()


def write_txt(all_: list[Story]) -> bytes:
    return "".join(
        f"{one['title']}\n" + "\n".join(one["paragraphs"]) + "\n" for one in all_
    ).encode()


def write_html(all_: list[Story]) -> bytes:
    """As a zip archive of pages, because a page is a dump."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, one in enumerate(all_):
            archive.writestr(f"{number}.html", _html(one))
    return out.getvalue()


def write_warc(all_: list[Story]) -> bytes:
    out = io.BytesIO()
    for one in all_:
        page = _html(one).encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"WARC-Record-ID: <urn:uuid:{one['id']}>\r\nWARC-Date: 2024-06-01T00:00:00Z\r\n"
            f"WARC-Target-URI: {one['url']}\r\nContent-Length: {len(http)}\r\n\r\n"
        )
        out.write(head.encode() + http + b"\r\n\r\n")
    return out.getvalue()


def write_feed(all_: list[Story]) -> bytes:
    items = "".join(
        f"<item><title>{escape(one['title'])}</title><link>{one['url']}</link>"
        f"<guid>{one['id']}</guid><pubDate>Tue, 14 May 2024 10:00:00 GMT</pubDate>"
        f"<description>{escape(_xml_paragraphs(one))}</description></item>\n"
        for one in all_
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Ellery Post</title>'
        f"{items}</channel></rss>"
    ).encode()


def write_nitf(all_: list[Story]) -> bytes:
    items = "".join(
        f'<nitf><head><docdata><doc-id id-string="{one["id"]}"/><date.issue norm="{one["day"]}"/>'
        f"</docdata></head><body><body.head><hedline><hl1>{escape(one['title'])}</hl1></hedline>"
        f"<byline>By {one['author']}</byline></body.head><body.content>{_xml_paragraphs(one)}"
        "</body.content></body></nitf>\n"
        for one in all_
    )
    return f'<?xml version="1.0"?><feed-of-items>{items}</feed-of-items>'.encode()


def write_newsml_g2(all_: list[Story]) -> bytes:
    items = "".join(
        f'<newsItem guid="{one["id"]}" version="1"><itemMeta><versionCreated>{one["day"]}T10:00:00Z'
        f"</versionCreated></itemMeta><contentMeta><headline>{escape(one['title'])}</headline>"
        f"<by>{one['author']}</by></contentMeta><contentSet><inlineXML><html><body>"
        f"{_xml_paragraphs(one)}</body></html></inlineXML></contentSet></newsItem>\n"
        for one in all_
    )
    return (
        '<?xml version="1.0"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
        f"{items}</itemSet></newsMessage>"
    ).encode()


def write_lexisnexis(all_: list[Story]) -> bytes:
    return "\n\n\n".join(
        f"                        {number} of {len(all_)} DOCUMENTS\n\n\n"
        f"                              {one['source']}\n\n"
        "                             May 14, 2024 Tuesday\n\n"
        f"{one['title']}\n\nBYLINE: {one['author']}\n\nLENGTH: 300 words\n\n"
        + "\n\n".join(one["paragraphs"])
        + "\n\nLOAD-DATE: May 15, 2024\n\nLANGUAGE: ENGLISH\n"
        for number, one in enumerate(all_, 1)
    ).encode()


def write_factiva(all_: list[Story]) -> bytes:
    return "\n".join(
        f"HD  {one['title']}\nBY  {one['author']}\nWC  300 words\nPD  14 May 2024\n"
        f"SN  {one['source']}\nLA  English\n\nLP\n{one['paragraphs'][0]}\n\nTD\n"
        + "\n\n".join(one["paragraphs"][1:])
        + f"\n\nAN  Document ELPO0000202405{number:06d}\n\n"
        for number, one in enumerate(all_)
    ).encode()


def write_mail(all_: list[Story]) -> bytes:
    out = []
    for one in all_:
        message = EmailMessage(policy=email.policy.default)
        message["From"] = f"{one['author']} <ann@ellery.example>"
        message["To"] = "desk@ellery.example"
        message["Subject"] = one["title"]
        message["Date"] = "Tue, 14 May 2024 10:00:00 +0000"
        message["Message-ID"] = f"<{one['id']}@ellery.example>"
        message.set_content("\n\n".join(one["paragraphs"]))
        out.append(
            b"From ann@ellery.example Tue May 14 10:00:00 2024\n" + message.as_bytes() + b"\n"
        )
    return b"".join(out)


def write_docx(all_: list[Story]) -> bytes:
    import docx

    document = docx.Document()
    for one in all_:
        for text in (one["title"], one["source"], "May 14, 2024 Tuesday", "Length: 300 words"):
            document.add_paragraph(text)
        document.add_paragraph("Body")
        for paragraph in one["paragraphs"]:
            document.add_paragraph(paragraph)
        document.add_paragraph("Load-Date: May 15, 2024")
        document.add_paragraph("End of Document")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def write_rtf(all_: list[Story]) -> bytes:
    lines = []
    for one in all_:
        lines += [one["title"], one["source"], "May 14, 2024 Tuesday", "Length: 300 words", "Body"]
        lines += [*one["paragraphs"], "Load-Date: May 15, 2024", "End of Document"]
    return ("{\\rtf1\\ansi " + "\\par\n".join(lines) + "}").encode("ascii", "replace")


def bare_jsonl(data: bytes) -> int:
    import orjson

    return sum(len(orjson.loads(line)["maintext"]) for line in data.splitlines())


def bare_json(data: bytes) -> int:
    import orjson

    return sum(len(one["maintext"]) for one in orjson.loads(data))


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


def bare_xml(data: bytes) -> int:
    from lxml import etree

    tree = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    return sum(len("".join(map(str, element.itertext()))) for element in tree)


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


Write = Callable[[list[Story]], bytes]
Bare = Callable[[bytes], int]

FORMATS: dict[str, tuple[str, Write, str, Bare, int]] = {
    # suffix, writer, the bare library, its call, how many times fewer stories
    "jsonl": ("jsonl", write_jsonl, "orjson", bare_jsonl, 1),
    "json": ("json", write_json, "orjson", bare_json, 1),
    "csv": ("csv", write_csv, "csv", bare_csv, 1),
    "parquet": ("parquet", write_parquet, "pyarrow", bare_parquet, 1),
    "txt": ("txt", write_txt, "splitlines", bare_lines, 1),
    "html": ("zip", write_html, "trafilatura", bare_html, 10),
    "warc": ("warc", write_warc, "fastwarc + trafilatura", bare_warc, 10),
    "feed": ("xml", write_feed, "feedparser", bare_feed, 4),
    "nitf": ("xml", write_nitf, "lxml", bare_xml, 1),
    "newsml-g2": ("xml", write_newsml_g2, "lxml", bare_xml, 1),
    "lexisnexis": ("txt", write_lexisnexis, "splitlines", bare_lines, 1),
    "factiva-txt": ("txt", write_factiva, "splitlines", bare_lines, 1),
    "mail": ("mbox", write_mail, "email", bare_mail, 4),
    "docx": ("docx", write_docx, "python-docx", bare_docx, 10),
    "rtf": ("rtf", write_rtf, "striprtf", bare_rtf, 4),
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
    parser.add_argument("--formats", nargs="+", default=list(FORMATS))
    asked = parser.parse_args()
    print("| format | articles | MB | articles/s | MB/s | bare library | its articles/s | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.formats:
            suffix, write, library, bare, fewer = FORMATS[name]
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
