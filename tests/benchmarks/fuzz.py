"""Mutated dumps through every reader: nothing raises, nothing is lost, nothing takes long.

    python -m tests.benchmarks.fuzz                       # 20,000 inputs a reader
    python -m tests.benchmarks.fuzz --inputs 500 --formats csv json

Seeds are small valid dumps: those that the tests of each reader build (`seeds()` of the test
modules), and a few of plain formats here. Each input is one seed with one to six mutations: bytes
flipped, pieces deleted, doubled, swapped or spliced in from another seed, the end cut off, tokens
of mark-up and hostile numbers inserted. It is written to a file and read as a dump is, with the
format forced; every tenth is also held against the schema and segmented. Checked for each: no
exception, also none that was caught as a reader's failure; spans are in order and, for text, hold
every character that is not blank; less than `SLOW_SECONDS`. Failures are printed with the input's
number, which `--only` repeats.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import tests.transforms.read
from transforms.read import Dump, Limits, formats, open_source
from transforms.segment import Segmenter

SLOW_SECONDS = 5.0
LIMITS = Limits(record_chars=200_000, dump_bytes=4 << 20, ratio_from=1 << 20)
TOKENS = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n\n", b"\x1a", b'"', b'""', b"'", b"\\",
    b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]" * 50, b"[" * 2000, b"<", b">", b"</", b"/>",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;",
    b"&#x110000;", b"&amp;" * 40, b"<a>" * 500, b",", b"\t", b";" * 300, b"1e999", b"NaN",
    b"-1", b"99999999999999999999", b"9999-99-99", b"0000-00-00T99:99:99Z", b"31/31/31",
    "\u202e\u2028\x85".encode(), "é".encode("latin-1"), b"=\r\n", b"=3D", b"From x Mon Jan 1\n",
    b"\x01\x02\x03\x04", b"1 of 1 DOCUMENTS", b"WARC/1.0\r\n", b"Content-Length: -5\r\n", b"PK",
]  # fmt: skip

PLAIN_SEEDS: dict[str, list[bytes]] = {
    "jsonl": [
        b'{"title": "Bridge opens", "maintext": "It opened.\\nOn Monday.", "id": 7}\n'
        b'{"headline": "Ferry stops", "body": ["One.", "Two."], "date": "2024-05-14T10:00:00Z"}\n',
        '{"title": "Café \\u2013 \\ud83d\\ude00", "text": "Ünïcode."}\nbroken\n'.encode(),
    ],
    "json": [
        b'[{"title": "A", "maintext": "One {brace}."}, {"title": "B", "tags": [{"x": 1}]}]',
        b'{"status": "ok", "articles": [{"title": "A"}, {"title": "B", "content": "C"}]}',
    ],
    "csv": [
        b'title,body,date\r\n"A, one","First\r\nsecond ""quoted""",2024-05-14\r\nB,short,\r\n',
        b"headline;text\nA;B\nC;D\n",
        b"Headline\tText\tPD\nA\tB\t1 May 1987\n",
    ],
    "reuters-sgml": [
        b'<!DOCTYPE lewis SYSTEM "lewis.dtd">\n<REUTERS TOPICS="YES" NEWID="1">\n<DATE> 5-MAR-1987 '
        b"09:07:01.50</DATE>\n<TEXT>&#2;\n<TITLE>BRIDGE OPENS</TITLE>\n<DATELINE>    PORT, March 5 "
        b"- </DATELINE><BODY>It opened.\n    Reuter\n&#3;</BODY></TEXT>\n</REUTERS>\n",
    ],
    "txt": [
        b"Mayor Opens Bridge\nThe bridge opened on Monday. It is long.\nMany came to see it.\n"
        b"Ferry Stops Running\nThe ferry stopped on Tuesday. It was old.\n",
        b"PORT ELLERY, May 14 (EP) -- The mayor opened it.\n\nBy Ann Lee\n\n-----\n\nNext\n",
    ],
}  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """Return the seeds of every format by its name."""
    found = {name: list(data) for name, data in PLAIN_SEEDS.items()}
    package = tests.transforms.read
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        if not hasattr(loaded, "seeds"):
            continue
        given = loaded.seeds()
        by_format = given if isinstance(given, dict) else {"": given}
        for format, data in by_format.items():
            for one in data:
                found.setdefault(format or sniffed(one), []).append(one)
    return found


