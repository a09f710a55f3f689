"""Spans lead back to their stories; a wrong one is seen."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from transforms.read import Dump, open_source
from transforms.read.verify import Difference, Verifier, squeeze, unescape_json
from transforms.segment import Segmenter

RECORDS = [
    {"title": "Mayor Opens Café", "maintext": "The café opened.\nIt was “full”.", "author": "Ann"},
    {"title": "Ferry Runs Again", "maintext": "The ferry to Port Ellery runs again."},
]


def read(path: Path) -> tuple[Dump, pl.DataFrame, pl.DataFrame]:
    [dump] = open_source(path)
    [(articles, rejects)] = Segmenter(dump.path).run(dump.pieces())
    return dump, articles, rejects


def differences(dump: Dump, articles: pl.DataFrame, rejects: pl.DataFrame) -> list[Difference]:
    verifier = Verifier(dump)
    return [*verifier.batch(articles, rejects), *verifier.finish()]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in RECORDS) + "\nbroken\n")
    return path


def test_what_was_read_holds(dump: Path) -> None:
    assert differences(*read(dump)) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (pl.col("title") + "x", "its title"),
        (pl.lit("Bo").alias("byline"), "its byline"),
        (pl.col("body").str.replace("full", "empty"), "its body"),
        ((pl.col("char_start") + 4).alias("char_start"), "lost text"),
        ((pl.col("char_end") - 4).alias("char_end"), "lost text"),
        ((pl.col("char_end") + 4).alias("char_end"), "overlaps"),
    ],
)
def test_a_wrong_row_is_seen(dump: Path, change: pl.Expr, what: str) -> None:
    opened, articles, rejects = read(dump)
    found = differences(opened, articles.with_columns(change), rejects)
    assert found
    assert any(what in one.what for one in found)


def test_a_lost_record_is_seen(dump: Path) -> None:
    opened, articles, rejects = read(dump)
    assert "lost text" in differences(opened, articles.head(1), rejects)[0].what
    [end] = differences(opened, articles, rejects.clear())
    assert "broken" in end.what


def test_a_span_behind_the_end_is_seen(dump: Path) -> None:
    opened, articles, rejects = read(dump)
    beyond = rejects.with_columns(pl.col("char_end") + 100)
    assert "behind the end" in differences(opened, articles, beyond)[0].what


def test_members_of_an_archive_are_verified_while_they_are_read(tmp_path: Path, dump: Path) -> None:
    import tarfile

    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(dump, "one.jsonl")
        archive.add(dump, "two.jsonl")
    checked = 0
    for member in open_source(path):
        verifier = Verifier(member)
        for articles, rejects in Segmenter(member.path).run(member.pieces()):
            assert not list(verifier.batch(articles, rejects))
        assert not list(verifier.finish())
        checked += verifier.checked
    assert checked == 4


def test_every_real_dump_holds(shared: Path) -> None:
    names = ["dev_cp1252.txt", "dev_cr_only.txt", "dev_mojibake.txt", "dev_utf16le_bom.txt"]
    names += ["dev_utf8_bom_crlf.txt", "dev_dump.zip", "dev_utf8.txt.gz", "dev_base.jsonl"]
    for name in names:
        for one in open_source(shared / "gold" / "segment" / "encodings" / name):
            verifier = Verifier(one)
            found = 0
            for articles, rejects in Segmenter(one.path).run(one.pieces()):
                assert not list(verifier.batch(articles, rejects))
                found += articles.height
            assert not list(verifier.finish())
            assert verifier.checked == found
            # One of the 45 stories is a digest of others: where it starts is a matter of the model.
            assert found == 45 if name.endswith(".jsonl") else found in (44, 45)


def test_escapes_of_json_are_undone() -> None:
    text = 'Zürich \U0001f600 "quoted"\nline \\ end'
    assert unescape_json(json.dumps(text))[1:-1] == text


def test_letters_and_digits_are_compared() -> None:
    assert squeeze("It’s  1,000\n(more)") == "its1000more"
