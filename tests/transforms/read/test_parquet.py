"""Parquet: rows, their columns of any type, damage and what would cost too much."""

from __future__ import annotations

import io
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read import open_source
from transforms.read.fields import aliases
from transforms.read.registry import binary_readers, choose_binary
from transforms.read.text import BinarySource

Row = dict[str, Any]
TITLES = ["Quay shut", "Ferry stops", "Mayor resigns", "Bridge opens"]


def written(columns: dict[str, Any], **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def rows(data: bytes, limit: int = 1 << 20, **names: list[str]) -> list[Row]:
    """Return what the reader makes of a file, and fail unless its spans are in order."""
    source = BinarySource(io.BytesIO(data), "f", limit, aliases(names))
    found = list(binary_readers()["parquet"].read(source))
    assert found
    for above, row in zip([{"char_end": 0}, *found], found, strict=False):
        assert above["char_end"] <= row["char_start"] <= row["char_end"]
    return found


def columns(count: int = 4) -> dict[str, Any]:
    titles = [f"{TITLES[n % 4]} {n}" for n in range(count)]
    return {
        "title": titles,
        "maintext": [f"{title}.\nIt was so at Port Ellery." for title in titles],
        "authors": [["Ann Lee", "Bo Day"] for _ in titles],
        "tags": [["a"]] * count,
    }


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    mixed = {
        "headline": pa.array(TITLES).dictionary_encode(),
        "body": [b"One.", None, b"\xe9t\xe9", b"Four."],
        "date": pa.array([datetime(2024, 5, 14, tzinfo=UTC)] * 4),
        "_source": [{"url": "https://ellery.example/1", "text": "x"}] * 4,
    }
    return [
        written(columns(), compression="none", row_group_size=2),
        written(columns(), compression="zstd", data_page_version="2.0"),
        written(mixed, compression="none", use_dictionary=["headline"]),
    ]


def test_a_row_is_an_article() -> None:
    found = rows(written(columns(5), row_group_size=2))
    assert [(row["char_start"], row["char_end"]) for row in found] == [(n, n + 1) for n in range(5)]
    assert [row["title"] for row in found] == columns(5)["title"]
    assert found[4]["text"] == "Quay shut 4.\nIt was so at Port Ellery."
    assert {row["byline"] for row in found} == {"Ann Lee, Bo Day"}


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "none"},
        {"compression": "gzip", "data_page_version": "2.0"},
        {"compression": "brotli", "use_dictionary": False},
        {"compression": "lz4", "column_encoding": {"title": "DELTA_BYTE_ARRAY"},
         "use_dictionary": False},
        {"column_encoding": {"maintext": "DELTA_LENGTH_BYTE_ARRAY"}, "use_dictionary": False},
        {"data_page_size": 64, "write_statistics": False, "write_page_checksum": True},
        {"version": "1.0", "write_page_index": True, "use_deprecated_int96_timestamps": True},
    ],
)  # fmt: skip
def test_written_in_any_way(options: dict[str, Any]) -> None:
    assert [row["title"] for row in rows(written(columns(40), **options))] == columns(40)["title"]


ZONE = timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("values", "text"),  # "": any
    [
        (pa.array([datetime(2024, 5, 14, 10, tzinfo=ZONE)], pa.timestamp("ns", "Asia/Karachi")),
         "2024-05-14 05:00:00Z"),
        (pa.array([datetime(2024, 5, 14, 10, 0, 0, 999)]), "2024-05-14 10:00:00"),
        (pa.array([date(2024, 5, 14)]), "2024-05-14"),
        (pa.array([1715680800], pa.int64()), "1715680800"),
        (pa.array(["14 May 2024"]).dictionary_encode(), "14 May 2024"),
        (pa.array([2**62], pa.timestamp("us")), ""),
    ],
)  # fmt: skip
def test_dates_of_any_type(values: Any, text: str) -> None:
    [row] = rows(written({"title": ["A"], "published_at": values}))
    assert row["kind"] == "record"
    assert text in (row["date_text"], "")


def test_bytes_are_decoded() -> None:
    french = ["Le conseil a voté le budget de l’année.", "Les écoles fermées rouvrent à Pâques."]
    data = [text.encode("cp1252") for text in french]
    found = rows(written({"title": ["A", "B", "C"], "body": [*data, b"\x89PNG\x00\x00\x00"]}))
    assert [row["text"] for row in found] == [*french, ""]
    text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(struct.pack("<ii", 0, 3)), pa.py_buffer(b"\xe9t\xe9")]
    )
    assert rows(written({"title": text}))[0]["title"]


def test_structs_lists_and_numbers() -> None:
    values = {
        "_source": [{"title": "A", "text": "One."}],
        "publisher": [{"name": "Ellery Post", "id": 3}],
        "id": pa.array([Decimal("17")]),
        "author": [[{"name": "Ann Lee"}, {"name": "Bo Day"}]],
        "vector": [[0.5] * 300],
    }
    [row] = rows(written(values))
    assert (row["title"], row["text"], row["source"]) == ("A", "One.", "Ellery Post")
    assert (row["external_id"], row["byline"]) == ("17", "Ann Lee, Bo Day")


def test_names_of_columns_can_be_given() -> None:
    data = written({"kop": ["A"], "tekst": ["Een."]})
    assert rows(data)[0]["reason"] == "no_text"
    [row] = rows(data, title=["kop"], body=["tekst"])
    assert (row["title"], row["text"]) == ("A", "Een.")


