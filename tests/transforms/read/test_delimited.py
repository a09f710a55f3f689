"""CSV and TSV as Excel, pandas, R, MySQL and people write them."""

from __future__ import annotations

import io
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read import open_source, readers
from transforms.read.text import TextSource

BODY = "The bridge at Port Ellery opened on Monday. It is long, wide and blue; people cheered."


def rows(text: str) -> list[dict[str, Any]]:
    source = TextSource(io.BytesIO(text.encode()).read, "utf-8", "dump.csv", max_record=1 << 20)
    return [row for row in readers()["csv"].read(source) if row["kind"] in ("record", "reject")]


def titles(text: str) -> list[str | None]:
    return [row.get("title") for row in rows(text)]


def assert_tiles(text: str, found: list[dict[str, Any]]) -> None:
    at = 0
    for row in found:
        assert row["char_start"] >= at
        assert not text[at : row["char_start"]].strip()
        at = row["char_end"]
    assert not text[at:].strip()


TABLE = f'title;text;date\nMayor Opens Bridge;"{BODY}";2024-08-20\nB;Short;2024-08-21\n'


@pytest.mark.parametrize(
    "before",
    [
        "",
        "sep=;\n",
        "Export of our archive\n\n",
        "# made by a tool\r\n",
        "\ufeff",
        "\n\n\ufeffsep=;\r\n",
    ],
)
def test_lines_before_the_header_row(before: str) -> None:
    found = rows(before + TABLE)
    assert [row["title"] for row in found] == ["Mayor Opens Bridge", "B"]
    assert found[0]["text"] == BODY
    assert found[0]["date_text"] == "2024-08-20"
    assert_tiles(before.replace("\ufeff", " ") + TABLE, found)


def test_columns_without_a_header_row_are_told_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [
        f'{n},http://post.example/{n},"Mayor Opens Bridge {n}","{BODY}",2024-08-{n + 10}\n'
        for n in range(5)
    ]
    path.write_text("".join(lines))
    [dump] = open_source(path)
    found = list(dump.rows())
    assert dump.format == "csv"
    assert [row["title"] for row in found] == [f"Mayor Opens Bridge {n}" for n in range(5)]
    assert {row["text"] for row in found} == {BODY}
    assert found[4]["date_text"] == "2024-08-14"
    assert found[4]["url"] == "http://post.example/4"
    assert "no header row" in dump.warnings[0]


def test_names_that_nobody_knows_are_no_article() -> None:
    lines = [f'Die Brücke {n} ist offen;"{BODY}";{n + 1}.08.2024\n' for n in range(5)]
    text = "Kopf;Inhalt;Tag\n" + "".join(lines)
    found = rows(text)
    assert [row["title"] for row in found] == [f"Die Brücke {n} ist offen" for n in range(5)]
    assert_tiles(text, found)


def test_of_columns_with_one_name_the_first_with_a_value_counts() -> None:
    found = rows("title,text,text,title\nA,,second,D\nB,first,second,E\n")
    assert [(row["title"], row["text"]) for row in found] == [("A", "second"), ("B", "first")]


def test_a_column_alone() -> None:
    text = 'text\n"One, two.\nThree."\nFour.\n'
    assert readers()["csv"].sniff(text, "a.csv") > 0.5
    assert [row["text"] for row in rows(text)] == ["One, two.\nThree.", "Four."]


def test_quotes_escaped_by_a_backslash() -> None:
    text = (
        'title,text,date\nA,"He said \\"yes, sir\\" and left",2024-01-01\n'
        'B,"One line,\\\nanother \\\\",2024-01-02\nC,\\N,2024-01-03\n'
    )
    found = rows(text)
    assert [row["text"] for row in found] == [
        'He said "yes, sir" and left',
        "One line,\nanother \\",
        "",
    ]
    assert_tiles(text, found)


def test_blanks_behind_delimiters() -> None:
    found = rows('title, text, date\nA, "Body, one", 2024-01-01\nB, Two, 2024-01-02\n')
    assert [row["text"] for row in found] == ["Body, one", "Two"]


def test_quotes_inside_quoted_fields_that_nobody_escaped() -> None:
    text = 'title,text\nA,"He said "yes, sir" and left\nthen came back"\nB,"Body"\n'
    found = rows(text)
    assert [row["text"] for row in found] == ['He said "yes, sir" and left\nthen came back', "Body"]
    assert_tiles(text, found)