def sniffed(data: bytes) -> str:
    """Return the format that a seed is recognised as."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return next(open_source(Path(file.name))).format


def mutate(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return `data` with one to six mutations."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) + 1)
        size = min(chance.choice((1, 2, 8, 40, 200)), len(out) - at)
        kind = chance.randrange(9)
        if kind == 0 and out:
            out[at % len(out)] ^= 1 << chance.randrange(8)
        elif kind == 1 and out:
            out[at % len(out)] = chance.randrange(256)
        elif kind == 2:
            del out[at : at + size]
        elif kind == 3:
            out[at:at] = out[at : at + size] * chance.choice((1, 2, 50))
        elif kind == 4:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            out[at:at] = other[start : start + chance.choice((5, 60, 2000))]
        elif kind == 5 and chance.random() < 0.4:
            del out[at:]
        elif kind == 6:
            to = chance.randrange(len(out) + 1)
            piece = bytes(out[at : at + size])
            del out[at : at + size]
            out[to:to] = piece
        else:
            out[at:at] = chance.choice(TOKENS)
    return bytes(out[:2_000_000])


def check(dump: Dump, segment: bool) -> None:
    """Read one dump to its end and raise `AssertionError` where something does not hold."""
    text = None
    spans: list[tuple[int, int]] = []
    if segment:
        for articles, rejects in Segmenter(dump.path).run(dump.pieces()):
            batch = articles.select("char_start", "char_end").rows()
            batch += rejects.select("char_start", "char_end").rows()
            spans += sorted(batch)
    elif dump.failure is None:
        read = replace(dump, flags=[])
        spans = [(row["char_start"], row["char_end"]) for row in rows_of(read)]
        dump.flags += read.flags
    assert "reader_failed" not in dump.flags, "the reader failed"
    if dump.failure is not None:
        return
    assert spans, "no piece at all"
    at = 0
    for start, end in spans:
        assert start >= at, f"{start} before {at}"
        assert end >= start, f"{end} before its start {start}"
        at = end
    if dump.unit != "characters":
        return
    text = "".join(dump.text())
    assert at <= len(text), f"a span ends at {at}, behind the text's {len(text)} characters"
    at = 0
    for start, end in [*spans, (len(text), len(text))]:
        lost = text[at:start].strip()
        assert not lost, f"lost text at {at}: {lost[:60]!r}"
        at = end


def rows_of(dump: Dump) -> Iterator[dict[str, Any]]:
    """Yield a dump's rows without building frames of them."""
    assert dump._rows is not None
    return dump._rows(dump)


def fuzz(format: str, given: list[bytes], inputs: int, only: int | None) -> Counter[str]:
    """Try `inputs` mutations of the seeds of one format; return how often what happened."""
    happened: Counter[str] = Counter()
    folder = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=folder) as work:
        path = Path(work) / "dump"
        for number in range(inputs) if only is None else [only]:
            chance = random.Random(f"{format} {number}")
            path.write_bytes(mutate(chance.choice(given), given, chance))
            begun = time.perf_counter()
            try:
                for dump in open_source(path, limits=LIMITS, format=format):
                    check(dump, segment=number % 10 == 0)
                    happened["rejected whole" if dump.failure else "read"] += 1
            except Exception as error:
                happened["FAILED"] += 1
                if happened["FAILED"] <= 5:
                    print(f"{format} input {number}: {type(error).__name__}: {error}")
                    if only is not None or happened["FAILED"] == 1:
                        traceback.print_exc()
            took = time.perf_counter() - begun
            happened["milliseconds"] += int(1000 * took)
            if took > SLOW_SECONDS:
                happened["SLOW"] += 1
                print(f"{format} input {number}: {took:.1f} s")
    return happened


def rows(asked: argparse.Namespace) -> Iterator[tuple[str, Counter[str]]]:
    """Yield what happened by format."""
    known = seeds()
    for format in asked.formats or sorted(formats()):
        if format not in known:
            yield format, Counter({"NO SEED": 1})
            continue
        yield format, fuzz(format, known[format], asked.inputs, asked.only)


def main() -> int:
    """Print a row for each format; return 1 where anything failed or had no seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fuzz")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--formats", nargs="+")
    parser.add_argument("--only", type=int, help="repeat the input of this number")
    asked = parser.parse_args()
    bad = 0
    print("| format | inputs | read | rejected whole | failed | slow | ms each |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for format, happened in rows(asked):
        inputs = 1 if asked.only is not None else asked.inputs
        bad += happened["FAILED"] + happened["SLOW"] + happened["NO SEED"]
        print(
            f"| {format} | {0 if happened['NO SEED'] else inputs:,} | {happened['read']:,} "
            f"| {happened['rejected whole']:,} | {happened['FAILED']} | {happened['SLOW']} "
            f"| {happened['milliseconds'] / inputs:.1f} |",
            flush=True,
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
