"""The formats: records, their spans, and bad neighbours."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read import open_source, readers
from transforms.read.registry import choose
from transforms.read.text import TextSource


def rows(name: str, text: str, limit: int = 1 << 20) -> list[dict[str, Any]]:
    source = TextSource(io.BytesIO(text.encode()).read, "utf-8", "dump", max_record=limit)
    return list(readers()[name].read(source))


class Trickle(TextSource):
    """A source whose text comes three characters at a time."""

    def chunks(self) -> Iterator[str]:
        text = "".join(super().chunks())
        for at in range(0, len(text), 3):
            yield text[at : at + 3]


def in_small_chunks(name: str, text: str) -> list[dict[str, Any]]:
    source = Trickle(io.BytesIO(text.encode()).read, "utf-8", "dump", max_record=1 << 20)
    return list(readers()[name].read(source))


def assert_tiles(text: str, found: list[dict[str, Any]]) -> None:
    """Every character that is not blank lies in exactly one piece, in order."""
    at = 0
    for row in found:
        assert row["char_start"] >= at
        assert not text[at : row["char_start"]].strip()
        assert row["char_end"] > row["char_start"]
        at = row["char_end"]
    assert not text[at:].strip()


def jsonl(*values: object) -> str:
    return "\n".join(v if isinstance(v, str) else json.dumps(v) for v in values)


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        ('{"title": "A", "maintext": "B"}\n', "x", "jsonl"),
        ("broken\n" + '{"title": "A"}\n', "x.jsonl", "jsonl"),
        ("title,body\nA,B\n", "x", "csv"),
        ("Headline\tText\tPD\nA\tB\t1\n", "x", "csv"),
        ("Mayor, Council Agree\nThe mayor, the council said, agreed.\n", "x.txt", "txt"),
        ('<!DOCTYPE lewis SYSTEM "lewis.dtd">\n', "x", "reuters-sgml"),
        ("<html><body>", "x.txt", "html"),
        ('{\n  "title": "A",\n  "maintext": "B"\n}\n', "x.json", "json"),
        ('[{"title": "A"}, {"title": "B"}]', "x.json", "json"),
    ],
)
def test_formats_are_sniffed(head: str, name: str, expected: str | None) -> None:
    reader = choose(head, name)
    assert (reader.name if reader else None) == expected


def test_jsonl_takes_every_alias() -> None:
    found = rows(
        "jsonl",
        jsonl(
            {"headline": "A", "articleBody": "One.\r\nTwo.", "datePublished": "2024-08-20"},
            {"HD": "B", "content": "Body", "BY": ["Ann Lee", "Bo Day"], "SN": "The Ellery Post"},
            {"Title": "C", "text": "", "maintext": "Long", "link": "http://c.example", "id": 7},
        ),
    )
    assert [row["title"] for row in found] == ["A", "B", "C"]
    assert found[0]["text"] == "One.\nTwo."
    assert found[0]["date_text"] == "2024-08-20"
    assert (found[1]["byline"], found[1]["source"]) == ("Ann Lee, Bo Day", "The Ellery Post")
    assert (found[2]["text"], found[2]["external_id"]) == ("Long", "7")


def test_a_bad_line_is_one_reject_and_its_neighbours_survive() -> None:
    text = jsonl({"title": "A"}, '{"title": "B"', "[1, 2]", {"views": 3}, {"title": "E"})
    found = rows("jsonl", text)
    assert [row.get("reason") for row in found] == [
        None, "bad_record", "bad_record", "no_text", None,
    ]  # fmt: skip
    assert_tiles(text, found)


def test_brackets_of_an_array_belong_to_the_records() -> None:
    text = '[\n{"title": "A"},\n{"title": "B"}\n]\n'
    found = rows("jsonl", text)
    assert [row["title"] for row in found] == ["A", "B"]
    assert_tiles(text, found)


def test_a_record_over_the_limit_is_too_large() -> None:
    text = jsonl({"title": "A"}, {"title": "B" * 500}, {"title": "C"})
    found = rows("jsonl", text, limit=100)
    assert [row.get("reason") for row in found] == [None, "too_large", None]


def test_deep_json_is_a_bad_record() -> None:
    text = jsonl({"title": "A"}, '{"title": ' + "[" * 100_000 + "]" * 100_000 + "}", {"title": "B"})
    found = rows("jsonl", text)
    assert [row.get("reason") for row in found] == [None, "bad_record", None]


def test_csv_with_fields_over_lines_has_exact_spans() -> None:
    text = 'title,body\r\n"A, one","First line\r\nsecond ""quoted"" line"\r\nB,short\r\n'
    found = rows("csv", text)
    assert [row["title"] for row in found] == ["A, one", "B"]
    assert found[0]["text"] == 'First line\nsecond "quoted" line'
    assert text[found[1]["char_start"] : found[1]["char_end"]] == "B,short"
    assert_tiles(text, found)


def test_an_open_quote_costs_its_own_line_only() -> None:
    text = 'title,body\nA,one\n"B,two\nC,three\nD,four\n'
    found = rows("csv", text)
    assert [row.get("title") for row in found if row["kind"] == "record"][-2:] == ["C", "D"]
    assert_tiles(text, found)


def test_csv_without_known_names_rejects_each_row() -> None:
    found = rows("csv", "a;b\n1;2\n3;4\n")
    assert [row["reason"] for row in found] == ["no_text", "no_text"]
    assert "a, b" in found[0]["detail"]


@given(
    st.lists(
        st.tuples(*[st.text(alphabet='ab",;\n\r é', max_size=12)] * 2), min_size=1, max_size=6
    ),
    st.sampled_from([",", ";", "\t"]),
)
@settings(max_examples=200, deadline=None)
def test_csv_as_python_writes_it_comes_back(table: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["title", "body"])
    writer.writerows([(f"t{n} {title}", body) for n, (title, body) in enumerate(table)])
    found = rows("csv", out.getvalue())
    assert [row["title"] for row in found] == [
        " ".join(f"t{n} {title}".split()) for n, (title, _) in enumerate(table)
    ]
    assert_tiles(out.getvalue(), found)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"title": "A", "maintext": "one {brace"}, indent=2),
        json.dumps([{"title": "A"}, {"title": 'B " [quoted] \\'}], indent=1),
        json.dumps([{"title": "A", "tags": [{"x": 1}]}, {"title": "B"}]),
        json.dumps({"status": "ok", "articles": [{"title": "A"}, {"title": "B"}]}, indent=2),
    ],
)
def test_json_documents(text: str) -> None:
    found = rows("json", text)
    assert [row["title"][:1] for row in found] == ["A", "B"][: len(found)]
    assert len(found) == text.count('"title"')
    assert_tiles(text, found)


def test_a_cut_off_json_array_keeps_its_whole_records() -> None:
    text = json.dumps([{"title": "A"}, {"title": "B"}, {"title": "C"}])[:-6]
    found = rows("json", text)
    assert [row["kind"] for row in found] == ["record", "record", "reject"]
    assert_tiles(text, found)


def test_json_objects_come_whole_over_small_chunks() -> None:
    text = json.dumps([{"title": f"T{n}", "body": '\\"} {' * n} for n in range(40)])
    found = in_small_chunks("json", text)
    assert [row["title"] for row in found] == [f"T{n}" for n in range(40)]


STORY = """<REUTERS TOPICS="YES" NEWID="{id}">
<DATE> 5-MAR-1987 09:07:01.50</DATE>
<TEXT>&#2;
<TITLE>ELLERY &lt;ELY> OPENS BRIDGE</TITLE>
<AUTHOR>    By Ann Lee</AUTHOR>
<DATELINE>    PORT ELLERY, March 5 - </DATELINE><BODY>The harbour bridge at
Port Ellery opened &amp; closed.
    It will open again.
 Reuter
