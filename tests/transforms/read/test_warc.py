"""WARC and WET: pages out of crawls, their exact bytes, and damaged neighbours."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import WarcRecord, WarcRecordType
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.quality import html as quality
from tests.transforms.read.test_html_page import BODY, PARAGRAPHS, TITLE, page
from transforms.read import Limits, open_source
from transforms.read.registry import choose_binary
from transforms.read.text import BinarySource
from transforms.read.warc import read

OK = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8"


def warc(
    block: bytes,
    kind: str = "response",
    media: str = "application/http; msgtype=response",
    length: int | str | None = None,
    **more: str,
) -> bytes:
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": "https://ellery.example/quays",
        "WARC-Date": "2024-11-30T10:00:00Z",
        "WARC-Record-ID": "<urn:uuid:0f0f>",
        "Content-Type": media,
        "Content-Length": str(len(block) if length is None else length),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def http(payload: bytes | str, head: str = OK) -> bytes:
    data = payload.encode() if isinstance(payload, str) else payload
    return head.encode() + b"\r\n\r\n" + data


def rows(data: bytes, limit: int = 1 << 22) -> list[dict[str, Any]]:
    return list(read(BinarySource(io.BytesIO(data), "a.warc", limit)))


def assert_tiles(data: bytes, found: Sequence[dict[str, Any]]) -> None:
    at = 0
    for row in found:
        assert row["char_start"] >= at
        assert not data[at : row["char_start"]].strip(b" \t\r\n\x00")
        assert row["char_end"] >= row["char_start"]
        at = row["char_end"]
    assert not data[at:].strip(b" \t\r\n\x00")


GOOD = warc(http(page()))
INFO = warc(b"software: test\r\n", "warcinfo", "application/warc-fields")
WET = warc(
    "\n".join([TITLE, "Home", *PARAGRAPHS]).encode(),
    "conversion",
    "text/plain",
    WARC_Identified_Content_Language="eng,fra",
)


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    packed = http(gzip.compress(page().encode()), OK + "\r\nContent-Encoding: gzip")
    return [
        INFO + GOOD + warc(http("gone", "HTTP/1.1 404 Not Found")) + GOOD,
        WET + WET,
        warc(packed) + warc(page().encode(), "resource", "text/html"),
    ]


def test_pages_of_a_crawl_are_articles_with_exact_bytes() -> None:
    request = warc(b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request")
    revisit = warc(b"HTTP/1.1 304 Not Modified\r\n\r\n", "revisit")
    data = INFO + request + GOOD + revisit + GOOD + warc(b"a: b", "metadata", "text/plain")
    found = rows(data)
    assert [row["kind"] for row in found] == ["record", "record"]
    assert_tiles(data, found)
    first = found[0]
    assert first["text"].split("\n") == PARAGRAPHS
    assert (first["title"], first["url"]) == (TITLE, "https://ellery.example/quays")
    assert (first["source"], first["external_id"]) == ("ellery.example", "0f0f")
    assert GOOD.strip() in data[found[0]["char_start"] : found[0]["char_end"]]
    assert data[found[1]["char_start"] :].lstrip().startswith(revisit[:20])


def test_the_date_of_the_crawl_is_not_the_articles() -> None:
    assert rows(GOOD)[0]["date_text"] is None


@pytest.mark.parametrize(
    ("head", "pack"),
    [
        ("Content-Encoding: gzip", gzip.compress),
        ("Content-Encoding: deflate", zlib.compress),
        ("Content-Encoding: deflate", lambda data: zlib.compress(data)[2:-4]),
        ("Content-Encoding: gzip", bytes),  # decoded by the crawler, the header left as it was
        ("Transfer-Encoding: chunked", lambda data: b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)),
        ("Transfer-Encoding: chunked", bytes),
        ("Content-Encoding: br", bytes),
    ],
)
def test_encodings_of_http_are_undone(head: str, pack: Any) -> None:
    [row] = rows(warc(http(pack(page().encode()), f"{OK}\r\n{head}")))
    assert row["text"].split("\n") == PARAGRAPHS


def test_a_charset_in_the_http_header_counts() -> None:
    body = (
        "<h1>Порт закрыт</h1>" + "<p>Совет гавани закрыл северную пристань на две недели.</p>" * 3
    )
    head = OK.replace("utf-8", "windows-1251")
    assert rows(warc(http(page(body).encode("cp1251"), head)))[0]["title"] == "Порт закрыт"
    assert rows(warc(http(page(body).encode(), head)))[0]["title"] == "Порт закрыт"  # it is UTF-8


@pytest.mark.parametrize(
    ("record", "reason", "words"),
    [
        (warc(http("gone", "HTTP/1.1 404 Not Found")), "not_article", "404"),
        (warc(http("", "HTTP/1.1 301 Moved\r\nLocation: /b")), "not_article", "301"),
        (warc(http("{}", "HTTP/1.1 200 OK\r\nContent-Type: text/json")), "not_article", "json"),
        (warc(http(b"\x89PNG\r\n\x00\x00", "HTTP/1.1 200 OK\r\nContent-Type: image/png")),
         "not_article", "image/png"),
        (warc(http("")), "no_text", "empty"),
        (warc(b"dns", "response", "text/dns"), "not_article", "text/dns"),
        (warc(http("<html></html>")), "no_text", "no article"),
        (warc(http(page()), length="many"), "bad_record", "length"),
        (warc(http(page()), ""), "bad_record", "type"),
        (warc(http(page()), length=30), "bad_record", "length"),
        (warc(http(page()), length=9_999), "bad_record", "cut off"),
        (b"WARC/1.0\r\nnothing else", "bad_record", "end"),
        (b"bytes that are no record\r\n\r\n", "bad_record", "no WARC"),
        (warc(b"no http at all"), "bad_record", ""),
    ],
)  # fmt: skip
def test_a_bad_record_costs_no_neighbour(record: bytes, reason: str, words: str) -> None:
    data = GOOD + record + b"\r\n" + GOOD + GOOD
    found = rows(data)
    assert [row.get("reason") for row in found] == [None, reason, None, None]
    assert words in found[1]["detail"]
    assert_tiles(data, found)


def test_a_file_that_is_cut_off_keeps_what_stands_before() -> None:
    data = (GOOD + GOOD)[:-200]
    found = rows(data)
    assert [row.get("reason") for row in found] == [None, "bad_record"]
    assert "cut off" in found[1]["detail"]
    assert_tiles(data, found)


def test_records_over_the_limit_are_too_large() -> None:
    big = warc(http(b"x" * 300_000))
    bomb = warc(http(gzip.compress(b" " * 300_000), OK + "\r\nContent-Encoding: gzip"))
    found = rows(GOOD + big + bomb + GOOD, limit=100_000)
    assert [row.get("reason") for row in found] == [None, "too_large", "too_large", None]


def test_wet_files_hold_text() -> None:
    found = rows(INFO + WET + WET)
    assert [row["title"] for row in found] == [TITLE, TITLE]
    assert found[0]["text"].split("\n") == ["Home", *PARAGRAPHS]
    assert (found[0]["language"], found[0].get("date_text")) == ("eng", None)


def test_a_crawl_of_framing_alone_is_one_reject() -> None:
    assert [row["reason"] for row in rows(INFO)] == ["no_text"]


@pytest.mark.parametrize("packed", [False, True])
def test_warc_files_are_recognised(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    data = [INFO, GOOD, GOOD]
    path.write_bytes(b"".join(map(gzip.compress, data)) if packed else b"".join(data))
    [dump] = open_source(path, limits=Limits(record_chars=1 << 20))
    [pieces] = dump.pieces()
    assert (dump.format, dump.unit, dump.encoding) == ("warc", "bytes", None)
    assert pieces["char_end"].to_list() == [len(INFO + GOOD) - 4, len(INFO + GOOD + GOOD) - 4]


def test_an_address_that_is_none_harms_nothing() -> None:
    found = rows(warc(http(page()), WARC_Target_URI="http://[::1\r\n and more") + GOOD)
    assert [row["kind"] for row in found] == ["record", "record"]
    assert "\n" not in found[0]["url"]


def test_other_bytes_are_not_warc() -> None:
    for head in (b"The WARC/1.0 format", b"<html>", b""):
        kind = choose_binary(head, "a.txt")
        assert kind is None or kind.name != "warc"


PARTS = [GOOD, INFO, WET, b"WARC/1.0\r\n", b"\r\n\r\n", b"\x00", b"x", GOOD[:400], GOOD[300:]]


@given(st.lists(st.sampled_from(PARTS), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_tiled(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert_tiles(data, rows(data))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_every_record_comes_back(numbers: list[int]) -> None:
    titles = [f"{TITLE} number {number}" for number in numbers]
    data = b"".join(warc(http(page(f"<h1>{title}</h1>{BODY}"))) for title in titles)
    assert [row["title"] for row in rows(data)] == titles


@pytest.mark.gold
def test_a_crawl_of_real_pages(shared: Path, tmp_path: Path) -> None:
    """The library writes the crawl, so its framing is not this module's idea of it."""
    folder = shared / "dumps" / "formats" / "fundus_eval_html"
    truth = json.loads((folder / "ground_truth.json").read_text("utf-8"))
    path = tmp_path / "pages.warc.gz"
    with path.open("wb") as file:
        for name in sorted(one.name for one in folder.glob("*.html.gz")):
            record = WarcRecord()
            record.init_headers(WarcRecordType.response)
            record.headers["WARC-Target-URI"] = truth[name]["url"]
            record.headers["Content-Type"] = "application/http; msgtype=response"
            record.set_bytes_content(http(gzip.decompress((folder / name).read_bytes())))
            buffer = io.BytesIO()
            record.write(buffer)
            file.write(gzip.compress(buffer.getvalue()))
    [dump] = open_source(path)
    found = [row for frame in dump.pieces() for row in frame.iter_rows(named=True)]
    assert [row["kind"] for row in found] == ["record"] * 16
    alone = [record for _, record in quality.pages(folder) if record]
    for row, single in zip(found, alone, strict=True):
        assert (row["title"], row["text"]) == (single["title"], single["text"])
        assert row["date_text"] == single["date_text"]
