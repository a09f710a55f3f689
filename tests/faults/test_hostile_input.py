"""Dumps made to harm: each is a clear reject or error, in bounded memory, and the rest is read."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import socket
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.conftest import REPOSITORY, Call
from transforms.read import Dump, Limits, open_source
from transforms.segment import Segmenter

STORY = "Mayor Opens Bridge\nThe bridge at Port Ellery opened on Monday. It is long.\n"
SMALL = Limits(record_chars=100_000, dump_bytes=4 << 20, ratio=50, ratio_from=1 << 20, members=20)


def rows(dump: Dump) -> list[dict[str, Any]]:
    return [row for batch in dump.pieces() for row in batch.iter_rows(named=True)]


def reasons(path: Path, limits: Limits = SMALL) -> list[tuple[str, str | None, str]]:
    """Read everything in a file: (dump, reason, detail) of each piece."""
    return [
        (dump.path.removeprefix(str(path.parent) + "/"), row["reason"], row["detail"] or "")
        for dump in open_source(path, limits=limits)
        for row in rows(dump)
    ]


def only_reject(path: Path, limits: Limits = SMALL) -> tuple[str, str]:
    [(_, reason, detail)] = reasons(path, limits)
    assert reason is not None
    return reason, detail


# Bombs


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zst"])
def test_a_bomb_is_unsafe(tmp_path: Path, suffix: str) -> None:
    zeros = b" " * (3 << 20)
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "zst": zstandard.ZstdCompressor().compress,
    }
    path = tmp_path / f"bomb.txt.{suffix}"
    path.write_bytes(pack[suffix](zeros))
    reason, detail = only_reject(path)
    assert reason == "unsafe"
    assert "times its size" in detail


def test_a_bomb_in_an_archive_costs_no_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", " " * (3 << 20))
        archive.writestr("good.txt", STORY)
    found = reasons(path)
    assert [(name, reason) for name, reason, _ in found] == [
        ("a.zip!bomb.txt", "unsafe"),
        ("a.zip!good.txt", None),
    ]


def test_a_dump_over_the_limit_is_unsafe(tmp_path: Path) -> None:
    path = tmp_path / "large.txt.gz"
    path.write_bytes(gzip.compress(os.urandom(5 << 20), 0))
    assert only_reject(path) == ("unsafe", f"more than {4 << 20:,} bytes")


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    data = STORY.encode()
    for depth in range(6):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(f"{depth}.zip" if depth else "a.txt", data)
        data = out.getvalue()
    path = tmp_path / "deep.zip"
    path.write_bytes(data)
    reason, detail = only_reject(path)
    assert reason == "unsafe"
    assert "archives deep" in detail


def test_an_archive_that_holds_itself_ends(tmp_path: Path) -> None:
    """A gzip file whose content is gzip again and again is not followed beyond the depth."""
    data = STORY.encode()
    for _ in range(10):
        data = gzip.compress(data)
    path = tmp_path / "a.gz"
    path.write_bytes(data)
    assert only_reject(path)[0] == "unsafe"


def test_too_many_members_are_unsafe(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(40):
            archive.writestr(f"{number}.txt", STORY)
    found = reasons(path)
    assert len(found) == 21
    assert found[-1][1] == "unsafe"
    assert "more than 20 members" in found[-1][2]


def test_a_stream_that_asks_for_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
    path = tmp_path / "a.txt.xz"
    path.write_bytes(lzma.compress(STORY.encode(), filters=filters))
    reason, detail = only_reject(path)
    assert reason == "unreadable"
    assert "emory" in detail


# Names and links


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../../etc/cron.d/x", "leaves the archive"),
        ("/etc/passwd", "an absolute path"),
        ("C:\\windows\\x.txt", "an absolute path"),
        ("a\\..\\..\\x.txt", "leaves the archive"),
    ],
)
def test_paths_that_escape_are_refused(tmp_path: Path, name: str, why: str) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(STORY)
        archive.addfile(info, io.BytesIO(STORY.encode()))
        good = tarfile.TarInfo("good.txt")
        good.size = info.size
        archive.addfile(good, io.BytesIO(STORY.encode()))
    found = reasons(path)
    assert [reason for _, reason, _ in found] == ["unsafe", None]
    assert why in found[0][2]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.tar"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_in_a_tar_are_not_followed(tmp_path: Path, kind: bytes) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Secret Words\nNobody may read this at all.\n")
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("link.txt")
        info.type = kind
        info.linkname = str(secret)
        archive.addfile(info)
    assert only_reject(path)[0] == "unsafe"


def test_a_link_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert only_reject(path) == ("unsafe", "a link")


# Mark-up


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>'
        "<rss><channel><title>F</title><item><title>T &x;</title>"
        "<description>Body &x; of the item.</description></item></channel></rss>",
        '<!DOCTYPE nitf [<!ENTITY x SYSTEM "file://{secret}">]><nitf><head><title>T</title></head>'
        "<body><body.head><hedline><hl1>T &x;</hl1></hedline></body.head><body.content><p>Body &x;"
        "</p></body.content></body></nitf>",
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><head><title>T</title></head>'
        "<body><article><h1>T</h1><p>Body &x; of the page, which is long enough to be taken for an "
        "article by everyone who reads it.</p></article></body></html>",
    ],
)
def test_nothing_is_fetched_into_mark_up(tmp_path: Path, text: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRETWORDS")
    path = tmp_path / "a.xml"
    path.write_text(text.replace("{secret}", str(secret)))
    for dump in open_source(path):
        for row in rows(dump):
            if row["kind"] == "record":
                assert "SECRETWORDS" not in (row["text"] or "") + (row["title"] or "")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """A billion laughs: ten levels of entities, each ten of the one before."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = (
        f'<!DOCTYPE rss [<!ENTITY l0 "laugh">{levels}]><rss><channel><title>F</title>'
        "<item><title>T</title><description>Body &l9; of the item.</description></item>"
        "</channel></rss>"
    )
    path = tmp_path / "a.rss"
    path.write_text(text)
    assert sum(len(row["text"]) for dump in open_source(path) for row in rows(dump)) < 5000


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    tried: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("no network while reading")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: refuse(socket.socket(), a))
    return tried