&#3;</BODY></TEXT>
</REUTERS>
"""


def test_a_reuters_story() -> None:
    [row] = rows("reuters-sgml", '<!DOCTYPE lewis SYSTEM "lewis.dtd">\n' + STORY.format(id=12))
    assert row["char_start"] == 0
    assert row["title"] == "ELLERY <ELY> OPENS BRIDGE"
    assert row["dateline"] == "PORT ELLERY, March 5"
    assert row["byline"] == "By Ann Lee"
    assert row["external_id"] == "12"
    assert row["date_text"] == "5-MAR-1987 09:07:01.50"
    assert row["text"] == (
        "The harbour bridge at Port Ellery opened & closed.\nIt will open again."
    )


def test_reuters_briefs_and_unprocessed_stories_are_articles() -> None:
    text = (
        '<REUTERS NEWID="1">\n<TEXT TYPE="BRIEF">&#2;\n******<TITLE>BRIDGE OPENS\n</TITLE>Blah.\n'
        '&#3;\n</TEXT>\n</REUTERS>\n<REUTERS NEWID="2">\n<TEXT TYPE="UNPROC">&#2;\n'
        "HARBOUR DUES\n    1987   12.5   13.1\n    1988   12.9   13.4\n Reuter\n&#3;</TEXT>\n"
        "</REUTERS>\n"
    )
    brief, table = rows("reuters-sgml", text)
    assert (brief["title"], brief["text"]) == ("BRIDGE OPENS", "")
    assert table["title"] == "HARBOUR DUES"
    assert table["text"].count("\n") == 1
    assert_tiles(text, [brief, table])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("</REUTERS>", "", 1),
        lambda text: text.replace("<TEXT>", "<TXT>", 1),
        lambda text: text[: len(text) // 2],
        lambda text: "noise\n" + text + "noise\n",
    ],
)
def test_damaged_reuters_stories_cost_no_neighbour(spoil: Callable[[str], str]) -> None:
    text = spoil("".join(STORY.format(id=n) for n in range(5)))
    found = rows("reuters-sgml", text)
    assert_tiles(text, found)
    assert sum(row["kind"] == "record" for row in found) >= text.count("</BODY>") - 1


def test_a_text_dump_comes_in_windows_of_whole_lines() -> None:
    text = "".join(f"Line {n} of a long dump.\n" for n in range(150_000))
    found = rows("txt", text)
    assert len(found) > 1
    assert "".join(row["text"] for row in found) == text
    assert all(row["text"].endswith("\n") for row in found)
    assert_tiles(text, found)


SOUP = st.lists(
    st.sampled_from(
        ['{"title": "A"}', '{"text": "b"}', "{", "]", "[", "", "  ", '"', "a,b", "title,body",
         "<REUTERS>", "</REUTERS>", "<TEXT>x</TEXT>", "Plain words.", "\ufffd", "\x00"]
    ),
    max_size=25,
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(readers()))
@given(SOUP, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=100, deadline=None)
def test_any_soup_is_tiled(name: str, lines: list[str], end: str) -> None:
    text = end.join(lines)
    found = rows(name, text)
    assert_tiles(text, found)
    assert in_small_chunks(name, text) == found


@pytest.mark.gold
def test_reuters_21578_is_accounted_for(shared: Path) -> None:
    kinds: dict[str, int] = {}
    for dump in open_source(shared / "dumps" / "reuters21578.tar.gz"):
        assert dump.format == "reuters-sgml"
        for frame in dump.pieces():
            for kind, count in frame.group_by("kind").agg(pl.len()).iter_rows():
                kinds[kind] = kinds.get(kind, 0) + count
    assert sum(kinds.values()) == 21_578
    assert kinds["record"] >= 21_570
