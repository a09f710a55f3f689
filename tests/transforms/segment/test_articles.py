"""From pieces to articles: conservation, records, marks, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.keys import content_id
from transforms.read import open_source
from transforms.read.pieces import NOTHING, Row, batches, record, reject, run
from transforms.read.text import clean
from transforms.schemas import Articles, Rejects
from transforms.segment import Segmenter, segment
from transforms.segment import articles as module
from transforms.segment.units import one_spaced

DUMP = "0123456789abcdef"

BRIDGE = """Harbour Bridge Opens After Two-Year Repair
The harbour bridge at Port Ellery opened to traffic on Monday after repairs that took two years.
Engineers said the bridge would carry twenty thousand cars a day across the harbour.
The repair cost the town of Port Ellery more than planned, the mayor said.
"""
FERRY = """Ferry Crews Vote to End Strike
Ferry crews on the Lowmere line voted on Tuesday to end a strike that began in spring.
The union said crews had won shorter shifts and a ferry inspection every month.
Passengers on Lowmere had been without a ferry for eleven weeks.
"""
COURT = """Court Clears Former Minister of Bribery
A court in Vantova cleared former minister Ilse Brandt of bribery on Wednesday.
Judges said prosecutors had not shown that Brandt knew of the payments.
Brandt left the court without speaking to reporters.
"""


def whole(rows: list[Row]) -> list[Row]:
    return [{**NOTHING, "dump_id": DUMP, **row} for row in rows]


def run_all(rows: list[Row], **options: object) -> tuple[pl.DataFrame, pl.DataFrame, Segmenter]:
    segmenter = Segmenter(options.pop("dump_path", "a.txt"), **options)  # type: ignore[arg-type]
    articles, rejects = [Articles.create_empty()], [Rejects.create_empty()]
    for some, refused in segmenter.run(batches(whole(rows))):
        articles.append(Articles.validate(some))
        rejects.append(Rejects.validate(refused))
    return pl.concat(articles), pl.concat(rejects), segmenter


def text_run(text: str, **options: object) -> tuple[pl.DataFrame, pl.DataFrame, Segmenter]:
    return run_all([run(0, text)], **options)


def assert_conserved(text: str, articles: pl.DataFrame, rejects: pl.DataFrame) -> None:
    """Every character that is not blank lies in exactly one article or one reject."""
    frames = (articles, rejects)
    spans = sorted(s for f in frames for s in f.select("char_start", "char_end").iter_rows())
    at = 0
    for start, end in spans:
        assert start >= at, "spans overlap"
        assert not text[at:start].strip(), f"lost: {text[at:start]!r}"
        at = end
    assert not text[at:].strip(), f"lost: {text[at:]!r}"


def test_stories_of_a_plain_dump_are_found() -> None:
    text = BRIDGE + FERRY + COURT
    articles, rejects, segmenter = text_run(text)
    assert articles["title"].to_list() == [s.splitlines()[0] for s in (BRIDGE, FERRY, COURT)]
    assert articles["char_start"].to_list() == [0, len(BRIDGE), len(BRIDGE + FERRY)]
    assert articles["ordinal"].to_list() == [0, 1, 2]
    assert articles["body"][1] == FERRY.strip().partition("\n")[2]
    assert rejects.is_empty()
    assert segmenter.flags == []


def test_a_last_headline_without_body_is_an_article() -> None:
    articles, _, _ = text_run(BRIDGE + FERRY + "Storm Closes Airport in Vantova")
    assert articles["title"].to_list()[-1] == "Storm Closes Airport in Vantova"
    assert articles["body"].to_list()[-1] == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_line_ends_and_blank_lines_change_spans_only(end: str, gap: str) -> None:
    text = gap.join([BRIDGE, FERRY, COURT]).replace("\n", end)
    articles, rejects, _ = text_run(text)
    assert articles["title"].to_list() == [s.splitlines()[0] for s in (BRIDGE, FERRY, COURT)]
    assert_conserved(text, articles, rejects)
    plain, _, _ = text_run(BRIDGE + FERRY + COURT)
    assert articles["text_hash"].to_list() == plain["text_hash"].to_list()


def test_a_story_that_straddles_windows_is_one_article(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_CHARS", 900)
    whole = BRIDGE + FERRY + COURT + BRIDGE + FERRY + COURT
    rows = [run(at, whole[at : at + 250]) for at in range(0, len(whole), 250)]
    articles, rejects, _ = run_all(rows)
    assert_conserved(whole, articles, rejects)
    assert articles["ordinal"].to_list() == list(range(len(articles)))
    for row in articles.iter_rows(named=True):
        if row["title"]:
            assert row["title"] in whole[row["char_start"] : row["char_end"]]


def test_many_short_lines_are_taken_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_LINES", 7)
    for end in ("\n", "\r\n", "\r"):
        text = (BRIDGE + "a\n" * 50 + FERRY + COURT).replace("\n", end)
        articles, rejects, _ = text_run(text)
        assert_conserved(text, articles, rejects)


MARKED = """