def test_a_row_without_text_is_a_reject() -> None:
    found = rows(written({"title": ["A", None, "C"], "url": ["u", "v", "w"]}))
    assert [row.get("reason") for row in found] == [None, "no_text", None]
    assert '"url": "v"' in found[1]["text"]


def test_tables_without_articles() -> None:
    [row] = rows(written({"a": [1, 2], "url": ["u", "v"]}))
    assert (row["char_start"], row["char_end"], row["reason"]) == (0, 2, "no_text")
    assert "a, url" in row["detail"]
    assert rows(written({"title": pa.array([], pa.string())}))[0]["reason"] == "no_text"


def test_a_damaged_row_group_costs_itself() -> None:
    data = bytearray(written(columns(9), row_group_size=3, compression="none"))
    chunk = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(1)
    at = chunk.data_page_offset
    data[at : at + 20] = b"\xff" * 20
    found = rows(bytes(data))
    spans = [(row["char_start"], row["char_end"], row.get("reason")) for row in found]
    assert spans == [
        (0, 1, None), (1, 2, None), (2, 3, None), (3, 6, "bad_record"),
        (6, 7, None), (7, 8, None), (8, 9, None),
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 8, 9, 300])
def test_a_file_without_its_footer_is_unreadable(cut: int, tmp_path: Path) -> None:
    data = written(columns())
    assert [row["reason"] for row in rows(data[:-cut])] == ["unreadable"]
    path = tmp_path / "dump.parquet"
    path.write_bytes(data[:-cut])
    [dump] = open_source(path)
    assert (dump.format, dump.unit, dump.encoding) == ("parquet", "rows", None)
    assert [row["reason"] for row in dump.rows()] == ["unreadable"]


def test_an_encrypted_footer_is_said_to_be_one() -> None:
    [row] = rows(b"PARE" + bytes(40) + b"PARE")
    assert (row["reason"], "encrypt" in row["detail"]) == ("unsupported", True)


# Thrift's compact protocol, as little of it as hostile footers need


def number(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def listed(count: int) -> bytes:
    return b"\xfc" + number(count)


def element(name: bytes, children: int | None = None) -> bytes:
    kind = b"\x15\x0c\x25\x02\x18" if children is None else b"\x48"
    inner = b"" if children is None else b"\x15" + number(2 * children)
    return kind + number(len(name)) + name + inner + b"\x00"


def footer(schema: bytes, count: int, groups: bytes = listed(0)) -> bytes:
    meta = b"\x15\x02\x19" + listed(count) + schema + b"\x16\x08\x19" + groups + b"\x00"
    return b"PAR1" + bytes(8) + meta + struct.pack("<I", len(meta)) + b"PAR1"


CHUNK = b"\x26\x08\x00"
GROUP = b"\x16\x14\x16\x08\x00"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (footer(element(b"r", 500_000) + element(b"t") * 500_000, 500_001), "too_large"),
        (footer(element(b"g", 1) * 5000 + element(b"t"), 5001), "too_large"),
        (footer(element(b"r", 1) + element(b"title"), 2,
                listed(1) + b"\x19" + listed(500_000) + CHUNK * 500_000 + GROUP), "too_large"),
        (footer(b"", 1_000_000_000), "unreadable"),
        (footer(b"\xff" * 30, 2), "too_large"),
    ],
)  # fmt: skip
def test_hostile_footers_are_not_decoded(data: bytes, reason: str) -> None:
    [row] = rows(data)
    assert row["reason"] == reason


def test_many_columns_are_read() -> None:
    many: dict[str, Any] = {f"x{n}": [n] for n in range(3000)}
    [row] = rows(written({**many, **columns(1)}))
    assert row["title"] == "Quay shut 0"


def test_pages_that_unpack_to_too_much_are_not_decoded() -> None:
    data = written(
        {"title": ["A" * 1_000_000] * 80}, compression="zstd", use_dictionary=False,
        data_page_size=1 << 30,
    )  # fmt: skip
    [row] = rows(data)
    assert (row["reason"], row["char_end"]) == ("too_large", 80)


def test_a_text_over_and_over_is_unsafe() -> None:
    data = written({"title": ["A" * 900_000] * 500})
    found = rows(data)
    assert found[-1]["reason"] == "unsafe"
    assert (len(found) < 100, found[-1]["char_end"]) == (True, 500)


def test_more_rows_than_bytes_are_unsafe() -> None:
    [row] = rows(written({"title": pa.nulls(2_000_000, pa.string())}))
    assert (row["reason"], row["char_end"]) == ("unsafe", 2_000_000)


def test_a_record_over_the_limit_is_too_large() -> None:
    found = rows(written({"title": ["A", "B" * 600], "body": ["x" * 2000, "y"]}), 500)
    assert [row["reason"] for row in found] == ["too_large", "too_large"]


def test_parquet_is_sniffed() -> None:
    chosen = choose_binary(written(columns())[:4096], "dump")
    assert chosen is not None
    assert chosen.name == "parquet"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=30), st.none() | st.text(max_size=80)), max_size=40),
    st.integers(1, 20),
)
def test_any_texts_come_back(texts: list[tuple[str, str | None]], group: int) -> None:
    titles = [f"T {title} t" for title, _ in texts]
    bodies = [body for _, body in texts]
    data = written(
        {"title": pa.array(titles, pa.string()), "body": pa.array(bodies, pa.string())},
        row_group_size=group,
    )
    found = rows(data)
    assert [row["kind"] for row in found] == (["record"] * len(texts) or ["reject"])