def test_reading_asks_no_network(tmp_path: Path, no_network: list[Any]) -> None:
    address = "http://192.0.2.1/x.dtd"
    texts = [
        f'<!DOCTYPE html PUBLIC "x" "{address}"><html><head>'
        f'<link rel="stylesheet" href="{address}"><script src="{address}"></script>'
        f'<meta property="og:url" content="{address}"></head>'
        f'<body><img src="{address}"><p>{STORY * 9}</p></body></html>',
        f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{address}"><rss><channel>'
        f"<link>{address}</link>"
        f"<item><title>T</title><link>{address}</link><description>{STORY}</description></item>"
        "</channel></rss>",
        json.dumps({"title": "T", "maintext": STORY, "url": address}),
    ]
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.txt"
        path.write_text(text)
        assert any(row["kind"] == "record" for dump in open_source(path) for row in rows(dump))
    assert no_network == []


# JSON, CSV, text


def test_deep_json_is_a_bad_record(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    deep = '{"title": ' + "[" * 40_000 + "]" * 40_000 + "}"
    good = json.dumps({"title": "A", "maintext": "B"})
    path.write_text(f"{good}\n{deep}\n{good}\n")
    assert [reason for _, reason, _ in reasons(path)] == [None, "bad_record", None]


def test_a_huge_record_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    good = json.dumps({"title": "A", "maintext": "B"})
    path.write_text(f'{good}\n{{"title": "{"x" * 300_000}"}}\n{good}\n')
    assert [reason for _, reason, _ in reasons(path)] == [None, "too_large", None]


def test_a_million_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = ",".join(["title", "body", *(f"c{n}" for n in range(1_000_000))])
    path.write_text(f"{names}\nA,B\n" + "A,B," + "," * 999_999 + "\n")
    found = reasons(path, Limits(record_chars=20_000_000))
    assert {reason for _, reason, _ in found} <= {None, "too_large"}
    assert len(found) == 2


def test_nul_bytes_in_a_record(tmp_path: Path) -> None:
    path = tmp_path / "nul.jsonl"
    records = [{"title": f"A {n}", "maintext": "Body of the story. " * 40} for n in range(20)]
    data = "\n".join(json.dumps(record) for record in records).encode()
    path.write_bytes(data.replace(b"A 3", b"A\x00 3"))
    kinds = [row["kind"] for dump in open_source(path) for row in rows(dump)]
    assert kinds.count("record") >= 19
    assert len(kinds) == 20


def test_binary_data_is_unsupported_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"title": "A", "run": os.getcwd}))
    reason, detail = only_reject(path)
    assert reason == "unsupported"
    assert "pickle" in detail
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(b"%PDF-1.7\n" + b"x" * 100)
    assert "PDF" in only_reject(pdf)[1]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("a.warc", "WARC/1.0\r\n"),
        ("a.warc", "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 1\r\n\r\na\r\n\r\n"),
        ("a.txt", "--\n"),
        ("a.txt", "By A B\n"),
        ("a.txt", "Head Line\n\n"),
        ("a.txt", "LONDON (Reuters) - \n"),
        ("a.txt", "20 Aug 2024\n"),
        ("a.txt", "\r\n\r"),
        ("a.html", "<div>"),
        ("a.html", "<p a="),
        ("a.html", "<table><tr><td>"),
        ("a.rss", "<item>"),
        ("a.rss", "<![CDATA["),
        ("a.json", '{"a":'),
        ("a.jsonl", "{\n"),
        ("a.sgm", "<REUTERS><TEXT>&lt;"),
        ("a.mbox", "From a@b.c Tue Aug 20 10:00:00 2024\n\n"),
    ],
)
def test_one_thing_over_and_over_takes_linear_time(tmp_path: Path, name: str, unit: str) -> None:
    """Four times as much takes about four times as long, and 100 KB a few seconds."""
    before = {".html": "<html><body>", ".rss": "<rss><channel>"}.get(name[1:], "")
    seconds = []
    for size in (25_000, 100_000):
        path = tmp_path / name
        path.write_text(before + unit * (size // len(unit)))
        begin = time.process_time()
        for dump in open_source(path):
            for _ in Segmenter(dump.path).rows(dump.rows()):
                pass
        seconds.append(time.process_time() - begin)
    assert seconds[1] < 8 * seconds[0] + 1
    assert seconds[1] < 10


# Files that are none, or do not stay as they are


def test_a_fifo_and_a_device_are_refused_at_once(tmp_path: Path, newsmill: Call) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, Path("/dev/zero")):
        done = newsmill("read", path)
        assert done.returncode == 2
        assert "neither a file nor a folder" in done.stderr
        [dump] = open_source(path)
        assert dump.failure is not None
        assert dump.failure[0] == "unreadable"


def test_a_file_that_grows_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = json.dumps({"title": "A", "maintext": "B"}) + "\n"
    path.write_text(line * 3)
    [dump] = open_source(path)
    with path.open("a") as file:
        file.write(line * 50)
    assert len(rows(dump)) == 3
    assert dump.warnings == []


def test_a_file_that_changes_is_said_to_have_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"title": "A", "maintext": "B"}) + "\n")
    [dump] = open_source(path)
    path.write_text(json.dumps({"title": "C", "maintext": "D"}) + "\n")
    assert len(rows(dump)) == 1
    assert dump.flags == ["changed"]
    assert "changed while it was read" in dump.warnings[0]