TST9-MUC4-0001 (NORTHWIND)

   PORT ELLERY, 3 JAN 90 (NWA) -- [TEXT] THE HARBOUR BRIDGE AT PORT
ELLERY WAS CLOSED ON WEDNESDAY AFTER A BARGE STRUCK IT.

   NOBODY WAS HURT, THE HARBOUR MASTER SAID.


TST9-MUC4-0002 (NORTHWIND)

   LOWMERE, 4 JAN 90 -- [REPORT] [TEXT] FERRY CREWS ON THE LOWMERE LINE
STOPPED WORK ON THURSDAY.
"""


def test_message_headers_decide_where_a_dump_has_them() -> None:
    articles, rejects, _ = text_run(MARKED)
    assert articles["external_id"].to_list() == ["TST9-MUC4-0001", "TST9-MUC4-0002"]
    assert articles["title"].to_list() == [None, None]
    assert articles["dateline"].to_list() == ["PORT ELLERY, 3 JAN 90 (NWA)", "LOWMERE, 4 JAN 90"]
    assert articles["publish_date"].to_list() == [date(1990, 1, 3), date(1990, 1, 4)]
    assert articles["publish_date_source"].to_list() == ["dateline", "dateline"]
    assert articles["body"][0] == (
        "THE HARBOUR BRIDGE AT PORT ELLERY WAS CLOSED ON WEDNESDAY AFTER A BARGE STRUCK IT.\n"
        "NOBODY WAS HURT, THE HARBOUR MASTER SAID."
    )
    assert articles["body"][1].startswith("FERRY CREWS")
    assert_conserved(MARKED, articles, rejects)


def test_end_marks_are_rejects_and_close_stories() -> None:
    text = f"{BRIDGE}End of Document\n{FERRY}End of Document\n"
    articles, rejects, _ = text_run(text)
    assert len(articles) == 2
    assert rejects["reason"].to_list() == ["not_article", "not_article"]
    assert_conserved(text, articles, rejects)


def test_rules_between_stories_are_rejects() -> None:
    text = f"{BRIDGE}=====\n{FERRY}=====\n{COURT}"
    articles, rejects, _ = text_run(text)
    assert articles["title"].to_list() == [s.splitlines()[0] for s in (BRIDGE, FERRY, COURT)]
    assert rejects["excerpt"].to_list() == ["=====", "====="]
    assert_conserved(text, articles, rejects)


def test_what_has_no_letter_is_no_article() -> None:
    for text in ("[[[[", "12 345\n\n67", "....\n"):
        articles, rejects, _ = text_run(text)
        assert articles.is_empty()
        assert rejects["reason"].to_list() == ["no_text"]
        assert_conserved(text, articles, rejects)


LINES = st.sampled_from(
    [*BRIDGE.splitlines(), *FERRY.splitlines(), *COURT.splitlines(), "", "  ", "=====", "* * *",
     "By Ann Lee", "April 3, 2021", "PORT ELLERY, April 3 (NWA) -- The bridge closed.", "x" * 300,
     "End of Document", "TST9-MUC4-0007", "3 of 10 DOCUMENTS", "UPPER CASE LINE", "\x0c", "\x00"]
)  # fmt: skip


@given(st.lists(LINES, max_size=30), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(20, 400))
@settings(max_examples=60, deadline=None)
def test_nothing_of_any_soup_is_lost(lines: list[str], end: str, step: int) -> None:
    text = end.join(lines)
    rows = [run(at, text[at : at + step]) for at in range(0, len(text), step)]
    articles, rejects, _ = run_all(rows)
    assert_conserved(text, articles, rejects)


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_nothing_of_any_text_is_lost(text: str) -> None:
    if text:
        articles, rejects, _ = text_run(text)
        assert_conserved(text, articles, rejects)


def one(**fields: str | None) -> pl.DataFrame:
    text = str(fields.pop("text", "A body."))
    path = fields.pop("path", "a.jsonl")
    articles, _, _ = run_all([record(0, 9, text, **fields)], dump_path=path)
    return articles


def test_a_record_keeps_its_fields() -> None:
    row = one(
        title="Bridge Opens",
        byline="By Ann Lee",
        source="The Ellery Post",
        url="http://e.example/1",
        external_id="7",
        date_text="2024-08-20T06:30:00Z",
    ).row(0, named=True)
    assert (row["title"], row["byline"], row["external_id"]) == ("Bridge Opens", "Ann Lee", "7")
    assert row["published_at"] == datetime(2024, 8, 20, 6, 30, tzinfo=UTC)
    assert row["publish_date_source"] == "field"
    assert row["segment_confidence"] == 1.0


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("By Ann Lee", "Ann Lee"),
        ("BY: ANN LEE, Reuters", "ANN LEE"),
        ("Mikael Lundby Holm", "Mikael Lundby Holm"),
        ("Bobby Ray", "Bobby Ray"),
    ],
)
def test_a_byline_is_the_names(given: str, name: str) -> None:
    assert one(title="Bridge Opens", byline=given)["byline"][0] == name


def test_byline_and_dateline_are_taken_from_the_body() -> None:
    text = "By ANN LEE and Bo Day\nPORT ELLERY, Aug 20 (NWA) - The bridge opened.\nCars crossed."
    row = one(title="Bridge Opens", text=text, path="2024-08-21/a.jsonl").row(0, named=True)
    assert row["byline"] == "ANN LEE and Bo Day"
    assert row["dateline"] == "PORT ELLERY, Aug 20 (NWA)"
    assert row["body"] == "The bridge opened.\nCars crossed."
    assert (row["publish_date"], row["publish_date_source"]) == (date(2024, 8, 20), "dateline")


def test_where_a_source_comes_from() -> None:
    url = "https://www.ellery.example/2024/bridge"
    row = one(url=url).row(0, named=True)
    assert (row["source"], row["url"]) == ("ellery.example", url)
    row = one(source=url).row(0, named=True)
    assert (row["source"], row["url"]) == ("ellery.example", url)
    row = one(source="Ellery Post", url=url).row(0, named=True)
    assert (row["source"], row["url"]) == ("Ellery Post", url)
    assert one(text="PORT ELLERY, Aug 20 (NWA) - It opened.")["source"][0] == "NWA"
    assert one(dateline="PORT ELLERY (NWA)")["source"][0] == "NWA"
    assert one(dateline="PORT ELLERY, Varn")["source"][0] is None
    assert one()["source"][0] is None


def test_where_a_date_comes_from_in_order() -> None:
    assert one(date_text="2024-08-19", path="2024-08-20/a").row(0, named=True)[
        "publish_date_source"
    ] == "field"  # fmt: skip
    assert one(path="2024-08-20/a")["publish_date_source"][0] == "path"
    undated = one()
    assert undated["publish_date"][0] is None
    assert undated["publish_date_source"][0] == "none"
    rows = [record(0, 9, "A body."), record(9, 18, "Another body.")]
    articles, _, _ = run_all(rows, default_date=date(2024, 8, 20))
    assert articles["publish_date_source"].to_list() == ["option", "option"]


def test_an_undated_record_between_dated_ones_takes_their_date() -> None:
    rows = [
        record(0, 9, "One.", date_text="2024-08-20"),
        record(9, 18, "Two."),
        record(18, 27, "Three.", date_text="2024-08-21"),
    ]
    articles, _, _ = run_all(rows)
    assert articles["publish_date"][1] == date(2024, 8, 20)
    assert articles["publish_date_source"][1] == "neighbours"


def days(*texts: str, **fields: str) -> tuple[list[date | None], Segmenter]:
    rows = [record(n, n + 1, f"A body {n}.", date_text=t, **fields) for n, t in enumerate(texts)]
    articles, _, segmenter = run_all(rows, not_after=date(2024, 12, 31))
    return articles["publish_date"].to_list(), segmenter


def test_one_date_tells_what_comes_first_in_all() -> None:
    found, segmenter = days("03/04/2024", "25/04/2024", "04/05/2024 06:30")
    assert found == [date(2024, 4, 3), date(2024, 4, 25), date(2024, 5, 4)]
    assert segmenter.warnings == []
    found, segmenter = days("03/04/2024", "04/25/2024", "04-05-2024")
    assert found == [date(2024, 3, 4), date(2024, 4, 25), date(2024, 4, 5)]
    assert segmenter.warnings == []
    found, _ = days("03.04.2024", "04/05/2024")  # dots tell of dots
    assert found == [date(2024, 4, 3), date(2024, 4, 5)]


def test_a_date_to_come_tells_too() -> None:
    rows = [
        record(0, 9, "One.", date_text="03/04/2024"),
        record(9, 18, "Two.", date_text="01/05/2024"),
    ]
    articles, _, segmenter = run_all(rows, not_after=date(2024, 4, 1))
    assert articles["publish_date"].to_list() == [date(2024, 3, 4), date(2024, 1, 5)]
    rows[1] = record(9, 18, "Two.", date_text="05/01/2024")
    articles, _, segmenter = run_all(rows, not_after=date(2024, 4, 10))
    assert articles["publish_date"].to_list() == [date(2024, 4, 3), date(2024, 1, 5)]
    assert segmenter.warnings == []


def test_where_nothing_tells_a_dump_is_flagged() -> None:
    found, segmenter = days("03/04/2024", "04/05/2024")
    assert found == [date(2024, 3, 4), date(2024, 4, 5)]
    assert segmenter.flags == ["ambiguous_dates"]
    assert "2 dates say not whether day or month comes first" in segmenter.warnings[0]
    found, segmenter = days("03/04/2024", language="de")
    assert found == [date(2024, 4, 3)]
    found, segmenter = days("04/04/2024")
    assert found == [date(2024, 4, 4)]
    assert segmenter.flags == []


def test_an_implausible_date_is_set_aside_and_flagged() -> None:
    articles, _, segmenter = run_all(
        [record(0, 9, "A body.", date_text="2031-01-01")], not_after=date(2024, 8, 21)
    )
    assert articles["publish_date"][0] is None
    assert "implausible_date" in segmenter.flags


def test_a_date_that_cannot_be_read_is_said() -> None:
    articles, _, segmenter = run_all(
        [record(0, 9, "A body.", date_text="yesterday"), record(9, 18, "B body.", date_text=None)]
    )
    assert articles["publish_date_source"].to_list() == ["none", "none"]
    assert segmenter.flags == ["unread_date"]
    assert segmenter.warnings == ["1 date without year, month and day, the first: 'yesterday'"]


def test_equal_words_give_equal_hashes() -> None:
    left = one(title="Bridge Opens", text="The bridge opened.")
    right = one(title="BRIDGE OPENS!", text="the  bridge\nopened")
    other = one(title="Bridge Opens", text="The bridge closed.")
    assert left["text_hash"][0] == right["text_hash"][0] != other["text_hash"][0]


MIXED = st.text(st.sampled_from("aZß_9 \n\t.,-'’“”–…•\u00a0\u2003\u200b"), max_size=60)


@given(MIXED)
def test_a_hash_is_of_the_words_whatever_parts_them(text: str) -> None:
    words = re.findall(r"\w+", f"Title\n{text}".casefold())
    assert module.text_hash("Title", text) == content_id(" ".join(words))


@given(MIXED)
def test_blanks_become_single_spaces(text: str) -> None:
    assert one_spaced(text) == " ".join(text.split())


@given(MIXED)
def test_bodies_that_are_left_as_they_are_need_no_cleaning(text: str) -> None:
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    assert not module._is_neat(text) or text == "\n".join(line for line in lines if line)


def test_rejects_pass_through() -> None:
    articles, rejects, segmenter = run_all([reject(0, 5, "bad_record", "why", "{bad}")])
    assert articles.is_empty()
    assert rejects.row(0, named=True)["excerpt"] == "{bad}"
    assert segmenter.flags == ["nothing_found"]


def test_segment_is_the_same_as_a_segmenter() -> None:
    def pieces() -> Iterator[pl.DataFrame]:
        return batches(whole([run(0, BRIDGE + FERRY)]))

    [(articles, _)] = segment(pieces(), dump_path="a.txt")
    assert articles.equals(text_run(BRIDGE + FERRY)[0])


@pytest.mark.gold
def test_the_sample_dump_is_two_articles(shared: Path) -> None:
    [dump] = open_source(shared / "dumps" / "000_3f0073ed29cd2b7d.txt")
    [(articles, rejects)] = segment(dump.pieces(), dump_path=dump.path)
    assert len(articles) == 2
    assert articles["body"][1] == ""
    assert rejects.is_empty()


@pytest.mark.gold
@pytest.mark.parametrize("part", ["0001-0100", "1201-1300"])
def test_raw_wire_messages_come_out_one_by_one(shared: Path, part: str) -> None:
    [dump] = open_source(shared / "gold" / "muc4" / f"dev-muc3-{part}.txt")
    found = pl.concat([a for a, _ in segment(dump.pieces(), dump_path=dump.path)])
    low = int(part[:4])
    assert found["external_id"].to_list() == [f"DEV-MUC3-{n:04}" for n in range(low, low + 100)]
    dated = found.filter(pl.col("publish_date_source") == "dateline")
    assert len(dated) >= 85
    assert not found["body"].str.contains(r"\[TEXT\]").any()


@pytest.mark.gold
def test_one_dump_in_many_encodings_is_the_same_articles(shared: Path) -> None:
    folder = shared / "gold" / "segment" / "encodings"
    titles = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".jsonl":
            continue
        for dump in open_source(path):
            found = pl.concat([a for a, _ in segment(dump.pieces(), dump_path=dump.path)])
        titles[path.name] = found["title"].to_list()
    counts = {len(found) for found in titles.values()}
    assert len(counts) == 1
    plain = titles["dev_utf8.txt"]
    for name in ("dev_cr_only.txt", "dev_utf16le_bom.txt", "dev_dump.zip", "dev_utf8_bom_crlf.txt"):
        assert titles[name] == plain
