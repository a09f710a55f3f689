"""Encodings, line ends and bounded lines."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read.text import (
    CHUNK_BYTES,
    HEAD_CHARS,
    EncodingSurvey,
    TextSource,
    clean,
    repair,
)

PROSE = "The café in Zürich “reopened” – on Monday, for £5."


def survey(data: bytes, chunk: int = 1 << 20) -> str:
    watcher = EncodingSurvey()
    for at in range(0, len(data), chunk):
        watcher.feed(data[at : at + chunk])
    return watcher.encoding()


def source(data: bytes, encoding: str = "utf-8", limit: int = 1 << 20) -> TextSource:
    return TextSource(io.BytesIO(data).read, encoding, "a.txt", max_record=limit)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("chunk", [1 << 20, 7])
def test_encodings_are_told_apart(encoding: str, chunk: int) -> None:
    data = (PROSE * 20).encode(encoding)
    found = survey(data, chunk)
    assert data.decode(found) == PROSE * 20


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (
            "Señor Núñez paid £50 – “too much” – in Málaga, señora.\n",
            "mac_roman cp850 cp437 cp1252",
        ),
        ("La città è più bella, così dice l'università perché c'è.\n", "cp1252 mac_roman cp850"),
        ("Мэр открыл мост через реку, сказали власти.\n", "utf-16-le utf-16-be utf-32-le cp1251"),
        ("市长为新桥揭幕，官员说。\n", "utf-16-le utf-16-be utf-32-be gb18030"),
        ("市長が新しい橋を開通させたと述べた。\n", "utf-16-le utf-16-be shift_jis"),
    ],
)
def test_encodings_without_a_mark_are_told_by_their_text(text: str, encodings: str) -> None:
    for encoding in encodings.split():
        data = (text * 20).encode(encoding, "replace")
        assert data.decode(survey(data)) == data.decode(encoding), encoding


def test_latin1_with_control_bytes_is_not_cp1252() -> None:
    data = "Málaga \x81 and \x9d".encode("latin-1")
    assert survey(data) == "latin-1"


def test_a_few_bad_bytes_do_not_turn_utf8_into_latin1() -> None:
    data = (PROSE * 20).encode() + b" \xff end"
    assert survey(data) == "utf-8"
    reader = source(data)
    text = "".join(reader.chunks())
    assert text.count("\ufffd") == 1
    assert reader.replaced


def test_a_high_byte_late_in_the_file_counts() -> None:
    assert survey(b"plain words " * 200_000 + b"caf\xe9 du nord") == "latin-1"


@given(st.text(alphabet="ab\r\n é", max_size=200), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_lines_join_to_the_text(text: str, size: int) -> None:
    data = io.BytesIO(text.encode())
    reader = TextSource(lambda _: data.read(size), "utf-8", "", max_record=1000)
    lines = list(reader.lines())
    assert "".join(line.text or "" for line in lines) == text
    assert [line.text for line in lines] == text.replace("\r\n", "\0").replace(
        "\n", "\n\1"
    ).replace("\r", "\r\1").replace("\0", "\r\n\1").split("\1")[: len(lines)]
    at = 0
    for line in lines:
        assert (line.start, line.end) == (at, at + len(line.text or ""))
        at = line.end


def test_a_line_over_the_limit_is_dropped_and_its_neighbours_kept() -> None:
    reader = source(b"first\n" + b"x" * 5_000_000 + b"\nlast", limit=1000)
    lines = list(reader.lines())
    assert [line.text for line in lines] == ["first\n", None, "last"]
    assert lines[1].end - lines[1].start == 5_000_001


def test_mojibake_is_repaired_and_good_text_left_alone() -> None:
    broken = PROSE.encode().decode("cp1252", "replace")
    assert "café in Zürich" in repair(broken)
    assert repair(PROSE) == PROSE
    assert repair("São Paulo, Âncora, ÉCOLE") == "São Paulo, Âncora, ÉCOLE"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("mac_roman", "The mayor’s office said it “won’t” comment – café owners are angry."),
        ("cp1251", "Президент сказал, что переговоры продолжатся завтра в городе."),
        ("koi8-r", "Президент сказал, что переговоры продолжатся завтра в городе."),
        ("iso8859-2", "Burmistrz powiedział, że wszyscy będą mieć więcej pieniędzy na święta."),
        ("shift_jis", "市長は記者会見を開き、新しい橋の計画を発表した。"),
        ("gb18030", "市长昨天召开记者会，宣布了新的桥梁计划。"),
    ],
)
def test_legacy_encodings_are_recognised(encoding: str, text: str) -> None:
    data = f"{text}\nThis line is plain.\n".encode(encoding) * 10
    assert data.decode(survey(data)) == data.decode(encoding)


@pytest.mark.parametrize(
    ("declared", "written", "found"),
    [
        ("windows-1251", "cp1251", "cp1251"),
        ("Shift_JIS", "cp932", "cp932"),
        ("gb2312", "gb18030", "gb18030"),
        ("ISO-8859-2", "iso8859-2", "iso8859-2"),
        ("ISO-8859-2", "cp1250", "cp1250"),
        ("iso-8859-1", "cp1252", "cp1252"),
        ("iso-8859-1", "latin-1", "latin-1"),
        ("iso-2022-jp", "iso2022_jp", "iso2022_jp"),
        ("ks_c_5601-1987", "cp949", "cp949"),
        ("windows-1251", "utf-8", "utf-8"),
        ("utf-8", "cp1252", "cp1252"),
        ("utf-16", "utf-8", "utf-8"),
        ("unicode_escape", "cp1252", "cp1252"),
        ("rot13", "cp1252", "cp1252"),
        ("cp037", "cp1252", "cp1252"),
        ("euc-jp", "cp1252", "cp1252"),
        ("no-such-charset", "cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize(
    "page",
    [
        '<!DOCTYPE html><meta charset="{}"><p>{}</p>',
        '\n<html><meta http-equiv=Content-Type content="text/html; charset={}"><p>{}',
        "<?xml version='1.0' encoding='{}'?><item>{}</item>",
    ],
)
def test_declared_charsets_are_used_where_they_can_be_right(
    declared: str, written: str, found: str, page: str
) -> None:
    words = {
        "cp1251": "Мэр", "cp932": "市長は", "gb18030": "市长", "iso8859-2": "że święta",
        "cp1250": "šest žen", "iso2022_jp": "市長は", "cp949": "시장은", "latin-1": "Zürich",
    }  # fmt: skip
    text = page.format(declared, words.get(written, "Zürich – “café”"))
    assert survey(text.encode(written)) == found


def test_a_charset_in_plain_text_declares_nothing() -> None:
    text = "He wrote <meta charset=windows-1251> there.\nThen he left for Zürich – “café”."
    assert survey(text.encode("cp1252")) == "cp1252"


def test_the_sample_is_taken_around_bytes_that_are_not_ascii() -> None:
    watcher = EncodingSurvey()
    watcher.feed((b"x" * 3000 + b"\xe9" + b"y" * 3000 + b"\n") * 3)
    assert watcher._sample == (b"x" * 2000 + b"\xe9" + b"y" * 1999) * 3
    watcher = EncodingSurvey()
    watcher.feed(b"ab\xe9c\nplain\nd\xe9\n")
    assert watcher._sample == b"ab\xe9c\nd\xe9\n"


def test_western_dumps_are_not_taken_for_others(shared: Path) -> None:
    """Every real text, written in Windows-1252, comes back; nothing exotic is seen in it."""
    wrong = 0
    tried = 0
    for file in sorted((shared / "dumps" / "formats" / "fundus_tests_json").glob("*.json")):
        for text in re.findall(r'"([^"\\]{100,})"', file.read_text("utf-8")):
            data = text.encode("cp1252", "ignore")
            if data.isascii():
                continue
            tried += 1
            wrong += data.decode(survey(data), "replace") != data.decode("cp1252")
    assert tried > 300
    assert wrong == 0


def test_a_text_is_cleaned_of_what_nobody_sees() -> None:
    dirty = "\ufeffMa\x07y\xador\u200b\xa0says\x85\u202eno\u2028می\u200cخواهم\x00\tyes"
    assert clean(dirty) == "Mayor says\nno\nمی\u200cخواهم yes"
    assert clean(PROSE) == PROSE


@pytest.mark.parametrize("size", [10, HEAD_CHARS - 1, HEAD_CHARS, HEAD_CHARS + 1, 3 * CHUNK_BYTES])
def test_the_last_chunk_is_known_to_be_the_last(size: int) -> None:
    source = TextSource(io.BytesIO(b"x" * size).read, "utf-8", "f", max_record=size)
    seen = [(len(chunk), source.done) for chunk in source.chunks()]
    assert sum(length for length, _ in seen) == source.total == size
    assert [done for _, done in seen] == [False] * (len(seen) - 1) + [True]