def test_a_file_that_disappears_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"title": "A", "maintext": "B"}) + "\n")
    [dump] = open_source(path)
    path.unlink()
    [row] = rows(dump)
    assert row["reason"] == "unreadable"
    path.mkdir()
    assert rows(dump)[0]["reason"] == "unreadable"


def test_a_file_that_becomes_a_fifo_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"title": "A", "maintext": "B"}) + "\n")
    [dump] = open_source(path)
    path.unlink()
    os.mkfifo(path)
    found: list[dict[str, Any]] = []
    reader = threading.Thread(target=lambda: found.extend(rows(dump)), daemon=True)
    reader.start()
    reader.join(20)
    assert not reader.is_alive()
    assert found[0]["reason"] == "unreadable"


def test_names_that_are_no_text_cost_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad\udcff"
    bad.mkdir()
    (bad / "a\udcfe.txt").write_text(STORY)
    (bad / "empty\udcfe.txt").touch()
    with tarfile.open(bad / "b\nc.tar", "w") as archive:
        for name in ("in\udcfd.txt", "../up\udcfd.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(STORY)
            archive.addfile(info, io.BytesIO(STORY.encode()))
    found = []
    for file in sorted(bad.iterdir()):
        for dump in open_source(file):
            found.append(dump.path.removeprefix(f"{tmp_path}/"))
            for articles, rejects in Segmenter(dump.path).run(dump.pieces()):
                assert articles.height + rejects.height == 1
    assert found == [
        r"bad\xff/a\xfe.txt",
        "bad\\xff/b\nc.tar!in\\xfd.txt",
        "bad\\xff/b\nc.tar!../up\\xfd.txt",
        r"bad\xff/empty\xfe.txt",
    ]


# Memory

MEASURE = """
import resource, sys
from pathlib import Path
from transforms.read import open_source
from transforms.segment import Segmenter
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = []
for dump in open_source(Path(sys.argv[1])):
    for articles, rejects in Segmenter(dump.path).run(dump.pieces()):
        found += rejects["reason"].to_list() + ["article"] * articles.height
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) // 1024, *found)
"""


def lines_of(kind: str, size: int) -> Iterator[bytes]:
    block = b"word " * 200_000
    if kind == "jsonl":
        yield b'{"title": "A", "maintext": "'
    yield from (block for _ in range(size // len(block)))
    yield b'"}\n' if kind == "jsonl" else b"\n"
    yield b'{"title": "Good", "maintext": "Body."}\n' if kind == "jsonl" else STORY.encode()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "txt"])
def test_a_line_of_a_gigabyte_is_a_reject_in_bounded_memory(tmp_path: Path, kind: str) -> None:
    """The bound: 300 MiB over what starting takes, whatever the line's length (README)."""
    path = tmp_path / f"line.{kind}"
    with path.open("wb") as file:
        for part in lines_of(kind, 1 << 30):
            file.write(part)
    try:
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
        )
    finally:
        path.unlink()
    mebibytes, *found = done.stdout.split()
    assert found == ["too_large", "article"]
    assert int(mebibytes) < 300


def test_every_reject_is_kept_through_segmenting(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("empty.txt", "")
        archive.writestr("../evil.txt", STORY)
        archive.writestr("good.txt", STORY)
    found: list[str] = []
    for dump in open_source(path):
        for articles, rejects in Segmenter(dump.path).run(dump.pieces()):
            found += rejects["reason"].to_list() + ["article"] * articles.height
    assert sorted(found) == ["article", "empty", "unsafe"]