@pytest.mark.parametrize("rest", ['"Body, {n}\nmore ""words"" of it"', "Body {n}", '"Body {n}"'])
def test_a_quote_that_is_never_closed_costs_one_row(rest: str) -> None:
    lines = [f"T{n},{rest.format(n=n)},2024-01-02\n" for n in range(10_000)]
    lines[5] = 'T5,"Never closed,2024-01-02\n'
    text = "title,text,date\n" + "".join(lines)
    found = rows(text)
    assert len(found) == 10_000
    assert [row.get("title") for row in found] == [f"T{n}" for n in range(10_000)]
    assert_tiles(text, found)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([",", "\t", ";", "|"]))
def test_a_stray_quote_anywhere_costs_few_rows(seed: int, delimiter: str) -> None:
    dice = random.Random(seed)
    lines = [
        delimiter.join([f"T{n}", f'"Body, {n}\nmore ""words"" of it"', "2024-01-02"]) + "\n"
        for n in range(40)
    ]
    text = delimiter.join(["title", "text", "date"]) + "\n" + "".join(lines)
    at = dice.randrange(len("title,text,date\n"), len(text))
    text = text[:at] + '"' + text[at:]
    found = rows(text)
    good = {row.get("title") for row in found if row.get("text", "").count("\n") == 1}
    assert len(good) >= 38
    assert_tiles(text, found)


def test_line_ends_in_fields_without_quotes() -> None:
    text = "title,text,date\nA,One\ntwo\nthree,2024-01-01\nB,Four,2024-01-02\nC,Five\n"
    found = rows(text)
    assert [(row["title"], row["text"]) for row in found] == [
        ("A", "One\ntwo\nthree"), ("B", "Four"), ("C", "Five"),
    ]  # fmt: skip
    assert found[0]["date_text"] == "2024-01-01"
    assert_tiles(text, found)


def test_line_ends_in_a_last_field_without_quotes() -> None:
    text = "title,text\nA,One\ntwo\n\nthree\nB,Four\n2 rows exported\n"
    found = rows(text)
    assert [row.get("text") for row in found[:2]] == ["One\ntwo\nthree", "Four"]
    assert found[2]["reason"] == "not_article"
    assert_tiles(text, found)


def test_short_rows_stay_rows_of_their_own() -> None:
    assert titles("title,text,date\nA,One\nB\nC,Two\nD,Three,2024-01-01\n") == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("last", "warned"),
    [("2 rows exported", False), ("(3 records)", True), ("Total,1,234".replace("1,", "1"), True)],
)
def test_a_last_line_that_counts_is_held_against_what_was_read(
    tmp_path: Path, last: str, warned: bool
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"title,text,date\nA,One,2024-01-01\nB,Two,2024-01-02\n\n{last}\n")
    [dump] = open_source(path)
    assert [row["kind"] for row in dump.rows()] == ["record", "record", "reject"]
    assert bool(dump.warnings) == warned


def test_cells_as_python_and_json_write_lists_and_objects() -> None:
    found = rows(
        "title,authors,text,date\n"
        'A,"[\'Ann Lee\', ""Pat O\'Day""]",nan,NaT\n'
        'B,"[""Ann Lee"",""Bo Ek""]",Body,None\n'
        "C,\"['Ann Lee' 'Bo Ek']\",\"['One.', 'Two.']\",\n"
        "D,[],[Reuters] Body,\n"
    )
    assert [row.get("byline") for row in found] == [
        "Ann Lee, Pat O'Day", "Ann Lee, Bo Ek", "Ann Lee, Bo Ek", None,
    ]  # fmt: skip
    assert [row["text"] for row in found] == ["", "Body", "One.\nTwo.", "[Reuters] Body"]
    assert [row["date_text"] for row in found] == [None] * 4


@pytest.mark.parametrize(
    "unit",
    [
        'a,"b\n',
        'a, "b\n',
        'a,""x\n',
        '"',
        ",",
        "a,b\n",
        "a\n",
        '"a,',
        "['a',",
        "{'a':",
        '\\"',
        '\n"',
    ],
)
def test_hostile_tables_take_linear_time(unit: str) -> None:
    seconds = []
    for size in (75_000, 150_000):
        text = "title,text\n" + unit * (size // len(unit))
        begin = time.process_time()
        assert rows(text)
        seconds.append(time.process_time() - begin)
    assert seconds[1] < 3 * seconds[0] + 1
    assert seconds[1] < 15
